"""The runs that an address asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.runs.listing import asked as names
from webapp.runs.listing import typed
from webapp.runs.listing.asked import Asked
from webapp.runs.listing.days import day_in
from webapp.runs.listing.meanings import Meaning, meaning
from webapp.runs.models import Run

LABELS = {
    names.Q: "Named",
    names.JOB: "Job",
    names.STATE: "State",
    names.USER: "User",
    names.MINE: "Whose",
    names.QUEUE: "Queue",
    names.TRIGGER: "Started with",
    names.PERIOD: "Period",
    names.FROM: "From",
    names.TO: "To",
    names.DRY: "Dry runs",
    names.PINNED: "Kept",
    names.LOG: "Words in the log",
}
BACKWARDS = "This day comes before the one that it begins with."


@dataclass(frozen=True)
class Chip:
    """A value that the address has for a filter."""

    name: str
    value: str
    words: str
    problem: str = ""
    """Why it means nothing."""

    @property
    def label(self) -> str:
        return LABELS[self.name]


@dataclass(frozen=True)
class Narrowed:
    """What an address means."""

    asked: Asked
    chips: Sequence[Chip]
    conditions: Mapping[str, sa.ColumnElement[bool]]
    """What a run has to fulfil, by filter."""
    is_whole: bool
    """Whether there is no run that does and was not looked at."""

    @property
    def problems(self) -> dict[str, str]:
        """By filter: why it means nothing."""
        return {chip.name: chip.problem for chip in self.chips if chip.problem}

    def query(self, user: User, but: str = "") -> sa.Select[Run]:
        """A query for the runs that user may see, whatever the filter but says; for none where something means
        nothing."""
        if self.problems:
            return visible(Run, user).where(sa.false())
        return visible(Run, user).where(*(condition for name, condition in self.conditions.items() if name != but))


def narrowed(asked: Asked, user: User) -> Narrowed:
    """What asked means for user."""
    chips, conditions, is_whole = list[Chip](), dict[str, sa.ColumnElement[bool]](), True
    for name, values in asked.filters.items():
        read = list(_read(name, values, asked, user))
        chips += [chip for chip, _ in read]
        conditions[name] = sa.or_(*(found.condition for _, found in read))
        is_whole &= all(found.is_whole for _, found in read)
    return Narrowed(asked, chips, conditions, is_whole)


def _read(name: str, values: Sequence[str], asked: Asked, user: User) -> Iterator[tuple[Chip, Meaning]]:
    for value in values:
        try:
            if name == names.Q:
                typed.filters(asked, user)
            found = meaning(name, value, user)
            if name == names.TO:
                _check_order(asked)
        except ValueError as problem:
            yield Chip(name, value, value, str(problem)), Meaning("", sa.false())
        else:
            yield Chip(name, value, found.words), found


def _check_order(asked: Asked) -> None:
    """
    :raises ValueError: what it asks for ends before it begins.
    """
    if asked[names.FROM] and _is_after(asked[names.FROM], asked[names.TO]):
        raise ValueError(BACKWARDS)


def _is_after(one: str, other: str) -> bool:
    try:
        return day_in(one) > day_in(other)
    except ValueError:
        return False  # which is said where it stands
