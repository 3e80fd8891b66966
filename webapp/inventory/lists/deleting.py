"""What else goes, changes or stands in the way when several objects are deleted, counted before anybody does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.inventory import related
from webapp.inventory.choosing import label_of
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.lists.listing import loading
from webapp.inventory.related import Relation

DEEPEST = 4
MOST_NAMED = 10


@dataclass
class Consequences:
    """What deleting some objects leads to."""

    goes: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How many of other kinds go as well, by what one and several of them are called."""
    stays: list[tuple[Relation, int]] = field(default_factory=list)
    """References that will be empty."""
    prevents: list[tuple[Relation, int, Sequence[str]]] = field(default_factory=list)
    """References of objects that are needed, and what some of these objects are called."""


def consequences(kind: ObjectKind, ids: Sequence[UUID], user: User) -> Consequences:
    """What happens if the objects of kind with these ids are deleted."""
    found = Consequences()
    _follow(kind, sa.select(kind.model.id).where(kind.model.id.in_(ids)), found, user, {kind.name: ids})
    if cables := related.cables_with(kind.model, ids):
        found.goes["cable", "cables"] = cables
    return found


def _follow(
    kind: ObjectKind, going: Any, found: Consequences, user: User, chosen: dict[str, Sequence[UUID]], depth: int = 0
) -> None:
    for relation in related.relations_to(kind.model):
        others = _referring(relation, going)
        if relation.kind.name in chosen:
            others = others.where(relation.kind.model.id.not_in(chosen[relation.kind.name]))
        count = db.session.scalar(sa.select(sa.func.count()).select_from(others.subquery())) or 0
        if not count:
            continue
        if relation.fate == "goes":
            found.goes[relation.kind.label, relation.kind.plural] += count
            if depth < DEEPEST:
                _follow(relation.kind, others, found, user, chosen, depth + 1)
        elif relation.fate == "stays":
            if depth == 0 and relation.field.type == "reference":
                found.stays.append((relation, count))
        else:
            found.prevents.append((relation, count, _names(relation.kind, others, user)))


def _referring(relation: Relation, going: Any) -> Any:
    """A query for the ids of the objects that refer so to one of those that are going."""
    model: Any = relation.kind.model
    attribute = getattr(model, relation.field.name)
    if relation.field.type == "references":
        return sa.select(model.id).where(attribute.any(relation.field.target.id.in_(going)))  # type: ignore[union-attr]
    return sa.select(model.id).where(getattr(model, relation.field.column).in_(going))


def _names(kind: ObjectKind, others: Any, user: User) -> list[str]:
    """What the first of them are called, as far as user may see them."""
    query = visible(kind.model, user).where(kind.model.id.in_(others))
    query = query.options(*loading(kind, [kind.home] if kind.home else []))
    return [label_of(row) for row in db.session.scalars(query.order_by(*kind.order).limit(MOST_NAMED))]
