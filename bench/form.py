"""What a form of many inputs costs, and a run that is started from it."""

from __future__ import annotations

import time
from collections.abc import Callable

from bench import runs
from bench.budgets import Figure, Figures
from bench.client import Answer, csrf
from bench.pages import page
from bench.product import Product
from bench.samples import median, ms
from webapp.catalogue import service as catalogue

PATH = "measured.Forty"
POSTS, PAUSES, PAUSE = 50, 15, 1.0


def measure(product: Product) -> Figures:
    """forty(); how soon the form is answered after a pause and, without any, while workers are busy with the runs
    before; and the same inputs over the API."""
    yield from forty(product, "form")
    send = _sender(product)
    yield Figure("form.paused", _one_by_one(product, send, PAUSES, PAUSE))
    took = [send().seconds for _ in range(POSTS)]
    runs.await_silence(product)
    yield Figure("form.row", ms(median(took)))
    client, (_, inputs) = product.script(), _asked(product)
    yield Figure("form.api", _one_by_one(product, lambda: runs.post(client, "Forty", **inputs), POSTS))


def forty(product: Product, subject: str) -> Figures:
    """Forty variables of all plain kinds: the page, and the POST as a browser sends it, with a value for each."""
    yield from page(product.browser(), f"{subject}.page", _asked(product)[0])
    yield Figure(f"{subject}.post", _one_by_one(product, _sender(product), POSTS))


def _asked(product: Product) -> tuple[str, dict[str, object]]:
    """Where the form is, and what it asks for, with the defaults."""
    with product.app.app_context():
        job = catalogue.by_class_path(PATH)
        return f"/jobs/{job.id}/run", {each["name"]: each["default"] for each in job.variables}


def _sender(product: Product) -> Callable[[], Answer]:
    """Sends the form, filled in; gives the answer."""
    path, inputs = _asked(product)
    client = product.browser()
    fields: dict[str, object] = {"csrf_token": csrf(client.get(path))}
    # A box that is not ticked says nothing.
    fields |= {name: value for name, value in inputs.items() if value not in (None, False)}
    return lambda: client.send(path, fields)


def _one_by_one(product: Product, start: Callable[[], Answer], times: int, pause: float = 0.0) -> float:
    """Milliseconds until a run is started, each when the one before is over."""
    took = []
    for _ in range(times):
        runs.await_silence(product)
        time.sleep(pause)
        took.append(start().seconds)
    runs.await_silence(product)
    return ms(median(took))
