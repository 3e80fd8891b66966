"""The conditions of a search in the words of both databases: which chunks may hold it, and which lines do."""

from __future__ import annotations

import re
import sqlite3
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import InstrumentedAttribute

from webapp.db import is_sqlite
from webapp.jobs.plain import COLOUR
from webapp.runs.fulltext import asking, cases
from webapp.runs.fulltext.asking import BLANKS, Asked, Term
from webapp.runs.fulltext.models import LogChunk
from webapp.runs.fulltext.words import LETTERS, searched
from webapp.runs.log.models import LogLine

FITS = "log_line_fits"
log_words = sa.table("log_words", sa.column("rowid"), sa.column("log_words"))
ASCII = re.compile(r"[!-~]+")


def teach(connection: Any, _record: object = None) -> None:
    """Let a connection to SQLite know which lines fit, for the event that it has been made."""
    if isinstance(connection, sqlite3.Connection):
        connection.create_function(FITS, 3, _fits, deterministic=True)


def may_hold(asked: Asked, chunk: type[LogChunk] = LogChunk) -> sa.ColumnElement[bool]:
    """That a chunk has all the words of what is wanted, if not in one line."""
    words = dict(known for term in asked.wanted for known in term.looked_up)
    if is_sqlite():
        question = " AND ".join(f'"{word}"{" *" if more else ""}' for word, more in words.items())
        return chunk.id.in_(sa.select(log_words.c.rowid).where(log_words.c.log_words.op("MATCH")(question)))
    question = " & ".join(f"'{word}'{':*' if more else ''}" for word, more in words.items())
    return chunk.id.in_(sa.select(sa.func.log_chunks_with(sa.cast(question, TSQUERY))))


def fits(asked: Asked) -> sa.ColumnElement[bool]:
    """That a line is one of those that are looked for."""
    rough = [_may_say(part) for term in asked.wanted if (part := _most_telling(term))]
    if is_sqlite():
        return sa.and_(*rough, getattr(sa.func, FITS)(asked.text, LogLine.message, LogLine.object_text) == 1)
    message = sa.case(
        (LogLine.message.contains("\x1b"), sa.func.regexp_replace(LogLine.message, COLOUR.pattern, "", "g")),
        else_=LogLine.message,
    )
    text = message + "\n" + LogLine.object_text
    wanted = (text.op("~")(_pattern(term)) for term in asked.wanted)
    return sa.and_(*rough, *wanted, *(text.op("!~")(_pattern(term)) for term in asked.unwanted))


def _fits(text: str, message: str, object_text: str) -> bool:
    return asking.read(text).fits(searched(message, object_text))


def _most_telling(term: Term) -> str:
    """The longest part of a term that databases find quickly: of letters that have another case, PostgreSQL none that
    are beyond ASCII."""
    return max(term.parts if is_sqlite() else ASCII.findall(term.text), key=len, default="")


def _may_say(part: str) -> sa.ColumnElement[bool]:
    """What is decided quickly about most lines; about those that have colours in them, it cannot be."""
    coloured = LogLine.message.contains("\x1b")
    if is_sqlite():
        said = [_has(column, part) for column in (LogLine.message, LogLine.object_text)]
    else:
        said = [sa.func.strpos(sa.func.lower((LogLine.message + "\n" + LogLine.object_text).collate("C")), part) > 0]
    return sa.or_(*said, coloured)


def _has(column: InstrumentedAttribute[str], part: str) -> sa.ColumnElement[bool]:
    if part.isascii():  # LIKE of SQLite knows no case of such letters
        return column.contains(part, autoescape=True)
    return column.op("GLOB")(f"*{cases.glob(part)}*")


def _pattern(term: Term) -> str:
    """What finds term in a text that nobody has levelled, whatever the database takes for letters."""
    head = f"(^|[^{LETTERS}])" if term.begins_word else ""
    tail = f"($|[^{LETTERS}])" if term.ends_word else ""
    return head + f"[{BLANKS}]+".join(cases.pattern(part) for part in term.parts) + tail
