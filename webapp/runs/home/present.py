"""What goes on now, and whether anything has happened since it was shown: asked every few seconds by whoever looks."""

from __future__ import annotations

import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import load_only

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.runs import events
from webapp.runs.listing.tallies import counted
from webapp.runs.models import ACTIVE, Run, State

SHOWN = 8
# Tracebacks, results and inputs may be long.
COLUMNS = load_only(
    *(Run.job_name, Run.user_name, Run.dry_run, Run.key_inputs, Run.state, Run.cancel_requested_at),
    *(Run.created_at, Run.started_at, Run.ended_at),
    *(Run.progress_done, Run.progress_total, Run.progress_text),
)
ANEW_SECONDS = 30
"""After which the page is made anew in any case: of two events at once the older one may come to light last."""


@dataclass(frozen=True)
class Present:
    """What goes on."""

    running: Sequence[Run]
    """The newest runs that go on."""
    version: str
    """Another text once anything has happened to any run, or those that go on have come further."""


def present(user: User) -> Present:
    """What user may see of what goes on."""
    # First, so that what happens meanwhile counts as news the next time.
    newest, now = events.newest(), int(time.time()) // ANEW_SECONDS
    running = _newest(visible(Run, user).where(Run.state.in_(ACTIVE)))
    course = [(run.number, run.progress_done, run.progress_total, run.progress_text) for run in running]
    return Present(running, f"{newest}.{now}.{zlib.crc32(repr(course).encode()):x}")


@dataclass(frozen=True)
class Counts:
    """How many runs go on and how many wait to start; one more than tallies.MOST stands for all beyond."""

    running: int
    waiting: int


def counts(user: User) -> Counts:
    """Of the runs that user may see."""
    running, waiting = (visible(Run, user).where(Run.state.in_(states)) for states in (ACTIVE, [State.QUEUED]))
    row = db.session.execute(sa.select(counted(running), counted(waiting))).one()
    return Counts(row[0], row[1])


def started_by(user: User) -> Sequence[Run]:
    """The last runs that user has started."""
    return _newest(visible(Run, user).where(Run.user_id == user.id))


def any_at_all(user: User) -> bool:
    """Whether there is a run that user may see."""
    return db.session.scalar(visible(Run, user).with_only_columns(Run.number).limit(1)) is not None


def _newest(query: sa.Select[Run]) -> Sequence[Run]:
    return db.session.scalars(query.options(COLUMNS).order_by(Run.number.desc()).limit(SHOWN)).all()
