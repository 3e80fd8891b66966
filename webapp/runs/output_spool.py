"""A file that a job makes, on disk on its way into the database; it outlives a supervisor that is killed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Self
from uuid import UUID

from webapp.files import chunks
from webapp.jobs.files import StoredFile
from webapp.runs import held_files

SUFFIX = ".file"


class Spooled:
    """One file: its pieces come in, its chunks go out once it is whole."""

    def __init__(self, path: Path, file: IO[bytes], id: UUID, name: str, size: int) -> None:
        """file is open at path, behind the line that tells of it."""
        self.path, self.id, self.name, self.size, self.received = path, id, name, size, 0
        self.next = 0
        """The chunk that is to go out next."""
        self._digest = hashlib.sha256()
        self._file, self._start = file, file.tell()

    @classmethod
    def new(cls, data_dir: Path, number: int, attempt: int, id: UUID, name: str, size: int) -> Self:
        """A file of which nothing has come; held while its supervisor lives, so that nobody else brings it in."""
        path = held_files.folder(data_dir) / f"{number}-{attempt}-{id}{SUFFIX}"
        file = held_files.opened(path, "w+b")
        file.write(json.dumps([name, size]).encode() + b"\n")
        return cls(path, file, id, name, size)

    @classmethod
    def found(cls, path: Path, file: IO[bytes]) -> Self | None:
        """What another process has left; None if it is not whole."""
        try:
            name, size = json.loads(file.readline())
        except ValueError:
            return None
        spooled = cls(path, file, UUID(path.stem.split("-", 2)[2]), name, size)
        for piece in chunks.pieces(file):
            spooled.received += len(piece)
            spooled._digest.update(piece)
        return spooled if spooled.whole else None

    @property
    def whole(self) -> bool:
        return self.received == self.size

    def stored(self, id: UUID) -> StoredFile:
        """What is known of it, once it is whole, as the file of that id."""
        return StoredFile(str(id), self.name, self.size, self._digest.hexdigest())

    def add(self, piece: bytes) -> None:
        """The next piece.

        :raises ValueError: it has become larger than it was announced.
        """
        self.received += len(piece)
        if self.received > self.size:
            raise ValueError("a file is larger than was announced")
        self._digest.update(piece)
        self._file.write(piece)

    def chunk(self) -> bytes:
        """The chunk that is to go out next.

        :raises OSError: it is not on disk, and there is no room for it.
        """
        if self._file.writable():
            self._file.flush()
        self._file.seek(self._start + self.next * chunks.CHUNK)
        return self._file.read(chunks.CHUNK)

    def leave(self) -> None:
        """Let go of it; whoever finds it brings it in.

        :raises OSError: there is no room for all of it; it will be found, and not be whole.
        """
        self._file.close()

    def drop(self) -> None:
        """Let go of it, for good, however full or broken the disk is."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)
        with suppress(OSError):
            self._file.close()


def left(data_dir: Path) -> Iterator[tuple[Path, IO[bytes]]]:
    """The files whose supervisors are gone, each open and held while it is looked at."""
    return held_files.left(data_dir, SUFFIX, "rb")
