"""Keeping files, finding them again, and letting go of them."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import IO, Any, cast
from uuid import UUID, uuid4

import sqlalchemy as sa
from flask import current_app

from webapp.accounts.models import User
from webapp.config import Settings
from webapp.db import db, transaction, utcnow, writing
from webapp.errors import NotFound, TooMany
from webapp.files import chunks
from webapp.files.models import File
from webapp.jobs.files import StoredFile, check_size, cleaned_name
from webapp.sealing import fingerprint, seal, unseal

MOST_WAITING = 10
"""How many files of the largest size one user's uploads that no run has may weigh together."""

files = cast(sa.Table, File.__table__)


def keep(stream: IO[bytes], name: str, user: User, *, sealed: bool) -> StoredFile:
    """Take in stream, from its beginning, as a file that user has uploaded; sealed makes it unreadable in the database.

    The bytes come in short transactions: others write between two of them.

    :raises ValueError: it is too large.
    :raises TooMany: what user has uploaded, and no run has, would be too much.
    """
    settings: Settings = current_app.extensions["settings"]
    stream.seek(0)
    size, sha256 = chunks.measured(stream)
    check_size(size, settings.most_upload)
    stored, user_id = StoredFile(str(uuid4()), cleaned_name(name), size, sha256), user.id
    with transaction():
        _check_room(user_id, size, MOST_WAITING * settings.most_upload)
        begin(stored, user_id, sealed=sealed)
    for n, piece in enumerate(chunks.pieces(stream)):
        with transaction():
            chunks.put(UUID(stored.id), n, piece, sealed=sealed)
    with transaction():
        complete(UUID(stored.id))
    return stored


def begin(stored: StoredFile, user_id: UUID | None = None, *, sealed: bool = False) -> None:
    """Add the row of a file whose chunks are coming; safe to be said twice. Belongs inside a transaction."""
    about = {"name": stored.name, "sha256": stored.sha256}
    told: Mapping[str, Any] = {"sealed": seal(about)} if sealed else about
    row = {"name": "", "sha256": "", **told, "user_id": user_id, "size": stored.size}
    chunks.insert_once(files, {"id": UUID(stored.id), **row})


def complete(id: UUID, *, bound: bool = False) -> None:
    """All chunks of the file are there. Belongs inside a transaction."""
    writing().execute(sa.update(files).where(files.c.id == id).values(whole=True, bound=bound, needed_at=utcnow()))


def bind(id: UUID) -> bool | None:
    """Mark the file as needed by a run that is being made; whether it is sealed, None if it is gone. Belongs inside a
    transaction.
    """
    # Whoever lets go of what nobody needs looks again at a row that has changed meanwhile.
    statement = sa.update(files).where(files.c.id == id, files.c.whole).values(bound=True, needed_at=utcnow())
    # The column itself: SQLite 3.40 says of each that it gives back that it IS NOT NULL.
    row = writing().execute(statement.returning(files.c.sealed)).first()
    return None if row is None else row.sealed is not None


def told(file: File) -> StoredFile:
    """What is known of file, opened if it is sealed.

    :raises Unreadable: the keys at hand do not open it.
    """
    about = {"name": file.name, "sha256": file.sha256} if file.sealed is None else unseal(file.sealed, chunks.THIS_FILE)
    return StoredFile(str(file.id), size=file.size, **about)


def reference(id: str, user: User) -> str:
    """A text by which user, and nobody else, can name the file in a form."""
    return f"{id}.{_mark(id, user)}"


def referred(text: str, user: User) -> File:
    """The file that reference() named for user.

    :raises NotFound: it named none, or the file is gone.
    """
    id, _, mark = text.partition(".")
    if not hmac.compare_digest(mark.encode("utf-8", "replace"), _mark(id, user).encode()):
        raise NotFound(chunks.GONE)
    file = db.session.get(File, UUID(id))
    if file is None or not file.whole:
        raise NotFound(chunks.GONE)
    return file


def _mark(id: str, user: User) -> str:
    return fingerprint({"file": id, "user": str(user.id)})


def _check_room(user_id: UUID, size: int, most: int) -> None:
    waiting = sa.select(sa.func.coalesce(sa.func.sum(File.size), 0)).where(File.user_id == user_id, ~File.bound)
    if (db.session.scalar(waiting) or 0) + size > most:
        raise TooMany("You have uploaded too many files that no run has. They are deleted after an hour.")
