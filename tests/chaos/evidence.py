"""Everything that the judge is shown of a storm: plain data that can be planted in a test and kept in a file."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import sqlalchemy as sa

from tests.chaos.client import Answer
from tests.chaos.ledger import Entry
from tests.chaos.plan import Submission
from webapp.db import db
from webapp.runs.event_models import RunEvent
from webapp.runs.models import Run


@dataclass(frozen=True)
class Row:
    """A run as the database has it in the end; times are of the monotonic clock."""

    number: int
    token: str
    state: str
    attempt: int
    starts: int
    ended: float | None
    deaths: int = 0
    reason: str | None = None


@dataclass(frozen=True)
class Event:
    """One line of a run's story."""

    run: int
    n: int
    kind: str
    frm: str | None
    to: str
    final: bool
    reason: str | None = None


@dataclass(frozen=True)
class Fault:
    """Something that was done to the installation, at a moment of the monotonic clock."""

    at: float
    kind: str
    pid: int | None = None


@dataclass
class Evidence:
    """What was wanted, what the client was told, what jobs noted, and what stands in the database."""

    plan: list[Submission]
    answers: list[Answer]
    entries: list[Entry]
    rows: list[Row]
    events: list[Event]
    lost_after: float
    calm: float
    """When everything was well again."""
    faults: list[Fault] = field(default_factory=list)
    returns: list[float] = field(default_factory=list)
    """When processes that look for dead attempts came up."""
    left_behind: list[str] = field(default_factory=list)
    """Titles of processes that were there after the installation had been stopped, or outlived their run."""


def rows() -> list[Row]:
    """All runs of the application's database."""
    to_monotonic = time.monotonic() - time.time()
    return [
        Row(
            run.number,
            run.inputs["token"],
            run.state.value,
            run.attempt,
            run.starts,
            run.ended_at.timestamp() + to_monotonic if run.ended_at else None,
            run.deaths,
            run.reason,
        )
        for run in db.session.scalars(sa.select(Run).order_by(Run.number))
    ]


def events() -> list[Event]:
    """The stories of all runs of the application's database, each in its order."""
    query = sa.select(RunEvent).order_by(RunEvent.run_number, RunEvent.n)
    return [
        Event(e.run_number, e.n, e.kind.value, e.from_state, e.to_state, e.final, e.reason)
        for e in db.session.scalars(query)
    ]
