"""Where a text stands in the log of one run: counted, with the numbers of the lines, folded away or not.

What is searched is what a page shows: see visible.py. Small and capital letters are the same, those of all alphabets,
each letter by itself, so that `ß` is no `SS`; unless the reader asks for just these letters.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from webapp.db import db, is_sqlite
from webapp.runs.fulltext import cases
from webapp.runs.fulltext.words import level
from webapp.runs.log import visible
from webapp.runs.log.asked import SHOWN, Asked
from webapp.runs.log.models import LogLine
from webapp.runs.models import Run
from webapp.runs.unseen import unmarked

MOST = 5_000
"""Lines that a search names; it counts all of them."""
STRETCHES = 200
"""Into which a log is divided where there are more, to say in which of them they are."""


class Hits(NamedTuple):
    """What a search has found."""

    total: int
    numbers: list[int]
    """Of the lines, MOST at most."""
    places: list[int]
    """Where in the log they are: the same numbers, or of more lines the first in each of STRETCHES."""


def hits(run: Run, asked: Asked, after: int = 0, last: int | None = None) -> Hits:
    """The lines of run behind line `after`, of the levels that are asked for, that contain what is searched for.

    last is the last line that is looked at; else it is the last one that the row of the run knows.
    """
    last = run.last_seq if last is None else last
    if not asked.text or last <= after:
        return Hits(0, [], [])
    there = [LogLine.run_number == run.number, LogLine.seq > after, LogLine.seq <= last]
    there.append(contains(asked.text, exact=asked.exact))
    if asked.level:
        there.append(LogLine.level.in_(SHOWN[asked.level]))
    numbers = list(db.session.scalars(sa.select(LogLine.seq).where(*there).order_by(LogLine.seq).limit(MOST + 1)))
    if len(numbers) <= MOST:
        return Hits(len(numbers), numbers, numbers)
    stretch = LogLine.seq * STRETCHES // (run.last_seq + 1)
    parts = sa.select(sa.func.count(), sa.func.min(LogLine.seq)).where(*there).group_by(stretch)
    found = db.session.execute(parts).all()
    if not found:  # deleted meanwhile
        return Hits(0, [], [])
    counts, places = zip(*found, strict=True)
    return Hits(sum(counts), numbers[:MOST], sorted(places))


def more(run: Run, asked: Asked, found: int, after: int, last: int) -> Hits:
    """What is found behind line `after` up to `last`, for one who knows of `found` lines: the total is that of all."""
    fresh = hits(run, asked, after, last)
    total = found + fresh.total
    return Hits(total, fresh.numbers[: max(0, MOST - found)], fresh.places[:1] if total > MOST else fresh.places)


def contains(text: str, *, exact: bool = False) -> sa.ColumnElement[bool]:
    """That a line says text, in its message or its object; unless it has to be exact, in whatever case."""
    # What has marks in it is searched for as it is, and as what they stand for.
    return sa.or_(*(_says(each, exact) for each in sorted({text, unmarked(text)})))


def _says(text: str, exact: bool) -> sa.ColumnElement[bool]:
    possible = sa.or_(visible.writes_over(), _in_order(text))
    return sa.or_(_has(LogLine.object_text, text, exact), sa.and_(possible, _has(visible.message(), text, exact)))


def _has(said: sa.SQLColumnExpression[str], text: str, exact: bool) -> sa.ColumnElement[bool]:
    if exact:
        return visible.position(said, text) > 0
    if text.isascii():
        # LIKE of SQLite knows no case of such letters, and of others only that.
        return said.contains(text, autoescape=True) if is_sqlite() else visible.position(_small(said), text.lower()) > 0
    if is_sqlite():
        return said.op("GLOB")(f"*{cases.glob(level(text))}*")
    return said.op("~")(cases.pattern(level(text)))


def _in_order(text: str) -> sa.ColumnElement[bool]:
    """That a message holds the characters of text, whatever is between them: told quickly, of few lines in vain."""
    wanted = "%".join(f"/{letter}" if letter in "%_/" else letter for letter in text.lower() if letter.isascii())
    said = LogLine.message if is_sqlite() else _small(LogLine.message)
    return said.like(f"%{wanted}%", escape="/")


def _small(said: sa.SQLColumnExpression[str]) -> sa.ColumnElement[str]:
    """With small letters instead of the capital ones of ASCII, whatever the database knows of others."""
    return sa.func.lower(sa.collate(said, "C"), type_=sa.Text())
