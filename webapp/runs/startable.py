"""Which queued runs a free worker could take now.

Not those for later, nor those whose places are all taken, nor what waits in a queue that somebody has paused.
"""

from __future__ import annotations

from datetime import datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.catalogue.models import JobQueue
from webapp.jobs import concurrency
from webapp.runs.models import ACTIVE, LOCAL, Run

PATIENT = (concurrency.QUEUE, concurrency.REPLACE)
"""What `on_conflict` says of runs that wait for a place; for others it is decided when they are claimed."""
runs, queues = (cast(sa.Table, model.__table__) for model in (Run, JobQueue))


def startable(now: datetime) -> sa.ColumnElement[bool]:
    """The condition that a queued run could start, for queries of Run."""
    return sa.and_(in_line(now), in_open_queue())


def in_line(now: datetime) -> sa.ColumnElement[bool]:
    """The condition that a queued run could start if nobody had paused its queue, for queries of Run."""
    return sa.and_(sa.or_(Run.start_after.is_(None), Run.start_after <= now), _has_a_place())


def in_open_queue() -> sa.ColumnElement[bool]:
    """The condition that nobody has paused the queue of a run, for statements about the table of runs."""
    open = sa.select(queues.c.paused_at.is_(None)).where(queues.c.name == runs.c.queue).correlate(runs)
    # A queue need not have a record.
    return sa.or_(runs.c.queue == LOCAL, sa.func.coalesce(open.scalar_subquery(), sa.true()))


def _has_a_place() -> sa.ColumnElement[bool]:
    other = aliased(Run)
    same_key = sa.and_(other.concurrency_key == Run.concurrency_key, other.state.in_(ACTIVE))
    going_on = sa.select(sa.func.count()).select_from(other).where(same_key).correlate(Run).scalar_subquery()
    free_of_others = sa.or_(Run.concurrency_key.is_(None), Run.on_conflict.not_in(PATIENT))
    return sa.or_(free_of_others, going_on < Run.concurrency_limit)
