"""Cables by where they end, which tells them apart: nothing has two cables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.inventory.imports.references import in_parts
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Cable, CableEnd
from webapp.inventory.models.cables import PORTS

ENDS = ("termination_a", "termination_b")
Key = tuple[Any, ...]


def key_of(values: Any) -> Key | None:
    """The ports, if both are said, which of them first does not matter."""
    ports = [values.get(name) for name in ENDS]
    return tuple(sorted(port.id for port in ports)) if None not in ports else None


def with_keys(kind: ObjectKind, keys: Iterable[Key], user: User) -> dict[Key, list[Any]]:
    """The cables between these ports, among those that user may see."""
    ids: list[UUID] = [port for key in keys for port in key]
    columns: list[Any] = [getattr(CableEnd, f"{name}_id") for name in PORTS.values()]
    found: dict[Key, list[Any]] = {}
    for part in in_parts(ids):
        plugged = sa.select(CableEnd.cable_id).where(sa.or_(*(column.in_(part) for column in columns)))
        for cable in db.session.scalars(visible(Cable, user).where(Cable.id.in_(plugged)).options(*kind.loads)):
            key = key_of({name: getattr(cable, name) for name in ENDS})
            if key is not None and cable not in found.setdefault(key, []):
                found[key].append(cable)
    return found
