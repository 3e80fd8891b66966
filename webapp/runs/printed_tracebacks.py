"""Tracebacks that are printed, line by line, put together: one line of the log each, as long as they come in order.

Nobody says where one ends. So a line is held back as long as it fits, and not for long; what does not fit leaves what
was held as it is. No line is ever lost.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from webapp.job_process.printed_groups import STREAMS, said_by
from webapp.jobs.logger import LONGEST_LINE
from webapp.jobs.plain import without_colours
from webapp.runs.clocks import NEVER
from webapp.runs.logs import Line

HEADER = "Traceback (most recent call last):"
OF_A_GROUP = "  + Exception Group "
SECONDS, MOST_SECONDS = 0.1, 1.0
"""That one waits for its next line, and in all for its end, before it goes into the log."""
MOST = 20
"""That are held back at once."""
FIRST_FRAME = re.compile(r'  (?:\|   )?File "')
IN_A_GROUP = re.compile(r" +[|+]")
END_OF_GROUP = re.compile(r" +\+-+\Z")
ERROR = re.compile(r"[^\W\d][\w.<>]*(?::|\Z)")
CHAINED = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
BEGUN, FRAMES, OVER, GAP, CHAIN, NEXT = range(6)
"""What came last: a heading, what stands below it, the error or the end of a group; behind that an empty line, the
words that join two tracebacks, and another empty line."""

Put = Callable[[Line, int], object]
"""Takes a line, and the number of the kit's group in which it stands."""


class Tracebacks:
    """Those that are being printed, by their stream and group."""

    def __init__(self, put: Put) -> None:
        self._put = put
        self.held: dict[tuple[str, int], Traceback] = {}

    @property
    def due(self) -> float:
        """When the first of them has to be let go; NEVER if there is none."""
        return min((held.due for held in self.held.values()), default=NEVER)

    def keep(self, line: Line, group: int, mark: Sequence[Any]) -> bool:
        """Hold line back if it belongs to one; else those that come before it are let go.

        Of another stream one that is not over goes on behind the line: it was said before the error was.
        """
        place = (line.grouping, group)
        begins_or_ends = bool(mark) or bool(said_by(line.grouping, line.message))
        held = self.held.get(place)
        continues = held is not None and not begins_or_ends and held.fits(line.message)
        for other, waiting in list(self.held.items()):
            stays = continues if other == place else not (begins_or_ends or waiting.is_over)
            if not stays:
                self._let_go(other)
        if held and continues:
            for whole in held.add(line):
                self._put(whole, group)
            return True
        return not begins_or_ends and self._begin(line, place)

    def let_go(self, now: float = NEVER) -> None:
        """Put those that are due by now into the log; all, if no time is said."""
        for place in list(self.held):
            if self.held[place].due <= now:
                self._let_go(place)

    def _begin(self, line: Line, place: tuple[str, int]) -> bool:
        """Hold line back if it is the heading of one."""
        if line.grouping not in STREAMS or (begun := begins(line)) is None:
            return False
        if len(self.held) >= MOST:
            self.let_go()
        self.held[place] = begun
        return True

    def _let_go(self, place: tuple[str, int]) -> None:
        for line in self.held.pop(place).lines():
            self._put(line, place[1])


class Traceback:
    """As much of one as has been printed."""

    def __init__(self, margin: str, heading: Line, *, of_a_group: bool) -> None:
        self.due = NEVER
        self._latest = time.monotonic() + MOST_SECONDS
        self._margin, self._of_a_group = margin, of_a_group
        self._lines: list[Line] = []
        self._size, self._last, self._next = 0, BEGUN, BEGUN
        self.add(heading)

    @property
    def is_over(self) -> bool:
        """Whether the error has been told; another traceback may be joined to it."""
        return self._last in (OVER, GAP)

    def fits(self, message: str) -> bool:
        """Whether a line that says message continues it."""
        text = without_colours(message).rstrip("\r")
        if not text.strip():
            text = ""
        elif text.startswith(self._margin) and "\n" not in text:
            text = text[len(self._margin) :]
        else:
            return False
        after = self._after(text)
        if after is not None:
            self._next = after
        return after is not None

    def add(self, line: Line) -> list[Line]:
        """Add line, which fits; gives what there is no room for beside it."""
        size = len(line.message.encode()) + 1
        full = self.lines() if self._size + size > LONGEST_LINE else []
        if full:
            self._lines, self._size = [], 0
        self._lines.append(line)
        self._size += size
        self._last, self.due = self._next, min(time.monotonic() + SECONDS, self._latest)
        return full

    def lines(self) -> list[Line]:
        """It as one line; an empty line behind it, which joins it to nothing, stays one of its own."""
        end = len(self._lines) - (self._last == GAP)
        told = self._lines[:end]
        if not told:
            return self._lines
        whole = told[0]._replace(at_us=told[-1].at_us, message="\n".join(line.message for line in told))
        return [whole, *self._lines[end:]]

    def _after(self, text: str) -> int | None:
        """What came last if text does now; None if it does not fit."""
        if self._last == BEGUN:
            return FRAMES if FIRST_FRAME.match(text) else None
        if self._last == GAP:
            return CHAIN if text in CHAINED else None
        if self._last == NEXT:
            self._of_a_group = text == OF_A_GROUP + HEADER
            return BEGUN if text == HEADER or self._of_a_group else None
        if not text and self._last != FRAMES:
            return GAP if self._last == OVER else NEXT
        return self._inside(text) if self._last != CHAIN else None

    def _inside(self, text: str) -> int | None:
        if self._of_a_group:
            # One in another has an end of its own.
            if text == OF_A_GROUP + HEADER or not IN_A_GROUP.match(text):
                return None
            return OVER if END_OF_GROUP.match(text) else FRAMES
        if self._last == OVER:
            return None
        if text[:1].isspace():
            return FRAMES
        return OVER if ERROR.match(text) else None


def begins(line: Line) -> Traceback | None:
    """The traceback of which line is the heading; None if it is none."""
    text = without_colours(line.message).rstrip()
    if not text.endswith(HEADER) or "\n" in text:
        return None
    before = text.removesuffix(HEADER)
    of_a_group = before.endswith(OF_A_GROUP)
    margin = before.removesuffix(OF_A_GROUP) if of_a_group else before
    # What is said ahead of the first line is not there ahead of the others.
    return Traceback(margin if margin.strip() in ("", "|") else "", line, of_a_group=of_a_group)
