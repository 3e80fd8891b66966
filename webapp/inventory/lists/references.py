"""What the rows of a page refer to: of each kind read at once and once, however many rows and fields name it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import defer, selectinload

from webapp.db import db
from webapp.inventory import kinds
from webapp.inventory.fields import OF_EVERY_OBJECT, Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.inventory.models.addresses import Number

NOT_IN_LABELS = ("long text", "json")
"""Types of fields that no label is made of."""


def referred(rows: Sequence[Any], fields: Sequence[Field]) -> Mapping[UUID, Object]:
    """What these fields, which are references, name in any of rows, by id."""
    wanted = defaultdict[Any, set[UUID]](set)
    for field in fields:
        wanted[field.target].update(getattr(row, field.column) for row in rows)
    found: dict[UUID, Object] = {}
    for model, ids in wanted.items():
        if ids := ids - {None}:
            found |= {one.id: one for one in db.session.scalars(_named(model), {"ids": list(ids)})}
    return found


def without_long(kind: ObjectKind, shown: Sequence[Field] = ()) -> list[Any]:
    """The options of a query that reads nothing of objects that is neither shown nor in their labels and order."""
    read = {"id", *(column.key for column in kind.order), *(field.column for field in shown)}
    columns = kind.model.__table__.columns
    unread = {field.column for field in kind.fields.values() if field.type in NOT_IN_LABELS or _wide(columns, field)}
    return [defer(getattr(kind.model, name)) for name in sorted((unread | OF_EVERY_OBJECT) - read)]


def _wide(columns: Any, field: Field) -> bool:
    """Whether it is one of the numbers that stand behind addresses."""
    return field.column in columns and isinstance(columns[field.column].type, Number)


@cache
def _named(model: type[Object]) -> sa.Select[Any]:
    """The query for the objects of model with some ids, with all that labels say of them."""
    # Built once: building it takes longer than asking it.
    kind = kinds.of(model)
    home = [selectinload(getattr(model, kind.home))] if kind.home else []
    return sa.select(model).where(model.id.in_(sa.bindparam("ids", expanding=True))).options(*home, *without_long(kind))
