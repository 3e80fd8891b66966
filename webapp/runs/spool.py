"""Log lines on their way into the database: in memory, and while it is away in a file of bounded size.

The file outlives a supervisor that is killed while the database is away; reports.py brings it in later.
"""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from webapp.runs import held_files
from webapp.runs.endings import Ending
from webapp.runs.logs import Line
from webapp.runs.models import State

IN_MEMORY = 5_000
"""Lines that wait in memory; further ones wait in the file."""
BATCH = 2_000
END = "end"
SUFFIX = ".jsonl"


class Spool:
    """The lines of one attempt that are not in the log yet, first in, first out."""

    def __init__(self, data_dir: Path, number: int, attempt: int, after: int) -> None:
        """after is the number of the last line that is in the log already."""
        self._added = after
        self.path = held_files.folder(data_dir) / f"{number}-{attempt}{SUFFIX}"
        self._lines: deque[Line] = deque()
        self._file: IO[str] | None = None
        self._read_to = 0
        self._in_file = 0

    def __len__(self) -> int:
        return len(self._lines) + self._in_file

    @property
    def last(self) -> int:
        """The number of the last line that was added."""
        return self._added

    def add(self, line: Line) -> None:
        """Put line behind the others."""
        self._added += 1
        if self._file is None and len(self._lines) < IN_MEMORY:
            self._lines.append(line)
            return
        self._append((self._added, *line))
        self._in_file += 1

    def batch(self) -> list[Line]:
        """The first lines, as many as should be written at once."""
        if not self._lines and self._in_file:
            self._refill()
        return [self._lines[place] for place in range(min(BATCH, len(self._lines)))]

    def everything(self) -> list[Line]:
        """All lines; for the last write, when few can be left."""
        while self._in_file:
            self._refill()
        return list(self._lines)

    def written(self, count: int) -> None:
        """The first count lines are safe."""
        for _ in range(count):
            self._lines.popleft()
        if not len(self) and self._file is not None:
            self.close()

    def keep(self, end: tuple[State, Ending]) -> None:
        """Leave everything in the file, with the state in which the attempt ended and how it did."""
        lines = self.everything()
        frm, (to, values) = end
        rows = [*((seq, *line) for seq, line in enumerate(lines, self._added - len(lines) + 1)), (END, frm, to, values)]
        before, whole = self._file, self.path.with_suffix(".end")
        self._file = _opened(whole)
        for row in rows:
            self._append(row)
        os.fsync(self._file.fileno())
        # What was there stays until all is in the new one.
        whole.replace(self.path)
        for file in (before, self._file):
            if file is not None:
                file.close()
        self._file = None

    def close(self) -> None:
        """Let go of the file, which is not needed any more."""
        if self._file is not None:
            self.path.unlink(missing_ok=True)
            self._file.close()
        self._file, self._read_to, self._in_file = None, 0, 0

    def _append(self, row: Sequence[Any]) -> None:
        if self._file is None:
            self._file, self._read_to = _opened(self.path), 0
        self._file.write(json.dumps(row) + "\n")

    def _refill(self) -> None:
        """Take the next lines out of the file into memory."""
        if self._file is None:
            return
        self._file.seek(self._read_to)
        for _ in range(min(IN_MEMORY, self._in_file)):
            self._lines.append(Line(*json.loads(self._file.readline())[1:]))
            self._in_file -= 1
        self._read_to = self._file.tell()
        self._file.seek(0, os.SEEK_END)


def left(data_dir: Path) -> Iterator[tuple[Path, IO[str]]]:
    """The files whose supervisors are gone, each open and held while it is looked at."""
    return held_files.left(data_dir, SUFFIX, "r")


def _opened(path: Path) -> IO[str]:
    # By lines: what is in here must not die with this process.
    return held_files.opened(path, "w+", buffering=1)
