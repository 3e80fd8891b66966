"""What a run costs beyond what RQ would take for it: drained by two workers of ours, and by two of RQ's own."""

from __future__ import annotations

import signal
import sys
import time
from contextlib import ExitStack

from redis import Redis
from rq import Queue, Worker
from rq.registry import FinishedJobRegistry

from bench import runs
from bench.bare_rq import nothing
from bench.budgets import BARE_RQ, Figure, Figures
from bench.product import Product, wait_until
from bench.programs import program, tell

RUNS, WORKERS = 300, 2
QUEUE = "bare"


def measure(product: Product) -> Figures:
    """In turns, so that a machine that is slow for a while is so for both."""
    bare, ours = [], []
    for _ in range(2):
        bare.append(_bare(product))
        ours.append(_ours(product))
    yield Figure(BARE_RQ, min(bare))
    yield Figure("ledger.cost", min(ours) - min(bare))


def _ours(product: Product) -> float:
    """Milliseconds of wall time for each run."""
    runs.await_silence(product)
    client = product.script()
    with product.workers_halted() as release:
        for _ in range(RUNS):
            runs.post(client, "Noop")
        start = time.perf_counter()
        release()
        runs.await_silence(product)
    return (time.perf_counter() - start) / RUNS * 1000


def _bare(product: Product) -> float:
    """The same with RQ alone."""
    url = product.environ["JOBDECK_REDIS_URL"]
    with Redis.from_url(url) as client, ExitStack() as stack:
        queue = Queue(QUEUE, connection=client)
        finished = FinishedJobRegistry(queue=queue)
        before = finished.count
        line = [sys.executable, "-m", "bench.bare_rq", url, QUEUE]
        log = product.folder / "bare.log"
        workers = [stack.enter_context(program(line, product.environ, log)).pid for _ in range(WORKERS)]
        wait_until(lambda: len(Worker.all(queue=queue)) == WORKERS)
        tell(workers, signal.SIGSTOP)
        for _ in range(RUNS):
            queue.enqueue(nothing)
        start = time.perf_counter()
        tell(workers, signal.SIGCONT)
        wait_until(lambda: finished.count - before == RUNS, step=0.005)
        return (time.perf_counter() - start) / RUNS * 1000
