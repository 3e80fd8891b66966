"""Two lines side by side: whether one is the other one changed, and in what."""

from __future__ import annotations

import re
from typing import NamedTuple

AROUND, WITHIN = 80, 400
"""Characters that are shown around what differs in a line, and of that itself."""
ALIKE = 0.4
"""The share of two lines that begins and ends alike, from which one counts as the other one changed."""
WORD = re.compile(r"[\w.:-]{1,40}")


class Line(NamedTuple):
    """A line as it is compared."""

    seq: int
    level: str
    grouping: str
    text: str
    object_text: str


class Side(NamedTuple):
    """A line as it is shown, in three parts of which the second is what differs."""

    line: Line
    before: str
    differs: str
    after: str


def changed(was: Line, now: Line) -> tuple[Side, Side] | None:
    """Both lines, taken apart, if they are alike."""
    if was.text == now.text:  # its level has changed, or what it is about
        return whole(was), whole(now)
    begin = _common(was.text, now.text)
    end = _common(was.text[begin:][::-1], now.text[begin:][::-1])
    longest = max(len(was.text), len(now.text))
    if begin + end < ALIKE * longest:
        return None
    # Whole words: of 20 and 30, nobody wants to read that the 2 has become a 3.
    begin -= _word(was.text[:begin][::-1])
    end -= _word(was.text[len(was.text) - end :])
    return _parted(was, begin, end), _parted(now, begin, end)


def _common(one: str, other: str) -> int:
    """How many characters both begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[low:middle] == other[low:middle] else (low, middle - 1)
    return low


def _word(text: str) -> int:
    """How many characters of a word text begins with."""
    found = WORD.match(text)
    return found.end() if found else 0


def _parted(line: Line, begin: int, end: int) -> Side:
    stop = len(line.text) - end
    before, after = line.text[:begin], line.text[stop:]
    return Side(
        line,
        before if begin <= AROUND + 1 else f"…{before[-AROUND:]}",
        _clipped(line.text[begin:stop], WITHIN),
        _clipped(after, AROUND),
    )


def whole(line: Line) -> Side:
    """The line in one part, as no other one stands beside it, or an equal one does."""
    return Side(line, _clipped(line.text, WITHIN), "", "")


def _clipped(text: str, longest: int) -> str:
    return text if len(text) <= longest + 1 else f"{text[:longest]}…"
