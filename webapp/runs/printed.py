"""What processes below the job print, which no Python code of ours sees: bytes of a pipe, as lines of the log."""

from __future__ import annotations

import time

from webapp.job_process.splitter import Splitter
from webapp.runs import logs


class Printed:
    """Splits the bytes of one stream into lines of a level and a grouping."""

    def __init__(self, level: str, grouping: str) -> None:
        self._level, self._grouping = level, grouping
        self._lines = Splitter()

    def feed(self, piece: bytes) -> list[logs.Line]:
        """The lines that are complete now."""
        return self._dated(self._lines.feed(piece))

    def rest(self) -> list[logs.Line]:
        """What came without an end of line."""
        return self._dated(self._lines.rest())

    def _dated(self, messages: list[str]) -> list[logs.Line]:
        # They are clean and short enough as they come: nothing is done to them twice.
        now = int(time.time() * 1_000_000)
        return [logs.Line(now, self._level, self._grouping, message) for message in messages]
