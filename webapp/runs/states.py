"""The transitions of a run. Each is one statement, guarded by what must still hold; nobody else writes a state.

All of them belong inside a transaction, leave an event in it, and raise NotPossible when somebody else was faster.
They speak to the tables, not to mapped rows: every run goes through several of them, and the shortest way counts.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import sqlalchemy as sa

from webapp.catalogue.models import Job
from webapp.db import db, fitting, on_commit, utcnow, writing
from webapp.errors import NotPossible
from webapp.queue import bell
from webapp.runs import events, slots
from webapp.runs.models import ACTIVE, FINAL, Envelope, Happening, Run, State

MOST_DEATHS = 3
"""Workers that may vanish with a run before it counts as what makes them vanish."""
REPEATABLE = (State.ERRORED, State.TIMED_OUT, State.LOST)
"""Ends that are another attempt's beginning, if the job's author allows one."""
LONGEST_PAUSE = timedelta(days=1)

runs, jobs, envelopes = (cast(sa.Table, model.__table__) for model in (Run, Job, Envelope))
ASKED = (runs.c.cancel_requested_at, runs.c.cancel_by, runs.c.cancel_reason, runs.c.kill_requested_at)
"""What people want of a run that goes on."""
Condition = sa.ColumnElement[bool]


def born(run: Run) -> None:
    """The first event of a run that is being added, and the mark on its job."""
    db.session.add(run)
    db.session.flush()
    events.record(run.number, 1, None, State.QUEUED, 0, run.user_name)
    newest = sa.or_(jobs.c.last_run_number.is_(None), jobs.c.last_run_number < run.number)
    mark = {"last_run_number": run.number, "last_run_state": State.QUEUED, "last_run_at": run.created_at}
    _do(sa.update(jobs).where(jobs.c.id == run.job_id, newest).values(updated_at=jobs.c.updated_at, **mark))


def claim(number: int, worker: str, **values: Any) -> int:
    """Take a queued run that is due for this worker; gives the number of the attempt. values are slot, code_version."""
    now = utcnow()
    due = sa.or_(runs.c.start_after.is_(None), runs.c.start_after <= now)
    taken = {"attempt": runs.c.attempt + 1, "heartbeat": 0, "worker": worker, "claimed_at": now, **values}
    waits = sa.and_(runs.c.number == number, runs.c.state == State.QUEUED, due)
    # What an older worker would make of rows that a newer schema describes, nobody knows.
    row = _move(sa.and_(waits, fitting()), State.CLAIMED, taken)
    events.record(number, row.state_version, State.QUEUED, State.CLAIMED, row.attempt, worker)
    attempt: int = row.attempt
    return attempt


def start(number: int, attempt: int, worker: str) -> None:
    """The claimed run, which nobody has asked to cancel, enters the author's code."""
    wanted = sa.and_(_held(number, attempt, State.CLAIMED), runs.c.cancel_requested_at.is_(None))
    row = _move(wanted, State.RUNNING, {"started_at": utcnow(), "starts": runs.c.starts + 1})
    events.record(number, row.state_version, State.CLAIMED, State.RUNNING, attempt, worker)


def requeue(number: int, attempt: int, heartbeat: int, actor: str, reason: str) -> None:
    """A claim that died before the author's code began: the run waits again, unless it should not or keeps dying."""
    unchanged = sa.and_(_held(number, attempt, State.CLAIMED), runs.c.heartbeat == heartbeat)
    known = _known(unchanged)
    if known.cancel_requested_at is not None:
        _end(unchanged, number, attempt, State.CLAIMED, State.CANCELLED, actor, reason=f"{_cancelled(known)} {reason}")
    elif known.deaths + 1 >= MOST_DEATHS:
        poison = f"{MOST_DEATHS} workers vanished one after the other while they had it, so it is not tried again."
        dead = {"deaths": runs.c.deaths + 1}
        _end(unchanged, number, attempt, State.CLAIMED, State.ERRORED, actor, reason=poison, **dead)
    else:
        row = _move(unchanged, State.QUEUED, {"worker": None, "slot": None, "deaths": runs.c.deaths + 1})
        events.record(number, row.state_version, State.CLAIMED, State.QUEUED, attempt, actor, reason)


