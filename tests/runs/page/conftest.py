"""Runs whose pages are looked at, and who looks at them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa

from tests.product import running
from webapp.db import db, transaction, utcnow
from webapp.runs import states
from webapp.runs.models import Run, State
from webapp.runs.service import submit


@pytest.fixture
def vic(browse):
    return browse("vic")


@pytest.fixture
def ended(job, person) -> Callable[..., Run]:
    """Makes a run of a job that is over, and took so many seconds."""

    def make(name: str = "NoInputs", state: State = State.SUCCESS, seconds: float = 1.0, **values: Any) -> Run:
        inputs = {"text": "hi"} if name == "Echo" else {}
        number = submit(job(name), person("ann"), inputs).number
        attempt = running(number)
        with transaction() as session:
            start = sa.update(Run).where(Run.number == number).values(started_at=utcnow() - timedelta(seconds=seconds))
            session.execute(start)
            states.finish(number, attempt, State.RUNNING, state, "w", **values)
        return fresh(number)

    return make


@pytest.fixture
def begun(job, person) -> Callable[..., Run]:
    """Makes a run that has gone on for so many seconds."""

    def make(seconds: float = 1.0, name: str = "NoInputs", **values: Any) -> Run:
        number = submit(job(name), person("ann"), {}).number
        running(number)
        started = {"started_at": utcnow() - timedelta(seconds=seconds), **values}
        with transaction() as session:
            session.execute(sa.update(Run).where(Run.number == number).values(**started))
        return fresh(number)

    return make


def fresh(number: int) -> Run:
    """A run as it is now."""
    return db.session.get_one(Run, number, populate_existing=True)


def words(text: str, part: str = "main") -> str:
    """What the page says in an element: in that of this name, or, after a #, of this id."""
    start = rf'<(\w+) [^>]*id="{part[1:]}"' if part.startswith("#") else rf"<({part})\b"
    found = re.search(start, text)
    assert found is not None, part
    end = {"main": "</main>", "nav": "</nav>"}.get(found[1], f"</{found[1]}>")
    inside = re.sub(
        r"<span hidden data-counts-of.*?</span>\s*(?=<span hidden|</section>)",
        "",
        text[found.start() :],
        flags=re.DOTALL,
    )
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", inside.partition(end)[0])).split())
