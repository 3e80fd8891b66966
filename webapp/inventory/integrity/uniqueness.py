"""What no two objects have in common: asked before it is written, so that the refusal can say which and what.

The database has the last word; what it refuses is told by webapp/inventory/conflicts.py.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapper

from webapp.inventory import conflicts, kinds
from webapp.inventory.fields import Field
from webapp.inventory.integrity.batch import Batch, key
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.inventory.networks import pieces

AT_ONCE = 400
SPREAD = frozenset({"first", "host", "name", "model", "vid"})
"""Columns in which rows differ most."""
Values = tuple[Any, ...]


def check(batch: Batch) -> None:
    """Refuse objects that would be the second of their name, or number."""
    by_model: dict[type[Object], list[Object]] = defaultdict(list)
    for row in batch.written(Object):
        by_model[type(row)].append(row)
    for kind in kinds.every():
        for columns in unique_columns(kind.model) if kind.model in by_model else ():
            _check(batch, kind, columns, by_model[kind.model])


def unique_columns(model: type[Object]) -> Iterator[Sequence[sa.Column[Any]]]:
    """The columns that no two rows of model have the same values in."""
    table: Any = model.__table__
    for constraint in sorted(table.constraints, key=lambda each: str(each.name)):
        if isinstance(constraint, sa.UniqueConstraint) and "id" not in constraint.columns:
            yield list(constraint.columns)


def _check(batch: Batch, kind: ObjectKind, columns: Sequence[sa.Column[Any]], rows: Iterable[Object]) -> None:
    names = [column.key.removesuffix("_id") if column.foreign_keys else column.key for column in columns]
    nullable_parent = _is_tree_name(kind, columns)
    wanted: dict[Values, Object] = {}
    for row in rows:
        if batch.refused(row) or not batch.differs(row, *names):
            continue
        values = _values(row, columns)
        missing = [column for column, value in zip(columns, values, strict=True) if value is None]
        if missing and not (nullable_parent and [column.key for column in missing] == ["parent_id"]):
            continue
        if values in wanted:
            _refuse(batch, kind, row, names, wanted[values])
        wanted.setdefault(values, row)
    for values, id in _in_database(batch, kind, columns, wanted):
        row = wanted[values]
        if row.id != id and not _gives_up(batch, kind, columns, values, id):
            _refuse(batch, kind, row, names, batch.one(kind.model, id) or row)


def _refuse(batch: Batch, kind: ObjectKind, row: Object, names: Sequence[str], other: Object) -> None:
    shown = {}
    if kind.search and kind.search[0].key not in names:
        # What both are called may differ: 10.0.0.1/24 is in the way of 10.0.0.1/22.
        shown[kind.search[0].key] = str(getattr(other, kind.search[0].key))
    for name in names:
        field = kind.fields[name]
        value = getattr(row, name) if field.type != "reference" else batch.one(_target(field), key(row, name))
        shown[name] = "" if value is None else str(value)
    batch.refuse(row, *conflicts.second(kind, names, shown))


def _target(field: Field) -> Any:
    return field.target


def _is_tree_name(kind: ObjectKind, columns: Sequence[sa.Column[Any]]) -> bool:
    """Whether what has no parent may not have these in common either."""
    table: Any = kind.model.__table__
    rest = {column.key for column in columns} - {"parent_id"}
    return any(index.unique and {column.key for column in index.columns} == rest for index in table.indexes)


def _values(row: Object, columns: Sequence[sa.Column[Any]]) -> Values:
    mapper: Mapper[Any] = sa.inspect(type(row))
    return tuple(
        key(row, column.key.removesuffix("_id"))
        if column.foreign_keys and column.key.removesuffix("_id") in mapper.relationships
        else getattr(row, column.key)
        for column in columns
    )


def _in_database(
    batch: Batch, kind: ObjectKind, columns: Sequence[sa.Column[Any]], wanted: dict[Values, Object]
) -> Iterator[tuple[Values, Any]]:
    """Which of the wanted values some row has, and its id."""
    new = {row.id for row in batch.new}
    # What refers to something new cannot be there yet.
    asked = [values for values in wanted if not new.intersection(value for value in values if _is_id(value))]
    connection, table = batch.session.connection(), kind.model.__table__
    for some in pieces(asked, AT_ONCE):
        query = sa.select(*columns, table.c.id).where(_among(columns, some))
        for *values, id in connection.execute(query):
            if tuple(values) in wanted:
                yield tuple(values), id


def _among(columns: Sequence[sa.Column[Any]], asked: Sequence[Values]) -> sa.ColumnElement[bool]:
    """That the row has one of these, in words for an index: what agrees in all but one column shares a list."""
    [*front, last] = sorted(columns, key=lambda column: (column.key in SPREAD, not column.foreign_keys))
    places = [list(columns).index(column) for column in (*front, last)]
    lists: dict[Values, list[Any]] = defaultdict(list)
    for values in asked:
        lists[tuple(values[place] for place in places[:-1])].append(values[places[-1]])
    return sa.or_(
        *(
            sa.and_(*(column == value for column, value in zip(front, shared, strict=True)), last.in_(ends))
            for shared, ends in lists.items()
        )
    )


def _is_id(value: object) -> bool:
    return isinstance(value, UUID)


def _gives_up(batch: Batch, kind: ObjectKind, columns: Sequence[sa.Column[Any]], values: Values, id: Any) -> bool:
    """Whether the row that has them is about to have others; what is deleted goes only after what is new has come."""
    row = batch.session.identity_map.get(batch.session.identity_key(kind.model, id))
    return row is not None and row not in batch.deleted and _values(row, columns) != values
