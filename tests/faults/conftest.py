"""What the tests of faults start and look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from tests.faults.apart import Apart, eventually
from webapp.catalogue import service as catalogue
from webapp.db import db
from webapp.runs.event_models import RunEvent
from webapp.runs.models import Run
from webapp.runs.reconciler import Reconciler
from webapp.runs.service import submit


@pytest.fixture
def apart(app: Flask) -> Iterator[Callable[[Callable[[], object]], Apart]]:
    """Lets something go on in a fork of this process, which is gone after the test."""
    with ExitStack() as stack:

        def start(act: Callable[[], object]) -> Apart:
            process = Apart(act)
            stack.callback(process.clear)
            return process

        yield start


@pytest.fixture
def start(app: Flask, person) -> Callable[..., int]:
    """Submits a run of a class of tests/jobs_root/faults_of_processes.py as Ann; gives its number."""

    def make(name: str, **inputs: object) -> int:
        job = catalogue.by_class_path(f"faults_of_processes.{name}")
        return submit(job, person("ann"), {key: str(value) for key, value in inputs.items()}).number

    return make


@pytest.fixture
def at(app: Flask) -> Callable[[int], Run]:
    """Gives the run of that number as it is now."""

    def fresh(number: int) -> Run:
        db.session.rollback()
        return db.session.get_one(Run, number, populate_existing=True)

    return fresh


@pytest.fixture
def events(app: Flask) -> Callable[[int], list[RunEvent]]:
    """Gives what has happened to the run of that number, in order."""

    def read(number: int) -> list[RunEvent]:
        db.session.rollback()
        query = sa.select(RunEvent).where(RunEvent.run_number == number).order_by(RunEvent.n)
        return list(db.session.scalars(query))

    return read


@pytest.fixture
def watch_until(at) -> Callable[..., None]:
    """Lets a scheduler do its rounds, with that many seconds of patience, until the run is over or as wanted."""

    def watch(number: int, condition: Callable[[Run], object] = lambda run: run.finished, after: float = 1.0) -> None:
        reconciler = Reconciler(after)

        def looked() -> object:
            reconciler.reconcile()
            return condition(at(number))

        eventually(looked)

    return watch


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    """Where jobs write something down that is neither in the database nor in Redis."""
    return tmp_path / "paper"
