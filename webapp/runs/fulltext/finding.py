"""Which runs have a line that fits, and which lines these are.

The index knows which chunks may hold such a line. Where it does not know enough, the lines of these are read, run by
run, only until one fits, and of so many chunks at a time. Runs that are not in the index yet, as they go on or have
just ended, are read as they are, the newest first, up to a number of lines: of the last one that is read, perhaps only
the newest of its lines.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.runs.fulltext.asking import Asked
from webapp.runs.fulltext.matching import fits, may_hold
from webapp.runs.fulltext.models import LogChunk
from webapp.runs.log.models import LogLine
from webapp.runs.models import Run

MOST_READ, MOST_RUNS = 50_000, 200
"""Lines of runs that are not in the index that one search reads; and such runs."""
MOST_CHUNKS = 500
"""Chunks whose lines one search reads; at least those of one run."""


class Unindexed(NamedTuple):
    """Runs that are not in the index."""

    begins: dict[int, int]
    """Of those that can be read, by their numbers: the first line that is."""
    more: bool
    """Whether there are others, or other lines, in which nothing is found yet."""


class Search(NamedTuple):
    """What is asked of the runs."""

    condition: sa.ColumnElement[bool]
    """That the log of a run has a line that fits, to be asked of Run.number."""
    unread: bool
    """Whether there are runs that are neither in the index nor were read, or only in part."""
    floor: int | None
    """The number of the newest run that was not looked at, as too many lines were to be read; None if all were."""

    @property
    def is_whole(self) -> bool:
        """Whether there is no run in which something may be that was not found."""
        return not self.unread and self.floor is None


def search(asked: Asked, before: int | None = None) -> Search:
    """How the runs before that number are searched, for whoever asks; none is found if nothing is asked for.

    It asks the database at once for what decides how: runs that whoever asks may see.
    """
    if asked.problem:
        return Search(sa.false(), unread=False, floor=None)
    waiting = unindexed()
    read = _read(asked, waiting.begins)
    if asked.is_in_index:
        return Search(_known(asked, read), waiting.more, None)
    candidates, floor = _candidates(asked, before)
    found = sa.or_(Run.number.in_(read), sa.and_(Run.number.in_(candidates), _proven(asked)))
    # Those that were read are left for later as well, so that no run is passed over.
    return Search(found if floor is None else sa.and_(found, Run.number > floor), waiting.more, floor)


def _known(asked: Asked, read: list[int]) -> sa.ColumnElement[bool]:
    """That the index knows of a line, or that one was read."""
    found = sa.select(LogChunk.run_number).where(may_hold(asked))
    if not read:
        return Run.number.in_(found)
    others = aliased(Run)
    return Run.number.in_(sa.union_all(found, sa.select(others.number).where(others.number.in_(read))))


def _candidates(asked: Asked, before: int | None) -> tuple[list[int], int | None]:
    """The newest runs that may have such a line, and the number of the first that is not among them."""
    chunks = visible(Run).join(LogChunk, LogChunk.run_number == Run.number).where(may_hold(asked))
    if before is not None:
        chunks = chunks.where(Run.number < before)
    newest = chunks.with_only_columns(Run.number).order_by(Run.number.desc()).limit(MOST_CHUNKS + 1)
    numbers = list(db.session.scalars(newest))
    floor = None
    if len(numbers) > MOST_CHUNKS:
        floor = min(numbers[MOST_CHUNKS], numbers[0] - 1)
    return [number for number in dict.fromkeys(numbers) if floor is None or number > floor], floor


def unindexed() -> Unindexed:
    """The runs that whoever asks may see, that have lines, and that are not in the index yet."""
    newest = (
        visible(Run)
        .with_only_columns(Run.number, Run.last_seq)
        .where(Run.indexed_at.is_(None), Run.last_seq > 0)
        .order_by(Run.number.desc())
        .limit(MOST_RUNS + 1)
    )
    rows = db.session.execute(newest).all()
    begins, left = dict[int, int](), MOST_READ
    for number, count in rows[:MOST_RUNS]:
        if left <= 0:
            break
        begins[number] = max(1, count - left + 1)
        left -= count
    return Unindexed(begins, len(begins) < len(rows) or left < 0)


def _read(asked: Asked, begins: dict[int, int]) -> list[int]:
    """Those of these runs in which a line fits, from that line on."""
    if not begins:
        return []
    cut = {number: first for number, first in begins.items() if first > 1}
    first = sa.case(cut, value=Run.number, else_=1) if cut else 1
    line = sa.exists().where(LogLine.run_number == Run.number, LogLine.seq >= first, fits(asked))
    return list(db.session.scalars(sa.select(Run.number).where(Run.number.in_(begins), line)))


def _proven(asked: Asked) -> sa.ColumnElement[bool]:
    """That one of the lines that may fit does. Asked of one run after the other: a join would read all of them."""
    line = (
        sa.select(LogLine.seq)
        .join(LogChunk, _holds())
        .where(LogChunk.run_number == Run.number, may_hold(asked), fits(asked))
        .limit(1)
        .correlate(Run)
    )
    return line.scalar_subquery().is_not(None)


def _holds() -> sa.ColumnElement[bool]:
    """That a line is one of those of a chunk."""
    return sa.and_(
        LogLine.run_number == LogChunk.run_number, LogLine.seq.between(LogChunk.first_seq, LogChunk.last_seq)
    )
