"""Log lines: cleaned in one place, written in batches by the run's supervisor, read by number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple, cast

import sqlalchemy as sa

from webapp.db import db, is_sqlite, transaction, writing
from webapp.jobs.plain import storable
from webapp.runs import states
from webapp.runs.models import LEVELS, LogLine, level_column

if TYPE_CHECKING:
    import psycopg

LATEST = 2**53 / 1_000_000
"""Seconds since 1970 that a line can be dated at most; clocks of jobs may be anywhere."""
COLUMNS = ("run_number", "seq", "at_us", "level", "grouping", "message", "object_text", "object_url")
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


def line(at: float, level: str, grouping: str, message: str, object_text: str = "", object_url: str = "") -> Line:
    """A line that can be stored, whatever a job's process sent; at is in seconds since 1970."""
    return Line(
        int(min(max(at, 0.0), LATEST) * 1_000_000),
        level if level in LEVELS else "info",
        storable(grouping)[:100],
        storable(message),
        storable(object_text)[:200],
        storable(object_url)[:255],
    )


def of_row(row: LogLine) -> Line:
    """A line of the log as it was written."""
    return Line(row.at_us, row.level, row.grouping, row.message, row.object_text, row.object_url)


def write(number: int, attempt: int, lines: Sequence[Line]) -> bool:
    """Add lines to the log of run number, numbered on from its last one, and count as a sign of life.

    False when the attempt is no longer the run's: nothing is written then.
    """
    with transaction():
        counts = Counter(level_column(line.level) for line in lines)
        added = {name: states.runs.c[name] + count for name, count in counts.items()}
        last = states.beat(number, attempt, last_seq=states.runs.c.last_seq + len(lines), **added)
        if last is None:
            return False
        _insert(number, last - len(lines) + 1, lines)
    return True


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


def _insert(number: int, first: int, lines: Iterable[Line]) -> None:
    rows = [(number, seq, *line) for seq, line in enumerate(lines, start=first)]
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