def lose(number: int, attempt: int, heartbeat: int, actor: str, reason: str) -> None:
    """Nobody can say what became of the attempt; heartbeat is the one that has not changed for so long."""
    unchanged = sa.and_(_held(number, attempt, State.RUNNING), runs.c.heartbeat == heartbeat)
    known = _known(unchanged)
    if known.cancel_requested_at is not None:
        reason += f" {known.cancel_by} had asked to cancel it."
    dead = {"deaths": runs.c.deaths + 1}
    if known.deaths + 1 >= MOST_DEATHS or not _repeated(unchanged, known, attempt, actor, reason, **dead):
        _end(unchanged, number, attempt, State.RUNNING, State.LOST, actor, reason=reason, **dead)


def finish(number: int, attempt: int, frm: State, to: State, actor: str, **values: Any) -> State:
    """The attempt ends in to, a final state; values are result, error, reason and traceback.

    Gives the state that the run is in now: queued, if its author lets it be repeated after such an end.
    """
    held = _held(number, attempt, frm)
    if to in REPEATABLE and frm is State.RUNNING:
        known = _known(held)
        if _repeated(held, known, attempt, actor, values.get("reason") or to.value):
            return State.QUEUED
    _end(held, number, attempt, frm, to, actor, **values)
    return to


def cancel_queued(number: int, by: str, reason: str) -> None:
    """A run that has not begun ends at once."""
    waits = sa.and_(runs.c.number == number, runs.c.state == State.QUEUED)
    asked = {"cancel_requested_at": utcnow(), "cancel_by": by, "cancel_reason": reason or None}
    row = _move(waits, State.CANCELLED, {"ended_at": utcnow(), "reason": _cancelled_by(by, reason), **asked})
    _over(row, State.QUEUED, State.CANCELLED, row.attempt, by, reason or None)


def ask_to_cancel(number: int, by: str, reason: str) -> None:
    """Somebody wants a run to stop that a worker has; nobody has asked for it before."""
    wanted = sa.and_(runs.c.number == number, runs.c.state.in_(ACTIVE), runs.c.cancel_requested_at.is_(None))
    asked: dict[str, Any] = {"cancel_requested_at": utcnow(), "cancel_by": by, "cancel_reason": reason or None}
    _note(wanted, Happening.CANCEL_REQUESTED, by, reason or None, **asked)


def ask_to_kill(number: int, by: str) -> None:
    """Somebody does not want to wait until a run that was asked to stop does so."""
    asked = sa.and_(runs.c.number == number, runs.c.state.in_(ACTIVE), runs.c.cancel_requested_at.is_not(None))
    _note(
        sa.and_(asked, runs.c.kill_requested_at.is_(None)),
        Happening.KILL_REQUESTED,
        by,
        None,
        kill_requested_at=utcnow(),
    )


def note_late(number: int, attempt: int, actor: str, what: str) -> None:
    """An attempt that does not count any more tells what became of it: beside the state, which stays as it is."""
    _note(runs.c.number == number, Happening.CAME_LATE, actor, what, of_attempt=attempt)


def beat(number: int, attempt: int, *, after: int | None = None, **values: Any) -> Any:
    """A sign of life of the attempt, with what values change; nothing if its log does not end with line after.

    Gives a row of last_seq and ASKED, or None when nothing was changed.
    """
    alive = sa.and_(runs.c.number == number, runs.c.attempt == attempt, runs.c.state.in_(ACTIVE))
    if after is not None:
        alive = sa.and_(alive, runs.c.last_seq == after)
    statement = sa.update(runs).where(alive).values(heartbeat=runs.c.heartbeat + 1, **values)
    return _do(statement.returning(runs.c.last_seq, *ASKED)).first()


