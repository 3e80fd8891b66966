"""A list as a CSV file: all that its filters show, in its order, sent while it is read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from flask import Response, request, stream_with_context
from flask_login import current_user

from webapp.db import db
from webapp.errors import InvalidInputs
from webapp.inventory import columns
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.lists import asked as addresses
from webapp.inventory.lists.filters import filters_of
from webapp.inventory.lists.listing import loading
from webapp.inventory.lists.listing import narrowed as about
from webapp.inventory.lists.ordering import Order, order_of
from webapp.inventory.lists.paging import page

CHUNK = 1_000
"""Rows that are read at once."""


def export(kind: ObjectKind) -> Response:
    """The objects that the address asks for as a file.

    :raises InvalidInputs: the address is not understood.
    """
    asked = addresses.read(request.args)
    problems = {each.name: [each.problem] for each in filters_of(kind, asked, current_user) if each.problem}
    try:
        order = order_of(kind, asked.sort)
    except ValueError as problem:
        problems[addresses.SORT] = [str(problem)]
    if problems:
        raise InvalidInputs(problems)
    query = about(kind, asked, current_user)
    lines = stream_with_context(_lines(kind, query, order, asked.narrowed))
    name = f"{kind.path.rpartition('/')[2]}.csv"
    response = Response(lines, mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _lines(kind: ObjectKind, query: Any, order: Order, narrowed: bool) -> Iterator[str]:
    """The file in pieces, each made of so many rows."""
    yield _as_csv([columns.columns_of(kind)])
    after: str | None = ""
    loads = loading(kind, columns.columns_of(kind))
    while after is not None:
        found = page(query, order, after, size=CHUNK, narrowed=narrowed, loads=loads)
        ambiguous = columns.ambiguous_among(kind, found.rows)
        yield _as_csv([columns.written(kind, row, ambiguous) for row in found.rows])
        after = found.after
        # However long the list is, no more than a piece of it is kept.
        db.session.expunge_all()


def _as_csv(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
