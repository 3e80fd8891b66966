"""How much of what a run says is kept."""

from __future__ import annotations

from webapp.runs import logs
from webapp.runs.logs import Line

MOST_LINES = 100_000
MOST_BYTES = 50_000_000
GRAVE_LINES = 100
"""More lines that a full log takes of failures and errors, which say why all the others are there."""
FULL = "{dropped:,} more lines were dropped: the log of a run keeps {lines:,} lines, or {megabytes} MB."


class Caps:
    """Counts what goes into the log of one run, over all its attempts, and what does not."""

    def __init__(self, lines: int, bytes: int, dropped: int) -> None:
        """lines and bytes are in the log already, and so many were dropped, in earlier attempts."""
        self._lines, self._bytes = lines, bytes
        self.dropped = dropped

    def takes(self, line: Line) -> bool:
        """Whether there is room for line; if not, it counts as dropped."""
        size = logs.size_of((line,))
        room = line.level in logs.GRAVE and self._lines < MOST_LINES + GRAVE_LINES
        if self._lines >= MOST_LINES and not room or self._bytes + size > MOST_BYTES:
            self.dropped += 1
            return False
        self._lines += 1
        self._bytes += size
        return True

    def words(self) -> str:
        """What was dropped, as the last line of the log says it."""
        return FULL.format(dropped=self.dropped, lines=MOST_LINES, megabytes=MOST_BYTES // 1_000_000)
