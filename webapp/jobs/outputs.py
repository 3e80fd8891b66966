"""Files that a job makes: `self.create_file()`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from webapp.jobs.files import StoredFile, cleaned_name

LARGEST_OUTPUT = 10 * 1024 * 1024
MOST_OUTPUTS = 100
MOST_TIMES_THE_LARGEST = 20
"""How many files of the largest size all outputs of a run may weigh together."""


@dataclass(frozen=True)
class CreatedFile(StoredFile):
    """A file that a job has made."""

    url: str = ""

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Where people get it."""
        return self.url


Keep = Callable[[CreatedFile, bytes], object]
"""Takes a file and its content to where they stay."""


def forget(_file: CreatedFile, _content: bytes) -> None:
    """Keep nothing: what a job makes that nobody runs."""


@dataclass
class Outputs:
    """Where the files of one run go, and how many they may be."""

    keep: Keep = forget
    largest: int = LARGEST_OUTPUT
    place: str = ""
    """The beginning of the addresses at which they will be found."""
    count: int = field(default=0, init=False)
    size: int = field(default=0, init=False)

    def add(self, name: object, content: Any) -> CreatedFile:
        """A file of that name with content: text, which becomes UTF-8, or bytes.

        :raises TypeError: content is neither.
        :raises ValueError: it is too large, or the run has made too many.
        """
        whole = _bytes_of(content)
        self._check(len(whole))
        label, id = cleaned_name(str(name)), str(uuid4())
        made = CreatedFile(id, label, len(whole), hashlib.sha256(whole).hexdigest(), self.place and self.place + id)
        self.count += 1
        self.size += len(whole)
        self.keep(made, whole)
        return made

    def _check(self, size: int) -> None:
        if size > self.largest:
            raise ValueError(f"Provided {size} bytes of content, but JOB_CREATE_FILE_MAX_SIZE is {self.largest}")
        if self.count >= MOST_OUTPUTS:
            raise ValueError(f"A run keeps at most {MOST_OUTPUTS} files.")
        if self.size + size > (most := MOST_TIMES_THE_LARGEST * self.largest):
            raise ValueError(f"The files of a run have at most {most:,} bytes together.")


def _bytes_of(content: Any) -> bytes:
    if isinstance(content, str):
        # Half of a pair becomes the escape that it would be in the log.
        return content.encode("utf-8", "backslashreplace")
    if isinstance(content, bytes | bytearray | memoryview):
        return bytes(content)
    raise TypeError(f"The content of a file should be text or bytes, not {type(content).__name__}")
