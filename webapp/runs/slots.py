"""Places among runs that exclude each other: as many for a key as its job allows at once.

A unique index over key and slot of the runs that go on keeps the peace. There is no lock that could outlive its run.
"""

from __future__ import annotations

from typing import cast

import sqlalchemy as sa

from webapp.db import db, writing
from webapp.runs.models import ACTIVE, LOCAL, Run, State
from webapp.runs.startable import in_open_queue

runs = cast(sa.Table, Run.__table__)
AT_ONCE = 10
"""Runs that are told at a time that a place is free."""

# Built once, as the transitions are.
OF_KEY = runs.c.concurrency_key == sa.bindparam("key")
GO_ON = sa.and_(OF_KEY, runs.c.state.in_(ACTIVE))
TAKEN = sa.select(runs.c.slot).where(GO_ON)
HOLDER = sa.select(runs.c.number).where(GO_ON).order_by(runs.c.number).limit(1)
WAITING = (
    sa.select(runs.c.number, runs.c.queue)
    .where(OF_KEY, runs.c.state == State.QUEUED, runs.c.queue != LOCAL, in_open_queue())
    .order_by(runs.c.number)
    .limit(AT_ONCE)
)
UNFINISHED = sa.select(runs.c.number).where(OF_KEY, runs.c.state.in_((State.QUEUED, *ACTIVE))).order_by(runs.c.number)


def free(key: str, limit: int) -> int | None:
    """A slot of key that no run has, from 1 to limit; None if all are taken. Another claim may still be faster."""
    taken = writing().scalars(TAKEN, {"key": key})
    return min(set(range(1, limit + 1)) - set(taken), default=None)


def holder(key: str) -> int | None:
    """The number of a run of key that goes on."""
    number: int | None = writing().scalar(HOLDER, {"key": key})
    return number


def waiting(key: str) -> list[tuple[int, str]]:
    """The first runs that wait for a place of key, and have to be rung for, as (number, queue)."""
    return [(row.number, row.queue) for row in db.session.connection().execute(WAITING, {"key": key})]


def unfinished(key: str) -> list[int]:
    """The runs of key that are not over, the oldest first."""
    return list(writing().scalars(UNFINISHED, {"key": key}))
