"""A file of a run as far as a page can show it: as text that does nothing, as a table, or as a picture."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from typing import Literal

from webapp.files import chunks
from webapp.files.models import File
from webapp.jobs.plain import storable, without_colours

MOST_BYTES = chunks.CHUNK
"""That are looked at; one chunk of a file, so that one question is enough."""
MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 200, 50, 500
LONGEST_JSON = 4 * MOST_BYTES
"""Characters of JSON with indents, which may be a hundred times as long as without."""
MOST_PICTURE = 10_000_000
"""Bytes of a picture that is shown."""
SEPARATORS = ",;\t|"
JSON_PIECES = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[][{},:]|[^][{},:"\s]+')
"""Strings, signs, and numbers and names."""
OPENING, CLOSING = ("[", "{"), ("]", "}")
Kind = Literal["picture", "table", "text", "nothing"]
PICTURES: dict[str, Callable[[bytes], bool]] = {
    "image/png": lambda start: start.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": lambda start: start.startswith(b"\xff\xd8\xff"),
    "image/gif": lambda start: start.startswith((b"GIF87a", b"GIF89a")),
    "image/webp": lambda start: start[:4] == b"RIFF" and start[8:12] == b"WEBP",
}
"""By media type: whether a file begins like one. What a file is called proves nothing."""


@dataclass(frozen=True)
class Preview:
    """What a page shows of a file."""

    kind: Kind
    why: str = ""
    """Why nothing is shown."""
    text: str = ""
    rows: list[list[str]] = field(default_factory=list)
    """Of a table, the first of them its head."""
    left_out: str = ""
    """What is not shown, in a sentence; empty if that is all."""


def of(file: File) -> Preview:
    """What of file can be shown.

    :raises NotFound: its content is gone.
    """
    if not file.size:
        return Preview("nothing", why="This file is empty.")
    start = start_of(file)
    if picture_type(start):
        large = file.size > MOST_PICTURE
        return Preview("nothing", why="This picture is too large to be shown here.") if large else Preview("picture")
    if b"\0" in start:
        return Preview("nothing", why="This file holds no text.")
    return _readable(PurePosixPath(file.name).suffix.lower(), _decoded(start), cut=file.size > len(start))


def picture_type(start: bytes) -> str | None:
    """The media type of a picture that begins like that; None if it is none that is shown."""
    return next((name for name, is_one in PICTURES.items() if is_one(start)), None)


def start_of(file: File) -> bytes:
    """The beginning of what file holds: MOST_BYTES of it.

    :raises NotFound: it is gone.
    """
    return chunks.chunk(file.id, 0, sealed=False)


def _readable(suffix: str, text: str, *, cut: bool) -> Preview:
    if suffix in (".csv", ".tsv") and (rows := _rows(text, cut=cut)):
        return _table(rows, cut=cut)
    if suffix == ".json" and not cut:
        text = _indented(text)
    return Preview(
        "text", text=_plain(text), left_out=f"Only the first {MOST_BYTES // 1024} kB are shown." if cut else ""
    )


def _table(rows: list[list[str]], *, cut: bool) -> Preview:
    shown = [[_clipped(cell) for cell in row[:MOST_COLUMNS]] for row in rows[: MOST_ROWS + 1]]
    said = []
    if cut or len(rows) > MOST_ROWS + 1:
        said.append(f"Only the first {len(shown) - 1:,} rows are shown.")
    if any(len(row) > MOST_COLUMNS for row in rows):
        said.append(f"Only the first {MOST_COLUMNS} columns are shown.")
    return Preview("table", rows=shown, left_out=" ".join(said))


def _rows(text: str, *, cut: bool) -> list[list[str]]:
    """The rows of a table, one more than is shown; none if text cannot be read as one."""
    head, _, _ = text.partition("\n")
    separator = max(SEPARATORS, key=head.count)
    try:
        rows = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=separator), MOST_ROWS + 2))
    except csv.Error:
        return []
    # The last row of what was cut may be half a row.
    return rows[:-1] if cut and 1 < len(rows) < MOST_ROWS + 2 else rows


def _indented(text: str) -> str:
    """JSON with a line for each value; as it is where that would be much longer, or where it is none."""
    try:
        json.loads(text, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return text
    pieces, length = [], 0
    for piece in _laid_out(text):
        pieces.append(piece)
        length += len(piece)
        if length > LONGEST_JSON:
            return text
    return "".join(pieces)


def _laid_out(text: str) -> Iterator[str]:
    """The pieces of JSON as they were written, for 1.10 is not 1.1 to who looks, with other space between them."""
    depth, before = 0, ""
    for piece in JSON_PIECES.findall(text):
        opened, closes = before in OPENING, piece in CLOSING
        depth += opened - closes
        if opened != closes or before == ",":
            yield "\n" + "  " * depth
        yield ": " if piece == ":" else piece
        before = piece


def _decoded(start: bytes) -> str:
    """start as text, whatever it is: as UTF-8 if it is that, up to a character that was cut in two, else as Latin-1."""
    try:
        return start.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        if len(start) == MOST_BYTES and problem.start > len(start) - 4:
            return start[: problem.start].decode("utf-8-sig")
        return start.decode("latin-1")


def _clipped(cell: str) -> str:
    return _plain(cell if len(cell) <= LONGEST_CELL else f"{cell[:LONGEST_CELL]}…")


def _plain(text: str) -> str:
    return without_colours(storable(text))
