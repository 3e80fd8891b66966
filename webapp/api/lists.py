"""Lists over the API: filters, sorting, pages of limit and offset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Response, request

from webapp.api import patterns
from webapp.api.shapes import Shape, answer
from webapp.db import Model, db
from webapp.errors import InvalidInputs, NotFound

Row = TypeVar("Row", bound=Model)
Filter = Callable[[list[str]], sa.ColumnElement[bool]]
"""Given the values of a repeated parameter, the condition that a row fits one of them; ValueError if none can."""

PAGE = 50
LARGEST_PAGE = 1000
PATTERNS = ("re", "nre", "ire", "nire")
"""The lookups that search for patterns."""
SHARED = ("limit", "offset", "sort", "format", "api_version", "depth", "exclude_m2m", "include")


def find(query: sa.Select[Row]) -> Row:
    """The one row of query.

    :raises NotFound: there is none.
    """
    row = db.session.scalars(query.limit(1)).first()
    if row is None:
        raise NotFound("Not found.")
    return row


def listing(
    query: sa.Select[Row],
    shapes: Callable[[Sequence[Row]], list[Shape]],
    filters: Mapping[str, Filter],
    sorts: Mapping[str, Any],
    *default_sort: str,
) -> Response:
    """The answer with a page of the rows of query, as listed() tells it.

    :raises InvalidInputs: an unknown filter or sort, or a value that cannot be read.
    """
    return answer(listed(query, shapes, filters, sorts, *default_sort))


def listed(
    query: sa.Select[Row],
    shapes: Callable[[Sequence[Row]], list[Shape]],
    filters: Mapping[str, Filter],
    sorts: Mapping[str, Any],
    *default_sort: str,
) -> Shape:
    """A page of the rows of query as `{"count", "next", "previous", "results"}`.

    :raises InvalidInputs: an unknown filter or sort, or a value that cannot be read.
    """
    narrowed = _narrow(query, filters)
    limit, offset = _window()
    with _patterns_limited():
        count = db.session.scalar(sa.select(sa.func.count()).select_from(narrowed.order_by(None).subquery())) or 0
        rows = db.session.scalars(narrowed.order_by(*_order(sorts, default_sort)).limit(limit).offset(offset)).all()
    return {
        "count": count,
        "next": _address(limit, offset + limit) if offset + limit < count else None,
        "previous": _address(limit, max(0, offset - limit)) if offset > 0 else None,
        "results": shapes(rows),
    }


def _narrow(query: sa.Select[Row], filters: Mapping[str, Filter]) -> sa.Select[Row]:
    for name, values in request.args.lists():
        if name in SHARED:
            continue
        if name not in filters:
            raise InvalidInputs({name: ["Unknown filter field"]})
        try:
            query = query.where(filters[name](values))
        except ValueError as error:
            raise InvalidInputs({name: [str(error)]}) from None
    return query


@contextmanager
def _patterns_limited() -> Iterator[None]:
    """
    :raises InvalidInputs: one of the patterns that are looked for cannot be read, or takes too long.
    """
    names = [name for name in request.args if name.rpartition("__")[2] in PATTERNS]
    if not names:
        yield
        return
    try:
        with patterns.limited():
            yield
    except ValueError as problem:
        raise InvalidInputs({name: [str(problem)] for name in names}) from None


def _window() -> tuple[int, int]:
    limit, offset = _count("limit", PAGE), _count("offset", 0)
    return (min(limit, LARGEST_PAGE) if limit else LARGEST_PAGE), offset


def _count(name: str, default: int) -> int:
    text = request.args.get(name, "")
    # More digits than a database integer holds cannot be meant.
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 15 else default


def _order(sorts: Mapping[str, Any], default: Sequence[str]) -> list[Any]:
    """By what the request names, else by default; rows that are equal in that by the rest of default, if there is one,
    else by the first of sorts."""
    wanted = request.args.get("sort", default[0])
    first = wanted.removeprefix("-")
    if first not in sorts:
        raise InvalidInputs({"sort": [f"Cannot sort by {wanted}."]})
    names = dict.fromkeys([first, *(default if default[1:] else list(sorts)[:1])])
    columns = [column for name in names for column in _columns(sorts[name])]
    return [column.desc() if wanted.startswith("-") else column.asc() for column in columns]


def _columns(sort: Any) -> Sequence[Any]:
    return sort if isinstance(sort, tuple) else (sort,)


def _address(limit: int, offset: int) -> str:
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in ("limit", "offset")]
    return f"{request.base_url}?{urlencode([*kept, ('limit', limit), ('offset', offset)])}"
