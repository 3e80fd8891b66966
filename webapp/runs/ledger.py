"""What the supervisor of a run says to the database: with a time limit each, and safe to be said again.

An answer may be lost on its way although what was asked has happened. So whatever is said here can be said twice:
it carries the attempt, lines carry their number, and a step that is refused looks whether it was taken before.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

import sqlalchemy as sa

from webapp.db import AWAY, on_commit, transaction, within, writing
from webapp.errors import NotPossible
from webapp.runs import groups, logs, states, steps
from webapp.runs.endings import Ending
from webapp.runs.event_models import RunEvent
from webapp.runs.logs import Line
from webapp.runs.models import ACTIVE, State

MOST_SECONDS = 0.5
"""That one question to the database may take while a job runs."""
LEAST_SECONDS = 0.1

log = logging.getLogger(__name__)
events = cast(sa.Table, RunEvent.__table__)
T = TypeVar("T")


class Fenced(Exception):
    """The run is somebody else's, or over: this attempt has nothing to say any more."""


@dataclass
class Ledger:
    """One attempt of one run, as its supervisor may change it."""

    number: int
    attempt: int
    worker: str
    seq: int
    """Of the last line that is known to be in the log."""
    heard: float = field(default_factory=time.monotonic)
    """When the database last answered a question about the attempt; monotonic."""
    asked: Any = None
    """The row of what people want of the run: cancel_requested_at, cancel_by, cancel_reason, kill_requested_at."""
    away: bool = False
    news: dict[str, Any] = field(default_factory=dict)
    """What else the row of the run is to say from its next change on."""

    def ask(self, question: Callable[[], T], until: float = float("inf"), most: float = MOST_SECONDS) -> T | None:
        """What question gives; None if the database does not answer within most seconds, and before until.

        :raises Fenced: the attempt does not count any more.
        """
        seconds = max(LEAST_SECONDS, min(most, until - time.monotonic()))
        try:
            with within(seconds):
                answer = question()
        except AWAY as problem:
            # Said once for an outage.
            log.log(
                logging.DEBUG if self.away else logging.WARNING,
                "run #%s: the database is away: %s",
                self.number,
                problem,
            )
            self.away = True
            return None
        self.away, self.heard = False, time.monotonic()
        return answer

    def start(self) -> bool:
        """The author's code begins; False if somebody has asked to cancel the run before it did."""
        try:
            with transaction(single=True):
                states.start(self.number, self.attempt, self.worker)
        except NotPossible:
            return self._has_started()
        return True

    def beat(self, **values: Any) -> bool:
        """A sign of life, with what values change; then the requests to cancel and to kill are known."""
        with transaction():
            row = states.beat(self.number, self.attempt, {**self.news, **values})
            on_commit(self._is_told)
        self._note(row)
        return True

    def write(self, lines: Sequence[Line], dropped: int) -> bool:
        """Add lines to the log, behind the last one; dropped is how many came after it was full, so far."""
        with transaction():
            self._write(lines, dropped)
            on_commit(self._is_told)
        return True

    def safe(self, lines: Sequence[Line]) -> None:
        """The answer to write() has come: these lines are in the log."""
        self.seq += len(lines)

    def finish(self, frm: State, ending: Ending, lines: Sequence[Line], dropped: int) -> State:
        """The last lines, the result and the final state in one transaction; gives the state that the run is in now."""
        end, values = ending
        growth = self._growth(self.seq, lines, dropped)
        at_once = steps.takes_along(lines) and not states.may_be_repeated(frm, end)
        if at_once:
            growth = replace(growth, lines=lines)
        try:
            # Not a single one: who has given up must know that it will not be carried out after all.
            with transaction():
                state = states.finish(self.number, self.attempt, frm, end, self.worker, growth, **values)
                if not at_once:
                    self._insert(self.seq, lines)
                return state
        except NotPossible:
            return self._finish_late(frm, ending, lines, dropped)

    def _finish_late(self, frm: State, ending: Ending, lines: Sequence[Line], dropped: int) -> State:
        """The same where an earlier answer may have been lost: some of these lines are in the log, or all is done."""
        end, values = ending
        try:
            with transaction():
                self._write(lines, dropped)
                state = State(self._row().state)
                # It may have started without an answer.
                frm = state if state in ACTIVE else frm
                return states.finish(self.number, self.attempt, frm, end, self.worker, **values)
        except (NotPossible, Fenced):
            return self._has_ended()

    def give_back(self, why: str) -> State:
        """The claim came to nothing before the author's code began; gives the state that the run is in now."""
        try:
            with transaction():
                states.give_back(self.number, self.attempt, self.worker, why)
        except NotPossible:
            return self._has_ended()
        return State.QUEUED

    def late(self, what: str) -> bool:
        """Tell what became of an attempt that does not count any more."""
        with transaction():
            states.note_late(self.number, self.attempt, self.worker, what)
        return True

    def _is_told(self) -> None:
        self.news = {}

    def _write(self, lines: Sequence[Line], dropped: int) -> None:
        row = self._append(self.seq, lines, dropped)
        if row is None:
            there = self._row()
            known = there.last_seq - self.seq
            if there.attempt != self.attempt or not 0 < known <= len(lines):
                raise Fenced
            # An earlier answer was lost: the first of these lines are in the log.
            row = self._append(there.last_seq, lines[known:], dropped)
        self._note(row)

    def _append(self, after: int, lines: Sequence[Line], dropped: int) -> Any:
        """Put lines behind line after, if that is the last one; gives what states.lengthen() gives."""
        row = states.lengthen(self.number, self.attempt, self._growth(after, lines, dropped))
        if row is not None:
            self._insert(after, lines)
        return row

    def _insert(self, after: int, lines: Sequence[Line]) -> None:
        logs.insert(self.number, after + 1, lines)
        groups.record(self.number, self.attempt, after + 1, lines)

    def _growth(self, after: int, lines: Sequence[Line], dropped: int) -> states.Growth:
        size = {**self.news, "last_seq": after + len(lines), "dropped_lines": dropped}
        counts = logs.levels_of(lines) + groups.growth(lines)
        return states.Growth(after, size, {"log_bytes": logs.size_of(lines), **counts})

    def _note(self, row: Any) -> None:
        if row is None:
            raise Fenced
        self.asked = row

    def _has_started(self) -> bool:
        with transaction():
            row = self._row()
        if row.attempt != self.attempt or row.state not in ACTIVE:
            raise Fenced
        self._note(row)
        return bool(row.state == State.RUNNING)

    def _has_ended(self) -> State:
        """The state into which this attempt has brought the run before."""
        by_us = sa.and_(events.c.attempt == self.attempt, events.c.actor == self.worker)
        left = sa.and_(events.c.from_state.in_(ACTIVE), events.c.to_state.not_in(ACTIVE))
        query = sa.select(events.c.to_state).where(events.c.run_number == self.number, by_us, left)
        with transaction():
            state = writing().scalar(query)
        if state is None:
            raise Fenced
        return State(state)

    def _row(self) -> Any:
        runs = steps.runs
        known = (runs.c.state, runs.c.attempt, runs.c.last_seq)
        row = writing().execute(sa.select(*known, *steps.ASKED).where(runs.c.number == self.number)).first()
        if row is None:
            raise Fenced
        return row
