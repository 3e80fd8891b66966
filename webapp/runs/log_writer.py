"""The log of a run as its supervisor writes it: capped, in batches, and patient while the database is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from webapp.jobs.progress import LONGEST_TEXT
from webapp.runs import groups, logs, progress
from webapp.runs.caps import Caps
from webapp.runs.clocks import NEVER, Clocks
from webapp.runs.ledger import Ledger
from webapp.runs.logs import Line
from webapp.runs.masking import Mask
from webapp.runs.spool import BATCH, Spool

FLUSH_SECONDS = 0.1
DROPPED_SECONDS = 2.0
"""Between two notes of how many lines were dropped."""
PROGRESS_SECONDS = 0.25
"""That progress waits for lines, so as to be written with them."""
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 5.0
"""Between two tries while the database is away."""

log = logging.getLogger(__name__)

Follower = Callable[[Sequence[Line]], object]


class LogWriter:
    """Takes lines, and sets the clock by which they have to be written."""

    def __init__(
        self, ledger: Ledger, caps: Caps, clocks: Clocks, data_dir: Path, follower: Follower | None, mask: Mask
    ) -> None:
        """follower is called with each batch of lines that is safe."""
        self.spool = Spool(data_dir, ledger.number, ledger.attempt, ledger.seq)
        self.caps = caps
        self._ledger, self._clocks, self._follower = ledger, clocks, follower
        self._groups, self._mask = groups.Open(), mask
        self._pause = FIRST_PAUSE

    def job_says(self, line: Line) -> bool:
        """A line of the job's, without secrets; whether there is room for it."""
        line = self.caps.fitting(self._mask.line(line))
        if self.caps.takes(line):
            self._add(line)
            return True
        self._soon(DROPPED_SECONDS)
        return False

    def job_says_in(self, group: int, line: Line, mark: Sequence[Any] = ()) -> None:
        """One that stands in a group, or with which a group begins or ends.

        :raises TypeError, ValueError: no job may say that.
        """
        placed = self._groups.place(line, group, mark)
        if placed is not None and self.job_says(placed):
            self._groups.taken(placed, mark, self.spool.last)

    def progress_is(self, *told: Any) -> None:
        """How far the job has come, by its own account: done, total and a text.

        :raises TypeError, ValueError: no job may say that.
        """
        columns = progress.columns(*told)
        text = self._mask.text(columns["progress_text"], LONGEST_TEXT)
        self._ledger.news.update({**columns, "progress_text": text})
        self._soon(PROGRESS_SECONDS)

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

    def _soon(self, seconds: float) -> None:
        """Something is to be written beside lines, if none are."""
        if self._clocks.flush is NEVER:
            self._clocks.flush = time.monotonic() + seconds

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
