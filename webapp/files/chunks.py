"""The bytes of files on their way into the database and out of it, a piece at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import IO, Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from webapp.db import db, is_sqlite, transaction, writing
from webapp.errors import NotFound
from webapp.files.models import FileChunk
from webapp.sealing import seal_bytes, unseal_bytes

CHUNK = 256 * 1024
GONE = "This file is not there any more."
THIS_FILE = "this file"
AT_ONCE = 8
"""Chunks that go in one transaction: many at once keep others waiting, as SQLite overwrites what it deletes."""
chunks = cast(sa.Table, FileChunk.__table__)


def count(size: int) -> int:
    """How many chunks a file of size bytes has."""
    return -(-size // CHUNK)


def pieces(stream: IO[bytes]) -> Iterator[bytes]:
    """What is left in stream, in pieces as long as a chunk."""
    while piece := stream.read(CHUNK):
        yield piece


def measured(stream: IO[bytes]) -> tuple[int, str]:
    """The size and the SHA-256 of stream, which is at its beginning before and afterwards."""
    digest, size = hashlib.sha256(), 0
    for piece in pieces(stream):
        digest.update(piece)
        size += len(piece)
    stream.seek(0)
    return size, digest.hexdigest()


def put(id: UUID, n: int, content: bytes, *, sealed: bool = False) -> None:
    """Keep chunk n of the file; safe to be said twice. Belongs inside a transaction."""
    insert_once(chunks, {"file_id": id, "n": n, "content": seal_bytes(content) if sealed else content})


def insert_once(table: sa.Table, row: Mapping[str, Any]) -> None:
    """Insert row unless it is there: an answer may have been lost on its way. Belongs inside a transaction."""
    insert = sqlite.insert(table) if is_sqlite() else postgresql.insert(table)
    writing().execute(insert.values(**row).on_conflict_do_nothing())


def chunk(id: UUID, n: int, *, sealed: bool) -> bytes:
    """One chunk of a file, opened.

    :raises NotFound: it is gone. :raises Unreadable: the keys at hand do not open it.
    """
    content = db.session.scalar(sa.select(FileChunk.content).where(FileChunk.file_id == id, FileChunk.n == n))
    if content is None:
        raise NotFound(GONE)
    return unseal_bytes(content, THIS_FILE) if sealed else content


def delete_some(id: UUID) -> bool:
    """Delete a few chunks of the file; whether there may be more."""
    some = sa.select(chunks.c.n).where(chunks.c.file_id == id).limit(AT_ONCE)
    with transaction():
        deleted = writing().execute(sa.delete(chunks).where(chunks.c.file_id == id, chunks.c.n.in_(some)))
    return deleted.rowcount == AT_ONCE
