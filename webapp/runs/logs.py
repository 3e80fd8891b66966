"""Log lines: cleaned in one place, written in batches by the run's supervisor, read by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import sqlalchemy as sa

from webapp.db import db, is_sqlite, writing
from webapp.jobs.logger import clipped
from webapp.jobs.plain import storable, without_colours
from webapp.runs.log.models import LEVELS, LogLine, level_column

if TYPE_CHECKING:
    import psycopg

GRAVE = ("failure", "error", "critical")
LATEST = 2**53 / 1_000_000
"""Seconds since 1970 that a line can be dated at most; clocks of jobs may be anywhere."""
OVERHEAD = 50
"""Bytes of a line beside its texts."""
COLUMNS = ("run_number", "seq", "at_us", "level", "grouping", "message", "object_text", "object_url", "path", "format")
INSERT = f"INSERT INTO log_line ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
COPY = f"COPY log_line ({', '.join(COLUMNS)}) FROM STDIN"


class Line(NamedTuple):
    """A line on its way into the log."""

    at_us: int
    level: str
    grouping: str
    message: str
    object_text: str = ""
    object_url: str = ""
    path: str = ""
    mark: Sequence[Any] = ()
    """Of the heading of a group, and of its last line: what groups.py keeps of them."""
    format: str = ""
    """`markdown`, or nothing."""


MARK = Line._fields.index("mark")
"""What comes before it stands in the row of a line, in this order."""


def line(at: float, level: str, grouping: str, message: str, object_text: str = "", object_url: str = "") -> Line:
    """A line that can be stored, whatever a job's process sent; at is in seconds since 1970."""
    return Line(
        int(min(max(at, 0.0), LATEST) * 1_000_000),
        level if level in LEVELS else "info",
        without_colours(storable(grouping))[:100],
        clipped(storable(message)),
        without_colours(storable(object_text))[:200],
        without_colours(storable(object_url))[:255],
    )


def of_row(row: LogLine) -> Line:
    """A line of the log as it was written."""
    told = (row.at_us, row.level, row.grouping, row.message, row.object_text, row.object_url, row.path)
    return Line(*told, format=row.format)


def size_of(lines: Iterable[Line]) -> int:
    """Bytes, about, that lines take in the log."""
    return sum(map(size_of_one, lines))


def levels_of(lines: Iterable[Line]) -> Counter[str]:
    """How much the counters of the run grow by lines of their levels."""
    counts: Counter[str] = Counter()
    for level, count in Counter(line.level for line in lines).items():
        counts[level_column(level)] += count
    return counts


def size_of_one(line: Line) -> int:
    """The same of one line."""
    text = line.message + line.object_text
    return OVERHEAD + (len(text) if text.isascii() else len(text.encode()))


def after(number: int, seq: int, limit: int) -> list[LogLine]:
    """The lines of run number that come after seq, limit at most, in order."""
    query = sa.select(LogLine).where(LogLine.run_number == number, LogLine.seq > seq)
    return list(db.session.scalars(query.order_by(LogLine.seq).limit(limit)))


def newest(number: int) -> datetime | None:
    """When the last line of run number was logged."""
    at_us = db.session.scalar(
        sa.select(LogLine.at_us).where(LogLine.run_number == number).order_by(LogLine.seq.desc()).limit(1)
    )
    return None if at_us is None else datetime.fromtimestamp(at_us / 1_000_000, UTC)


def insert(number: int, first: int, lines: Iterable[Line]) -> None:
    """Add lines to the log of run number, the first of them with number first; belongs inside a transaction."""
    rows = [(number, seq, *line[:MARK], line.format) for seq, line in enumerate(lines, start=first)]
    connection = writing()
    if not rows:
        return
    if is_sqlite():
        connection.exec_driver_sql(INSERT, rows)
        return
    driver = cast("psycopg.Connection", connection.connection.driver_connection)
    with driver.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in rows:
            copy.write_row(row)
