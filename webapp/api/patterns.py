"""Regular expressions that clients send, searched by the database and within a limit.

SQLite knows none by itself; it is taught to ask Python. PostgreSQL has its own, whose syntax differs in rare things. In
either case a pattern that cannot be read, or that takes too long, is the client's mistake.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any

import regex  # type: ignore[import-untyped]
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from webapp.db import db, is_sqlite

SECONDS = 1.2
"""Of each question to PostgreSQL; a list asks two."""
PYTHON_SECONDS = 0.6
"""Of all questions to SQLite. Python counts the time of its processor, of which a busy one has less."""
LONGEST = 255
TOO_SLOW = "It takes too long to look for this pattern; make it simpler."
UNREADABLE = "This pattern cannot be read: {}."
RECURSION = re.compile(r"(?<!\\)(?:\\\\)*\(\?(?:R|[+-]?[0-9]|&|P>)")
"""PostgreSQL has none, and in Python it eats memory faster than any limit is noticed."""
REPEAT = re.compile(r"(?<=(.))\{([0-9]*)(?:,([0-9]*))?\}", re.DOTALL)
ENDS_OF_GROUPS = ")}+*?"
"""After which a repeat may be one of much more than a single character."""
MOST_PARTS = 10_000
"""Python writes repeats out when it reads a pattern, before any clock runs: some 300 bytes for each part."""
SPACED = re.compile(r"(?<!\\)(?:\\\\)*\(\?[\w-]*x[\w-]*[):]")
"""Lets a pattern hold spaces and comments, also inside a repeat, where nobody could count it."""
FUNCTION = "jobdeck_matches"
SLOW = "57014"
"""What PostgreSQL calls a question that took longer than it may."""
WRONG = "2201B"
"""What it calls a pattern that cannot be read."""
TOO_MUCH = ("53", "54", "XX")
"""How it begins what it calls a question that needs more memory or levels than there are."""
TOO_COMPLICATED = "it is too complicated"


@dataclass
class Limit:
    """Until when patterns may be searched in SQLite, and whether that was not enough."""

    ends: float
    passed: bool = False


_LIMIT: ContextVar[Limit | None] = ContextVar("limit", default=None)


def init_app(app: Flask) -> None:
    """Teach the database of app to search patterns, if it cannot."""
    with app.app_context():
        if is_sqlite():
            event.listen(db.engine, "connect", _teach)


def matches(column: Any, pattern: str, *, ignore_case: bool = False) -> sa.ColumnElement[bool]:
    """The condition that pattern is found somewhere in column; to be asked inside limited().

    :raises ValueError: pattern is too long, or cannot be read.
    """
    if len(pattern) > LONGEST:
        raise ValueError(f"A pattern has {LONGEST} characters at most.")
    if SPACED.search(pattern) or _parts(pattern) > MOST_PARTS:
        raise ValueError(UNREADABLE.format(TOO_COMPLICATED))
    if not is_sqlite():
        found: sa.ColumnElement[bool] = column.regexp_match(pattern, flags="i" if ignore_case else None)
        return found
    marked = f"(?i){pattern}" if ignore_case else pattern
    _check(marked)
    return sa.func.jobdeck_matches(marked, column, type_=sa.Boolean)


def limited() -> AbstractContextManager[None]:
    """Let no question inside search patterns for long; ends in a ValueError if one takes longer, or cannot be read."""
    return _limited_by_python() if is_sqlite() else _limited_by_server()


@contextmanager
def _limited_by_python() -> Iterator[None]:
    limit = Limit(time.monotonic() + PYTHON_SECONDS)
    before = _LIMIT.set(limit)
    try:
        yield
    except sa.exc.OperationalError:
        if limit.passed:
            raise ValueError(TOO_SLOW) from None
        raise
    finally:
        _LIMIT.reset(before)


@contextmanager
def _limited_by_server() -> Iterator[None]:
    connection = db.session.connection()
    # Readers begin nothing; but what is set for one question only is set inside a transaction.
    connection.exec_driver_sql("BEGIN")
    try:
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {round(SECONDS * 1000)}")
        yield
    except sa.exc.DBAPIError as error:
        raise _told(error) from None
    finally:
        if not connection.closed and not connection.invalidated:
            connection.exec_driver_sql("ROLLBACK")


def _told(error: sa.exc.DBAPIError) -> Exception:
    state = getattr(error.orig, "sqlstate", None) or ""
    if state == SLOW:
        return ValueError(TOO_SLOW)
    if state.startswith(TOO_MUCH):
        return ValueError(UNREADABLE.format(TOO_COMPLICATED))
    if state == WRONG:
        said = str(error.orig).partition("\n")[0].removeprefix("invalid regular expression: ")
        return ValueError(UNREADABLE.format(said))
    return error


def _teach(connection: Connection, _record: object) -> None:
    connection.create_function(FUNCTION, 2, _search, deterministic=True)


def _search(pattern: str, text: str | None) -> bool | None:
    """What SQLite calls for each row.

    :raises TimeoutError: the limit has passed; SQLite tells no more than that something was raised.
    """
    limit = _LIMIT.get()
    if text is None or limit is None:
        return None
    try:
        # Other threads go on meanwhile.
        left = limit.ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return regex.search(pattern, text, timeout=left, concurrent=True) is not None
    except (TimeoutError, MemoryError):
        limit.passed = True
        raise TimeoutError from None


def _parts(pattern: str) -> int:
    """How many parts pattern has at most with all its repeats written out, however its groups are nested: those of
    single characters add up, and all others multiply."""
    single, several = [len(pattern)], [1]
    for before, least, most in REPEAT.findall(pattern):
        (several if before in ENDS_OF_GROUPS else single).append(max(int(least or 1), int(most or 1)))
    return sum(single) * math.prod(several)


def _check(pattern: str) -> None:
    """
    :raises ValueError: pattern cannot be read.
    """
    if RECURSION.search(pattern):
        raise ValueError(UNREADABLE.format("it calls itself"))
    try:
        regex.compile(pattern)
    except regex.error as error:
        raise ValueError(UNREADABLE.format(error.msg)) from None
    except Exception:  # levels, names and numbers beyond measure
        raise ValueError(UNREADABLE.format(TOO_COMPLICATED)) from None
