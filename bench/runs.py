"""Runs through the product's API, awaited by a look into the database, which costs the product nothing."""

from __future__ import annotations

import time

import sqlalchemy as sa

from bench.client import Answer, Client
from bench.product import NotMeasured, Product, wait_until
from webapp.db import db
from webapp.runs.models import FINAL, Run, State

LOOK_SECONDS = 0.05
"""Between two looks whether anything goes on: each of them takes time from what is measured."""


def post(client: Client, job: str, queue: str | None = None, **inputs: object) -> Answer:
    """The answer to a new run of a job: of the module measured, where it names no other."""
    class_path = job if "." in job else f"measured.{job}"
    return client.post(f"/api/extras/jobs/{class_path}/run/", {"data": inputs, "task_queue": queue})


def number_of(answer: Answer) -> int:
    """The number of the run that an answer to post() tells of."""
    number: int = answer.json["job_result"]["meta"]["number"]
    return number


def state(number: int) -> State | None:
    """The state of a run, now; belongs inside the product's application context."""
    db.session.rollback()
    return db.session.scalar(sa.select(Run.state).where(Run.number == number))


def await_end(product: Product, number: int, step: float = 0.02) -> None:
    """Come back as soon as run number has succeeded.

    :raises NotMeasured: it ended otherwise, or not at all.
    """
    with product.app.app_context():
        wait_until(lambda: state(number) in FINAL, step=step)
        if state(number) != State.SUCCESS:
            raise NotMeasured(f"run #{number} ended: {state(number)}")


def round_trip(product: Product, client: Client, job: str = "Noop") -> float:
    """Seconds from the POST of a run until its end is in the database."""
    start = time.perf_counter()
    await_end(product, number_of(post(client, job)), step=0.001)
    return time.perf_counter() - start


def await_silence(product: Product) -> None:
    """Come back when no run waits or runs."""
    with product.app.app_context():
        wait_until(lambda: not _unfinished(), step=LOOK_SECONDS)


def _unfinished() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).where(Run.state.not_in(FINAL))) or 0
