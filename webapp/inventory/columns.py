"""CSV files of a kind: which columns they have and how values are written in them, so that an import reads what an
export has written.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from webapp.db import db
from webapp.inventory import kinds
from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.ui.spreadsheets import guarded

SEPARATOR = ", "
SEVERAL = ","
Names = Mapping[type[Any], Collection[str]]
"""By model, the names that more than one of its objects has."""


def columns_of(kind: ObjectKind) -> list[str]:
    """The heads of the columns, in their order: what people may set, and what is settled when an object is made."""
    return [*kind.settled, *kind.writable]


def written(kind: ObjectKind, row: Object, ambiguous: Names) -> list[str]:
    """The cells of row. A reference is what the object is called, or its id where others are called so as well."""
    return [guarded(_cell(kind.fields.get(name), getattr(row, name), ambiguous)) for name in columns_of(kind)]


def ambiguous_among(kind: ObjectKind, rows: Sequence[Object]) -> dict[type[Any], set[str]]:
    """The names of objects to which rows refer that other objects have as well, by one statement for each reference."""
    wanted: dict[type[Any], set[str]] = {}
    for field in kind.writable.values():
        if field.target is not None:
            named = wanted.setdefault(field.target, set())
            named.update(_name(one) for row in rows for one in _referred(field, row) if kinds.of(type(one)).search)
    return {model: _shared(model, names) for model, names in wanted.items() if names}


def _referred(field: Field, row: Object) -> list[Any]:
    held = getattr(row, field.name)
    return list(held) if field.type == "references" else [held] if held is not None else []


def _shared(model: type[Any], names: set[str]) -> set[str]:
    column: Any = kinds.of(model).search[0]
    if column.unique:
        return set()
    query = sa.select(column).where(column.in_(names)).group_by(column).having(sa.func.count() > 1)
    return set(db.session.scalars(query))


def _cell(field: Field | None, held: Any, ambiguous: Names) -> str:
    if held is None:
        return ""
    if isinstance(held, Object):
        return _reference(held, ambiguous)
    if field is not None and field.type == "references":
        return SEPARATOR.join(_reference(one, ambiguous, SEVERAL) for one in held)
    if isinstance(held, bool):
        return "true" if held else "false"
    return SEPARATOR.join(held) if isinstance(held, list) else str(held)


def _reference(row: Any, ambiguous: Names, without: str = "") -> str:
    """The name of row; its id where the name says too little, or has characters that separate names."""
    if not kinds.of(type(row)).search:
        return str(row.id)
    name = _name(row)
    plain = name == name.strip() and bool(name) and (not without or without not in name)
    return name if plain and name not in ambiguous.get(type(row), ()) and type(row) in ambiguous else str(row.id)


def _name(row: Any) -> str:
    return str(getattr(row, kinds.of(type(row)).search[0].key))
