"""What processes below the job print, which no Python code of ours sees: bytes of a pipe, as lines of the log."""

from __future__ import annotations

import time

from webapp.runs import logs

LONGEST = 256 * 1024
"""Bytes without an end of line after which one is made."""


class Printed:
    """Splits the bytes of one stream into lines of a level and a grouping."""

    def __init__(self, level: str, grouping: str) -> None:
        self._level, self._grouping = level, grouping
        self._rest = b""

    def feed(self, piece: bytes) -> list[logs.Line]:
        """The lines that are complete now."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        if len(self._rest) > LONGEST:
            whole, self._rest = [*whole, self._rest], b""
        return [self._line(text) for text in whole]

    def rest(self) -> list[logs.Line]:
        """What came without an end of line."""
        left, self._rest = self._rest, b""
        return [self._line(left)] if left else []

    def _line(self, text: bytes) -> logs.Line:
        return logs.line(time.time(), self._level, self._grouping, text.decode("utf-8", "replace"))
