"""The transitions of a run. Each is one statement, guarded by what must still hold; nobody else writes a state.

All of them belong inside a transaction, leave an event in it, and raise NotPossible when somebody else was faster.
They speak to the tables, not to mapped rows, in statements that are built once: every run goes through several of
them, and building one takes longer than carrying it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from webapp.db import fitting, on_commit, utcnow, writing
from webapp.errors import NotPossible
from webapp.queue import bell
from webapp.runs import slots, steps
from webapp.runs.event_models import Happening
from webapp.runs.logs import Line
from webapp.runs.models import ACTIVE, FINAL, Run, State
from webapp.runs.startable import in_open_queue
from webapp.runs.steps import ASKED, Condition, Happened, runs

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


@dataclass(frozen=True)
class Growth:
    """What lines that come to the log of a run change in its row."""

    after: int
    """The last line before them."""
    values: Mapping[str, int]
    added: Mapping[str, int]
    lines: Sequence[Line] = ()
    """Themselves, where the step writes them as well."""


def born(values: Mapping[str, Any], *, newest: bool = True) -> Run:
    """Write a run of these values, and its first event; gives it with all that its row holds. If newest, its job shows
    it as its newest."""
    run = Run()
    # Of no session, so that nobody keeps account of what changes in it, which takes longer than all the rest.
    vars(run).update(steps.make(values, values["user_name"], newest=newest))
    return run


def claim(number: int, worker: str, **values: Any) -> int:
    """Take a queued run that may start for this worker; gives the number of the attempt. values are slot, code_version.

    pausing.hold_off() comes first: it keeps a pause from beginning between the look at it and the end of the claim.
    """
    now = utcnow()
    taken = {"heartbeat": 0, "worker": worker, "claimed_at": now, **ANEW, **values}
    claimed = Happened(worker, frm=State.QUEUED, to=State.CLAIMED)
    row = _move(MAY_START, {"of_number": number, "of_now": now}, claimed, taken, {"attempt": 1})
    attempt: int = row.attempt
    return attempt


def start(number: int, attempt: int, worker: str) -> None:
    """The claimed run, which nobody has asked to cancel, enters the author's code."""
    held = _holding(number, attempt, State.CLAIMED)
    started = Happened(worker, frm=State.CLAIMED, to=State.RUNNING)
    _move(HELD_AND_UNASKED, held, started, {"started_at": utcnow()}, {"starts": 1})


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
    if poison or not _repeated(SILENT_AND_UNASKED, held, known, actor, reason, added={"deaths": 1}):
        _end(SILENT, held, State.LOST, actor, {"reason": reason}, {"deaths": 1})


def finish(
    number: int, attempt: int, frm: State, to: State, actor: str, growth: Growth | None = None, **values: Any
) -> State:
    """The attempt ends in to, a final state; values are result, error, reason and traceback.

    With growth in the same step, if the log is as that says. Gives the state that the run is in now: queued, if its
    author lets it be repeated after such an end.
    """
    guard, held, added = HELD, _holding(number, attempt, frm), {}
    grown: Mapping[str, int] = {}
    lines: Sequence[Line] = ()
    if growth is not None:
        guard, grown, added, lines = HELD_AND_WRITTEN, growth.values, dict(growth.added), growth.lines
        held["of_last_seq"] = growth.after
    if to is State.LOST:
        # What is lost may have been killed by itself: such a run is not tried again and again.
        added["deaths"] = 1
    if may_be_repeated(frm, to):
        known = _known(guard, held)
        poison = to is State.LOST and known.deaths + 1 >= MOST_DEATHS
        why = values.get("reason") or to.value
        if not poison and _repeated(HELD_AND_UNASKED, held, known, actor, why, grown, added):
            return State.QUEUED
    _end(guard, held, to, actor, {**grown, **values}, added, lines)
    return to


def may_be_repeated(frm: State, to: State) -> bool:
    """Whether finish() first has to look if another attempt follows."""
    return to in REPEATABLE and frm is State.RUNNING


def cancel_queued(number: int, by: str, reason: str) -> None:
    """A run that has not begun ends at once."""
    now = utcnow()
    asked = {"cancel_requested_at": now, "cancel_by": by, "cancel_reason": reason or None}
    ending = {"ended_at": now, "reason": _cancelled_by(by, reason), **asked}
    cancelled = Happened(by, reason or None, State.QUEUED, State.CANCELLED)
    _move(WAITS, {"of_number": number}, cancelled, ending)


