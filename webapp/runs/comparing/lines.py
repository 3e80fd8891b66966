"""The lines of two logs, read and matched: which of them differ, and what stands around those."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

import sqlalchemy as sa

from webapp.db import db
from webapp.jobs.logger import HALF_A_COLOUR
from webapp.jobs.plain import without_colours
from webapp.runs.comparing.levelling import levelled
from webapp.runs.comparing.matching import Stretch, alike, stretches
from webapp.runs.comparing.sides import Line, Side, changed, whole
from webapp.runs.log.models import LogLine
from webapp.runs.log.text.painting import painted
from webapp.runs.logs import GRAVE
from webapp.runs.models import Run

MOST = 20_000
"""Lines of a log that are compared; of longer ones, their warnings and errors."""
LONGEST = 1_000
"""Characters of a line that are compared."""
MOST_CHARACTERS = 2_000_000
"""Of these, those of a log that are compared; where there are more, of its warnings and errors."""
CONTEXT = 3
"""Equal lines that are shown on either side of a difference."""
MOST_SHOWN, MOST_PLACES = 400, 100
"""Lines that differ and are shown, and the places where they stand."""


@dataclass(frozen=True)
class Row:
    """A line of one log, or of both; equal unless there is a word for how they differ."""

    word: str
    left: Side | None
    right: Side | None
    place: int = 0
    """The number of the difference that begins here, from 1; else 0."""


@dataclass(frozen=True)
class Fold:
    """Equal lines that are not shown, and the numbers of the first of them."""

    count: int
    left: int
    right: int


@dataclass
class Comparison:
    """What comes of comparing two logs."""

    parts: list[Row | Fold] = field(default_factory=list)
    new: int = 0
    gone: int = 0
    changed: int = 0
    places: int = 0
    """Differences that are shown."""
    left_out: int = 0
    """Lines that differ and are not shown."""
    grave_only: bool = False
    """Whether only warnings and errors were compared, as one of the logs is too long."""
    cut: int = 0
    """How many of these were compared of each log, if there were too many even of them."""

    @property
    def count(self) -> int:
        """How many lines differ."""
        return self.new + self.gone + self.changed


def compare(left: Run, right: Run, *, exact: bool = False) -> Comparison:
    """What differs between the logs of two runs; times and the like do not count, unless it is to be exact."""
    found = Comparison(grave_only=_is_long(left) or _is_long(right))
    (one, whole_one), (other, whole_other) = (_lines(run, found.grave_only) for run in (left, right))
    if found.grave_only and not (whole_one and whole_other):
        found.cut = min(len(lines) for lines, whole in ((one, whole_one), (other, whole_other)) if not whole)
        one, other = one[: found.cut], other[: found.cut]
    for stretch in stretches(*_keys((one, left), (other, right), exact)):
        if not stretch.equal:
            _add(found, _differing(stretch, one, other))
        elif not found.left_out:
            found.parts += _equal(stretch, one, other)
    return found


def _is_long(run: Run) -> bool:
    if run.last_seq > MOST:
        return True
    length = sa.func.length(sa.func.substr(LogLine.message, 1, LONGEST))
    total = db.session.scalar(sa.select(sa.func.sum(length)).where(LogLine.run_number == run.number))
    return (total or 0) > MOST_CHARACTERS


def _lines(run: Run, grave_only: bool) -> tuple[list[Line], bool]:
    """Lines of a log from its beginning, and whether there are no others."""
    text = sa.func.substr(LogLine.message, 1, LONGEST)
    columns = (LogLine.seq, LogLine.level, LogLine.grouping, text, LogLine.object_text)
    query = sa.select(*columns).where(LogLine.run_number == run.number).order_by(LogLine.seq).limit(MOST)
    if grave_only:
        query = query.where(LogLine.level.in_(("warning", *GRAVE)))
    found, left = list[Line](), MOST_CHARACTERS
    for seq, level, grouping, text, object_text in db.session.execute(query):
        if len(text) > left:
            return found, False
        left -= len(text)
        found.append(Line(seq, level, without_colours(grouping), _readable(text), without_colours(object_text)))
    return found, len(found) < MOST


def _readable(text: str) -> str:
    if len(text) == LONGEST:
        text = HALF_A_COLOUR.sub("", text)
    return painted(text).text if "\r" in text else without_colours(text)


def _keys(one: tuple[list[Line], Run], other: tuple[list[Line], Run], exact: bool) -> list[list[Hashable]]:
    """For the lines of both, what is equal for those that count as equal."""
    said: list[list[Hashable]] = [[line[1:] for line in lines] for lines, _ in (one, other)]
    if not exact:
        # Only what stands between lines that are equal as they are: levelling is what takes long.
        begin, end = alike(*said)
        for keys, (lines, run) in zip(said, (one, other), strict=True):
            differing = slice(begin, len(lines) - end)
            keys[differing] = [_levelled(line, run) for line in lines[differing]]
    return said


def _levelled(line: Line, run: Run) -> Hashable:
    return line.level, line.grouping, levelled(line.text, run.number), line.object_text


def _equal(stretch: Stretch, one: Sequence[Line], other: Sequence[Line]) -> list[Row | Fold]:
    rows = [Row("", whole(one[a]), whole(other[b])) for a, b in zip(*_shown(stretch, one, other), strict=True)]
    before = _before(stretch)
    hidden = len(stretch.left) - len(rows)
    if not hidden:
        return [*rows]
    first = Fold(hidden, one[stretch.left[before]].seq, other[stretch.right[before]].seq)
    return [*rows[:before], first, *rows[before:]]


def _shown(stretch: Stretch, one: Sequence[Line], other: Sequence[Line]) -> tuple[list[int], list[int]]:
    """The places of those lines of an equal stretch that stand beside a difference; of a short one, all."""
    before = _before(stretch)
    after = 0 if stretch.left.stop == len(one) and stretch.right.stop == len(other) else CONTEXT
    if len(stretch.left) <= before + after + 1:
        return [*stretch.left], [*stretch.right]
    end = len(stretch.left) - after
    return (
        [*stretch.left[:before], *stretch.left[end:]],
        [*stretch.right[:before], *stretch.right[end:]],
    )


def _before(stretch: Stretch) -> int:
    """How many of the first lines of an equal stretch stand behind a difference."""
    return CONTEXT if stretch.left.start or stretch.right.start else 0


def _differing(stretch: Stretch, one: Sequence[Line], other: Sequence[Line]) -> list[Row]:
    """Line by line: where two are alike, one has changed into the other; what stands between was there, then came."""
    rows, gone, new = list[Row](), list[Row](), list[Row]()
    for a, b in zip_longest(stretch.left, stretch.right):
        sides = None if a is None or b is None else changed(one[a], other[b])
        if sides:
            rows += [*gone, *new, Row("changed", *sides)]
            gone, new = [], []
        else:
            gone += [] if a is None else [Row("gone", whole(one[a]), None)]
            new += [] if b is None else [Row("new", None, whole(other[b]))]
    return [*rows, *gone, *new]


def _add(found: Comparison, rows: Sequence[Row]) -> None:
    """Put rows into found, as far as there is room; each stretch of differences is one place to go to."""
    for word in ("new", "gone", "changed"):
        setattr(found, word, getattr(found, word) + sum(row.word == word for row in rows))
    shown = found.count - found.left_out - len(rows)
    room = max(0, MOST_SHOWN - shown) if found.places < MOST_PLACES and not found.left_out else 0
    found.left_out += max(0, len(rows) - room)
    for row in rows[:room]:
        first = row is rows[0]
        found.places += first
        found.parts.append(Row(row.word, row.left, row.right, found.places) if first else row)
