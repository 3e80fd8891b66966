"""The transitions of a run. Each is one statement, guarded by what must still hold; nobody else writes a state.

All of them belong inside a transaction, leave an event in it, and raise NotPossible when somebody else was faster.
They speak to the tables, not to mapped rows, in statements that are built once: every run goes through several of
them, and building one takes longer than carrying it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from webapp.catalogue.models import Job
from webapp.db import fitting, on_commit, utcnow, writing
from webapp.errors import NotPossible
from webapp.queue import bell
from webapp.runs import events, slots
from webapp.runs.event_models import Happening
from webapp.runs.models import ACTIVE, FINAL, Envelope, Run, State
from webapp.runs.startable import in_open_queue

MOST_DEATHS = 3
"""Workers, or processes of its own, that may vanish with a run before it counts as what makes them vanish."""
REPEATABLE = (State.ERRORED, State.TIMED_OUT, State.LOST)
"""Ends that are another attempt's beginning, if the job's author allows one."""
LONGEST_PAUSE = timedelta(days=1)
ANEW: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(("progress_done", "progress_total", "progress_text")),
        **dict.fromkeys(("group_count", "item_count"), 0),
        **dict.fromkeys(("item_success_count", "item_failure_count", "item_skipped_count"), 0),
    }
)
"""What an attempt has said of itself, before it has said anything."""
NOTHING: Mapping[str, Any] = MappingProxyType({})

runs, jobs, envelopes = (cast(sa.Table, model.__table__) for model in (Run, Job, Envelope))
Condition = sa.ColumnElement[bool]

ASKED = (runs.c.cancel_requested_at, runs.c.cancel_by, runs.c.cancel_reason, runs.c.kill_requested_at)
"""What people want of a run that goes on."""
TOLD = (
    *(runs.c.number, runs.c.job_id, runs.c.state, runs.c.attempt, runs.c.state_version, runs.c.last_seq),
    *(runs.c.concurrency_key, runs.c.sealed, runs.c.sensitive, *ASKED),
)
NEWEST_OF_ITS_JOB = (
    sa.exists()
    .where(jobs.c.id == runs.c.job_id, jobs.c.last_run_number == runs.c.number)
    .correlate(runs)
    .label("newest_of_its_job")
)
KNOWN = (runs.c.number, runs.c.starts, runs.c.deaths, runs.c.max_attempts, runs.c.retry_backoff, *ASKED)
"""What decides over another attempt."""

# What must hold of a run, with the parameters of_number, of_attempt, of_state, of_heartbeat and of_last_seq.
THIS = runs.c.number == sa.bindparam("of_number")
WAITS = sa.and_(THIS, runs.c.state == State.QUEUED)
# What an older worker would make of rows that a newer schema describes, nobody knows.
IS_DUE = sa.and_(WAITS, sa.or_(runs.c.start_after.is_(None), runs.c.start_after <= sa.bindparam("of_now")), fitting())
MAY_START = sa.and_(IS_DUE, in_open_queue())
HELD = sa.and_(THIS, runs.c.attempt == sa.bindparam("of_attempt"), runs.c.state == sa.bindparam("of_state"))
UNASKED = runs.c.cancel_requested_at.is_(None)
HELD_AND_UNASKED = sa.and_(HELD, UNASKED)
HELD_AND_WRITTEN = sa.and_(HELD, runs.c.last_seq == sa.bindparam("of_last_seq"))
SILENT = sa.and_(HELD, runs.c.heartbeat == sa.bindparam("of_heartbeat"))
SILENT_AND_UNASKED = sa.and_(SILENT, UNASKED)
ALIVE = sa.and_(THIS, runs.c.attempt == sa.bindparam("of_attempt"), runs.c.state.in_(ACTIVE))
ALIVE_AND_WRITTEN = sa.and_(ALIVE, runs.c.last_seq == sa.bindparam("of_last_seq"))
GOES_ON = sa.and_(THIS, runs.c.state.in_(ACTIVE))
GOES_ON_AND_UNASKED = sa.and_(GOES_ON, UNASKED)
IS_ASKED = sa.and_(GOES_ON, runs.c.cancel_requested_at.is_not(None), runs.c.kill_requested_at.is_(None))

NEWEST = sa.or_(jobs.c.last_run_number.is_(None), jobs.c.last_run_number < sa.bindparam("of_number"))
MARK: dict[str, Any] = {
    name: sa.bindparam(f"new_{name}") for name in ("last_run_number", "last_run_state", "last_run_at")
}
MARK_NEWEST = (
    sa.update(jobs).where(jobs.c.id == sa.bindparam("of_job"), NEWEST).values(updated_at=jobs.c.updated_at, **MARK)
)
MARK_STATE = (
    sa.update(jobs)
    .where(jobs.c.id == sa.bindparam("of_job"), jobs.c.last_run_number == sa.bindparam("of_number"))
    .values(last_run_state=sa.bindparam("new_last_run_state"), updated_at=jobs.c.updated_at)
)
INSERT = sa.insert(runs)
FORGET_INPUTS = sa.delete(envelopes).where(envelopes.c.run_number == sa.bindparam("of_number"))


@dataclass(frozen=True)
class Growth:
    """What lines that come to the log of a run change in its row."""

    after: int
    """The last line before them."""
    values: Mapping[str, int]
    added: Mapping[str, int]


def born(run: Run) -> None:
    """Write run, which is new and of no session, and its first event. From then on it knows all its values."""
    given = {name: value for name, value in vars(run).items() if name in runs.c}
    written: Any = writing().execute(INSERT, given)
    for name, value in written.last_inserted_params().items():
        set_committed_value(run, name, value)
    set_committed_value(run, "number", written.inserted_primary_key.number)
    events.record(run.number, 1, None, State.QUEUED, 0, run.user_name)


def mark_newest(run: Run) -> None:
    """Its job shows run as its newest, unless it shows a newer one."""
    mark = {"new_last_run_number": run.number, "new_last_run_state": State.QUEUED, "new_last_run_at": run.created_at}
    writing().execute(MARK_NEWEST, {"of_job": run.job_id, "of_number": run.number, **mark})


def claim(number: int, worker: str, **values: Any) -> int:
    """Take a queued run that may start for this worker; gives the number of the attempt. values are slot, code_version.

    pausing.hold_off() comes first: it keeps a pause from beginning between the look at it and the end of the claim.
    """
    now = utcnow()
    taken = {"heartbeat": 0, "worker": worker, "claimed_at": now, **ANEW, **values}
    row = _move(MAY_START, {"of_number": number, "of_now": now}, State.CLAIMED, taken, attempt=1)
    events.record(number, row.state_version, State.QUEUED, State.CLAIMED, row.attempt, worker)
    attempt: int = row.attempt
    return attempt


def start(number: int, attempt: int, worker: str) -> None:
    """The claimed run, which nobody has asked to cancel, enters the author's code."""
    held = _holding(number, attempt, State.CLAIMED)
    row = _move(HELD_AND_UNASKED, held, State.RUNNING, {"started_at": utcnow()}, starts=1)
    events.record(number, row.state_version, State.CLAIMED, State.RUNNING, attempt, worker)


