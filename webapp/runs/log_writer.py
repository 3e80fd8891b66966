"""The log of a run as its supervisor writes it: capped, in batches, and patient while the database is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from webapp.runs import logs
from webapp.runs.caps import Caps
from webapp.runs.clocks import NEVER, Clocks
from webapp.runs.ledger import Ledger
from webapp.runs.logs import Line
from webapp.runs.spool import BATCH, Spool

FLUSH_SECONDS = 0.1
DROPPED_SECONDS = 2.0
"""Between two notes of how many lines were dropped."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
"""Between two tries while the database is away."""

log = logging.getLogger(__name__)

Follower = Callable[[Sequence[Line]], object]


class LogWriter:
    """Takes lines, and sets the clock by which they have to be written."""

    def __init__(self, ledger: Ledger, caps: Caps, clocks: Clocks, data_dir: Path, follower: Follower | None) -> None:
        """follower is called with each batch of lines that is safe."""
        self.spool = Spool(data_dir, ledger.number, ledger.attempt, ledger.seq)
        self.caps = caps
        self._ledger, self._clocks, self._follower = ledger, clocks, follower
        self._pause = FIRST_PAUSE

    def job_says(self, line: Line) -> None:
        """A line of the job's, if there is room for it."""
        if self.caps.takes(line):
            self._add(line)
        elif self._clocks.flush is NEVER:
            self._clocks.flush = time.monotonic() + DROPPED_SECONDS

    def say(self, level: str, grouping: str, message: str, text: str = "", url: str = "") -> None:
        """A line of our own, for which there is always room."""
        self._add(logs.line(time.time(), level, grouping, message, text, url))

    def flush(self) -> bool:
        """Write the first batch, in no case later than the next limit; whether the database took it.

        :raises Fenced: the attempt does not count any more.
        """
        lines = self.spool.batch()
        if not self._ledger.ask(lambda: self._ledger.write(lines, self.caps.dropped), self._clocks.limit):
            self._clocks.flush = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            return False
        self._pause = FIRST_PAUSE
        self.written(lines)
        self._clocks.flush = time.monotonic() if len(self.spool) else NEVER
        return True

    def written(self, lines: Sequence[Line]) -> None:
        """These lines, the first that waited, are in the log."""
        self._ledger.safe(lines)
        self.spool.written(len(lines))
        self._tell(lines)

    def _add(self, line: Line) -> None:
        self.spool.add(line)
        if len(self.spool) == 1:
            self._clocks.flush = time.monotonic() + FLUSH_SECONDS
        elif len(self.spool) == BATCH:
            self._clocks.flush = 0.0

    def _tell(self, lines: Sequence[Line]) -> None:
        """Tell whoever follows; one who cannot hear any more, as behind a closed pipe, is not told again."""
        try:
            if self._follower:
                self._follower(lines)
        except Exception:
            log.info("run #%s: nobody follows it any more", self._ledger.number, exc_info=True)
            self._follower = None
