"""In which order a list is: by the columns of its kind, by one field, or by what a reference is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from webapp.inventory import kinds
from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.sections import capital

LABEL = "label"
"""What the order of a kind's own columns is called in addresses."""
UNSORTED = ("json", "references", "long text")
DOWN = "-"
NOTHINGS: dict[type, Any] = {
    str: "",
    int: 0,
    bool: False,
    Decimal: Decimal(0),
    datetime: datetime(1, 1, 1, tzinfo=UTC),
}
"""What stands for no value where values are compared; a key before it tells both apart."""

Key = Any
"""A column, or an expression of some."""


@dataclass(frozen=True)
class Order:
    """What rows are compared by, the first key first; no two rows have the same keys."""

    by: str
    """The column whose head is marked."""
    keys: tuple[Key, ...]
    down: bool = False
    join: tuple[Any, Any, bool] | None = None
    """A model that some of the keys are of, the column that refers to it, and whether that may be empty."""
    sorts: bool = False
    """Whether rows have to be sorted, for which no index has them in this order."""


def order_of(kind: ObjectKind, wish: str) -> Order:
    """The order that wish names, such as "name" or "-location".

    :raises ValueError: there is none of that name.
    """
    name = wish.removeprefix(DOWN) or kind.home or LABEL
    down = wish.startswith(DOWN)
    own = (*kind.order, kind.model.id)
    if name == LABEL:
        return Order(name, own, down)
    field = kind.fields.get(name)
    if field is None or not sortable(kind, field):
        raise ValueError(f"{capital(kind.plural)} cannot be sorted by “{name[:100]}”.")
    if field.type == "reference":
        return _by_reference(kind, field, down)
    column = getattr(kind.model, field.column)
    return Order(name, (*_keys(column, field.nullable), *own), down, sorts=True)


def sortable(kind: ObjectKind, field: Field) -> bool:
    """Whether rows of kind can be in the order of field."""
    return field.type not in UNSORTED


def _by_reference(kind: ObjectKind, field: Field, down: bool) -> Order:
    assert field.target is not None
    target: Any = field.target
    other = aliased(target, name="sorted_by")
    keys = [key for column in kinds.of(target).order for key in _keys(getattr(other, column.key), field.nullable)]
    own = getattr(kind.model, field.column)
    return Order(
        field.name, (*keys, *kind.order, kind.model.id), down, (other, own, field.nullable), field.name != kind.home
    )


def _keys(column: Any, nullable: bool) -> Sequence[Key]:
    if not nullable:
        return [column]
    nothing = sa.literal(NOTHINGS[column.type.python_type], column.type)
    return [sa.case((column.is_(None), 1), else_=0), sa.func.coalesce(column, nothing)]
