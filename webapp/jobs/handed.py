"""Files that a test hands to a job: bytes, or the path of a file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from webapp.jobs.files import FileVar, JobFile, StoredFile, cleaned_name
from webapp.jobs.variable import Variable


class Handed:
    """The files among the inputs of a test."""

    def __init__(self, variables: Mapping[str, Variable], inputs: Mapping[str, Any]) -> None:
        """
        :raises OSError: a path leads to no file that can be read.
        """
        given = {name: inputs.get(name) for name, variable in variables.items() if isinstance(variable, FileVar)}
        self._contents = {
            name: Path(value).read_bytes() if isinstance(value, os.PathLike) else bytes(value)
            for name, value in given.items()
            if isinstance(value, bytes | bytearray | os.PathLike)
        }
        self.stored = {name: _told(name, given[name], content) for name, content in self._contents.items()}
        """What a form would make of them, by name of the variable."""

    def opened(self) -> dict[str, JobFile]:
        """The same as run() gets them."""
        return {
            name: JobFile(BytesIO(content), self.stored[name])  # type: ignore[arg-type]  # reads like a raw stream
            for name, content in self._contents.items()
        }


def _told(name: str, given: object, content: bytes) -> StoredFile:
    label = cleaned_name(str(given)) if isinstance(given, os.PathLike) else name
    return StoredFile(f"test-{name}", label, len(content), hashlib.sha256(content).hexdigest())
