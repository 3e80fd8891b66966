"""What a dry run works on: temporary tables of the same names, which hide the inventory's on one connection.

They are made from the metadata with all that the inventory's refuse, but no reference leaves them. Nobody else sees
them, nobody waits for them, and they are gone with the connection.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import suppress
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.orm import Mapper
from sqlalchemy.schema import CreateIndex, CreateTable

from webapp.inventory.models import Object

SHADOWED = "jobdeck.shadowed"
"""What a connection knows of itself that has them."""


def cast(connection: Connection) -> None:
    """Let connection, on which no transaction has begun, see the tables from now on, with what is in the real ones."""
    if connection.info.get(SHADOWED):
        return
    sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN" if sqlite else "BEGIN ISOLATION LEVEL REPEATABLE READ")
    try:
        _fill(connection, "main" if sqlite else connection.exec_driver_sql("SELECT current_schema()").scalar_one())
    except Exception:
        with suppress(Exception):  # it may be gone
            connection.exec_driver_sql("ROLLBACK")
        raise
    connection.exec_driver_sql("COMMIT")
    connection.info[SHADOWED] = True


def _fill(connection: Connection, schema: str) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")  # until the end of this transaction
    for table in _tables():
        connection.execute(CreateTable(table))
        names = [column.name for column in table.c]
        real = sa.table(table.name, *map(sa.column, names), schema=schema)
        connection.execute(sa.insert(table).from_select(names, sa.select(*real.c)))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            connection.execute(CreateIndex(index))
        if connection.dialect.name != "sqlite":
            _count_on(connection, table)


def _count_on(connection: Connection, table: Table) -> None:
    """Let numbers that the database gives begin behind those that are there."""
    for column in table.c:
        if column.identity is not None:
            after = sa.func.coalesce(sa.func.max(column), 0) + 1
            sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
            connection.execute(sa.select(sa.func.setval(sequence, after, False)))


@cache
def _tables() -> tuple[Table, ...]:
    """Those of all objects and of what belongs to them, in the order in which they are made."""
    real = {table.name: table for mapper in _mappers() for table in _tables_of(mapper)}
    metadata = MetaData(naming_convention=Object.metadata.naming_convention)
    for table in real.values():
        _copy(table, metadata, real)
    return tuple(metadata.sorted_tables)


def _copy(table: Table, metadata: MetaData, known: Collection[str]) -> None:
    copy = table.to_metadata(metadata)
    copy._prefixes = ["TEMPORARY"]
    for constraint in copy.foreign_key_constraints:
        if constraint.elements[0].target_fullname.partition(".")[0] not in known:
            copy.constraints.remove(constraint)
            for element in constraint.elements:
                element.parent.foreign_keys.discard(element)


def _mappers() -> Iterator[Mapper[Any]]:
    return (mapper for mapper in Object.registry.mappers if issubclass(mapper.class_, Object))


def _tables_of(mapper: Mapper[Any]) -> Iterator[Any]:
    yield mapper.local_table
    for relation in mapper.relationships:
        if relation.secondary is not None:
            yield relation.secondary
        elif relation.cascade.delete_orphan:
            yield relation.mapper.local_table
