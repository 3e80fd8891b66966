"""The tree of prefixes, and the addresses in it: each has the smallest prefix that contains it as its parent.

What a flush writes itself gets its parent before it is written. What is there already and finds itself in another
prefix, or without the one it was in, is told by a few statements, however much it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.changes.recording import follows
from webapp.inventory.integrity.batch import Batch, key
from webapp.inventory.models import IPAddress, Prefix
from webapp.inventory.networks import BITS, Networks, pieces, starts

STARTS_AT_ONCE = 5_000
ROWS_AT_ONCE = 500
PREFIX, ADDRESS = (cast(sa.Table, model.__table__) for model in (Prefix, IPAddress))
PLACED = "jobdeck.placed_prefixes"
"""Under which a session keeps what it has to do once the prefixes of a flush are written."""


@dataclass(frozen=True)
class Place:
    """Where a prefix is."""

    id: UUID
    version: int
    first: int
    last: int
    length: int
    row: Prefix | None = None
    """If it is about to be written."""


def arrange(batch: Batch) -> None:
    """Give prefixes and addresses that are about to be written their parents, and those that lose theirs the next."""
    for address in batch.gone(IPAddress):
        follows(batch.session, address, "parent", by_itself=not address.outside_allowed)
    placed = [row for row in batch.written(Prefix) if batch.differs(row, "first", "length") and row.prefix]
    moved = [row.id for row in placed if not batch.is_new(row)]
    left = _places(batch.session, [*moved, *(row.id for row in batch.gone(Prefix))])
    addresses = [row for row in batch.written(IPAddress) if _is_to_be_placed(batch, row)]
    if not (placed or left or addresses):
        return
    known = _around(batch.session, [*placed, *left], addresses, without={place.id for place in left})
    for place in left:
        following = known.smallest(place.version, place.first, place.length)
        _release(batch, place, following)
        _leave(batch.session, place, following)
    for row in placed:
        known.add(row.version, row.first, row.length, _place(row))
    for row in placed:
        _adopt(batch.session, row, known.smallest(row.version, row.first, row.length))
    named = batch.rows(Prefix, (key(row, "parent") for row in addresses))
    for address in addresses:
        _place_address(batch, address, known, named)
    batch.session.info[PLACED] = [_place(row) for row in placed], left, {*placed, *addresses}


def forget(session: Session) -> None:
    """What was arranged and then refused is not settled with the next flush."""
    session.info.pop(PLACED, None)


def settle(session: Session) -> None:
    """Once they are written: what prefixes that are new or elsewhere contain gets them as its parent."""
    placed, left, settled = session.info.pop(PLACED, ((), (), ()))
    if placed:
        values = [_values(place) for place in placed]
        session.connection().execute(INTO_PREFIX, values)
        session.connection().execute(PREFIXES_INTO_PREFIX, values)
    if placed or left:
        _tell(session, (*placed, *left), settled)


def _is_to_be_placed(batch: Batch, row: IPAddress) -> bool:
    return bool(row.address) and batch.differs(row, "host", "parent", "outside_allowed")


def _place(row: Prefix) -> Place:
    return Place(row.id, row.version, row.first, row.last, row.length, row)


def _places(session: Session, ids: Iterable[UUID]) -> list[Place]:
    """Where the prefixes with these ids are as yet."""
    columns = (PREFIX.c.id, PREFIX.c.version, PREFIX.c.first, PREFIX.c.last, PREFIX.c.length)
    return [
        Place(*row)
        for some in pieces(ids, ROWS_AT_ONCE)
        for row in session.connection().execute(sa.select(*columns).where(PREFIX.c.id.in_(some)))
    ]


def _around(
    session: Session, prefixes: Iterable[Prefix | Place], addresses: Iterable[IPAddress], without: set[UUID]
) -> Networks[Place]:
    """The prefixes that may contain some of these."""
    wanted: dict[int, set[int]] = {4: set(), 6: set()}
    for each in prefixes:
        wanted[each.version].update(starts(each.version, each.first, each.length - 1))
    for address in addresses:
        wanted[address.version].update(starts(address.version, address.host, BITS[address.version]))
    columns = (PREFIX.c.id, PREFIX.c.version, PREFIX.c.first, PREFIX.c.last, PREFIX.c.length)
    known: Networks[Place] = Networks()
    for version, firsts in wanted.items():
        for some in pieces(sorted(firsts), STARTS_AT_ONCE):
            query = sa.select(*columns).where(PREFIX.c.version == version, PREFIX.c.first.in_(some))
            for row in session.connection().execute(query):
                if row.id not in without:
                    known.add(version, row.first, row.length, Place(*row))
    return known


def _adopt(session: Session, row: Prefix | IPAddress, parent: Place | None) -> None:
    """Let parent be the parent of row."""
    id = parent.id if parent else None
    if parent is not None and parent.row is not None and sa.inspect(parent.row).pending:
        row.parent = parent.row  # by the relation, so that it is written first
    elif "parent" in row.__dict__:
        # What is said by the relation overrules the column.
        row.parent = session.get(Prefix, id) if id else None
    elif row.parent_id != id:
        row.parent_id = id


def _place_address(batch: Batch, row: IPAddress, known: Networks[Place], named: dict[UUID, Prefix]) -> None:
    parent = _named(batch, row, named)
    if parent is not None:
        inside = parent.version == row.version and parent.first <= row.host <= parent.last
        if not inside and not row.outside_allowed:
            sentence = f"{row.address} lies outside of {parent.prefix}. Choose another parent, or allow it."
            batch.refuse(row, "parent", sentence)
        row.parent_first, row.parent_last = parent.first, parent.last
        follows(batch.session, row, "parent", by_itself=False)
        return
    follows(batch.session, row, "parent")
    found = known.smallest(row.version, row.host)
    _adopt(batch.session, row, found)
    row.parent_first, row.parent_last = (found.first, found.last) if found else (None, None)


def _named(batch: Batch, row: IPAddress, named: dict[UUID, Prefix]) -> Prefix | None:
    """The parent that somebody has named, and not merely found."""
    id = key(row, "parent")
    meant = row.outside_allowed or batch.differs(row, "parent", "outside_allowed")
    parent = named.get(id) if id is not None and meant else None
    return None if parent in batch.deleted else parent


def _release(batch: Batch, place: Place, following: Place | None) -> None:
    """The same for addresses whose parent somebody has chosen, row by row: that leaves changes."""
    query = sa.select(IPAddress).where(IPAddress.parent_id == place.id, IPAddress.outside_allowed)
    for row in batch.session.scalars(query).all():
        if row not in batch.deleted and key(row, "parent") == place.id:
            parent = following if place.first <= row.host <= place.last else None
            _adopt(batch.session, row, parent)
            row.parent_first, row.parent_last = (parent.first, parent.last) if parent else (None, None)


def _leave(session: Session, place: Place, following: Place | None) -> None:
    """What had the prefix at place as its parent gets the one that follows upwards."""
    connection = session.connection()
    id, first, last = (following.id, following.first, following.last) if following else (None, None, None)
    connection.execute(
        sa.update(PREFIX).where(PREFIX.c.parent_id == place.id).values(parent_id=id, updated_at=PREFIX.c.updated_at)
    )
    mine = ADDRESS.c.parent_id == place.id
    nothing = {"parent_id": None, "parent_first": None, "parent_last": None, "updated_at": ADDRESS.c.updated_at}
    found = {**nothing, "parent_id": id, "parent_first": first, "parent_last": last}
    inside = ADDRESS.c.host.between(place.first, place.last)
    connection.execute(sa.update(ADDRESS).where(mine, inside).values(found))
    connection.execute(sa.update(ADDRESS).where(mine).values(nothing))


def _values(place: Place) -> dict[str, Any]:
    values = {name: getattr(place, name) for name in ("version", "first", "last", "length")}
    return {"this": place.id, **{f"its_{name}": value for name, value in values.items()}}


def _tell(session: Session, places: Iterable[Place], settled: Collection[object]) -> None:
    """Let the other rows of session that are in one of places say what their parent is by now."""
    networks: Networks[UUID] = Networks()
    for place in places:
        networks.add(place.version, place.first, place.length, place.id)
    for row in list(session.identity_map.values()):
        if not isinstance(row, Prefix | IPAddress) or row in settled or "version" not in row.__dict__:
            continue
        number = row.__dict__.get("first" if isinstance(row, Prefix) else "host")
        if number is not None and networks.smallest(row.version, number) is not None:
            session.expire(row, [name for name in DERIVED[type(row)] if name in row.__dict__])


DERIVED: dict[type, tuple[str, ...]] = {
    Prefix: ("parent_id", "parent"),
    IPAddress: ("parent_id", "parent", "parent_first", "parent_last"),
}
_above = PREFIX.alias("above")
PREFIXES_INTO_PREFIX = (
    sa.update(PREFIX)
    .where(
        PREFIX.c.version == sa.bindparam("its_version"),
        PREFIX.c.first.between(sa.bindparam("its_first"), sa.bindparam("its_last")),
        PREFIX.c.length > sa.bindparam("its_length"),
        sa.or_(
            PREFIX.c.parent_id.is_(None),
            sa.select(_above.c.length).where(_above.c.id == PREFIX.c.parent_id).scalar_subquery()
            < sa.bindparam("its_length"),
        ),
    )
    .values(parent_id=sa.bindparam("this"), updated_at=PREFIX.c.updated_at)
)
"""Smaller prefixes whose parent, if they have one, is larger."""
INTO_PREFIX = (
    sa.update(ADDRESS)
    .where(
        ADDRESS.c.version == sa.bindparam("its_version"),
        ADDRESS.c.host.between(sa.bindparam("its_first"), sa.bindparam("its_last")),
        sa.or_(
            ADDRESS.c.parent_id.is_(None),
            sa.and_(
                sa.not_(ADDRESS.c.outside_allowed),
                ADDRESS.c.parent_first <= sa.bindparam("its_first"),
                ADDRESS.c.parent_last >= sa.bindparam("its_last"),
                ADDRESS.c.parent_id != sa.bindparam("this"),
            ),
        ),
    )
    .values(
        parent_id=sa.bindparam("this"),
        parent_first=sa.bindparam("its_first"),
        parent_last=sa.bindparam("its_last"),
        updated_at=ADDRESS.c.updated_at,
    )
)
"""Addresses in it whose parent, if they have one, is larger."""
