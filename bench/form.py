"""What a form of many inputs costs, and a run that is started from it."""

from __future__ import annotations

from bench import runs
from bench.budgets import Figure, Figures
from bench.pages import TIMES, page
from bench.product import Product
from bench.samples import median, ms
from webapp.catalogue import service as catalogue

PATH = "measured.Forty"


def measure(product: Product, subject: str = "form") -> Figures:
    """Forty variables of all plain kinds: the page, and the POST over the API with a value for each."""
    with product.app.app_context():
        job = catalogue.by_class_path(PATH)
        path, inputs = f"/jobs/{job.id}/run", {each["name"]: each["default"] for each in job.variables}
    yield from page(product.browser(), f"{subject}.page", path)
    client = product.script()
    took = [runs.post(client, "Forty", **inputs).seconds for _ in range(TIMES)]
    runs.await_silence(product)
    yield Figure(f"{subject}.post", ms(median(took)))
