"""The transitions of a run. Each is one statement, guarded by what must still hold; nobody else writes a state.

All of them belong inside a transaction, leave an event in it, and raise NotPossible when somebody else was faster.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from webapp.catalogue.models import Job
from webapp.db import db, utcnow
from webapp.errors import NotPossible
from webapp.runs import events
from webapp.runs.models import ACTIVE, FINAL, Envelope, Run, State


def born(run: Run) -> None:
    """The first event of a run that has just been added, and the mark on its job."""
    db.session.add(run)
    db.session.flush()
    events.record(run.number, 1, None, State.QUEUED, 0, run.user_name)
    newest = sa.or_(Job.last_run_number.is_(None), Job.last_run_number < run.number)
    values = {"last_run_number": run.number, "last_run_state": State.QUEUED, "last_run_at": run.created_at}
    db.session.execute(_quietly(sa.update(Job).where(Job.id == run.job_id, newest).values(values)))


def claim(number: int, worker: str) -> int:
    """Take a queued run for this worker and give back the number of the attempt."""
    values = {"attempt": Run.attempt + 1, "heartbeat": 0, "worker": worker, "claimed_at": utcnow()}
    row = _move(sa.and_(Run.number == number, Run.state == State.QUEUED), State.CLAIMED, values)
    events.record(number, row.state_version, State.QUEUED, State.CLAIMED, row.attempt, worker)
    return row.attempt


def start(number: int, attempt: int, worker: str) -> None:
    """The claimed run enters the author's code."""
    row = _move(_held(number, attempt, State.CLAIMED), State.RUNNING, {"started_at": utcnow()})
    events.record(number, row.state_version, State.CLAIMED, State.RUNNING, attempt, worker)


def requeue(number: int, attempt: int, heartbeat: int, actor: str, reason: str) -> None:
    """A claim that died before the author's code began: the run waits again."""
    unchanged = sa.and_(_held(number, attempt, State.CLAIMED), Run.heartbeat == heartbeat)
    row = _move(unchanged, State.QUEUED, {"worker": None})
    events.record(number, row.state_version, State.CLAIMED, State.QUEUED, attempt, actor, reason)


def lose(number: int, attempt: int, heartbeat: int, actor: str, reason: str) -> None:
    """Nobody can say what became of the attempt; heartbeat is the one that has not changed for so long."""
    unchanged = sa.and_(_held(number, attempt, State.RUNNING), Run.heartbeat == heartbeat)
    row = _move(unchanged, State.LOST, {"ended_at": utcnow(), "reason": reason})
    _over(number, row.state_version, State.RUNNING, State.LOST, attempt, actor, reason)


def finish(number: int, attempt: int, frm: State, to: State, actor: str, **values: Any) -> None:
    """The attempt ends in to, a final state; values are result, error, reason and traceback."""
    row = _move(_held(number, attempt, frm), to, {"ended_at": utcnow(), **values})
    _over(number, row.state_version, frm, to, attempt, actor, values.get("reason"))


def beat(number: int, attempt: int, **values: Any) -> bool:
    """A sign of life of the attempt, with the counts that values add; False when it is no longer the run's."""
    alive = sa.and_(Run.number == number, Run.attempt == attempt, Run.state.in_(ACTIVE))
    statement = sa.update(Run).where(alive).values(heartbeat=Run.heartbeat + 1, **values).returning(Run.number)
    return db.session.scalar(_quietly(statement)) is not None


def _held(number: int, attempt: int, state: State) -> sa.ColumnElement[bool]:
    return sa.and_(Run.number == number, Run.attempt == attempt, Run.state == state)


def _move(guard: sa.ColumnElement[bool], to: State, values: dict[str, Any]) -> Any:
    statement = (
        sa.update(Run)
        .where(guard)
        .values(state=to, state_version=Run.state_version + 1, **values)
        .returning(Run.attempt, Run.state_version, Run.number)
    )
    row = db.session.execute(_quietly(statement)).first()
    if row is None:
        raise NotPossible("This run is no longer in the state that this step starts from.")
    mark = sa.update(Job).where(Job.last_run_number == row.number).values(last_run_state=to, updated_at=Job.updated_at)
    db.session.execute(_quietly(mark))
    return row


def _over(number: int, n: int, frm: State, to: State, attempt: int, actor: str, reason: str | None) -> None:
    if to not in FINAL:
        raise ValueError(f"{to} is not the end of a run")
    events.record(number, n, frm, to, attempt, actor, reason)
    db.session.execute(_quietly(sa.delete(Envelope).where(Envelope.run_number == number)))


def _quietly(statement: Any) -> Any:
    """Rows that the session holds are expired at the commit anyway; looking for them costs more than the statement."""
    return statement.execution_options(synchronize_session=False)
