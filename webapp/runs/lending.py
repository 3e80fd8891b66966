"""Files that a run is given, on their way out of the database into the reach of its process."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import UUID

import sqlalchemy as sa

from webapp.db import DatabaseAway, db
from webapp.errors import NotFound
from webapp.files import chunks
from webapp.files.models import File
from webapp.runs.held_files import folder
from webapp.runs.ledger import Ledger

BEAT_SECONDS = 2.0
MOST_SECONDS = 5.0
"""For one chunk: no clock waits for the database yet."""


@contextmanager
def lent(given: Mapping[str, Mapping[str, Any]], ledger: Ledger, data_dir: Path) -> Iterator[list[int]]:
    """Inside, descriptors of the files, in order, each at its beginning. They have no names on disk, so that nothing
    of them is left whoever is killed; a sealed one has none of its bytes there either.

    :raises NotFound: one of them is gone. :raises Unreadable: the keys at hand do not open it.
    :raises DatabaseAway: they could not be read. :raises Fenced: the attempt does not count any more.
    """
    with ExitStack() as stack:
        yield [_copy(UUID(one["id"]), ledger, data_dir, stack).fileno() for one in given.values()]


def _copy(id: UUID, ledger: Ledger, data_dir: Path, stack: ExitStack) -> IO[bytes]:
    size, sealed = _asked(ledger, lambda: _size_of(id))
    paper = stack.enter_context(_in_memory() if sealed else _on_disk(data_dir))
    beat_at = time.monotonic() + BEAT_SECONDS
    for n in range(chunks.count(size)):
        paper.write(_asked(ledger, lambda n=n: chunks.chunk(id, n, sealed=sealed)))
        if time.monotonic() >= beat_at:
            ledger.ask(ledger.beat, most=MOST_SECONDS)
            beat_at = time.monotonic() + BEAT_SECONDS
    paper.seek(0)
    return paper


def _size_of(id: UUID) -> tuple[int, bool]:
    row = db.session.execute(sa.select(File.size, File.sealed.is_not(None)).where(File.id == id)).first()
    if row is None:
        raise NotFound(chunks.GONE)
    return row[0], row[1]


def _asked(ledger: Ledger, question: Any) -> Any:
    """What question gives; nothing is left open in the database behind it."""
    try:
        answer = ledger.ask(question, most=MOST_SECONDS)
    finally:
        db.session.rollback()
    if answer is None:
        raise DatabaseAway("The database was away while the files of the run were read.")
    return answer


def _on_disk(data_dir: Path) -> IO[bytes]:
    folder(data_dir).mkdir(mode=0o700, exist_ok=True)
    return tempfile.TemporaryFile(dir=folder(data_dir))


def _in_memory() -> IO[bytes]:
    return os.fdopen(os.memfd_create("file"), "w+b")
