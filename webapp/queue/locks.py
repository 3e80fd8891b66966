"""File locks that end with their holder: flock(), which a kill -9 releases as surely as a clean end."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SHARED = fcntl.LOCK_SH
EXCLUSIVE = fcntl.LOCK_EX
LOOK_AGAIN = 0.005
"""Seconds between two looks at something that another process is about to change."""


def seize(path: Path, kind: int, patience: float = 0.0) -> int | None:
    """The descriptor of path, which now holds a lock of kind; None if others kept it for patience seconds.

    The lock belongs to the open file, so forked children share it; it ends when the last copy is closed.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + patience
    while not _locked(descriptor, kind):
        if time.monotonic() >= deadline:
            os.close(descriptor)
            return None
        time.sleep(LOOK_AGAIN)
    return descriptor


@contextmanager
def held(path: Path, kind: int, patience: float = 0.0) -> Iterator[bool]:
    """Whether the lock could be had; it is held inside the block."""
    descriptor = seize(path, kind, patience)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
