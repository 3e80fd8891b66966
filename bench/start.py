"""How soon a web server answers and a worker is there, each started beside those that run already."""

from __future__ import annotations

import sys
import time
from http.client import HTTPConnection

from bench.budgets import Figure, Figures
from bench.product import FLASK, Product, free_port, wait_until
from bench.samples import median
from webapp.db import db
from webapp.demo.cli import GUNICORN
from webapp.runs import processes

TIMES = 3


def measure(product: Product) -> Figures:
    """Each several times."""
    yield Figure("start.web", median(_web(product) for _ in range(TIMES)))
    with product.app.app_context():
        yield Figure("start.worker", median(_worker(product) for _ in range(TIMES)))


def _web(product: Product) -> float:
    port = free_port()
    start = time.perf_counter()
    with product.running(sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", *GUNICORN, "wsgi:app"):
        wait_until(lambda: _is_well(port), step=0.005)
        return time.perf_counter() - start


def _is_well(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _worker(product: Product) -> float:
    """Until the first of the new workers has written its row."""
    before = _workers()
    start = time.perf_counter()
    with product.running(*FLASK, "worker", "elsewhere"):
        wait_until(lambda: _workers() - before, step=0.005)
        return time.perf_counter() - start


def _workers() -> set[str]:
    db.session.rollback()
    return {process.name for process in processes.alive("worker")}
