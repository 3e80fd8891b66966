"""The rows of a list, with all that is shown of them, in as many statements as there are relations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import defer, selectinload
from sqlalchemy.orm.interfaces import ORMOption

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.inventory import kinds
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.lists.asked import Asked
from webapp.inventory.lists.filters import Filter, conditions, filters_of
from webapp.inventory.lists.ordering import Order, order_of
from webapp.inventory.lists.paging import Page, page
from webapp.inventory.lists.references import without_long

COUNTED = 10_000
"""Up to how many rows are counted."""


@dataclass(frozen=True)
class Listing:
    """What somebody sees of the objects of a kind."""

    asked: Asked
    order: Order
    filters: Sequence[Filter]
    problems: Sequence[str]
    """Why nothing is shown: what the address asks for is not understood."""
    page: Page
    total: int

    @property
    def count(self) -> str:
        """How many there are, or that there are many."""
        return f"{COUNTED:,}+" if self.total > COUNTED else f"{self.total:,}"

    @property
    def more_than_shown(self) -> bool:
        """Whether other pages hold more."""
        return self.total > len(self.page.rows)


def listing(kind: ObjectKind, asked: Asked, user: User) -> Listing:
    """What user sees of the objects that asked is about."""
    filters = filters_of(kind, asked, user)
    problems = [f"{each.label}: {each.problem}" for each in filters if each.problem]
    order = order_of(kind, "")
    found = Page([])
    try:
        order = order_of(kind, asked.sort)
        if not problems:
            query = narrowed(kind, asked, user)
            loads = for_cells(kind)
            found = page(query, order, asked.after, asked.before, narrowed=asked.narrowed, loads=loads)
    except ValueError as problem:
        problems.append(str(problem))
    total = len(found.rows)
    if found.before or found.after:
        total = count(narrowed(kind, asked, user))
    return Listing(asked, order, filters, problems, found, total)


def narrowed(kind: ObjectKind, asked: Asked, user: User) -> sa.Select[Any]:
    """A query for the objects that asked, which means something, is about and user may see."""
    return visible(kind.model, user).where(*conditions(kind, asked))


def count(query: sa.Select[Any]) -> int:
    """How many rows query has; one more than COUNTED stands for all that is beyond."""
    few = query.with_only_columns(sa.literal(1), maintain_column_froms=True).limit(COUNTED + 1).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(few)) or 0


def ids(kind: ObjectKind, asked: Asked, user: User, most: int) -> Sequence[UUID]:
    """The ids of the objects that asked is about, at most one more than most.

    :raises ValueError: it is not understood.
    """
    for each in filters_of(kind, asked, user):
        if each.problem:
            raise ValueError(f"{each.label}: {each.problem}")
    query = narrowed(kind, asked, user).with_only_columns(kind.model.id)
    return db.session.scalars(query.order_by(*kind.order, kind.model.id).limit(most + 1)).all()


def loading(kind: ObjectKind, names: Sequence[str]) -> list[ORMOption]:
    """The options of a query for objects whose label and these fields will be read."""
    fields = [kind.fields[name] for name in names if name in kind.fields]
    options: list[ORMOption] = list(kind.loads)
    for field in fields:
        if field.type not in ("reference", "references") or field.target is None:
            continue
        option = selectinload(getattr(kind.model, field.name))
        target = kinds.of(field.target)  # type: ignore[arg-type]
        if target.home:
            option = option.selectinload(getattr(target.model, target.home))
        options.append(option)
    long = [field.name for field in kind.fields.values() if field.type == "long text" and field not in fields]
    return [*options, *(defer(getattr(kind.model, name)) for name in long)]


def for_cells(kind: ObjectKind) -> list[ORMOption]:
    """The options of a query for objects that Cells writes, which reads by itself what single references name."""
    fields = [kind.fields[name] for name in kind.columns if name in kind.fields]
    several = [selectinload(getattr(kind.model, field.name)) for field in fields if field.type == "references"]
    return [*kind.loads, *several, *without_long(kind, fields)]
