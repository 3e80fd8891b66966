"""How many lines a job can log in a second."""

from __future__ import annotations

from bench import runs
from bench.budgets import Figure, Figures
from bench.product import NotMeasured, Product
from webapp.db import db
from webapp.runs.models import Run

LINES = 100_000


def measure(product: Product) -> Figures:
    """All lines by the time from the start of the run to its end; the end is written after the last line."""
    number = runs.number_of(runs.post(product.script(), "Lines", count=LINES))
    runs.await_end(product, number)
    with product.app.app_context():
        run = db.session.get_one(Run, number)
        if run.duration is None or run.last_seq < LINES:
            raise NotMeasured(f"run #{number} has {run.last_seq} lines")
        yield Figure("log.rate", LINES / run.duration.total_seconds())
