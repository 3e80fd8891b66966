"""What refers to an object, found from the references of all kinds; and what becomes of it when the object goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from webapp.accounts.models import User
from webapp.accounts.permissions import may, visible
from webapp.db import db
from webapp.inventory import kinds, routes
from webapp.inventory.fields import Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import CableEnd, Device, Object
from webapp.inventory.models.cables import PORTS
from webapp.inventory.sections import capital

MOST_SHOWN = 10
MOST_COUNTED = 1_000
MOST_COLUMNS = 4
Fate = Literal["goes", "stays", "prevents"]
"""What becomes of a row when what it refers to is deleted: it goes as well, stays without it, or prevents that."""
FATES: dict[str | None, Fate] = {"CASCADE": "goes", "SET NULL": "stays"}


@dataclass(frozen=True)
class Relation:
    """A field of a kind that names objects of another."""

    kind: ObjectKind
    field: Field

    @property
    def name(self) -> tuple[str, str]:
        return self.kind.name, self.field.name

    @property
    def title(self) -> str:
        """What stands above a list of these objects."""
        plural = capital(self.kind.plural)
        return f"{plural} below" if self.field.target is self.kind.model and self.field.name == "parent" else plural

    @property
    def note(self) -> str:
        """Which field it is, where that is not to be expected."""
        target: Any = self.field.target
        usual = {"parent", "tags", kinds.of(target).model.__tablename__}
        return "" if self.field.name in usual else f"as {self.field.label}"

    @property
    def fate(self) -> Fate:
        """What becomes of these objects when that to which they refer is deleted."""
        if self.field.type == "references":
            return "stays"
        table = self.kind.model.__table__
        [key] = table.c[self.field.column].foreign_keys
        return FATES.get(key.ondelete, "prevents")

    def to(self, row: Object) -> sa.ColumnElement[bool]:
        """The condition that an object refers to row."""
        attribute = getattr(self.kind.model, self.field.name)
        if self.field.type == "references":
            condition: sa.ColumnElement[bool] = attribute.any(type(row).id == row.id)
            return condition
        return bool_of(getattr(self.kind.model, self.field.column) == row.id)


@dataclass(frozen=True)
class Related:
    """The first objects that refer to a row by one field, and how many they are."""

    relation: Relation
    rows: Sequence[Any]
    count: int
    href: str
    columns: Sequence[Field]

    @property
    def counted(self) -> str:
        """How many they are, for people."""
        return f"{self.count:,}" if self.count <= MOST_COUNTED else f"more than {MOST_COUNTED:,}"


def bool_of(condition: Any) -> sa.ColumnElement[bool]:
    """condition, for type checkers."""
    found: sa.ColumnElement[bool] = condition
    return found


def relations_to(model: type[Object]) -> list[Relation]:
    """All fields that name objects of model, in the order of their kinds."""
    return [Relation(kind, field) for kind in kinds.every() for field in kind.fields.values() if field.target is model]


def related_to(row: Object, user: User, without: frozenset[tuple[str, str]] = frozenset()) -> list[Related]:
    """What refers to row among what user may see, short of the relations of these names; nothing of what is empty."""
    relations = [relation for relation in relations_to(type(row)) if relation.name not in without]
    seen = [relation for relation in relations if may(user, relation.kind.permission("view"))]
    return [found for relation in seen if (found := _related(relation, row, user)).count]


def counted(relation: Relation, row: Object) -> int:
    """How many objects refer to row so, whoever may see them; one more than MOST_COUNTED for any larger number."""
    some = sa.select(relation.kind.model.id).where(relation.to(row)).limit(MOST_COUNTED + 1).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(some)) or 0


def cables_with(model: type[Object], ids: Sequence[UUID]) -> int:
    """How many cables go along with the rows of model that have these ids: ports, or devices with ports."""
    going = {
        name: port.device_id if model is Device else port.id for port, name in PORTS.items() if model in (Device, port)
    }
    if not going:
        return 0
    ends = [
        getattr(CableEnd, f"{name}_id").in_(sa.select(column.class_.id).where(column.in_(ids)))
        for name, column in going.items()
    ]
    return db.session.scalar(sa.select(sa.func.count(sa.distinct(CableEnd.cable_id))).where(sa.or_(*ends))) or 0


def _related(relation: Relation, row: Object, user: User) -> Related:
    kind, columns = relation.kind, _columns(relation)
    count = counted(relation, row)
    loads = [selectinload(getattr(kind.model, column.name)) for column in columns if column.target is not None]
    query = visible(kind.model, user).where(relation.to(row)).options(*loads)
    rows = db.session.scalars(query.order_by(*kind.order, kind.model.id).limit(MOST_SHOWN)).all() if count else []
    return Related(relation, rows, count, _list_of(relation, row), columns)


def _columns(relation: Relation) -> list[Field]:
    fields = (relation.kind.fields[name] for name in relation.kind.columns)
    return [one for one in fields if one.name != relation.field.name and one.type != "references"][:MOST_COLUMNS]


def _list_of(relation: Relation, row: Object) -> str:
    named: dict[str, Any] = {relation.field.name: row.id}
    return routes.url(relation.kind, "list", **named)
