"""How long a run that does nothing takes, from the POST to its end."""

from __future__ import annotations

from bench import runs
from bench.budgets import Figure, Figures
from bench.product import Product
from bench.samples import median, ms, p95

TIMES = 30


def measure(product: Product, subject: str = "noop") -> Figures:
    """One after the other; the end is when the database says so to everybody."""
    client = product.script()
    runs.round_trip(product, client)
    took = [runs.round_trip(product, client) for _ in range(TIMES)]
    yield Figure(f"{subject}.median", ms(median(took)))
    yield Figure(f"{subject}.p95", ms(p95(took)))
