"""A table as people paste or upload it: lines of cells, below the names of its columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from webapp.ui.spreadsheets import unguarded

MOST_BYTES, MOST_ROWS = 10 * 1024 * 1024, 5_000
"""While so many lines are written, which takes three to five seconds, others wait."""
LONGEST_CELL = 100_000
SEPARATORS = ",;\t"
BOM = "\ufeff"
TOO_LARGE = f"This is larger than {MOST_BYTES // 1024 // 1024} MB. Import it in parts."


class Unreadable(ValueError):
    """Text that is no table; line says where."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class Row:
    """A line of a table: where it begins, and its cells."""

    line: int
    cells: Sequence[str]


@dataclass(frozen=True)
class Table:
    """The names in its first line, where that is, and what follows."""

    heads: Row
    rows: Sequence[Row]


def decoded(content: bytes) -> str:
    """The text of a file.

    :raises Unreadable: it is too large, or no text in UTF-8.
    """
    if len(content) > MOST_BYTES:
        raise Unreadable(TOO_LARGE)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise Unreadable("This is no text in UTF-8. Save the file as “CSV UTF-8”.", line) from None


def table_of(text: str) -> Table:
    """The table that text is; its cells are parted by commas, semicolons or tabs. Lines without anything are left out.

    :raises Unreadable: it is none.
    """
    text = text.removeprefix(BOM).replace("\r\n", "\n").replace("\r", "\n")
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise Unreadable(TOO_LARGE)
    if "\0" in text:
        raise Unreadable("There is a NUL byte here: this is no text.", text.count("\n", 0, text.index("\0")) + 1)
    rows = list(_rows(text))
    if not rows:
        raise Unreadable("There is nothing in it. Begin with a line of the names of fields.")
    return Table(rows[0], rows[1:])


def _rows(text: str) -> Iterator[Row]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    line, count = 1, 0
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(line, _checked(cells, line))
                count += 1
            if count > MOST_ROWS + 1:
                raise Unreadable(f"There are more than {MOST_ROWS:,} lines. Import them in parts.", line)
            line = reader.line_num + 1
    except csv.Error:
        raise Unreadable("The quotes of this line do not match, or a cell is too long.", line) from None


def _checked(cells: Sequence[str], line: int) -> Sequence[str]:
    if max(map(len, cells)) > LONGEST_CELL:
        raise Unreadable(f"A cell of this line has more than {LONGEST_CELL:,} characters.", line)
    return [unguarded(cell.strip()) for cell in cells]


def _separator(text: str) -> str:
    """What parts the cells of the first line."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    unquoted = "".join(first.split('"')[::2])
    return max(SEPARATORS, key=unquoted.count)
