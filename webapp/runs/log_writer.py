"""The log of a run as its supervisor writes it: capped, in batches, and patient while the database is away."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from webapp.job_process.printed_groups import STREAMS
from webapp.jobs.progress import LONGEST_TEXT
from webapp.runs import logs, progress
from webapp.runs.caps import Caps
from webapp.runs.clocks import NEVER, Clocks
from webapp.runs.ledger import Ledger
from webapp.runs.logs import Line
from webapp.runs.masking import Mask
from webapp.runs.open_groups import Open
from webapp.runs.printed_tracebacks import HEADER, Tracebacks
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
        self._groups, self._mask = Open(self._put), mask
        self._tracebacks = Tracebacks(self._groups.take)
        self._pause = FIRST_PAUSE

    def job_says(self, line: Line, group: int = 0, mark: Sequence[Any] = ()) -> None:
        """A line of the job's, and the kit's group in which it stands; with one that has a mark a group begins or ends.

        :raises TypeError, ValueError: no job may say that.
        """
        # Asked here, without a call for each line: there are many, and most are nothing of the kind.
        printed = line.grouping in STREAMS
        if (self._tracebacks.held or (printed and HEADER in line.message)) and self._tracebacks.keep(line, group, mark):
            if not len(self.spool):
                self._clocks.flush = min(self._clocks.flush, self._tracebacks.due)
        elif group == 0 and not mark and 0 not in self._groups.printed and not (printed and "::" in line.message):
            self._put(line)
        else:
            self._groups.take(line, group, mark)

    def job_is_over(self) -> None:
        """It has come to its end: what it printed as groups has, too."""
        self._tracebacks.let_go()
        self._groups.end_printed(int(time.time() * 1_000_000))

    def left(self) -> int:
        """How many lines are not in the log, those that wait for the end of a traceback among them."""
        self._tracebacks.let_go()
        return len(self.spool)

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
        self._tracebacks.let_go()
        self._add(logs.line(time.time(), level, grouping, message, text, url))

    def flush(self) -> bool:
        """Write the first batch, in no case later than the next limit; whether the database took it.

        :raises Fenced: the attempt does not count any more.
        """
        self._tracebacks.let_go(time.monotonic())
        lines = self.spool.batch()
        if not self._ledger.ask(lambda: self._ledger.write(lines, self.caps.dropped), self._clocks.limit):
            self._clocks.flush = time.monotonic() + self._pause
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
            return False
        self._pause = FIRST_PAUSE
        self.written(lines)
        self._clocks.flush = time.monotonic() if len(self.spool) else self._tracebacks.due
        return True

    def written(self, lines: Sequence[Line]) -> None:
        """These lines, the first that waited, are in the log."""
        self._ledger.safe(lines)
        self.spool.written(len(lines))
        self._tell(lines)

    def _put(self, line: Line) -> tuple[int, Line]:
        """Add line without secrets; gives its number and how it is there, or 0 if there is no room for it."""
        line = self.caps.fitting(self._mask.line(line))
        if not self.caps.takes(line):
            self._soon(DROPPED_SECONDS)
            return 0, line
        self._add(line)
        return self.spool.last, line

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
