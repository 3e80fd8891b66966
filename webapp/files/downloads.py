"""Files on their way to whoever may have them: saved, and never shown but for pictures."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from urllib.parse import quote
from uuid import UUID

from flask import Flask, Response, current_app

from webapp.files import chunks
from webapp.files.models import File
from webapp.files.service import told
from webapp.jobs.files import UNKNOWN_TYPE, StoredFile

HARMLESS = {
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
"""Whatever a file holds, no browser takes it for a page of ours."""


def download(file: File) -> Response:
    """file as an answer, a chunk at a time.

    :raises Unreadable: it is sealed, and the keys at hand do not open it.
    """
    stored = told(file)
    response = _answer(file, stored, UNKNOWN_TYPE)
    response.headers["Content-Disposition"] = _disposition(stored.name)
    return response


def shown(file: File, media_type: str) -> Response:
    """file as a picture of media_type, for an <img>: opened by itself it is no page that could do anything.

    :raises Unreadable: it is sealed, and the keys at hand do not open it.
    """
    return _answer(file, told(file), media_type)


def _answer(file: File, stored: StoredFile, media_type: str) -> Response:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    pieces = _pieces(app, file.id, stored.size, sealed=file.sealed is not None)
    response = app.response_class(pieces, mimetype=media_type, headers=HARMLESS)
    response.content_length = stored.size
    return response


def _pieces(app: Flask, id: UUID, size: int, *, sealed: bool) -> Iterator[bytes]:
    """The content, each chunk in a question of its own: between two of them nothing is open in the database.

    :raises NotFound: a chunk is gone. :raises Unreadable: the keys at hand do not open it.
    """
    for n in range(chunks.count(size)):
        with app.app_context():
            piece = chunks.chunk(id, n, sealed=sealed)
        yield piece


def _disposition(name: str) -> str:
    """As RFC 6266 says it: the name in letters that all clients read, and as it is."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    simple = "".join("_" if letter in '"\\%' else letter for letter in plain) or "file"
    return f"attachment; filename=\"{simple}\"; filename*=UTF-8''{quote(name, safe='')}"
