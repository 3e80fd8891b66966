"""How people tell objects of the same name apart: by what they lie in."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from webapp.changes.naming import name_of
from webapp.inventory.fields import fields_of
from webapp.inventory.models import Object


@cache
def natural(model: type[Object]) -> tuple[str, ...]:
    """The columns that tell the rows of model apart: those of its first unique constraint; none if there is none."""
    table: Any = model.__table__
    for constraint in getattr(model, "__table_args__", ()):
        if isinstance(constraint, sa.UniqueConstraint):
            return tuple(column.key for column in constraint.columns)
    return next(((column.key,) for column in table.columns if column.unique), ())


def within(model: type[Object]) -> str | None:
    """The reference to what a row of model lies in, in which no other one has its name; None if there is none."""
    references = (field for field in fields_of(model).values() if field.type == "reference")
    return next((field.name for field in references if field.column in natural(model)), None)


def told_apart(row: Object) -> str:
    """What people see of row where they choose it: with what it lies in, if it lies in something."""
    if hasattr(row, "full_name"):
        return name_of(row)
    name = within(type(row))
    outer = getattr(row, name) if name is not None else None
    return f"{row} ({outer})" if outer is not None else str(row)


def loads(model: type[Object]) -> tuple[Any, ...]:
    """Options of queries that bring along what told_apart() needs."""
    name = within(model)
    return (joinedload(getattr(model, name)),) if name is not None else ()
