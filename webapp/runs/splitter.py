"""Bytes cut into the messages of log lines, in memory that does not grow with what is printed."""

from __future__ import annotations

from webapp.jobs.logger import LONGEST_LINE, clipped
from webapp.jobs.plain import storable


class Splitter:
    """Puts the lines of one stream together; of one that is too long it keeps the beginning and counts the rest."""

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
        return [self._take()] if self._size else []

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        self._kept += part[: LONGEST_LINE - len(self._kept)]

    def _take(self) -> str:
        message = clipped(storable(self._kept.decode("utf-8", "backslashreplace")), self._size)
        self._kept.clear()
        self._size = 0
        return message
