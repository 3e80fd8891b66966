"""The end of an attempt on its way into the database: offered until it is taken, or left where it is found later."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import sqlalchemy as sa

from webapp.runs.endings import Ending
from webapp.runs.ledger import Fenced, Ledger
from webapp.runs.log_writer import LogWriter
from webapp.runs.models import State
from webapp.runs.outputs import Outputs

PATIENCE = 30 * 60.0
"""Seconds for which an end is offered again."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
MOST_SECONDS = 5.0
"""That the database has for one answer: no clock waits for it any more."""
LATE_TRIES = 3

logger = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass
class Closing:
    """Writes what is left of an attempt."""

    ledger: Ledger
    log: LogWriter
    outputs: Outputs
    hurried: Callable[[], bool]
    """Whether this process is to stop, and should not wait for the database."""

    def close(self, frm: State, ending: Ending) -> State | None:
        """Write the lines that wait, and the end; gives the state that the run is in now.

        None if the run is somebody else's, or if the database has been away for too long.
        """
        deadline, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
        while (state := self._tried(frm, ending)) is None:
            if time.monotonic() > deadline or self.hurried():
                logger.error("run #%s: its end waits in %s", self.ledger.number, self.log.spool.path)
                self.log.spool.keep((frm, ending))
                self.outputs.leave()
                return None
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        self.outputs.drop()
        return state

    def give_back(self, why: str) -> None:
        """The author's code has not begun, and will not here: somebody else may take the run."""
        try:
            self._ask(partial(self.ledger.give_back, why))
        except Fenced:
            logger.info("run #%s: taken by somebody else meanwhile", self.ledger.number)
        self.outputs.drop()
        self.log.spool.close()

    def late(self, ending: Ending | None) -> None:
        """The attempt does not count any more: leave a note of what became of it, as far as the database answers."""
        words = "Its worker was heard of again. "
        words += f"By its own account the attempt ended as: {ending[0]}." if ending else "It stopped the job."
        if lines := self.log.left():
            words += f" Log lines that came too late: {lines:,}."
        for _ in range(LATE_TRIES):
            if self.ledger.ask(lambda: self.ledger.late(words), most=MOST_SECONDS):
                break
            time.sleep(FIRST_PAUSE)
        self.outputs.drop()
        self.log.spool.close()

    def _tried(self, frm: State, ending: Ending) -> State | None:
        """
        :raises Fenced: the attempt does not count any more.
        """
        while len(self.outputs):
            if not self._ask(self.outputs.write):
                return None
        while len(lines := self.log.spool.batch()) < len(self.log.spool):
            if not self._ask(partial(self.ledger.write, lines, self.log.caps.dropped)):
                return None
            self.log.written(lines)
        try:
            state = self._ask(lambda: self.ledger.finish(frm, ending, lines, self.log.caps.dropped))
        except sa.exc.DBAPIError:
            logger.exception("run #%s: the database refuses its end", self.ledger.number)
            self.log.spool.written(len(lines))
            reason = "What it said at its end could not be stored. The worker's log says more."
            return self._ask(
                lambda: self.ledger.finish(frm, (State.ERRORED, {"reason": reason}), [], self.log.caps.dropped)
            )
        if state is not None:
            self.log.written(lines)
        return state

    def _ask(self, question: Callable[[], T]) -> T | None:
        return self.ledger.ask(question, most=MOST_SECONDS)
