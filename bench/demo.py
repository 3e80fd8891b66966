"""How long the objects of the demonstration take to come into an empty inventory."""

from __future__ import annotations

import time

import sqlalchemy as sa

from bench.budgets import Figure, Figures
from bench.product import Product
from webapp.db import transaction
from webapp.demo import objects
from webapp.inventory.models import Device, Object, Status


def measure(product: Product) -> Figures:
    """They are taken out, and put in again."""
    with product.app.app_context():
        _empty()
        start = time.perf_counter()
        objects.load()
        took = time.perf_counter() - start
        with transaction() as session:
            count = session.scalar(sa.select(sa.func.count()).select_from(Device))
    yield Figure("demo.loaded", took, f"{count:,} devices")


def _empty() -> None:
    tables = {mapper.local_table for mapper in Object.registry.mappers if issubclass(mapper.class_, Object)}
    with transaction() as session:
        for table in reversed(Object.metadata.sorted_tables):
            if table in tables and table is not Status.__table__:
                if "parent_id" in table.c:  # a row that others lie in cannot go before them
                    session.execute(sa.update(table).values(parent_id=None))
                session.execute(sa.delete(table))