def requeue(number: int, attempt: int, heartbeat: int, actor: str, reason: str) -> None:
    """A claim whose worker is silent, and that died before the author's code began: the run waits again.

    heartbeat is the one that has not changed for so long.
    """
    _put_back(SILENT, _holding(number, attempt, State.CLAIMED) | {"of_heartbeat": heartbeat}, actor, reason)


def give_back(number: int, attempt: int, worker: str, reason: str) -> None:
    """The worker itself says that its claim came to nothing before the author's code began: the run waits again."""
    _put_back(HELD, _holding(number, attempt, State.CLAIMED), worker, reason)


def lose(number: int, attempt: int, heartbeat: int, actor: str, reason: str) -> None:
    """Nobody can say what became of the attempt; heartbeat is the one that has not changed for so long."""
    held = _holding(number, attempt, State.RUNNING) | {"of_heartbeat": heartbeat}
    known = _known(SILENT, held)
    if known.cancel_requested_at is not None:
        reason += f" {known.cancel_by} had asked to cancel it."
    poison = known.deaths + 1 >= MOST_DEATHS
    if poison or not _repeated(SILENT_AND_UNASKED, held, known, actor, reason, deaths=1):
        _end(SILENT, held, State.LOST, actor, {"reason": reason}, deaths=1)


