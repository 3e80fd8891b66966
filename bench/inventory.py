"""How soon a large inventory answers."""

from __future__ import annotations

import time
from uuid import UUID

import sqlalchemy as sa

from bench import stock
from bench.budgets import Figure, Figures
from bench.pages import page
from bench.product import USER, Product
from bench.samples import median, ms
from webapp.accounts.models import User
from webapp.db import db
from webapp.inputs import searching
from webapp.inventory import Prefix
from webapp.inventory.addresses import next_free_address
from webapp.jobs import ObjectVar

TIMES = 40
PICKER = ObjectVar(model="dcim.device")
TYPED = ("", "leaf-0", "LEAF-012", "leaf-09999")
"""The last one is how exactly ten names begin."""
MOST = 50


def measure(product: Product) -> Figures:
    """With 100,000 prefixes, addresses and devices."""
    with product.app.app_context():
        full = stock.fill()
        yield Figure("inventory.free", ms(median(_next_free(full) for _ in range(TIMES))))
        yield Figure("inventory.picker", ms(median(_search(words) for _ in range(TIMES) for words in TYPED)))
        db.session.remove()
    yield from page(product.browser(), "inventory.devices", "/dcim/devices/")


def _next_free(id: UUID) -> float:
    db.session.rollback()
    prefix = db.session.get_one(Prefix, id)
    start = time.perf_counter()
    next_free_address(prefix)
    return time.perf_counter() - start


def _search(words: str) -> float:
    db.session.rollback()
    start = time.perf_counter()
    user = db.session.scalars(sa.select(User).where(User.username == USER)).one()
    searching.found(PICKER, user, {}, words, most=MOST)
    return time.perf_counter() - start
