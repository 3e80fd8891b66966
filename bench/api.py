"""How soon, and how often in a second, the API lists runs."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

from bench import runs
from bench.budgets import Figure, Figures
from bench.product import Product
from bench.samples import median, ms

PATH = "/api/extras/job-results/?limit=50"
LIMIT, TIMES = 50, 40
CLIENTS, SECONDS = 8, 4.0


def measure(product: Product) -> Figures:
    """One client after the other call, then eight at once."""
    client = product.script()
    for _ in range(max(0, LIMIT - client.get(PATH).json["count"])):
        runs.post(client, "Noop")
    runs.await_silence(product)
    yield Figure("api.latency", ms(median(client.get(PATH).seconds for _ in range(TIMES))))
    with ThreadPoolExecutor(CLIENTS) as pool:
        answered = sum(pool.map(lambda _: _ask(product), range(CLIENTS)))
    yield Figure("api.rate", answered / SECONDS)


def _ask(product: Product) -> int:
    """How many answers one client gets in the time."""
    client, answered, end = product.script(), 0, time.monotonic() + SECONDS
    while time.monotonic() < end:
        client.get(PATH)
        answered += 1
    return answered
