"""Files that are held by whoever writes them, and brought in by whoever finds them when that process is gone."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any


def folder(data_dir: Path) -> Path:
    """Where an installation keeps them."""
    return data_dir / "spool"


def opened(path: Path, mode: str, buffering: int = -1) -> IO[Any]:
    """A new file at path, held until it is closed: nobody else may bring it in. mode and buffering are those of open().

    :raises OSError: there is no room for it; then nothing is left of it.
    """
    path.parent.mkdir(mode=0o700, exist_ok=True)
    # Not under a name that is looked for before it is held.
    draft = path.with_suffix(".new")
    with ExitStack() as otherwise:
        otherwise.callback(draft.unlink, missing_ok=True)
        draft.touch(mode=0o600)
        file = otherwise.enter_context(draft.open(mode, buffering))
        fcntl.flock(file, fcntl.LOCK_EX)
        draft.replace(path)
        otherwise.pop_all()
    return file


def left(data_dir: Path, suffix: str, mode: str) -> Iterator[tuple[Path, IO[Any]]]:
    """The files with suffix whose processes are gone, each open and held while it is looked at."""
    for path in sorted(folder(data_dir).glob(f"*{suffix}")):
        try:
            file = path.open(mode)
        except FileNotFoundError:
            continue
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            if path.exists():
                yield path, file
