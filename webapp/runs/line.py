"""The line before a queue's workers: who works, who stands where, how long a run takes."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence

import sqlalchemy as sa

from webapp.db import db, utcnow
from webapp.runs.models import ACTIVE, Run, State
from webapp.runs.startable import in_line

SAMPLE = 20
"""Ended runs of a queue, the last ones, whose durations an estimate rests on."""
LOOK_BACK = 1000
"""How far back, in numbers of runs, they are looked for."""

# Built once: building it takes longer than asking it.
BUSY = sa.select(Run.worker).where(Run.state.in_(ACTIVE), Run.worker.in_(sa.bindparam("names", expanding=True)))


def busy(names: set[str]) -> set[str | None]:
    """Those of the workers of these names that have a run."""
    return set(db.session.scalars(BUSY, {"names": list(names)}))


def places(runs: Sequence[Run]) -> dict[int, int]:
    """By number: which one each of runs is, from 1, among those in line in its queue; nothing for others."""
    numbers, queues = [run.number for run in runs], {run.queue for run in runs}
    waits = sa.and_(Run.state == State.QUEUED, Run.queue.in_(queues), Run.number <= max(numbers))
    place = sa.func.row_number().over(partition_by=Run.queue, order_by=Run.number).label("place")
    line = sa.select(Run.number, place).where(waits, in_line(utcnow())).subquery()
    rows = db.session.execute(sa.select(line.c.number, line.c.place).where(line.c.number.in_(numbers)))
    return {row.number: row.place for row in rows}


def lengths(runs: Sequence[Run]) -> dict[str, float]:
    """By queue of runs: how many seconds a run takes there, going by the last ones; nothing where none has ended."""
    queues, first = {run.queue for run in runs}, min(run.number for run in runs) - LOOK_BACK
    over = sa.and_(Run.ended_at.is_not(None), Run.started_at.is_not(None))
    age = sa.func.row_number().over(partition_by=Run.queue, order_by=Run.number.desc()).label("age")
    recent = sa.and_(over, Run.queue.in_(queues), Run.number > first)
    ended = sa.select(Run.queue, Run.started_at, Run.ended_at, age).where(recent).subquery()
    taken = defaultdict(list)
    for row in db.session.execute(sa.select(ended).where(ended.c.age <= SAMPLE)):
        taken[row.queue].append((row.ended_at - row.started_at).total_seconds())
    return {queue: statistics.median(all) for queue, all in taken.items()}
