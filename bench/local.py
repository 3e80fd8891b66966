"""How long `flask runjob --local` takes for a job that does nothing, from the shell's view."""

from __future__ import annotations

import time

from bench.budgets import Figure, Figures
from bench.product import USER, Product
from bench.samples import median

TIMES = 5


def measure(product: Product) -> Figures:
    """The whole process, several times."""
    yield Figure("local.total", median(_run(product) for _ in range(TIMES)))


def _run(product: Product) -> float:
    start = time.perf_counter()
    product.flask("runjob", "--local", "--username", USER, "measured.Noop")
    return time.perf_counter() - start
