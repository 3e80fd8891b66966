"""How long a job takes to make 1,000 devices in one block of changes."""

from __future__ import annotations

from bench import runs
from bench.budgets import Figure, Figures
from bench.product import Product
from bench.samples import median
from webapp.db import db
from webapp.runs.models import Run

DEVICES, TIMES = 1_000, 3


def measure(product: Product) -> Figures:
    """By the job's own clock, from the beginning of the block to its end."""
    yield Figure("changes.create", median(_seconds(product, f"site-{n}") for n in range(TIMES)))


def _seconds(product: Product, site: str) -> float:
    number = runs.number_of(runs.post(product.script(), "stocking.Devices", count=DEVICES, site=site))
    runs.await_end(product, number)
    with product.app.app_context():
        return float(db.session.get_one(Run, number).result)
