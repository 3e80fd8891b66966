"""Rows that the body of a request points to: by id, as `{"id": …}`, or by what they are called, as `{"name": …}`."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from webapp.db import Model, db
from webapp.jobs.plain import has_surrogates

Row = TypeVar("Row", bound=Model)
NATURAL = ("name",)
"""By what else than an id rows are called."""
LONGEST_QUOTE = 100


def related(query: sa.Select[Row], given: object, natural: tuple[str, ...] = NATURAL) -> Row:
    """The row of query that given stands for.

    :raises ValueError: there is none; the text says why.
    """
    if given is None:
        raise ValueError("This field may not be null.")
    [model] = (column["entity"] for column in query.column_descriptions)
    row = db.session.scalars(query.where(_condition(model, given, natural)).limit(2)).all()
    if len(row) != 1:
        by = "attributes" if isinstance(given, Mapping) else "ID"
        raise ValueError(f"Related object not found using the provided {by}: {str(given)[:LONGEST_QUOTE]}")
    return row[0]


def _condition(model: Any, given: object, natural: tuple[str, ...]) -> sa.ColumnElement[bool]:
    if not isinstance(given, Mapping):
        return _of_id(model, given)
    if not given or not set(given) <= {"id", *natural, "object_type", "url"}:
        raise ValueError(f"Give an id, or {', '.join(natural)}.")
    conditions = [_of_id(model, given["id"])] if "id" in given else []
    for name in natural:
        if name in given:
            conditions.append(getattr(model, name) == given[name] if _is_text(given[name]) else sa.false())
    return sa.and_(*conditions) if conditions else sa.false()


def _of_id(model: Any, value: object) -> sa.ColumnElement[bool]:
    with suppress(ValueError):
        same: sa.ColumnElement[bool] = model.id == UUID(value if isinstance(value, str) else "")
        return same
    return sa.false()


def _is_text(value: object) -> bool:
    return isinstance(value, str) and "\0" not in value and not has_surrogates(value)
