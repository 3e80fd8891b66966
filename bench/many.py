"""Whether five hundred jobs cost more than five."""

from __future__ import annotations

import time

import sqlalchemy as sa

from bench import form, noop
from bench.budgets import Figure, Figures
from bench.pages import TIMES, page
from bench.product import Product
from bench.samples import median, ms
from webapp.catalogue import service as catalogue
from webapp.catalogue.models import Job
from webapp.db import transaction

FILES, CLASSES = 50, 10
HEAD = """from webapp.jobs import BooleanVar, ChoiceVar, IntegerVar, Job, StringVar, register_jobs

name = "Department {file:02}"
"""
CLASS = '''

class Task{number}(Job):
    """Do one thing of many: number {number} of department {file:02}."""

    device = StringVar(label="Device", description="Its name.", max_length=64)
    count = IntegerVar(default=1, min_value=1, max_value=100)
    mode = ChoiceVar(choices=[("fast", "Fast"), ("safe", "Safe")], default="safe")
    force = BooleanVar(required=False)

    class Meta:
        name = "Task {file:02}-{number}"
        has_sensitive_variables = False

    def run(self, *, device, count, mode, force):
        return None


register_jobs(Task{number})
'''


def measure(product: Product) -> Figures:
    """How long it takes to install them; the form, the list and a run that does nothing, with all of them installed."""
    yield Figure("many.upgrade", _install(product))
    yield Figure("many.bad_file", _bad_file(product))
    with product.app.app_context():
        id_ = catalogue.by_class_path("department_25.Task5").id
    client = product.browser()
    client.page(f"/jobs/{id_}/run")
    took = [client.page(f"/jobs/{id_}/run").seconds for _ in range(TIMES)]
    yield Figure("many.form", ms(median(took)))
    yield from page(client, "many.jobs", "/jobs/")
    yield from form.forty(product, "many.forty")
    yield from noop.measure(product, "many")


def _install(product: Product) -> float:
    """Write the files and let the product find them: the seconds of that, whole command."""
    for file in range(FILES):
        classes = "".join(CLASS.format(file=file, number=number) for number in range(CLASSES))
        (product.jobs_root / f"department_{file:02}.py").write_text(HEAD.format(file=file) + classes)
    took = _upgrade(product)
    with product.app.app_context(), transaction() as session:
        session.execute(sa.update(Job).values(enabled=True))
    return took


def _bad_file(product: Product) -> float:
    """The seconds that the same command takes longer with a file that never stops loading."""
    usual = _upgrade(product)
    bad = product.jobs_root / "endless.py"
    bad.write_text("while True:\n    pass\n")
    took = _upgrade(product)
    bad.unlink()
    _upgrade(product)
    return took - usual


def _upgrade(product: Product) -> float:
    start = time.perf_counter()
    product.flask("post-upgrade")
    return time.perf_counter() - start
