"""Where locations may lie: in no circle, and in one another only as their types say."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from webapp.inventory.integrity.batch import Batch, key
from webapp.inventory.models import Location, LocationType, Object


def check(batch: Batch) -> None:
    """Refuse circles, and locations that do not lie where their type says."""
    types = [row for row in batch.written(LocationType) if batch.differs(row, "parent", "nestable")]
    for kind in types:
        _refuse_circle(batch, kind, "type")
    moved = [row for row in batch.written(Location) if batch.differs(row, "parent", "location_type")]
    for row in moved:
        _refuse_circle(batch, row, "location")
    for row in moved:
        if not batch.refused(row):
            _check_type(batch, row, row, "parent")
    _check_those_below(batch, moved)
    _check_those_of(batch, types)


def lies_in(batch: Batch, id: UUID, outer: UUID) -> bool:
    """Whether the location with that id is the outer one, or lies below it."""
    at: UUID | None = id
    seen: set[UUID] = set()
    while at is not None and at not in seen:
        if at == outer:
            return True
        seen.add(at)
        location = batch.rows(Location, [at]).get(at)
        at = key(location, "parent") if location else None
    return False


def _refuse_circle(batch: Batch, row: Object, what: str) -> None:
    at, seen = key(row, "parent"), {row.id}
    while at is not None:
        if at in seen:
            batch.refuse(row, "parent", f"{row} would lie in itself. Choose another {what}.")
            return
        seen.add(at)
        above = batch.rows(type(row), [at]).get(at)
        at = key(above, "parent") if above else None


def _check_type(batch: Batch, location: Location, blamed: Object, field: str) -> None:
    """Blame somebody's field for a location whose parent is of no type that it should be of."""
    kind = _type_of(batch, location)
    parent = batch.one(Location, key(location, "parent"))
    if kind is None:
        return
    above = batch.one(LocationType, key(kind, "parent"))
    wanted = [each for each in (above, kind if kind.nestable else None) if each is not None]
    if parent is None:
        if above is not None:
            batch.refuse(
                blamed, field, f"A {kind} lies in a {' or a '.join(each.name for each in wanted)}: say in which."
            )
    elif not wanted:
        batch.refuse(blamed, field, f"A {kind} lies in no other location.")
    elif _type_of(batch, parent) not in wanted:
        names = " or a ".join(each.name for each in wanted)
        batch.refuse(blamed, field, f"A {kind} lies in a {names}; {parent} is a {_type_of(batch, parent)}.")


def _check_those_below(batch: Batch, moved: list[Location]) -> None:
    """What lies in locations whose type changes has to fit as well."""
    of_another_type = [row.id for row in moved if not batch.is_new(row) and batch.differs(row, "location_type")]
    if of_another_type:
        below = sa.select(Location).where(Location.parent_id.in_(of_another_type))
        for location in batch.session.scalars(below).all():
            parent = batch.one(Location, key(location, "parent"))
            if location not in batch.deleted and location not in moved and parent is not None:
                _check_type(batch, location, parent, "location_type")


def _check_those_of(batch: Batch, types: list[LocationType]) -> None:
    """Locations whose type gets other rules have to fit as well."""
    changed = [row.id for row in types if not batch.is_new(row)]
    if changed:
        of_them = sa.select(Location).where(Location.location_type_id.in_(changed))
        for location in batch.session.scalars(of_them).all():
            kind = _type_of(batch, location)
            if location not in batch.deleted and kind in types and not batch.refused(kind):
                _check_type(batch, location, kind, "parent")


def _type_of(batch: Batch, location: Location) -> LocationType | None:
    return batch.one(LocationType, key(location, "location_type"))
