"""How soon a POST that starts a run is answered, in a row and after a pause."""

from __future__ import annotations

import time

from bench import runs
from bench.budgets import Figure, Figures
from bench.product import Product
from bench.samples import median, ms, p95

TIMES, PAUSES, PAUSE = 40, 4, 2.0


def measure(product: Product) -> Figures:
    """Runs start one after the other; what the last one still does in the background counts in, as in life."""
    client = product.script()
    runs.round_trip(product, client)
    took = [runs.post(client, "Noop").seconds for _ in range(TIMES)]
    runs.await_silence(product)
    yield Figure("post.median", ms(median(took)))
    yield Figure("post.p95", ms(p95(took)))
    paused = []
    for _ in range(PAUSES):
        time.sleep(PAUSE)
        paused.append(runs.post(client, "Noop").seconds)
    runs.await_silence(product)
    yield Figure("post.paused", ms(median(paused)))
