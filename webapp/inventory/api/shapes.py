"""Objects as JSON, in the reference's shapes: their fields, and what some kinds tell beside these."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, current_app, g
from flask_login import current_user

from webapp.accounts.permissions import is_visible, visible
from webapp.api import choice, when
from webapp.api.depth import in_full, prepare
from webapp.api.shapes import Shape
from webapp.db import db
from webapp.inventory import kinds, routes
from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.jobs.plain import text_of

EXTENSION = "inventory_told_beside"
ADDRESSES = "inventory_api_addresses"
Tell = Callable[[Sequence[Any]], Mapping[UUID, Shape]]
Told = tuple[Field, ObjectKind | None]
"""A field, and the kind of the objects to which it refers."""
Read = Callable[[Mapping[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Beside:
    """What the API tells of objects of a kind that is no field of theirs."""

    names: tuple[str, ...]
    tell: Tell
    """Given rows, what each of names is, by the row's id; asks once for all of them."""
    hides: frozenset[str] = frozenset()
    """Fields that are told in another way."""
    read: Read | None = None
    """Given what is said of a new object, what the service is to know beside fields; raises InvalidInputs."""


def add(app: Flask, name: str, more: Beside) -> None:
    """Tell more of the objects of the kind of that name."""
    app.extensions.setdefault(EXTENSION, {}).setdefault(name, []).append(more)


def objects_json(kind: ObjectKind, rows: Sequence[Any]) -> list[Shape]:
    """Objects of kind; asks once for each of the things that are not in the rows themselves."""
    more = beside(kind)
    hidden = {name for one in more for name in one.hides}
    fields = [(field, _of(field)) for field in kind.fields.values() if field.name not in hidden]
    linked = _linked(kind, fields, rows)
    extra = [one.tell(rows) for one in more]
    return [_object_json(kind, fields, row, linked, [told[row.id] for told in extra]) for row in rows]


def object_json(kind: ObjectKind, row: Object) -> Shape:
    """One object of kind."""
    [told] = objects_json(kind, [row])
    return told


def in_full_of(kind: ObjectKind) -> Callable[[Collection[UUID]], dict[UUID, Shape]]:
    """What depth shows of objects of kind that something points to, as far as whoever asks may see them."""

    def told(ids: Collection[UUID]) -> dict[UUID, Shape]:
        rows = db.session.scalars(visible(kind.model).where(kind.model.id.in_(ids)).options(*kind.loads)).all()
        return {row.id: told for row, told in zip(rows, objects_json(kind, rows), strict=True)}

    return told


def reference(kind: ObjectKind, id: UUID | None) -> Shape | None:
    """An object that another one points to, in full if the request asks for that; or None."""
    if id is None:
        return None
    return in_full(id, kind.name) or {"id": str(id), "object_type": kind.name, "url": address_of(kind, id)}


def references(kind: ObjectKind, ids: Sequence[UUID]) -> list[Shape | None]:
    """Several of them."""
    prepare(ids, kind.name)
    return [reference(kind, id) for id in ids]


def address_of(kind: ObjectKind, id: UUID) -> str:
    """The address of an object over the API, absolute, as clients derive the endpoint from it."""
    known: dict[str, str] = g.setdefault(ADDRESSES, {})
    if kind.name not in known:
        known[kind.name] = routes.url(kind, "list", api=True, _external=True)
    return f"{known[kind.name]}{id}/"


def told_only(kind: ObjectKind) -> set[str]:
    """What is told of objects of kind, and set by nobody."""
    names = {name for one in beside(kind) for name in one.names}
    return names | {name for name, field in kind.fields.items() if field.derived}


def beside(kind: ObjectKind) -> list[Beside]:
    """What is told of objects of kind that is no field of theirs."""
    found: list[Beside] = current_app.extensions.get(EXTENSION, {}).get(kind.name, [])
    return found


def _linked(kind: ObjectKind, fields: Sequence[Told], rows: Sequence[Any]) -> dict[str, dict[UUID, list[UUID]]]:
    """The ids of what references to several objects lead to, by the name of the field and the row's id."""
    found = {}
    for field, target in fields:
        if target is not None and field.type == "references":
            found[field.name] = _links(kind, field, target, [row.id for row in rows])
            prepare({id for ids in found[field.name].values() for id in ids}, target.name)
        elif target is not None:
            prepare({id for row in rows if (id := getattr(row, field.column))}, target.name)
    return found


def _links(kind: ObjectKind, field: Field, target: ObjectKind, ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    query = (
        sa.select(kind.model.id, target.model.id)
        .select_from(kind.model)
        .join(getattr(kind.model, field.name))
        .where(kind.model.id.in_(ids), is_visible(target.model, current_user))
        .order_by(*target.order, target.model.id)
    )
    found: dict[UUID, list[UUID]] = {}
    for one, other in db.session.execute(query):
        found.setdefault(one, []).append(other)
    return found


def _object_json(
    kind: ObjectKind,
    fields: Sequence[Told],
    row: Any,
    linked: Mapping[str, Mapping[UUID, list[UUID]]],
    extra: Sequence[Shape],
) -> Shape:
    told: Shape = {
        "id": str(row.id),
        "object_type": kind.name,
        "display": text_of(row),
        "url": address_of(kind, row.id),
        "natural_slug": f"{kind.row_label}_{str(row.id)[:4]}",
    }
    for field, target in fields:
        if target is None:
            told[field.name] = _value(field, getattr(row, field.name))
        elif field.type == "references":
            told[field.name] = [reference(target, id) for id in linked[field.name].get(row.id, [])]
        else:
            told[field.name] = reference(target, getattr(row, field.column))
    for more in extra:
        told |= more
    return told | {
        "created": when(row.created_at),
        "last_updated": when(row.updated_at),
        "custom_fields": {},
        "tags": told.get("tags", []),
    }


def _value(field: Field, value: Any) -> Any:
    if field.type == "choice":
        return choice(value) if value else None
    return float(value) if isinstance(value, Decimal) else value


def _of(field: Field) -> ObjectKind | None:
    target: Any = field.target
    return None if target is None else kinds.of(target)
