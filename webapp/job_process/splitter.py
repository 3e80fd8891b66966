"""Bytes cut into the messages of log lines, in memory that does not grow with what is printed."""

from __future__ import annotations

import re

from webapp.jobs.logger import LONGEST_LINE, clipped
from webapp.jobs.plain import sayable

# Possessive, so that hostile bytes are gone through once.
SCREEN_WORK = re.compile(rb"\x1b(?:\[(?![0-9;]*+m)[0-?]*+[ -/]*+[@-~]|[ -/]++[0-~]|[0-?`-~])")
"""What moves the cursor of a terminal, hides it and the like, as tools that draw print it. It leaves colours
and texts for terminals (OSC), such as links, which sayable() knows."""
CUT_OFF = re.compile(rb"\x1b(?:\[[0-?]*+[ -/]*+|[ -/]*+|\][^\x00-\x1f\x7f]*+\x1b?+)\Z")
"""The beginning of any sequence, where a line was cut."""
TO_THE_BEGINNING = re.compile(rb"\x1b\[1?G")
ERASED = re.compile(rb"\A.*\x1b\[2[KJ]|\A.*\r(?=[^\r]*\x1b\[0?[KJ])", re.DOTALL)
"""What a line shows no more: all before an order to erase it, or written over and then erased to the end."""
COLOURS = re.compile(rb"\x1b\[[0-9;]*+m")


class Splitter:
    """Puts the lines of one stream together; of one that is too long it keeps the beginning and counts the rest.

    Of one that is written over again and again, as a progress bar is, it keeps what was written last.
    """

    def __init__(self) -> None:
        self._kept = bytearray()
        self._size = 0

    def feed(self, piece: bytes) -> list[str]:
        """The messages of the lines that are complete now."""
        first, *others = piece.split(b"\n")
        self._keep(first)
        told = []
        for part in others:
            told.append(self._take())
            self._keep(part)
        return told

    def rest(self) -> list[str]:
        """What came without an end of line, as one message, if anything did."""
        return [message] if self._size and (message := self._take()) else []

    @property
    def is_written_over(self) -> bool:
        """Whether the line that is not complete yet goes back to its beginning."""
        return b"\r" in self._kept

    def _keep(self, part: bytes) -> None:
        if self._size + len(part) > LONGEST_LINE:
            part = self._written_last(part)
        self._size += len(part)
        self._kept += part[: LONGEST_LINE - len(self._kept)]

    def _written_last(self, part: bytes) -> bytes:
        """part, or what of it and of what is kept comes behind the last carriage return; all before is forgotten."""
        whole = bytes(self._kept) + part if self._size == len(self._kept) else part
        last = whole.rfind(b"\r", 0, len(whole.rstrip(b"\r")))
        if last < 0:
            return part
        self._kept.clear()
        self._size = 0
        return whole[last:]

    def _take(self) -> str:
        kept = self._kept if b"\x1b" not in self._kept else self._without_screen_work()
        message = clipped(sayable(kept.decode("utf-8", "backslashreplace")), self._size)
        self._kept.clear()
        self._size = 0
        return message

    def _without_screen_work(self) -> bytes:
        """What is kept of the line, as a terminal leaves it; the sequence in which it was cut is nothing to be read."""
        whole = CUT_OFF.sub(b"", self._kept) if self._size > len(self._kept) else self._kept
        return SCREEN_WORK.sub(b"", _without_erased(TO_THE_BEGINNING.sub(b"\r", whole)))


def _without_erased(line: bytes) -> bytes:
    """line without what it erases, but with the colours of that; one that ends with nothing is left as it was."""
    left = line
    while found := ERASED.match(left):
        left = b"".join(COLOURS.findall(found[0])) + left[found.end() :]
    return left if SCREEN_WORK.sub(b"", COLOURS.sub(b"", left)).strip() else line
