"""The story of a run in words: what happened to it, in order, and what was heard of it too late."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from webapp.db import db
from webapp.runs.event_models import Happening, RunEvent
from webapp.runs.models import ACTIVE, WORDS, Run, State


class Entry(NamedTuple):
    """One thing that happened."""

    at: datetime
    words: str
    actor: str
    attempt: int
    """0 before a worker took the run for the first time."""
    state: str | None
    """The state that it brought; None if it left the run in the one in which it was."""


def of(run: Run) -> list[Entry]:
    """Everything that happened to run, in order."""
    found = db.session.scalars(sa.select(RunEvent).where(RunEvent.run_number == run.number).order_by(RunEvent.n))
    told, starts = [], 0
    for event in found:
        starts += event.kind is Happening.MOVED and event.to_state == State.RUNNING
        state = event.to_state if event.kind is Happening.MOVED else None
        told.append(Entry(event.at, _words(event, starts), event.actor, event.attempt, state))
    return told


def late(run: Run) -> list[str]:
    """What attempts of run had to say that did not count any more."""
    # While the first attempt goes on, which is when pages ask again and again, there cannot be any.
    if run.attempt == 0 or (run.attempt == 1 and run.state in ACTIVE):
        return []
    came_late = sa.and_(RunEvent.run_number == run.number, RunEvent.kind == Happening.CAME_LATE)
    return [text or "" for text in db.session.scalars(sa.select(RunEvent.reason).where(came_late).order_by(RunEvent.n))]


def _words(event: RunEvent, starts: int) -> str:
    """What event says; starts is how often the author's code had been entered by then."""
    said = f": {event.reason}" if event.reason else ""
    if event.kind is Happening.CANCEL_REQUESTED:
        return f"Cancelling was asked for by {event.actor}{said}"
    if event.kind is Happening.KILL_REQUESTED:
        return f"Killing it at once was asked for by {event.actor}"
    if event.kind is Happening.CAME_LATE:
        return f"Came late{said}"
    return _step(State(event.to_state), event, said, starts)


def _step(to: State, event: RunEvent, said: str, starts: int) -> str:
    if to is State.CLAIMED:
        return f"Claimed by {event.actor}"
    if to is State.RUNNING:
        return f"Started, attempt {starts}" if starts > 1 else "Started"
    if to is State.QUEUED:
        return _waits(event, said, starts)
    if to is State.CANCELLED and event.from_state == State.QUEUED:
        return f"Cancelled by {event.actor}{said}"
    return f"{WORDS[to]}{said}"


def _waits(event: RunEvent, said: str, starts: int) -> str:
    if event.from_state is None:
        return f"Queued, asked for by {event.actor}"
    if event.from_state == State.RUNNING:
        return f"{(event.reason or '').rstrip('.')}, waits for attempt {starts + 1}"
    return f"Queued again{said}"
