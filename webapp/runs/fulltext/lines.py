"""The lines of runs in which something was found, as much of each as shows what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.db import db
from webapp.runs.fulltext import finding
from webapp.runs.fulltext.asking import Asked
from webapp.runs.fulltext.matching import fits, may_hold
from webapp.runs.fulltext.models import LogChunk
from webapp.runs.fulltext.words import searched
from webapp.runs.log.models import LogLine
from webapp.runs.models import Run

SHOWN = 3
"""Lines of each run."""
MOST_COUNTED, MOST_CHUNKS = 100, 25
"""Lines of a run that are counted, and chunks that are read for it."""
BEFORE, LONGEST = 60, 300
"""Characters of a line before what was found in it, and altogether."""


@dataclass(frozen=True)
class Hit:
    """A line that fits."""

    line: LogLine
    parts: list[tuple[str, bool]]
    """Its text around what was found, in pieces, and of each whether it is that."""


@dataclass(frozen=True)
class Hits:
    """What was found in one run."""

    shown: list[Hit]
    count: int
    more: bool
    """Whether there may be more than were counted."""

    @property
    def rest(self) -> str:
        """How many lines are not shown, in words; empty if all are."""
        left = self.count - len(self.shown)
        if self.more:
            return f"and more than {left} other lines" if left else "and perhaps other lines"
        return f"and {left} more {'line' if left == 1 else 'lines'}" if left else ""


def of(rows: Sequence[Run], asked: Asked) -> dict[int, Hits]:
    """The first lines that fit of each of these runs, by its number."""
    chunks = _chunks([run.number for run in rows if run.indexed_at], asked)
    found = {run.number: _numbers(run, chunks.get(run.number, []), asked) for run in rows}
    lines = _lines({number: numbers[:SHOWN] for number, (numbers, _) in found.items()})
    return {
        number: Hits([_hit(line, asked) for line in lines[number]], len(numbers), more)
        for number, (numbers, more) in found.items()
    }


def _chunks(numbers: list[int], asked: Asked) -> dict[int, list[tuple[int, int]]]:
    """The first and last lines of the chunks of these runs that may hold what is wanted, in order."""
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    known = (LogChunk.run_number, LogChunk.first_seq, LogChunk.last_seq)
    query = sa.select(*known).where(LogChunk.run_number.in_(numbers), may_hold(asked))
    for number, first, last in db.session.execute(query.order_by(*known[:2])) if numbers else ():
        found[number].append((first, last))
    return found


def _numbers(run: Run, chunks: list[tuple[int, int]], asked: Asked) -> tuple[list[int], bool]:
    """The numbers of lines that fit, and whether there may be more."""
    there = [LogLine.run_number == run.number, fits(asked)]
    found: list[int] = []
    begin = 0 if run.indexed_at else max(0, run.last_seq - finding.MOST_READ)
    for first, last in chunks[:MOST_CHUNKS] if run.indexed_at else [(begin + 1, run.last_seq)]:
        query = sa.select(LogLine.seq).where(*there, LogLine.seq.between(first, last)).order_by(LogLine.seq)
        found += db.session.scalars(query.limit(MOST_COUNTED - len(found)))
        if len(found) == MOST_COUNTED:
            return found, True
    return found, len(chunks) > MOST_CHUNKS or begin > 0


def _lines(wanted: dict[int, list[int]]) -> dict[int, list[LogLine]]:
    pairs = [(number, seq) for number, numbers in wanted.items() for seq in numbers]
    query = sa.select(LogLine).where(sa.tuple_(LogLine.run_number, LogLine.seq).in_(pairs))
    found: dict[int, list[LogLine]] = defaultdict(list)
    for line in db.session.scalars(query.order_by(LogLine.run_number, LogLine.seq)) if pairs else ():
        found[line.run_number].append(line)
    return found


def _hit(line: LogLine, asked: Asked) -> Hit:
    text = searched(line.message, line.object_text)
    places = asked.places(text)
    start = max(0, places[0][0] - BEFORE) if places else 0
    return Hit(line, list(_parts(text, places, start, min(len(text), start + LONGEST))))


def _parts(text: str, places: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[tuple[str, bool]]:
    """text from start to end in pieces, and of each whether it is at one of the places."""
    if start:
        yield "…", False
    done = start
    for first, last in places:
        if first >= end:
            break
        yield text[done:first], False
        yield text[first : min(last, end)], True
        done = min(last, end)
    yield text[done:end], False
    if end < len(text):
        yield "…", False