def finish(
    number: int, attempt: int, frm: State, to: State, actor: str, growth: Growth | None = None, **values: Any
) -> State:
    """The attempt ends in to, a final state; values are result, error, reason and traceback.

    With growth in the same step, if the log is as that says. Gives the state that the run is in now: queued, if its
    author lets it be repeated after such an end.
    """
    guard, held, added = HELD, _holding(number, attempt, frm), {}
    grown: Mapping[str, int] = {}
    if growth is not None:
        guard, grown, added = HELD_AND_WRITTEN, growth.values, dict(growth.added)
        held["of_last_seq"] = growth.after
    if to is State.LOST:
        # What is lost may have been killed by itself: such a run is not tried again and again.
        added["deaths"] = 1
    if to in REPEATABLE and frm is State.RUNNING:
        known = _known(guard, held)
        poison = to is State.LOST and known.deaths + 1 >= MOST_DEATHS
        why = values.get("reason") or to.value
        if not poison and _repeated(HELD_AND_UNASKED, held, known, actor, why, grown, **added):
            return State.QUEUED
    _end(guard, held, to, actor, {**grown, **values}, **added)
    return to


def cancel_queued(number: int, by: str, reason: str) -> None:
    """A run that has not begun ends at once."""
    now = utcnow()
    asked = {"cancel_requested_at": now, "cancel_by": by, "cancel_reason": reason or None}
    ending = {"ended_at": now, "reason": _cancelled_by(by, reason), **asked}
    row = _move(WAITS, {"of_number": number}, State.CANCELLED, ending)
    _over(row, State.QUEUED, State.CANCELLED, by, reason or None)


def give_up_queued(number: int, actor: str, reason: str) -> None:
    """A run that waits, and that nothing can start any more, ends at once, even in a paused queue."""
    row = _move(WAITS, {"of_number": number}, State.ERRORED, {"ended_at": utcnow(), "reason": reason})
    _over(row, State.QUEUED, State.ERRORED, actor, reason)


def ask_to_cancel(number: int, by: str, reason: str) -> None:
    """Somebody wants a run to stop that a worker has; nobody has asked for it before."""
    asked = {"cancel_requested_at": utcnow(), "cancel_by": by, "cancel_reason": reason or None}
    _note(GOES_ON_AND_UNASKED, number, Happening.CANCEL_REQUESTED, by, reason or None, asked)


def ask_to_kill(number: int, by: str) -> None:
    """Somebody does not want to wait until a run that was asked to stop does so."""
    _note(IS_ASKED, number, Happening.KILL_REQUESTED, by, None, {"kill_requested_at": utcnow()})


def note_late(number: int, attempt: int, actor: str, what: str) -> None:
    """An attempt that does not count any more tells what became of it: beside the state, which stays as it is."""
    _note(THIS, number, Happening.CAME_LATE, actor, what, {}, attempt)


def beat(number: int, attempt: int, values: Mapping[str, Any] | None = None, **added: int) -> Any:
    """A sign of life of the attempt, with what values change and what is added to counters.

    Gives a row of TOLD, or None when the attempt is not the run's any more.
    """
    return _change(ALIVE, {"of_number": number, "of_attempt": attempt}, values or {}, {"heartbeat": 1, **added})


def lengthen(number: int, attempt: int, growth: Growth) -> Any:
    """The same with growth, if the log is as that says."""
    held = {"of_number": number, "of_attempt": attempt, "of_last_seq": growth.after}
    return _change(ALIVE_AND_WRITTEN, held, growth.values, {"heartbeat": 1, **growth.added})


def _holding(number: int, attempt: int, state: State) -> dict[str, Any]:
    return {"of_number": number, "of_attempt": attempt, "of_state": state}


def _put_back(guard: Condition, held: Mapping[str, Any], actor: str, reason: str) -> None:
    """The run waits again, unless somebody wants it to stop or it keeps dying."""
    known = _known(guard, held)
    if known.cancel_requested_at is not None:
        ending = {"reason": f"{_cancelled_by(known.cancel_by, known.cancel_reason)} {reason}"}
        _end(guard, held, State.CANCELLED, actor, ending)
    elif known.deaths + 1 >= MOST_DEATHS:
        poison = f"It died {MOST_DEATHS} times, now before its job could begin, so it is not tried again. {reason}"
        _end(guard, held, State.ERRORED, actor, {"reason": poison}, deaths=1)
    else:
        row = _move(guard, held, State.QUEUED, {"worker": None, "slot": None}, deaths=1)
        events.record(row.number, row.state_version, State.CLAIMED, State.QUEUED, row.attempt, actor, reason)


