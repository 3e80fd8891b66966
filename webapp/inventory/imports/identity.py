"""Which object a line of a table is about: the one with its id, else the one that it cannot stand beside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, selectinload

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.inventory.imports import ends
from webapp.inventory.imports.references import in_parts
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.inventory.telling import natural

Key = tuple[Any, ...]


def key_of(kind: ObjectKind, values: Mapping[str, Any], shape: Object) -> Key | None:
    """What tells the object with these values apart, or None if they do not say; shape is what follows from them."""
    if kind.settled:
        return ends.key_of(values)
    found = []
    for column in natural(kind.model):
        name = next((each.name for each in kind.fields.values() if each.column == column), column)
        field = kind.fields[name]
        if field.type == "reference":
            value = values.get(name)
            found.append(value.id if value is not None else None)
        else:
            found.append(getattr(shape, column))
        if found[-1] is None and not field.nullable:
            return None
    return tuple(found) or None


def with_ids(kind: ObjectKind, ids: Iterable[UUID], user: User) -> dict[UUID, Object]:
    """The objects of kind with these ids, by id, among those that user may see."""
    rows = [row for part in in_parts(list(set(ids))) for row in _asked(kind, user, [kind.model.id.in_(part)])]
    return {row.id: row for row in rows}


def with_keys(kind: ObjectKind, keys: Iterable[Key], user: User) -> dict[Key, list[Object]]:
    """The objects of kind that these keys mean, by key, among those that user may see."""
    if kind.settled:
        return ends.with_keys(kind, keys, user)
    columns: list[InstrumentedAttribute[Any]] = [getattr(kind.model, name) for name in natural(kind.model)]
    alike: dict[tuple[bool, ...], list[Key]] = defaultdict(list)
    for key in dict.fromkeys(keys):
        alike[tuple(part is None for part in key)].append(key)
    found: dict[Key, list[Object]] = defaultdict(list)
    for absent, several in alike.items():
        none = [column.is_(None) for column, missing in zip(columns, absent, strict=True) if missing]
        said = [column for column, missing in zip(columns, absent, strict=True) if not missing]
        for part in in_parts(several):
            for row in _asked(kind, user, [*none, *_among(said, part)]):
                found[tuple(getattr(row, column.key) for column in columns)].append(row)
    return found


def _among(columns: Sequence[Any], keys: Sequence[Key]) -> list[sa.ColumnElement[bool]]:
    # Each by itself, which indexes understand. A few rows that nobody has asked for come along; they have other keys.
    values = zip(*([part for part in key if part is not None] for key in keys), strict=True)
    return [column.in_(set(each)) for column, each in zip(columns, values, strict=True)]


def _asked(kind: ObjectKind, user: User, conditions: Sequence[sa.ColumnElement[bool]]) -> Sequence[Any]:
    lists = [field.name for field in kind.writable.values() if field.type == "references"]
    options = [selectinload(getattr(kind.model, name)) for name in lists]
    return db.session.scalars(visible(kind.model, user).where(*conditions).options(*options, *kind.loads)).all()
