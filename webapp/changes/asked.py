"""What an address asks of the list of changes: which kind, what became of it, by whom, in which run, since when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from webapp.accounts.permissions import registered
from webapp.changes.models import Change
from webapp.changes.telling import WORDS
from webapp.db import utcnow
from webapp.jobs.plain import has_surrogates
from webapp.ui.pages import LARGEST

PERIODS = {"1": "Last 24 hours", "7": "Last 7 days", "30": "Last 30 days"}
"""By days."""
ACTIONS = {action.value: word for action, word in WORDS.items()}
LONGEST = 200
Reader = Callable[[str], sa.ColumnElement[bool]]
"""Makes a condition of a value; raises a ValueError with a sentence if none can be made."""


@dataclass
class Asked:
    """What was asked for, as far as it can be answered."""

    values: dict[str, str]
    """As they came, by name, without empty ones."""
    conditions: list[sa.ColumnElement[bool]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What cannot be read of it, in sentences."""

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")


def asked(given: MultiDict[str, str], readers: Mapping[str, Reader]) -> Asked:
    """What given asks of a list, by readers of these names."""
    found = Asked({name: given[name].strip() for name in readers if given.get(name, "").strip()})
    for name, value in found.values.items():
        try:
            found.conditions.append(readers[name](value))
        except ValueError as problem:
            found.problems.append(str(problem))
    return found


def about(model: Any) -> dict[str, Reader]:
    """The readers of what a change is about, for changes that have happened and for planned ones."""

    def kind(value: str) -> sa.ColumnElement[bool]:
        if value not in registered():
            raise ValueError(f"There is no kind “{value[:LONGEST]}”.")
        return same(model.kind, value)

    def action(value: str) -> sa.ColumnElement[bool]:
        if value not in ACTIONS:
            raise ValueError(f"“{value[:LONGEST]}” is none of {', '.join(ACTIONS)}.")
        return same(model.action, value)

    def words(value: str) -> sa.ColumnElement[bool]:
        found: sa.ColumnElement[bool] = model.row_name.icontains(_text(value), autoescape=True)
        return found

    return {"kind": kind, "action": action, "q": words}


def same(column: Any, value: Any) -> sa.ColumnElement[bool]:
    """The condition that column holds value."""
    condition: sa.ColumnElement[bool] = column == value
    return condition


def _user(value: str) -> sa.ColumnElement[bool]:
    return same(Change.user_name, _text(value))


def _run(value: str) -> sa.ColumnElement[bool]:
    digits = value.removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= 10 and int(digits) <= LARGEST):
        raise ValueError(f"“{value[:LONGEST]}” is not the number of a run.")
    return same(Change.run_number, int(digits))


def _days(value: str) -> sa.ColumnElement[bool]:
    if value not in PERIODS:
        raise ValueError(f"“{value[:LONGEST]}” is none of the periods: give {', '.join(PERIODS)} days.")
    return Change.at >= utcnow() - timedelta(days=int(value))


def _text(value: str) -> str:
    if "\0" in value or has_surrogates(value) or len(value) > LONGEST:
        raise ValueError(f"Give a text of {LONGEST} characters at most, without null characters.")
    return value


def readers() -> dict[str, Reader]:
    """The readers of all that the list of changes is asked."""
    return {**about(Change), "user": _user, "run": _run, "days": _days}
