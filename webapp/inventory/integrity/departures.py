"""What becomes of others when an object is deleted: some go as well, some stay without it, and some need it.

The database would do the same by itself, but nobody would hear of it: what goes through the session leaves changes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.errors import NotPossible
from webapp.inventory import conflicts, kinds
from webapp.inventory.integrity.batch import key
from webapp.inventory.integrity.cascades import along
from webapp.inventory.models import CableEnd, Object
from webapp.inventory.models.base import DERIVED
from webapp.inventory.networks import pieces

AT_ONCE = 500


@dataclass(frozen=True)
class Reference:
    """A column of a model that names rows of another."""

    model: type[Any]
    column: sa.Column[Any]
    on_delete: str | None

    @property
    def name(self) -> str:
        """What the reference is called, as "location"."""
        return self.column.key.removesuffix("_id")


class Needed(NotPossible):
    """Other objects need what somebody wants to delete."""


def follow(session: Session) -> None:
    """Do to others what the deletion of objects in session brings with it.

    :raises Needed: some of them need what would be deleted; the text says how many of what.
    """
    handled: set[Any] = set()
    while rows := [row for row in session.deleted if isinstance(row, Object) and row not in handled]:
        handled.update(rows)
        for model, some in _by_model(rows).items():
            _follow(session, model, [row.id for row in some])
    for model, some in _by_model(handled).items():
        _ask_who_needs(session, model, some)


def references_to(model: type[Any]) -> Iterator[Reference]:
    """The columns that name rows of model, but for those that follow from others."""
    models: list[Any] = sorted((kind.model for kind in kinds.every()), key=lambda each: each.__name__)
    for referring in (*models, CableEnd):
        table: Any = referring.__table__
        for constraint in table.foreign_key_constraints:
            if constraint.referred_table is model.__table__ and len(constraint.columns) == 1:
                [column] = constraint.columns
                if not column.info.get(DERIVED):
                    yield Reference(referring, column, constraint.ondelete)


def _by_model(rows: Iterable[Object]) -> dict[type[Object], list[Object]]:
    found: dict[type[Object], list[Object]] = defaultdict(list)
    for row in rows:
        found[type(row)].append(row)
    return found


def _follow(session: Session, model: type[Object], ids: Sequence[UUID]) -> None:
    for reference in references_to(model):
        if reference.on_delete == "RESTRICT":
            continue
        for row in _referring(session, reference, ids):
            if row in session.deleted:
                continue
            if reference.on_delete == "SET NULL":
                setattr(row, reference.name, None)
            else:
                session.delete(row.cable if isinstance(row, CableEnd) else row)
    _take_off(session, model, ids)


def _referring(session: Session, reference: Reference, ids: Sequence[UUID]) -> Iterator[Any]:
    model: Any = reference.model
    column = getattr(model, reference.column.key)
    for some in pieces(ids, AT_ONCE):
        query = sa.select(model).where(column.in_(some)).options(*along(model))
        yield from session.scalars(query).all()


def _take_off(session: Session, model: type[Object], ids: Sequence[UUID]) -> None:
    """Take tags that are deleted off what has them."""
    for kind in kinds.every():
        for field in kind.fields.values():
            if field.type == "references" and field.target is model:
                having = getattr(kind.model, field.name).any(model.id.in_(ids))
                for row in session.scalars(sa.select(kind.model).where(having)).all():
                    setattr(row, field.name, [one for one in getattr(row, field.name) if one.id not in ids])


def _ask_who_needs(session: Session, model: type[Object], rows: Sequence[Object]) -> None:
    """
    :raises Needed: some of those that stay need one of rows.
    """
    ids = [row.id for row in rows]
    counts: dict[str, dict[type[Any], int]] = defaultdict(dict)
    for reference in references_to(model):
        if reference.on_delete == "RESTRICT" and (count := _staying(session, reference, ids)):
            counts[reference.name][reference.model] = count
    if counts:
        raise Needed(conflicts.who_needs(rows, counts))


def _staying(session: Session, reference: Reference, ids: Sequence[UUID]) -> int:
    """How many rows name one of ids, and neither go as well nor let go of it."""
    column = getattr(reference.model, reference.column.key)
    count = sum(
        session.scalar(sa.select(sa.func.count()).select_from(reference.model).where(column.in_(some))) or 0
        for some in pieces(ids, AT_ONCE)
    )
    if not count:
        return 0
    named = set(ids)
    leaving = [row for row in session.deleted if isinstance(row, reference.model)]
    leaving += [
        row
        for row in session.dirty
        if isinstance(row, reference.model) and row not in session.deleted and key(row, reference.name) not in named
    ]
    return count - sum(
        id in named
        for some in pieces([row.id for row in leaving], AT_ONCE)
        for id in session.scalars(sa.select(column).where(reference.model.id.in_(some)))
    )
