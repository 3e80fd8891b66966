"""Lists over the API: filters, sorting, pages of limit and offset."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Response, request

from webapp.api.shapes import Shape, answer
from webapp.db import Model, db
from webapp.errors import InvalidInputs, NotFound

Row = TypeVar("Row", bound=Model)
Filter = Callable[[list[str]], sa.ColumnElement[bool]]
"""Given the values of a repeated parameter, the condition that a row fits one of them; ValueError if none can."""

PAGE = 50
LARGEST_PAGE = 1000
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
    default_sort: str,
) -> Response:
    """A page of the rows of query as `{"count", "next", "previous", "results"}`.

    :raises InvalidInputs: an unknown filter or sort, or a value that cannot be read.
    """
    narrowed = _narrow(query, filters)
    limit, offset = _window()
    count = db.session.scalar(sa.select(sa.func.count()).select_from(narrowed.order_by(None).subquery())) or 0
    rows = db.session.scalars(narrowed.order_by(*_order(sorts, default_sort)).limit(limit).offset(offset)).all()
    return answer(
        {
            "count": count,
            "next": _address(limit, offset + limit) if offset + limit < count else None,
            "previous": _address(limit, max(0, offset - limit)) if offset > 0 else None,
            "results": shapes(rows),
        }
    )


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


def _window() -> tuple[int, int]:
    limit, offset = _count("limit", PAGE), _count("offset", 0)
    return (min(limit, LARGEST_PAGE) if limit else LARGEST_PAGE), offset


def _count(name: str, default: int) -> int:
    text = request.args.get(name, "")
    # More digits than a database integer holds cannot be meant.
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 15 else default


def _order(sorts: Mapping[str, Any], default: str) -> list[Any]:
    wanted = request.args.get("sort", default)
    column = sorts.get(wanted.removeprefix("-"))
    if column is None:
        raise InvalidInputs({"sort": [f"Cannot sort by {wanted}."]})
    last = next(iter(sorts.values()))
    return [column.desc(), last.desc()] if wanted.startswith("-") else [column.asc(), last.asc()]


def _address(limit: int, offset: int) -> str:
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in ("limit", "offset")]
    return f"{request.base_url}?{urlencode([*kept, ('limit', limit), ('offset', offset)])}"