def _held(number: int, attempt: int, state: State) -> Condition:
    return sa.and_(runs.c.number == number, runs.c.attempt == attempt, runs.c.state == state)


def _known(guard: Condition) -> Any:
    """What decides over another attempt of the run that guard finds."""
    deciding = (runs.c.starts, runs.c.deaths, runs.c.max_attempts, runs.c.retry_backoff)
    return _there(_do(sa.select(runs.c.number, *deciding, *ASKED).where(guard)).first())


def _repeated(guard: Condition, known: Any, attempt: int, actor: str, reason: str, **values: Any) -> bool:
    """Whether the run waits for another attempt now, because its author allows it and nobody wants it to stop."""
    if known.starts >= known.max_attempts or known.cancel_requested_at is not None:
        return False
    pause = min(timedelta(seconds=known.retry_backoff) * 2 ** min(known.starts - 1, 20), LONGEST_PAUSE)
    values |= {"worker": None, "slot": None, "start_after": utcnow() + pause}
    unasked = sa.and_(guard, runs.c.cancel_requested_at.is_(None))
    row = _move(unasked, State.QUEUED, values)
    why = f"Attempt {known.starts} of {known.max_attempts} did not succeed: {reason}"
    events.record(known.number, row.state_version, State.RUNNING, State.QUEUED, attempt, actor, why)
    return True


def _end(guard: Condition, number: int, attempt: int, frm: State, to: State, actor: str, **values: Any) -> None:
    row = _move(guard, to, {"ended_at": utcnow(), **values})
    _over(row, frm, to, attempt, actor, values.get("reason"))


def _move(guard: Condition, to: State, values: dict[str, Any]) -> Any:
    statement = sa.update(runs).where(guard).values(state=to, state_version=runs.c.state_version + 1, **values)
    told = (
        runs.c.number,
        runs.c.job_id,
        runs.c.attempt,
        runs.c.state_version,
        runs.c.concurrency_key,
        runs.c.sensitive,
    )
    row = _there(_do(statement.returning(*told)).first())
    if to is not State.RUNNING:  # claimed says the same to everybody
        still_last = sa.and_(jobs.c.id == row.job_id, jobs.c.last_run_number == row.number)
        _do(sa.update(jobs).where(still_last).values(last_run_state=to, updated_at=jobs.c.updated_at))
    if row.concurrency_key is not None and to not in ACTIVE:
        _ring_next(row.concurrency_key)
    return row


def _note(
    guard: Condition, kind: Happening, actor: str, what: str | None, *, of_attempt: int = 0, **values: Any
) -> None:
    statement = sa.update(runs).where(guard).values(state_version=runs.c.state_version + 1, **values)
    told = (runs.c.number, runs.c.state, runs.c.attempt, runs.c.state_version)
    row = _there(_do(statement.returning(*told)).first())
    attempt = of_attempt or row.attempt
    events.record(row.number, row.state_version, row.state, row.state, attempt, actor, what, kind)


def _over(row: Any, frm: State, to: State, attempt: int, actor: str, reason: str | None) -> None:
    if to not in FINAL:
        raise ValueError(f"{to} is not the end of a run")
    events.record(row.number, row.state_version, frm, to, attempt, actor, reason)
    if row.sensitive:
        _do(sa.delete(envelopes).where(envelopes.c.run_number == row.number))


def _ring_next(key: str) -> None:
    """A place among the runs of key is free: whoever waits for it hears of it once that is safe."""
    if waiting := slots.waiting(key):
        on_commit(lambda: bell.ring_all(waiting))


def _cancelled(known: Any) -> str:
    return _cancelled_by(known.cancel_by, known.cancel_reason)


def _cancelled_by(by: str, reason: str | None) -> str:
    return f"Cancelled by {by}, before it began" + (f": {reason}" if reason else ".")


def _there(row: Any) -> Any:
    if row is None:
        raise NotPossible("This run is no longer in the state that this step starts from.")
    return row


def _do(statement: Any) -> Any:
    return writing().execute(statement)
