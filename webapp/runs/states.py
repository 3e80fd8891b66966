"""The transitions of a run. Each is one statement, guarded by what must still hold; nobody else writes a state.

All of them belong inside a transaction, leave an event in it, and raise NotPossible when somebody else was faster.
They speak to the tables, not to mapped rows: every run goes through several of them, and the shortest way counts.
"""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa

from webapp.catalogue.models import Job
from webapp.db import db, utcnow, writing
from webapp.errors import NotPossible
from webapp.runs import events
from webapp.runs.models import ACTIVE, FINAL, Envelope, Run, State

runs, jobs, envelopes = (cast(sa.Table, model.__table__) for model in (Run, Job, Envelope))
Condition = sa.ColumnElement[bool]


def born(run: Run) -> None:
    """The first event of a run that is being added, and the mark on its job."""
    db.session.add(run)
    db.session.flush()
    events.record(run.number, 1, None, State.QUEUED, 0, run.user_name)
    newest = sa.or_(jobs.c.last_run_number.is_(None), jobs.c.last_run_number < run.number)
    mark = {"last_run_number": run.number, "last_run_state": State.QUEUED, "last_run_at": run.created_at}
    _do(sa.update(jobs).where(jobs.c.id == run.job_id, newest).values(updated_at=jobs.c.updated_at, **mark))


def claim(number: int, worker: str) -> int:
    """Take a queued run for this worker and give back the number of the attempt."""
    values = {"attempt": runs.c.attempt + 1, "heartbeat": 0, "worker": worker, "claimed_at": utcnow()}
    row = _move(sa.and_(runs.c.number == number, runs.c.state == State.QUEUED), State.CLAIMED, values)
    events.record(number, row.state_version, State.QUEUED, State.CLAIMED, row.attempt, worker)
    attempt: int = row.attempt
    return attempt


def start(number: int, attempt: int, worker: str) -> None:
    """The claimed run enters the author's code."""
    row = _move(_held(number, attempt, State.CLAIMED), State.RUNNING, {"started_at": utcnow()})
    events.record(number, row.state_version, State.CLAIMED, State.RUNNING, attempt, worker)


def requeue(number: int, attempt: int, heartbeat: int, actor: str, reason: str) -> None:
    """A claim that died before the author's code began: the run waits again."""
    unchanged = sa.and_(_held(number, attempt, State.CLAIMED), runs.c.heartbeat == heartbeat)
    row = _move(unchanged, State.QUEUED, {"worker": None})
    events.record(number, row.state_version, State.CLAIMED, State.QUEUED, attempt, actor, reason)


def lose(number: int, attempt: int, heartbeat: int, actor: str, reason: str) -> None:
    """Nobody can say what became of the attempt; heartbeat is the one that has not changed for so long."""
    unchanged = sa.and_(_held(number, attempt, State.RUNNING), runs.c.heartbeat == heartbeat)
    row = _move(unchanged, State.LOST, {"ended_at": utcnow(), "reason": reason})
    _over(number, row.state_version, State.RUNNING, State.LOST, attempt, actor, reason)


def finish(number: int, attempt: int, frm: State, to: State, actor: str, **values: Any) -> None:
    """The attempt ends in to, a final state; values are result, error, reason and traceback."""
    row = _move(_held(number, attempt, frm), to, {"ended_at": utcnow(), **values})
    _over(number, row.state_version, frm, to, attempt, actor, values.get("reason"))


def beat(number: int, attempt: int, **values: Any) -> int | None:
    """A sign of life of the attempt, with the counts that values add.

    Gives the number of the last log line, or None when the attempt is no longer the run's.
    """
    alive = sa.and_(runs.c.number == number, runs.c.attempt == attempt, runs.c.state.in_(ACTIVE))
    statement = sa.update(runs).where(alive).values(heartbeat=runs.c.heartbeat + 1, **values)
    last_seq: int | None = _do(statement.returning(runs.c.last_seq)).scalar()
    return last_seq


def _held(number: int, attempt: int, state: State) -> Condition:
    return sa.and_(runs.c.number == number, runs.c.attempt == attempt, runs.c.state == state)


def _move(guard: Condition, to: State, values: dict[str, Any]) -> Any:
    statement = sa.update(runs).where(guard).values(state=to, state_version=runs.c.state_version + 1, **values)
    told = statement.returning(runs.c.number, runs.c.job_id, runs.c.attempt, runs.c.state_version)
    row = _do(told).first()
    if row is None:
        raise NotPossible("This run is no longer in the state that this step starts from.")
    still_last = sa.and_(jobs.c.id == row.job_id, jobs.c.last_run_number == row.number)
    _do(sa.update(jobs).where(still_last).values(last_run_state=to, updated_at=jobs.c.updated_at))
    return row


def _over(number: int, n: int, frm: State, to: State, attempt: int, actor: str, reason: str | None) -> None:
    if to not in FINAL:
        raise ValueError(f"{to} is not the end of a run")
    events.record(number, n, frm, to, attempt, actor, reason)
    _do(sa.delete(envelopes).where(envelopes.c.run_number == number))


def _do(statement: Any) -> Any:
    return writing().execute(statement)
