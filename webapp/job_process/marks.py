"""What makes the order of two ways certain: a job speaks on a socket, its children write to pipes.

Where the order matters, the job first says the line on the socket and then leaves a mark with its number in the pipes.
So whatever a pipe holds before the mark comes before the line, and whoever meets the mark first finds the line said.
"""

from __future__ import annotations

import os
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress

MARK = re.compile(rb"\x00\x1b_jobdeck (\d{1,9})\x1b\\\x00")
BEGINNING = b"\x00\x1b_jobdeck "


class Marker:
    """Leaves marks in the pipes that are there when it is made; not in what else a job puts in their places."""

    def __init__(self, streams: Iterable[int] = (1, 2)) -> None:
        self._pipes = {stream: os.fstat(stream) for stream in streams}
        self._last = 0

    def leave(self) -> None:
        """Leave the next mark."""
        self._last += 1
        for stream, pipe in self._pipes.items():
            with suppress(OSError):
                if os.path.samestat(os.fstat(stream), pipe):
                    os.write(stream, b"\x00\x1b_jobdeck %d\x1b\\\x00" % self._last)


class Marked:
    """What has come out of a pipe, between its marks."""

    def __init__(self) -> None:
        self._waiting: deque[bytes | int] = deque()
        self._passed = 0
        """The last mark that was met; what waits lies behind it."""

    def add(self, piece: bytes) -> None:
        """More of it; no mark is ever divided, as what is written into a pipe at once stays together."""
        if BEGINNING not in piece:
            self._waiting.append(piece)
            return
        parts: list[bytes] = MARK.split(piece)
        for place, part in enumerate(parts):
            self._waiting.append(int(part) if place % 2 else part)

    def before(self, mark: int) -> Iterator[bytes]:
        """What lies before that mark, as far as it is there."""
        while self._waiting and self._passed < mark:
            first = self._waiting[0]
            if isinstance(first, int) and first >= mark:
                return
            self._waiting.popleft()
            if isinstance(first, bytes):
                yield first
            else:
                self._passed = first

    def everything(self, met: Callable[[int], object]) -> Iterator[bytes]:
        """All of it; met is called at each mark, and may take what lies behind that."""
        while self._waiting:
            first = self._waiting.popleft()
            if isinstance(first, bytes):
                yield first
            else:
                self._passed = first
                met(first)
