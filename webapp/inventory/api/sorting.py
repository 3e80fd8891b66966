"""The orders in which lists over the API may come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from flask_login import current_user
from sqlalchemy.orm import aliased

from webapp.accounts.permissions import may
from webapp.inventory import kinds
from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind

OF_EVERY_OBJECT = {"id": "id", "created": "created_at", "last_updated": "updated_at"}
"""What the API calls the columns that all objects have."""
UNSORTED = ("json", "references", "long text")


def usual(kind: ObjectKind) -> tuple[str, str]:
    """The names of the orders in which objects of kind come where nobody says otherwise."""
    [first, *more] = kind.order
    keys = {key: name for name, key in OF_EVERY_OBJECT.items()}
    return kind.search[0].key if more else keys.get(first.key, first.key), "id"


def sorts_of(kind: ObjectKind, names: Iterable[str]) -> dict[str, Any]:
    """By name, the column or columns of those of the orders that there are."""
    return {name: found for name in names if (found := _sort(kind, name)) is not None}


def _sort(kind: ObjectKind, name: str) -> Any:
    if name in OF_EVERY_OBJECT:
        return getattr(kind.model, OF_EVERY_OBJECT[name])
    if len(kind.order) > 1 and name == kind.search[0].key:
        return kind.order
    field = kind.fields.get(name)
    if field is None or field.type in UNSORTED:
        return None
    return _by_name(kind, field) if field.type == "reference" else getattr(kind.model, name)


def _by_name(kind: ObjectKind, field: Field) -> Any:
    """What the object is called to which field points; nothing where the caller may not see it."""
    target: Any = field.target
    if not may(current_user, kinds.of(target).permission("view")):
        return ()
    other = aliased(target)
    name = getattr(other, kinds.of(target).order[0].key)
    return sa.select(name).where(other.id == getattr(kind.model, field.column)).scalar_subquery()
