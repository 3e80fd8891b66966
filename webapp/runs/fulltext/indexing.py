"""Taking the logs of runs that are over into the index, the newest runs first, a little at a time.

Whoever writes a log does nothing for it. Lines are read and made into words without holding up anybody; writing these
is a short transaction. Any number of processes may do this at once: each transaction passes over runs that another one
has, and whoever is killed leaves what the next one carries on from.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from itertools import accumulate, groupby, takewhile
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from webapp.db import db, hastening, is_sqlite, transaction, utcnow, writing
from webapp.runs.fulltext.models import LogChunk
from webapp.runs.fulltext.words import searched, words_of
from webapp.runs.log.models import LogLine
from webapp.runs.models import FINAL
from webapp.runs.steps import runs

RUNS = 50
"""Runs of one transaction at most; and so many lines, of so many bytes together."""
LINES, BYTES = 2_000, 500_000
CHUNK_LINES, CHUNK_LETTERS = 200, 32_000
"""Of a chunk: more words than a tsvector can have are never in it, though a line has up to 16 KiB."""
PAUSE_SECONDS = 0.01
"""Between two transactions, for others to write."""

lines, chunks = cast(sa.Table, LogLine.__table__), cast(sa.Table, LogChunk.__table__)
IS_DUE = sa.and_(runs.c.indexed_at.is_(None), runs.c.state.in_(FINAL), runs.c.let_go_at.is_(None))
Chunk = dict[str, Any]


def for_a_while(seconds: float) -> bool:
    """Carry on for so long; whether there is more to do."""
    deadline = time.monotonic() + seconds
    return any(time.monotonic() > deadline for _ in carry_out())


def carry_out() -> Iterator[None]:
    """Take all logs that are due into the index; each step is a short transaction and a pause."""
    while due := _due():
        together = _together(due)
        _whole(together) if together else _further(due[0].number)
        yield
        time.sleep(PAUSE_SECONDS)


def _due() -> Sequence[Any]:
    query = sa.select(runs.c.number, runs.c.last_seq, runs.c.log_bytes).where(IS_DUE)
    found = db.session.execute(query.order_by(runs.c.number.desc()).limit(RUNS)).all()
    db.session.rollback()
    return found


def _together(due: Sequence[Any]) -> list[int]:
    """The numbers of as many of the first of these as one step can take; none if the very first is too long."""
    many, much = accumulate(row.last_seq for row in due), accumulate(row.log_bytes for row in due)
    fitting = takewhile(lambda one: one[1] < LINES and one[2] <= BYTES, zip(due, many, much, strict=True))
    return [row.number for row, _, _ in fitting]


def _whole(numbers: Sequence[int]) -> None:
    """Take the short logs of these runs into the index."""
    made = _chunks(_lines(lines.c.run_number.in_(numbers)))
    with transaction():
        ours = _hold(numbers)
        # What another version of this code has begun may have been cut otherwise.
        writing().execute(sa.delete(chunks).where(chunks.c.run_number.in_(ours)))
        _insert([chunk for chunk in made if chunk["run_number"] in ours])
        _finish(ours)


def _further(number: int) -> None:
    """Take the next lines of a long log into the index."""
    last = _reached(number)
    db.session.rollback()
    made = _chunks(_lines(lines.c.run_number == number, lines.c.seq > last))
    with transaction():
        ours = _hold([number])
        # Whoever had it before us may have come further.
        if ours and _reached(number) == last:
            _insert(made) if made else _finish(ours)


def _reached(number: int) -> int:
    """The last line of run number that is in the index."""
    return db.session.scalar(sa.select(sa.func.max(chunks.c.last_seq)).where(chunks.c.run_number == number)) or 0


def _lines(*those: sa.ColumnElement[bool]) -> list[Any]:
    """The first of those lines, as many as one step can take."""
    query = sa.select(lines.c.run_number, lines.c.seq, lines.c.message, lines.c.object_text).where(*those)
    found = db.session.execute(query.order_by(lines.c.run_number, lines.c.seq).limit(LINES)).all()
    db.session.rollback()
    sizes = accumulate(len(row.message) for row in found)
    return [row for row, size in zip(found, sizes, strict=True) if size <= BYTES or row is found[0]]


def _chunks(found: Sequence[Any]) -> list[Chunk]:
    return [
        chunk for number, of_run in groupby(found, lambda row: row.run_number) for chunk in _of_run(number, [*of_run])
    ]


def _of_run(number: int, rows: Sequence[Any]) -> Iterator[Chunk]:
    texts, first, size = [], 0, 0
    for row in rows:
        texts.append(searched(row.message, row.object_text))
        first, size = first or row.seq, size + len(texts[-1])
        if len(texts) == CHUNK_LINES or size > CHUNK_LETTERS or row is rows[-1]:
            yield {"run_number": number, "first_seq": first, "last_seq": row.seq, "words": words_of(texts)}
            texts, first, size = [], 0, 0


def _hold(numbers: Sequence[int]) -> set[int]:
    """Those of the runs that are ours until the transaction ends: nobody else has them, and they are not deleted."""
    due = sa.select(runs.c.number, *hastening()).where(runs.c.number.in_(numbers), IS_DUE)
    return set(writing().scalars(due.with_for_update(key_share=True, skip_locked=True)))


def _insert(made: Sequence[Chunk]) -> None:
    if not made:
        return
    if is_sqlite():
        rows = [{**chunk, "words": " ".join(chunk["words"])} for chunk in made]
        writing().execute(sa.insert(chunks), rows)
        return
    words = sa.func.array_to_tsvector(sa.bindparam("words", type_=postgresql.ARRAY(sa.Text)))
    writing().execute(sa.insert(chunks).values(words=words), made)


def _finish(numbers: Collection[int]) -> None:
    writing().execute(sa.update(runs).where(runs.c.number.in_(numbers)).values(indexed_at=utcnow()))
