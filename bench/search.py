"""How soon the logs of a thousand runs are searched, and what the index over them costs."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Iterator
from urllib.parse import quote_plus

import sqlalchemy as sa

from bench.budgets import Figure, Figures
from bench.pages import TIMES, ended_runs
from bench.product import Product
from bench.programs import tell
from bench.samples import median, ms
from webapp.db import db, is_sqlite, transaction, utcnow, writing
from webapp.runs import logs
from webapp.runs.fulltext import indexing
from webapp.runs.models import Run

RUNS, LINES = 1_000, 1_000
ASKED = {
    "word": "established",
    "address": "10.3.17.",
    "needle": "kaboom",
    "two": "sw-0017 timed",
    "phrase": '"timed out" retry -error',
}
"""What is searched for: in nearly every run, in some, in one; and what needs lines to be read."""
SENTENCES = (
    "interface has come up again",
    "connection timed out while reading",
    "configuration saved, checking policy",
    "neighbor established",
    "error: backup not ok, retry",
)


def measure(product: Product) -> Figures:
    """The index is written here, while the product's own processes, which would take their time, stand still."""
    with product.workers_halted(), product.app.app_context():
        schedulers = product.processes("jobdeck: scheduler")
        tell(schedulers, signal.SIGSTOP)
        try:
            yield _index()
        finally:
            tell(schedulers, signal.SIGCONT)
    client = product.browser()
    for name, text in ASKED.items():
        address = f"/search?q={quote_plus(text)}"
        client.page(address)
        took = median(client.page(address).seconds for _ in range(TIMES))
        yield Figure(f"search.{name}", ms(took))


def _index() -> Figure:
    """The lines of many runs that come into the index in a second."""
    _fill()
    began, used = time.perf_counter(), time.process_time()
    for _ in indexing.carry_out():
        pass
    took, used = time.perf_counter() - began, time.process_time() - used
    if not is_sqlite():  # PostgreSQL does so by itself, within a minute after as many rows
        with transaction():
            writing().execute(sa.text("ANALYZE run, log_line, log_chunk"))
    db.session.remove()
    return Figure("search.index", RUNS * LINES / took, f"with {used / took:.0%} of a core beside the database's")


def _fill() -> None:
    """Runs that are over, with their logs."""
    chance = random.Random(7)
    ended_runs([utcnow()] * RUNS)
    newest = db.session.scalars(sa.select(Run.number).order_by(Run.number.desc()).limit(RUNS)).all()
    for number in newest:
        with transaction():
            logs.insert(number, 1, _log(chance, needle=number == newest[RUNS // 2]))
    with transaction() as session:
        session.execute(sa.update(Run).where(Run.number.in_(newest)).values(last_seq=LINES, log_bytes=LINES * 120))


def _log(chance: random.Random, *, needle: bool) -> Iterator[logs.Line]:
    for seq in range(LINES):
        device = f"sw-{chance.randrange(2_000):04}.ams{chance.randrange(9)}.example.net"
        said = chance.choice(SENTENCES)
        address = ".".join(str(chance.randrange(each)) for each in (64, 256, 256))
        last = "kaboom" if needle and seq == LINES // 2 else f"10.{address}/24"
        yield logs.line(1.7e9 + seq, "info", "run", f"{device}: {said} ge-0/0/{seq % 48} {last}", device)
