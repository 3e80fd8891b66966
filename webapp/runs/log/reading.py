"""The lines of one run as one reader has asked for them: folded or narrowed, by number, never by counting them off."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

import sqlalchemy as sa

from webapp.db import db
from webapp.runs.log import folding, searching
from webapp.runs.log.asked import SHOWN, Asked
from webapp.runs.log.blocks import SIZE, Block, around, joined
from webapp.runs.log.models import LogGroup, LogLine
from webapp.runs.models import Run

STRETCH = 5_000
"""Numbers that are looked at in one answer for lines that are not folded away."""
COUNTED = (sa.func.count(), sa.func.min(LogLine.seq), sa.func.max(LogLine.seq))
"""How many lines there are, and the numbers of the first and the last one."""


class Reading:
    """A log as it is to be shown."""

    def __init__(self, run: Run, asked: Asked, at: range = range(0), begun: int = 0, *, headings: bool = True) -> None:
        """at are lines that are shown even if they are not like the others; begun is explained by folding.folded().

        headings says whether those of groups stay above the lines that a level leaves in them.
        """
        self.run, self.asked = run, asked
        self._at, self._begun, self._headings = at, begun, headings

    def between(self, first: int, last: int, limit: int | None = None) -> list[LogLine]:
        """The lines that are shown of those from first to last, in order; limit at most."""
        shown = self._shown(first, last)
        if shown is None:
            return []
        query = sa.select(LogLine).where(*self._within(first, last), *shown).order_by(LogLine.seq)
        return list(db.session.scalars(query.limit(limit) if limit else query))

    def after(self, seq: int, limit: int) -> tuple[list[LogLine], int]:
        """The first lines that are shown behind line seq, limit at most, and the number up to which that is all."""
        # The end is as the row of the run said it before: what has come since is asked for the next time.
        end = self.run.last_seq if self.asked.narrowed else min(self.run.last_seq, seq + STRETCH)
        lines = self.between(seq + 1, end, limit) if end > seq else []
        return lines, lines[-1].seq if len(lines) == limit else max(seq, end)

    @cached_property
    def blocks(self) -> list[Block]:
        """The whole log in blocks of at most about SIZE lines that are shown; numbers without any are in none."""
        if self.asked.narrowed:
            return joined(self._narrowed())
        hidden = folding.stretches(self.run, self.asked) if self._may_fold else []
        return joined(self._counted()) if hidden is None else around(hidden, self.run.last_seq)

    def paths(self, first: int, last: int) -> set[str]:
        """Where the lines from first to last stand, shown or not."""
        return set(db.session.scalars(sa.select(LogLine.path).where(*self._within(first, last)).distinct()))

    def first_of(self, levels: Iterable[str], after: int = 0) -> int | None:
        """The number of the first line behind `after` that is of one of levels."""
        there = sa.and_(LogLine.run_number == self.run.number, LogLine.seq > after, LogLine.level.in_(tuple(levels)))
        return db.session.scalar(sa.select(sa.func.min(LogLine.seq)).where(there))

    def last_of(self, levels: Iterable[str], before: int) -> int | None:
        """The number of the last line ahead of `before` that is of one of levels."""
        there = sa.and_(LogLine.run_number == self.run.number, LogLine.seq < before, LogLine.level.in_(tuple(levels)))
        return db.session.scalar(sa.select(sa.func.max(LogLine.seq)).where(there))

    @property
    def _may_fold(self) -> bool:
        return bool(self.run.group_count) and self.asked.turns

    def _within(self, first: int, last: int) -> tuple[sa.ColumnElement[bool], ...]:
        return LogLine.run_number == self.run.number, LogLine.seq.between(first, last)

    def _shown(self, first: int, last: int) -> list[sa.ColumnElement[bool]] | None:
        """What lines between these numbers must be like to be shown; None if none is."""
        if not self._may_fold:
            return self._narrow
        paths = self.paths(first, last)
        hidden = folding.hidden(self.run, self.asked, paths, self._begun)
        if not hidden:
            return []
        return [LogLine.path.in_(paths - hidden)] if paths != hidden else None

    @cached_property
    def _narrow(self) -> list[sa.ColumnElement[bool]]:
        """What the level and the search leave; headings of groups stay above what is left in them."""
        found: list[sa.ColumnElement[bool]] = []
        if self.asked.level:
            fits = LogLine.level.in_(SHOWN[self.asked.level])
            found.append(fits | LogLine.seq.in_(self._headings_above) if self._headings else fits)
        if self.asked.only and self.asked.text:
            found.append(searching.contains(self.asked.text, exact=self.asked.exact))
        if found and self._at:
            return [sa.or_(sa.and_(*found), LogLine.seq.between(self._at.start, self._at.stop - 1))]
        return found

    @property
    def _headings_above(self) -> sa.Select[int]:
        count = LogGroup.error_count
        held = count if self.asked.level == "error" else count + LogGroup.warning_count
        return sa.select(LogGroup.seq).where(LogGroup.run_number == self.run.number, held > 0)

    def _narrowed(self) -> list[Block]:
        part = (LogLine.seq - 1) // SIZE
        query = sa.select(*COUNTED).where(*self._within(1, self.run.last_seq), *self._narrow)
        rows = db.session.execute(query.group_by(part).order_by(sa.func.min(LogLine.seq)))
        return [Block(first, last, count) for count, first, last in rows]

    def _counted(self) -> list[Block]:
        """The blocks around folded groups, found by looking at all lines."""
        query = sa.select(LogLine.path, *COUNTED).where(*self._within(1, self.run.last_seq))
        found = db.session.execute(query.group_by(LogLine.path, (LogLine.seq - 1) // SIZE)).all()
        hidden = folding.hidden(self.run, self.asked, {path for path, *_ in found})
        parts: dict[int, Block] = {}
        for path, count, first, last in found:
            if path not in hidden:
                part = (first - 1) // SIZE
                known = parts.get(part, Block(first, last, 0))
                parts[part] = Block(min(known.first, first), max(known.last, last), known.size + count)
        return [parts[part] for part in sorted(parts)]


def ended(run: Run, first: int, last: int) -> list[LogGroup]:
    """The groups whose last lines are among those from first to last."""
    if not run.group_count or last < first:
        return []
    there = LogGroup.end_seq.between(first, last)
    return list(db.session.scalars(sa.select(LogGroup).where(LogGroup.run_number == run.number, there)))
