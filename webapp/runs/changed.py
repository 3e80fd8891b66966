"""What a run has changed, or would have changed if it was a dry run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from flask_login import current_user

from webapp.accounts.permissions import visible
from webapp.changes.models import Action, Change, PlannedChange
from webapp.changes.origins import Origin
from webapp.changes.seeing import is_kind_seen, of_kinds_seen
from webapp.changes.telling import WORDS, WOULD, kind_label
from webapp.db import db
from webapp.runs.models import Run
from webapp.ui.pages import Page

PAGE = 50


@dataclass(frozen=True)
class Count:
    """How many rows of a kind a run made, changed or deleted."""

    kind: str
    label: str
    """What people call one of them."""
    action: Action
    word: str
    """What became of them, or would become."""
    count: int

    @property
    def rows(self) -> str:
        """What people call so many of them."""
        return kind_label(self.kind, self.count)


class Changes:
    """The changes of a run, as far as somebody may see them."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.planned = run.dry_run
        """Whether they have only been planned."""
        self.model: Any = PlannedChange if run.dry_run else Change

    @property
    def seen(self) -> sa.Select[Any]:
        """A query for those of kinds that the reader may view."""
        ours = self.model.run_number == self.run.number
        return sa.select(self.model).where(ours, of_kinds_seen(self.model.kind, current_user))

    @cached_property
    def every(self) -> list[Count]:
        """How many there are of each kind and action, whoever may see them."""
        by, words = (self.model.kind, self.model.action), WOULD if self.planned else WORDS
        ours = sa.select(*by, sa.func.count()).where(self.model.run_number == self.run.number)
        rows = db.session.execute(ours.group_by(*by)).all()
        return [Count(kind, kind_label(kind), action, words[action], count) for kind, action, count in rows]

    @cached_property
    def counts(self) -> list[Count]:
        """How many there are of each kind and action that the reader may view, by kind."""
        told = [one for one in self.every if is_kind_seen(one.kind, current_user)]
        return sorted(told, key=lambda one: (one.label.lower(), list(Action).index(one.action)))

    @property
    def hidden(self) -> int:
        """How many there are of kinds that the reader may not view."""
        return sum(one.count for one in self.every) - sum(one.count for one in self.counts)

    def page(self, conditions: Collection[sa.ColumnElement[bool]], after: int | None, size: int = PAGE) -> Page[Any]:
        """Those that fit conditions, in the order in which they happened, beyond the cursor after."""
        if not self.counts:
            return Page([], None)
        query = self.seen.where(*conditions)
        if after is not None:
            query = query.where(self.model.number > after)
        rows: Sequence[Any] = db.session.scalars(query.order_by(self.model.number).limit(size + 1)).all()
        return Page(rows[:size], rows[size - 1].number if len(rows) > size else None)


def runs_of(numbers: Collection[int]) -> Mapping[int, Origin]:
    """What changes tell of the runs with these numbers: those that are there, and that the reader may see."""
    columns = Run.number, Run.id, Run.class_path
    found = db.session.execute(visible(Run).with_only_columns(*columns).where(Run.number.in_(numbers)))
    return {number: Origin(number, id, class_path) for number, id, class_path in found}


def origin_of(run: Run) -> Origin:
    """The same of one run."""
    return Origin(run.number, run.id, run.class_path)
