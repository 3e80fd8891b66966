"""Files that go into a job and come out of it: the variable, what run() gets, and what create_file() makes."""

from __future__ import annotations

import io
import mimetypes
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Any

from webapp.jobs.plain import storable, without_colours
from webapp.jobs.variable import Variable

LONGEST_NAME = 200
MOST_FILES = 20
"""Variables of one job that are files."""
LONGEST_SUFFIX = 20
UNNAMED = "file"
UNKNOWN_TYPE = "application/octet-stream"
PIECE = 64 * 1024
EMPTY = "The submitted file is empty."
NO_FILE = "No file was submitted. Check the encoding type on the form."


@dataclass(frozen=True)
class StoredFile:
    """A file that is kept somewhere, by its id; sha256 is in hex digits."""

    id: str
    name: str
    size: int
    sha256: str

    @property
    def content_type(self) -> str:
        """What its name says of its content; the content itself is not looked at."""
        return content_type(self.name)


@dataclass(frozen=True)
class Unfit:
    """Stands for an upload that cannot be taken; why is for whoever sent it."""

    why: str


class FileVar(Variable):
    """A file. max_size, in bytes, may ask for less than the installation allows; extensions are those of names, like
    `["csv", "txt"]`."""

    kind = "FileVar"
    options = {"max_size": int, "extensions": list}

    def __init__(self, *, max_size: int | None = None, extensions: list[str] | None = None, **common: Any) -> None:
        super().__init__(**common)
        self.max_size = max_size
        self.extensions = extensions

    def check(self, name: str, size: int) -> None:
        """Go on only if a file of this name and size fits.

        :raises ValueError: with the message for whoever sent it.
        """
        if size == 0:
            raise ValueError(EMPTY)
        if self.max_size is not None:
            check_size(size, self.max_size)
        suffix = PurePosixPath(name.lower()).suffix.lstrip(".")
        if self.extensions is not None and suffix not in (allowed := _normal(self.extensions)):
            what = (
                f"File extension “{suffix}” is not allowed."
                if suffix
                else "A file without an extension is not allowed."
            )
            raise ValueError(f"{what} Allowed extensions are: {', '.join(allowed)}.")

    def dump(self, value: Any) -> Any:
        """value as JSON keeps it: the id by which its bytes are found, and what people want to know of it."""
        return asdict(value) if isinstance(value, StoredFile) else value

    def load(self, stored: Any) -> Any:
        """What dump() was given."""
        return StoredFile(**stored) if stored else None

    def _read(self, raw: object) -> StoredFile | None:
        if raw is None or raw == "" or isinstance(raw, StoredFile):
            return raw or None  # type: ignore[return-value]
        raise ValueError(NO_FILE)

    def _checked(self, value: Any) -> Any:
        self.check(value.name, value.size)
        return value

    def _check_options(self) -> None:
        super()._check_options()
        if self.default is not None:
            raise TypeError("a file has no default")
        if self.max_size is not None and self.max_size < 1:
            raise ValueError("max_size should be at least 1")
        if self.extensions is not None and not all(isinstance(each, str) for each in self.extensions):
            raise TypeError("extensions should be a list of texts")
        if self.extensions == []:
            raise ValueError("extensions names none, so that no file would ever fit; leave it out to take any")


class JobFile(io.BufferedReader):
    """A file as run() gets it: open for reading bytes, with what is known of it."""

    name = ""

    def __init__(self, content: io.RawIOBase, about: StoredFile) -> None:
        super().__init__(content)
        self.name = about.name
        self.size, self.sha256, self.content_type = about.size, about.sha256, about.content_type

    def __repr__(self) -> str:
        return f"<JobFile {self.name!r}, {self.size} bytes>"

    __str__ = __repr__

    def chunks(self, size: int = PIECE) -> Iterator[bytes]:
        """The whole content in pieces of at most size bytes, from the beginning."""
        self.seek(0)
        while piece := self.read(size):
            yield piece


def cleaned_name(name: str) -> str:
    """name as a label that harms nobody: without folders, control characters and line breaks, and not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    # An escape without its backslash: cleaned again, for safety, a name stays what it is.
    label = without_colours(storable(" ".join(last.split()))).replace("\\", "_")
    if label in ("", ".", ".."):
        return UNNAMED
    if len(label) <= LONGEST_NAME:
        return label
    suffix = PurePosixPath(label).suffix
    kept = suffix if len(suffix) <= LONGEST_SUFFIX else ""
    return label[: LONGEST_NAME - len(kept)] + kept


def content_type(name: str) -> str:
    """The type of content that name promises."""
    return mimetypes.guess_type(f"/{name}")[0] or UNKNOWN_TYPE


def check_size(size: int, most: int) -> None:
    """Go on only if a file may be as large.

    :raises ValueError: with the message for whoever sent it.
    """
    if size > most:
        raise ValueError(f"Ensure this file has at most {most:,} bytes (it has {size:,}).")


def _normal(extensions: list[str]) -> list[str]:
    return [each.lower().lstrip(".") for each in extensions]
