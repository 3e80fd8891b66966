"""How many runs there are in each state, of those that are asked for whatever their state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.db import db
from webapp.runs.listing import asked as names
from webapp.runs.listing.asked import Asked
from webapp.runs.listing.meanings import VALUES
from webapp.runs.listing.narrowing import Narrowed
from webapp.runs.listing.tallies import MOST
from webapp.runs.models import WORDS, Run, State

QUICK = {names.STATE, names.JOB, names.USER, names.MINE}
"""Filters by which runs are counted fast, however few there are: states, which it leaves out, and what has an index."""


@dataclass(frozen=True)
class ByState:
    """The numbers of runs."""

    counts: Mapping[State, int]
    """Of those states that occur."""
    cut: bool = False
    """Whether there are more than MOST runs; the counts are those of the newest MOST then."""

    @property
    def looked_at(self) -> int:
        """How many were, if there are more."""
        return sum(self.counts.values())

    @property
    def said(self) -> list[tuple[str, str, State, int]]:
        """What ?state= says of each, the word for it, a state that it means and the count, in the order in which runs
        come to these states."""
        found = Counter[str]()
        for state, count in self.counts.items():
            found[VALUES[state]] += count
        last = {value: state for state, value in VALUES.items()}
        return [(value, WORDS[state], state, found[value]) for value, state in last.items() if value in found]

    @property
    def total(self) -> int:
        """How many there are in all; one more than MOST stands for all beyond."""
        return MOST + 1 if self.cut else sum(self.counts.values())


def of_these(runs: Iterable[Run]) -> ByState:
    """The numbers of runs that are all there."""
    return ByState(Counter(run.state for run in runs))


def is_quick(asked: Asked) -> bool:
    """Whether by_state() never has to go through the whole table."""
    return asked.filters.keys() <= QUICK


def by_state(meant: Narrowed, user: User) -> ByState:
    """The numbers of the runs that user may see and that fulfil what is asked for but their state: one question, which
    looks at no more than MOST of them."""
    newest = meant.query(user, but=names.STATE).with_only_columns(Run.number, Run.state)
    few = newest.order_by(Run.number.desc()).limit(MOST + 1).subquery()
    counted = sa.select(few.c.state, sa.func.count(), sa.func.min(few.c.number)).group_by(few.c.state)
    rows = db.session.execute(counted).all()
    counts = {state: count for state, count, _ in rows}
    if sum(counts.values()) <= MOST:
        return ByState(counts)
    # The oldest of them was only asked for to find out that it is there.
    oldest, *_ = min(rows, key=lambda row: row[2])
    counts[oldest] -= 1
    return ByState({state: count for state, count in counts.items() if count}, cut=True)