@cache
def _knowing(guard: Condition) -> sa.Select[Any]:
    return sa.select(*KNOWN).where(guard).with_for_update()


def _known(guard: Condition, held: Mapping[str, Any]) -> Any:
    return _there(writing().execute(_knowing(guard), held).first())


def _repeated(
    guard: Condition,
    held: Mapping[str, Any],
    known: Any,
    actor: str,
    reason: str,
    values: Mapping[str, Any] = NOTHING,
    **added: int,
) -> bool:
    """Whether the run waits for another attempt now, because its author allows it and nobody wants it to stop."""
    if known.starts >= known.max_attempts or known.cancel_requested_at is not None:
        return False
    pause = min(timedelta(seconds=known.retry_backoff) * 2 ** min(known.starts - 1, 20), LONGEST_PAUSE)
    waits = {"worker": None, "slot": None, "start_after": utcnow() + pause}
    row = _move(guard, held, State.QUEUED, {**values, **waits}, **added)
    why = f"Attempt {known.starts} of {known.max_attempts} did not succeed: {reason}"
    events.record(known.number, row.state_version, State.RUNNING, State.QUEUED, row.attempt, actor, why)
    return True


def _end(
    guard: Condition, held: Mapping[str, Any], to: State, actor: str, ending: Mapping[str, Any], **added: int
) -> None:
    row = _move(guard, held, to, {"ended_at": utcnow(), **ending}, **added)
    _over(row, held["of_state"], to, actor, ending.get("reason"))


def _move(guard: Condition, held: Mapping[str, Any], to: State, values: Mapping[str, Any], **added: int) -> Any:
    row = _there(_change(guard, held, {"state": to, **values}, {"state_version": 1, **added}))
    if row.newest_of_its_job and to is not State.RUNNING:  # claimed says the same to everybody
        last = {"of_job": row.job_id, "of_number": row.number, "new_last_run_state": to}
        writing().execute(MARK_STATE, last)
    if row.concurrency_key is not None and to not in ACTIVE:
        _ring_next(row.concurrency_key)
    return row


def _note(
    guard: Condition, number: int, kind: Happening, actor: str, what: str | None, values: Mapping[str, Any], of: int = 0
) -> None:
    """An event that leaves the state as it is; of is the attempt, by default the present one."""
    row = _there(_change(guard, {"of_number": number}, values, {"state_version": 1}))
    events.record(number, row.state_version, row.state, row.state, of or row.attempt, actor, what, kind)


def _over(row: Any, frm: State, to: State, actor: str, reason: str | None) -> None:
    if to not in FINAL:
        raise ValueError(f"{to} is not the end of a run")
    events.record(row.number, row.state_version, frm, to, row.attempt, actor, reason)
    if row.sealed or row.sensitive:
        writing().execute(FORGET_INPUTS, {"of_number": row.number})


def _change(guard: Condition, held: Mapping[str, Any], values: Mapping[str, Any], added: Mapping[str, int]) -> Any:
    """The row of TOLD after the change; None if guard does not find it."""
    new = {f"new_{name}": value for name, value in (*values.items(), *added.items())}
    return writing().execute(_changing(guard, frozenset(values), frozenset(added)), {**held, **new}).first()


@cache
def _changing(guard: Condition, set_to: frozenset[str], added_to: frozenset[str]) -> sa.Update:
    values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in set_to}
    values |= {name: runs.c[name] + sa.bindparam(f"new_{name}") for name in added_to}
    told = (*TOLD, NEWEST_OF_ITS_JOB) if "state" in set_to else TOLD
    return sa.update(runs).where(guard).values(values).returning(*told)


def _ring_next(key: str) -> None:
    """A place among the runs of key is free: whoever waits for it hears of it once that is safe."""
    if waiting := slots.waiting(key):
        on_commit(lambda: bell.ring_all(waiting))


def _cancelled_by(by: str, reason: str | None) -> str:
    return f"Cancelled by {by}, before it began" + (f": {reason}" if reason else ".")


def _there(row: Any) -> Any:
    if row is None:
        raise NotPossible("This run is no longer in the state that this step starts from.")
    return row
