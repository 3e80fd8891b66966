"""How many runs are taken in a second, and how many are done in one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from bench import runs
from bench.budgets import Figure, Figures
from bench.product import Product

CLIENTS, EACH = 2, 150


def measure(product: Product) -> Figures:
    """Workers stand still until all runs are queued; then the clock runs until the last one has ended."""
    runs.await_silence(product)
    with product.workers_halted() as release:
        start = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(lambda _: _submit(product), range(CLIENTS)))
        yield Figure("rate.submitted", CLIENTS * EACH / (time.perf_counter() - start))
        start = time.perf_counter()
        release()
        runs.await_silence(product)
    yield Figure("rate.drained", CLIENTS * EACH / (time.perf_counter() - start))


def _submit(product: Product) -> None:
    client = product.script()
    for _ in range(EACH):
        runs.post(client, "Noop")
