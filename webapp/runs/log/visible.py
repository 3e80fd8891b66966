"""What readers see of a message, for both databases: without colours, and with what was written over left out."""

from __future__ import annotations

import sqlite3
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from webapp.db import db, is_sqlite
from webapp.jobs.plain import COLOUR
from webapp.runs.log.models import LogLine
from webapp.runs.log.text import seen

SEEN = "log_line_seen"
ESCAPE, RETURN = "\x1b", "\r"
WRITES_OVER = "\r[^\n]"
"""A carriage return that is not just the end of a line, as a pattern of PostgreSQL, and within one of GLOB."""
LEFT_OVER = sa.literal_column(
    rf"""(
    SELECT string_agg(rest, E'\n' ORDER BY line_number) FROM (
        SELECT line_number, string_agg(substr(part, 1 + coalesce(covered, 0)), '' ORDER BY part_number DESC) AS rest
        FROM (
            SELECT line_number, part_number, part, max(length(part)) OVER (
                PARTITION BY line_number ORDER BY part_number DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ) AS covered
            FROM unnest(string_to_array(regexp_replace(log_line.message, '{COLOUR.pattern}', '', 'g'), E'\n'))
                WITH ORDINALITY AS lines(line, line_number),
            unnest(string_to_array(line, E'\r')) WITH ORDINALITY AS parts(part, part_number)
        ) AS covering
        GROUP BY line_number
    ) AS shown
    )""",
    sa.Text,
)
"""What painting.py leaves of a message, as PostgreSQL finds out: of each part of a line what is longer than
those behind it, the last part first."""


def init_app(app: Flask) -> None:
    """Let connections to SQLite know what readers see."""
    with app.app_context():
        if is_sqlite():
            event.listen(db.engine, "connect", _teach)


def message() -> sa.ColumnElement[str]:
    """The message of a line as it is seen. Lines without escapes are as they are; only the others take long."""
    if is_sqlite():
        told = sa.or_(_holds(ESCAPE), _holds(RETURN))
        return sa.case((told, sa.Function(SEEN, LogLine.message, type_=sa.Text())), else_=LogLine.message)
    bare = sa.func.regexp_replace(LogLine.message, COLOUR.pattern, "", "g", type_=sa.Text())
    return sa.case((writes_over(), LEFT_OVER), (_holds(ESCAPE), bare), else_=LogLine.message)


def writes_over() -> sa.ColumnElement[bool]:
    """That of a message something else is seen than its characters in their order."""
    if is_sqlite():
        return sa.and_(_holds(RETURN), LogLine.message.op("GLOB")(f"*{WRITES_OVER}*"))
    return sa.and_(_holds(RETURN), LogLine.message.op("~")(WRITES_OVER))


def position(text: sa.SQLColumnExpression[str], part: str) -> sa.ColumnElement[int]:
    """Where part stands in text, letter by letter; 0 if it does not."""
    return sa.func.instr(text, part) if is_sqlite() else sa.func.strpos(text, part)


def _holds(character: str) -> sa.ColumnElement[bool]:
    return position(LogLine.message, character) > 0


def _teach(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.create_function(SEEN, 1, seen, deterministic=True)
