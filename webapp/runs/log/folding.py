"""Which groups of a log are folded: those that went well, unless the reader has turned them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from webapp.db import db
from webapp.runs.log import titles
from webapp.runs.log.asked import MOST_TURNED, Asked
from webapp.runs.log.models import ItemState, LogGroup
from webapp.runs.models import Run

MANY = 500
"""Headings from which on all of a run are looked at, rather than each by its number."""
TRUE = sa.true()
WENT_WELL = sa.and_(
    LogGroup.ended_us.is_not(None),
    # Where nobody has counted, as in logs that are older than the counts, nobody knows.
    LogGroup.line_count > 0,
    LogGroup.warning_count == 0,
    LogGroup.error_count == 0,
    LogGroup.state != ItemState.FAILURE,
)


def folded(run: Run, asked: Asked, headings: set[int], begun: int = 0) -> set[int]:
    """Those of the groups with these headings that are folded, each for itself.

    One who follows has seen those that had begun with line `begun` while they went on, and so they stay open for him.
    """
    opened, closed = _turned(run, asked, headings)
    if asked.folds == "open":
        return headings & closed
    if asked.folds == "closed":
        return headings - opened
    over = {heading for heading in _went_well(run, headings) & headings if heading > begun}
    return (over - opened) | (headings & closed)


def hidden(run: Run, asked: Asked, paths: Iterable[str], begun: int = 0) -> set[str]:
    """Those of paths whose lines stand in a folded group, or in a group below one."""
    above = {path: headings_of(path) for path in paths if path}
    closed = folded(run, asked, {heading for headings in above.values() for heading in headings}, begun)
    return {path for path, headings in above.items() if not closed.isdisjoint(headings)}


def stretches(run: Run, asked: Asked) -> list[tuple[int, int]] | None:
    """The lines that folded groups hide, by their first and last numbers, in order.

    None if these do not tell: where other lines stand between those of a group, or nobody has counted these.
    """
    of_run, scattered = LogGroup.run_number == run.number, LogGroup.end_seq - LogGroup.seq != LogGroup.line_count
    # Found at once where groups go on side by side, so that nobody reads them all in vain.
    if db.session.scalar(sa.select(sa.exists().where(of_run, WENT_WELL, scattered))):
        return None
    columns = (LogGroup.seq, LogGroup.path, LogGroup.end_seq, LogGroup.line_count)
    query = sa.select(*columns).where(of_run).order_by(LogGroup.seq)
    groups = db.session.execute(query).all()
    closed, found, hidden_to = folded(run, asked, {seq for seq, *_ in groups}), list[tuple[int, int]](), 0
    for seq, path, end, count in groups:
        within = seq <= hidden_to
        # What is nested too deeply has no path of its own, and hides nothing.
        if not within and not (seq in closed and path.endswith(f"{seq}/")):
            continue
        if end is None or (end > hidden_to if within else end - seq != count):
            return None
        if not within:
            found.append((seq + 1, end))
            hidden_to = end
    return found


def unfolded(run: Run, asked: Asked, paths: Iterable[str]) -> Asked:
    """asked with all groups open in which lines of paths stand, or as many as an address can open."""
    above = {heading for path in paths for heading in headings_of(path)}
    for heading in sorted(folded(run, asked, above))[:MOST_TURNED]:
        asked = asked.turned(heading, close=False)
    return asked


def headings_of(path: str) -> list[int]:
    """The numbers of the headings under which lines of path stand, outermost first."""
    return [int(part) for part in path.split("/")[:-1]]


def _turned(run: Run, asked: Asked, headings: set[int]) -> tuple[frozenset[int], frozenset[int]]:
    """Those that the reader has opened and those folded: here by their numbers, elsewhere by their titles."""
    if not asked.habits or not headings:
        return asked.opened, asked.closed
    rows = _of_groups(run, headings, LogGroup.seq, LogGroup.title)
    titles_of = {seq: titles.shown(title) for seq, title in rows}
    opened = {seq for seq, title in titles_of.items() if title in asked.habits.opened} - asked.closed
    closed = {seq for seq, title in titles_of.items() if title in asked.habits.closed} - asked.opened
    return asked.opened | opened, asked.closed | closed


def _went_well(run: Run, headings: set[int]) -> set[int]:
    return {seq for (seq,) in _of_groups(run, headings, LogGroup.seq, where=WENT_WELL)} if headings else set()


def _of_groups(run: Run, headings: set[int], *columns: Any, where: sa.ColumnElement[bool] = TRUE) -> Sequence[Any]:
    """Rows with these columns of the groups with these headings, and perhaps of others of run."""
    query = sa.select(*columns).where(LogGroup.run_number == run.number, where)
    if len(headings) <= MANY:
        query = query.where(LogGroup.seq.in_(headings))
    return db.session.execute(query).all()
