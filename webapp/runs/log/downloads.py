"""The log of a run to take along: as text, as JSON line by line, as a table; read window by window, however long."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator

from webapp.db import db
from webapp.runs.log.models import LogLine
from webapp.runs.log.reading import Reading
from webapp.runs.log.text import taken_along
from webapp.ui.filters import iso
from webapp.ui.spreadsheets import guarded

WINDOW = 2_000
"""Lines that are read at once."""
COLUMNS = ("line", "time", "level", "group", "object", "message")

Writer = Callable[[Iterable[LogLine]], str]


def pieces(reading: Reading, write: Writer, first: int, last: int, head: str = "") -> Iterator[str]:
    """head, then the lines that are shown of those from first to last, as write writes them.

    Nothing of the run is read anew meanwhile: its row has to be out of the session.
    """
    last = min(last, reading.run.last_seq)
    yield head
    while first <= last and (lines := reading.between(first, last, WINDOW)):
        written, first = write(lines), lines[-1].seq + 1
        # Whoever reads slowly shall not hold a connection meanwhile.
        db.session.rollback()
        yield written


def as_text(lines: Iterable[LogLine]) -> str:
    """Each line with its time and level; what follows a line break is indented, so that each line stays one."""
    return "".join(f"{iso(line.at)} {line.level:8} {_indented(_with_object(line))}\n" for line in lines)


def as_ndjson(lines: Iterable[LogLine]) -> str:
    """Each line as one JSON object, with the message as the job has said it, colours included."""
    return "".join(json.dumps(_fields(line), ensure_ascii=True) + "\n" for line in lines)


def as_csv(lines: Iterable[LogLine]) -> str:
    """Each line as a row; what a spreadsheet would take for a formula begins with an apostrophe."""
    return _rows(
        (line.seq, iso(line.at), line.level, *map(guarded, (line.grouping, line.object_text, taken_along(line))))
        for line in lines
    )


def head_of_csv() -> str:
    """The names of the columns."""
    return _rows([COLUMNS])


def _fields(line: LogLine) -> dict[str, object]:
    return {
        **{"line": line.seq, "time": iso(line.at), "level": line.level, "group": line.grouping},
        **{"object": line.object_text, "object_url": line.object_url, "message": line.message},
    }


def _rows(rows: Iterable[Iterable[object]]) -> str:
    target = io.StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue()


def _with_object(line: LogLine) -> str:
    text = taken_along(line)
    return f"{text} [{line.object_text}]" if line.object_text else text


def _indented(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\n", "\n    ")
