"""How much of what a run says is kept."""

from __future__ import annotations

from webapp.jobs.groups import END, ITEM
from webapp.runs import logs
from webapp.runs.groups import MOST_ITEMS
from webapp.runs.logs import Line

MOST_LINES = 100_000
MOST_BYTES = 50_000_000
LONGEST_END = 200
"""Characters of the last line of a group in a full log."""
GRAVE_LINES = 100
"""More lines that a full log takes of failures and errors, which say why all the others are there."""
FULL = "{dropped:,} more lines were dropped: the log of a run keeps {lines:,} lines, or {megabytes} MB."


class Caps:
    """Counts what goes into the log of one run, over all its attempts, and what does not."""

    def __init__(self, lines: int, bytes: int, dropped: int) -> None:
        """lines and bytes are in the log already, and so many were dropped, in earlier attempts."""
        self._lines, self._bytes = lines, bytes
        self.dropped = dropped
        self._items = 0

    def fitting(self, line: Line) -> Line:
        """line, as short as it has to be in a full log."""
        if not line.mark or line.mark[0] != END:
            return line
        full = self._lines >= MOST_LINES or self._bytes + logs.size_of_one(line) > MOST_BYTES
        return line._replace(message=line.message[:LONGEST_END]) if full else line

    def takes(self, line: Line) -> bool:
        """Whether there is room for line; if not, it counts as dropped."""
        size = logs.size_of_one(line)
        room = line.level in logs.GRAVE and self._lines < MOST_LINES + GRAVE_LINES
        full = self._lines >= MOST_LINES and not room or self._bytes + size > MOST_BYTES
        if not self._takes_mark(line, full=full) if line.mark else full:
            self.dropped += 1
            return False
        self._lines += 1
        self._bytes += size
        return True

    def _takes_mark(self, line: Line, *, full: bool) -> bool:
        """Ends have room, as their headings had; and items, which are more than lines, up to a number of their own."""
        if line.mark[0] == ITEM:
            self._items += 1
            return self._items <= MOST_ITEMS
        return line.mark[0] == END or not full

    def words(self) -> str:
        """What was dropped, as the last line of the log says it."""
        return FULL.format(dropped=self.dropped, lines=MOST_LINES, megabytes=MOST_BYTES // 1_000_000)
