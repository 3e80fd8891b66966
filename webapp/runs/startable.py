"""Which queued runs a free worker could take now: not those for later, nor those whose places are all taken."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.jobs import concurrency
from webapp.runs.models import ACTIVE, Run

PATIENT = (concurrency.QUEUE, concurrency.REPLACE)
"""What `on_conflict` says of runs that wait for a place; for others it is decided when they are claimed."""


def startable(now: datetime) -> sa.ColumnElement[bool]:
    """The condition that a queued run could start, for queries of Run."""
    return sa.and_(sa.or_(Run.start_after.is_(None), Run.start_after <= now), _has_a_place())


def _has_a_place() -> sa.ColumnElement[bool]:
    other = aliased(Run)
    same_key = sa.and_(other.concurrency_key == Run.concurrency_key, other.state.in_(ACTIVE))
    going_on = sa.select(sa.func.count()).select_from(other).where(same_key).correlate(Run).scalar_subquery()
    free_of_others = sa.or_(Run.concurrency_key.is_(None), Run.on_conflict.not_in(PATIENT))
    return sa.or_(free_of_others, going_on < Run.concurrency_limit)
