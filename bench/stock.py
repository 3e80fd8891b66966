"""A large inventory, written quickly: prefixes, addresses and devices as they would have come one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, count, islice
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.db import transaction, utcnow
from webapp.inventory import (
    Device,
    DeviceType,
    IPAddress,
    Location,
    LocationType,
    Manufacturer,
    Prefix,
    Role,
    Status,
)

MANY = 100_000
FULL_AT_FIRST, TREE = 61 << 24, 60 << 24
"""Where the prefix begins whose first addresses are used, and where the one that has all others."""
IDS = count(0xBE4C << 112)
"""One after the other: random ones would take longer to make and to sort."""
LENGTHS = (16, 24, 28, 30)
Row = dict[str, Any]


def fill(prefixes: int = MANY, addresses: int = MANY, devices: int = MANY) -> UUID:
    """So many of each; gives the id of the /8 that has half of the addresses, all in a row from its first."""
    with transaction() as session:
        status = session.scalars(sa.select(Status.id).order_by(Status.name)).first()
        common = {"created_at": utcnow(), "updated_at": utcnow(), "status_id": status}
        full, tree = (_prefix(first, 8, None) for first in (FULL_AT_FIRST, TREE))
        _write(session, Prefix, [full, *islice(_tree(tree), prefixes - 1)], common)
        in_a_row = addresses // 2
        _write(session, IPAddress, _addresses(full, in_a_row, 1), common)
        _write(session, IPAddress, _addresses({**tree, "id": None}, addresses - in_a_row, 2), common)
        _write(session, Device, _devices(session, common, devices), common)
        if session.get_bind().dialect.name == "postgresql":
            # As PostgreSQL does by itself within a minute.
            session.connection().execute(sa.text("ANALYZE prefix, ip_address, device"))
    found: UUID = full["id"]
    return found


def _id() -> UUID:
    return UUID(int=next(IDS))


def _prefix(first: int, length: int, parent: UUID | None) -> Row:
    last = first + (1 << 32 - length) - 1
    text = ".".join(str(part) for part in first.to_bytes(4, "big"))
    numbers = {"version": 4, "first": first, "last": last, "length": length, "parent_id": parent}
    return {"id": _id(), "prefix": f"{text}/{length}", "type": "network", "description": "", **numbers}


def _tree(top: Row) -> Iterator[Row]:
    """top, and what lies in it, level by level."""
    yield top
    level = [top]
    for length in LENGTHS:
        parents, level = level, []
        for parent in parents:
            for first in range(parent["first"], parent["last"] + 1, 1 << 32 - length):
                level.append(_prefix(first, length, parent["id"]))
                yield level[-1]


def _addresses(prefix: Row, many: int, step: int) -> Iterator[Row]:
    """many addresses from the first that hosts have on, each a step after the other."""
    inside = prefix["id"] is not None
    for number in range(many):
        host = prefix["first"] + 1 + number * step
        text = ".".join(str(part) for part in host.to_bytes(4, "big"))
        yield {
            "id": _id(),
            "address": f"{text}/8",
            "version": 4,
            "host": host,
            "mask_length": 8,
            "gap_after": step > 1 or number == many - 1,
            "parent_id": prefix["id"],
            "parent_first": prefix["first"] if inside else None,
            "parent_last": prefix["last"] if inside else None,
            "outside_allowed": False,
            "type": "host",
            "dns_name": "",
            "description": "",
        }


def _devices(session: Any, common: Row, many: int) -> Iterator[Row]:
    site = Location(name="bench-1", location_type=LocationType(name="Bench"), status_id=common["status_id"])
    kind = DeviceType(model="bench-48", manufacturer=Manufacturer(name="Bench"))
    role = Role(name="bench-leaf")
    session.add_all((site, kind, role))
    session.flush()
    about = {"location_id": site.id, "device_type_id": kind.id, "role_id": role.id}
    texts = {"face": "", "comments": "", "serial": ""}
    for number in range(many):
        yield {"id": _id(), "name": f"leaf-{number:06}.bench", **about, **texts}


def _write(session: Any, model: Any, rows: Iterable[Row], common: Row) -> None:
    """Put rows into the table of model, past SQLAlchemy, which would take ten times as long."""
    connection = session.connection()
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    columns = [model.__table__.c[name] for name in {**common, **first}]
    dialect = connection.dialect
    convert = {column.key: column.type.dialect_impl(dialect).bind_processor(dialect) for column in columns}
    whole = ({**common, **row} for row in chain([first], rows))
    values = (
        tuple(row[name] if process is None else process(row[name]) for name, process in convert.items())
        for row in whole
    )
    names = ", ".join(column.name for column in columns)
    cursor = connection.connection.cursor()
    if dialect.name == "sqlite":
        marks = ", ".join("?" for _column in columns)
        cursor.executemany(f"INSERT INTO {model.__tablename__} ({names}) VALUES ({marks})", values)
        return
    with cursor.copy(f"COPY {model.__tablename__} ({names}) FROM STDIN") as copy:
        for each in values:
            copy.write_row(each)
