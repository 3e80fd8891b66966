"""The items of a run: the objects that it works on, and what became of each."""

from __future__ import annotations

import sqlalchemy as sa

from webapp.db import db
from webapp.runs.log.models import ItemState, LogGroup
from webapp.runs.models import Run


def of(run: Run) -> list[LogGroup]:
    """The items of the present attempt of run in the order in which they began."""
    if not run.item_count:
        return []
    ours = sa.and_(LogGroup.run_number == run.number, LogGroup.attempt == run.attempt, LogGroup.is_item)
    return list(db.session.scalars(sa.select(LogGroup).where(ours).order_by(LogGroup.seq)))


def failed_keys(run: Run) -> list[str]:
    """By what the objects are found whose items failed or, of a run that is over, did not end; each once, in order."""
    if sum(counts(run).get(state, 0) for state in (ItemState.FAILURE, ItemState.INTERRUPTED)) == 0:
        return []
    ours = sa.and_(LogGroup.run_number == run.number, LogGroup.attempt == run.attempt, LogGroup.is_item)
    states = LogGroup.state.in_((ItemState.FAILURE, ItemState.INTERRUPTED, ItemState.RUNNING))
    keys = db.session.scalars(sa.select(LogGroup.key).where(ours, states).order_by(LogGroup.seq))
    return list(dict.fromkeys(key for key in keys if key))


def keys(run: Run) -> set[str]:
    """By what the objects are found on which run has begun to work."""
    ours = sa.and_(LogGroup.run_number == run.number, LogGroup.attempt == run.attempt, LogGroup.is_item)
    return {key for key in db.session.scalars(sa.select(LogGroup.key).where(ours)) if key}


def counts(run: Run) -> dict[ItemState, int]:
    """How many items of run there are in each state; states without any are left out."""
    over = {
        ItemState.FAILURE: run.item_failure_count,
        ItemState.SUCCESS: run.item_success_count,
        ItemState.SKIPPED: run.item_skipped_count,
    }
    rest = ItemState.INTERRUPTED if run.finished else ItemState.RUNNING
    told = {**over, rest: run.item_count - sum(over.values())}
    return {state: count for state, count in told.items() if count}


def told(run: Run) -> dict[str, int] | None:
    """The same as JSON, with the total; None if run has no items."""
    by_state = {state.value: count for state, count in counts(run).items()}
    return {"total": run.item_count, **by_state} if by_state else None