def give_up_queued(number: int, actor: str, reason: str) -> None:
    """A run that waits, and that nothing can start any more, ends at once, even in a paused queue."""
    given_up = Happened(actor, reason, State.QUEUED, State.ERRORED)
    _move(WAITS, {"of_number": number}, given_up, {"ended_at": utcnow(), "reason": reason})


def ask_to_cancel(number: int, by: str, reason: str) -> None:
    """Somebody wants a run to stop that a worker has; nobody has asked for it before."""
    asked = {"cancel_requested_at": utcnow(), "cancel_by": by, "cancel_reason": reason or None}
    happened = Happened(by, reason or None, kind=Happening.CANCEL_REQUESTED)
    _note(GOES_ON_AND_UNASKED, number, happened, asked)


def ask_to_kill(number: int, by: str) -> None:
    """Somebody does not want to wait until a run that was asked to stop does so."""
    _note(IS_ASKED, number, Happened(by, kind=Happening.KILL_REQUESTED), {"kill_requested_at": utcnow()})


def note_late(number: int, attempt: int, actor: str, what: str) -> None:
    """An attempt that does not count any more tells what became of it: beside the state, which stays as it is."""
    _note(THIS, number, Happened(actor, what, kind=Happening.CAME_LATE, attempt=attempt), {})


def beat(number: int, attempt: int, values: Mapping[str, Any] | None = None, **added: int) -> Any:
    """A sign of life of the attempt, with what values change and what is added to counters.

    Gives a row of TOLD, or None when the attempt is not the run's any more.
    """
    return steps.change(ALIVE, {"of_number": number, "of_attempt": attempt}, values or {}, {"heartbeat": 1, **added})


def lengthen(number: int, attempt: int, growth: Growth) -> Any:
    """The same with growth, if the log is as that says."""
    held = {"of_number": number, "of_attempt": attempt, "of_last_seq": growth.after}
    return steps.change(ALIVE_AND_WRITTEN, held, growth.values, {"heartbeat": 1, **growth.added})


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
        _end(guard, held, State.ERRORED, actor, {"reason": poison}, {"deaths": 1})
    else:
        back = Happened(actor, reason, State.CLAIMED, State.QUEUED)
        _move(guard, held, back, {"worker": None, "slot": None}, {"deaths": 1})


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
    added: Mapping[str, int] = NOTHING,
) -> bool:
    """Whether the run waits for another attempt now, because its author allows it and nobody wants it to stop."""
    if known.starts >= known.max_attempts or known.cancel_requested_at is not None:
        return False
    pause = min(timedelta(seconds=known.retry_backoff) * 2 ** min(known.starts - 1, 20), LONGEST_PAUSE)
    waits = {"worker": None, "slot": None, "start_after": utcnow() + pause}
    why = f"Attempt {known.starts} of {known.max_attempts} did not succeed: {reason}"
    _move(guard, held, Happened(actor, why, State.RUNNING, State.QUEUED), {**values, **waits}, added)
    return True


def _end(
    guard: Condition,
    held: Mapping[str, Any],
    to: State,
    actor: str,
    ending: Mapping[str, Any],
    added: Mapping[str, int] = NOTHING,
    lines: Sequence[Line] = (),
) -> None:
    if to not in FINAL:
        raise ValueError(f"{to} is not the end of a run")
    ended = Happened(actor, ending.get("reason"), held["of_state"], to)
    _move(guard, held, ended, {"ended_at": utcnow(), **ending}, added, lines)


def _move(
    guard: Condition,
    held: Mapping[str, Any],
    happened: Happened,
    values: Mapping[str, Any],
    added: Mapping[str, int] = NOTHING,
    lines: Sequence[Line] = (),
) -> Any:
    sets, adds = {"state": happened.to, **values}, {"state_version": 1, **added}
    row = _there(steps.change(guard, held, sets, adds, happened, lines))
    if row.concurrency_key is not None and happened.to not in ACTIVE:
        _ring_next(row.concurrency_key)
    return row


def _note(guard: Condition, number: int, happened: Happened, values: Mapping[str, Any]) -> None:
    """An event that leaves the state as it is."""
    _there(steps.change(guard, {"of_number": number}, values, {"state_version": 1}, happened))


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
