"""Pages of a list, found by the row before or after them: as fast far back as at the start, whatever comes between."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import partial
from operator import attrgetter
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm.interfaces import ORMOption

from webapp.db import db, is_sqlite
from webapp.inventory.integrity.spellings import NUMBER_LIMIT
from webapp.inventory.lists.ordering import Order
from webapp.inventory.models.addresses import Number
from webapp.jobs.plain import has_surrogates

PAGE = 50
LARGEST_ADDRESS = 2**128 - 1
LOST = "This page of the list cannot be found. Look from its beginning."
READ: dict[type, Any] = {UUID: UUID, Decimal: Decimal, datetime: datetime.fromisoformat}
"""How JSON's texts become the values of keys."""
Found = tuple[Any, tuple[Any, ...]]
"""A row, None if it has gone in the meantime, and the values of its keys."""


@dataclass(frozen=True)
class Page:
    """Some rows of a list, with the cursors of its neighbours; None where there is none."""

    rows: Sequence[Any]
    before: str | None = None
    after: str | None = None


def page(
    query: sa.Select[Any],
    order: Order,
    after: str = "",
    before: str = "",
    size: int = PAGE,
    *,
    narrowed: bool = False,
    loads: Sequence[ORMOption] = (),
) -> Page:
    """The page of query, which is about everything or narrowed, after one cursor, or before another one, or the first.
    loads are the options of the query that reads the rows.

    :raises ValueError: there is no such cursor in this order.
    """
    back = bool(before)
    rows = partial(_rows, query, order, size=size, narrowed=narrowed, loads=loads)
    found = rows(before or after, back)
    if back and len(found) <= size:
        # What was before has become less than a page; the first one holds all of it.
        back, after, found = False, "", rows("", False)
    more, found = len(found) > size, found[:size]
    if back:
        found.reverse()
    cursors = [_cursor(found[place], order) for place in (0, -1)] if found else [None, None]
    return Page(
        [row for row, _keys in found if row is not None],
        before=cursors[0] if back or after else None,
        after=cursors[1] if back or more else None,
    )


def _rows(
    query: sa.Select[Any],
    order: Order,
    cursor: str,
    back: bool,
    *,
    size: int,
    narrowed: bool,
    loads: Sequence[ORMOption],
) -> list[Found]:
    """The rows after cursor or before it, with their keys; one more than size if there are more."""
    down = order.down != back
    directions = [key.desc() if down else key.asc() for key in order.keys]
    in_order = joined(query, order, narrowed).order_by(*directions).limit(size + 1)
    if cursor:
        in_order = in_order.where(*_beyond(order, _values(cursor, order), down))
    return _by_keys(query, in_order, order, loads) if order.sorts else _whole(in_order, order, loads)


def _by_keys(query: sa.Select[Any], in_order: sa.Select[Any], order: Order, loads: Sequence[ORMOption]) -> list[Found]:
    """First the keys and then the rows: what is sorted is carried about, and whole rows take three times as long."""
    keys = [tuple(row) for row in db.session.execute(in_order.with_only_columns(*order.keys))]
    those = query.where(order.keys[-1].in_([each[-1] for each in keys])).options(*loads)
    rows = {row.id: row for row in db.session.scalars(those).unique()}
    return [(rows.get(each[-1]), each) for each in keys]


def _whole(in_order: sa.Select[Any], order: Order, loads: Sequence[ORMOption]) -> list[Found]:
    in_order = in_order.options(*loads)
    if order.join is None:
        own = attrgetter(*(key.key for key in order.keys))
        return [(row, own(row)) for row in db.session.scalars(in_order).unique()]
    found = db.session.execute(in_order.add_columns(*order.keys)).unique()
    return [(row[0], tuple(row[1:])) for row in found]


def joined(query: sa.Select[Any], order: Order, narrowed: bool) -> sa.Select[Any]:
    """query with what the keys of order are read from."""
    if order.join is None:
        return query
    model, key, outer = order.join
    id = model.id
    if is_sqlite() and not narrowed and not outer:
        # SQLite would go through all rows and sort them. Where it cannot look for the id, it begins at the other side,
        # which an index has in order.
        id = sa.func.coalesce(id, sa.null())
    return query.join(model, id == key, isouter=outer)


def _beyond(order: Order, values: Sequence[Any], down: bool) -> list[sa.ColumnElement[bool]]:
    literals = [sa.literal(value, key.type) for value, key in zip(values, order.keys, strict=True)]
    keys: Any = sa.tuple_(*order.keys)
    first, at = order.keys[0], literals[0]
    # The first key by itself says the same and less, but is what an index understands if the others are elsewhere.
    if down:
        return [first <= at, keys < sa.tuple_(*literals)]
    return [first >= at, keys > sa.tuple_(*literals)]


def _cursor(row: Found, order: Order) -> str:
    text = json.dumps([order.by, *row[1]], default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _values(cursor: str, order: Order) -> list[Any]:
    """
    :raises ValueError: it is none of this order.
    """
    try:
        by, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if by != order.by:
            raise ValueError(by)
        return [_value(key, value) for key, value in zip(order.keys, values, strict=True)]
    except (ValueError, TypeError, ArithmeticError) as problem:
        raise ValueError(LOST) from problem


def _largest(key: sa.ColumnElement[Any]) -> int:
    """The largest number that a column of that type takes."""
    if isinstance(key.type, sa.BigInteger):
        return 2**63 - 1
    return 2**15 - 1 if isinstance(key.type, sa.SmallInteger) else 2**31 - 1


def _value(key: sa.ColumnElement[Any], value: Any) -> Any:
    kind = key.type.python_type
    read = READ[kind](value) if kind in READ else value
    if not isinstance(read, kind) or (isinstance(read, str) and ("\0" in read or has_surrogates(read))):
        raise ValueError(value)
    if isinstance(read, int):
        low, high = (0, LARGEST_ADDRESS) if isinstance(key.type, Number) else (-_largest(key), _largest(key))
        if not low <= read <= high:
            raise ValueError(value)
    if isinstance(read, Decimal) and not abs(read) < NUMBER_LIMIT:
        raise ValueError(value)
    if isinstance(read, datetime) and read.tzinfo is None:
        raise ValueError(value)
    return read
