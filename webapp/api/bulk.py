"""Several objects in one request: the rows that they name, and what is done to each, for all of them or for none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from webapp.api.bodies import REQUIRED, InvalidList, json_list
from webapp.db import Model, db
from webapp.errors import InvalidInputs

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")
Result = TypeVar("Result")


def named(query: sa.Select[Row]) -> list[tuple[Row, dict[str, Any]]]:
    """The row of query that each object of the request's list names by its `id`, with the rest of that object.

    :raises InvalidInputs: there is no list.
    :raises InvalidList: one has no id, or one that no row of query has, or that another one has as well.
    """
    objects = json_list()
    [model] = (column["entity"] for column in query.column_descriptions)
    ids = [_id(each.get("id")) for each in objects]
    found: list[Any] = list(db.session.scalars(query.where(model.id.in_({id for id in ids if id}))))
    rows = {row.id: row for row in found}
    seen: set[UUID] = set()
    errors: list[dict[str, list[str]]] = []
    for each, id in zip(objects, ids, strict=True):
        problem = _problem(each, id, rows, seen)
        errors.append({"id": [problem]} if problem else {})
        if id:
            seen.add(id)
    if any(errors):
        raise InvalidList(errors)
    return [(rows[id], _without_id(each)) for each, id in zip(objects, ids, strict=True) if id]


def each(items: Iterable[Item], act: Callable[[Item], Result]) -> list[Result]:
    """What act gives for each of items; inside a transaction, which has to end if it raises.

    :raises InvalidList: act has raised InvalidInputs for some of them.
    """
    results: list[Result] = []
    errors: list[Mapping[str, list[str]]] = []
    for item in items:
        try:
            with db.session.begin_nested():
                results.append(act(item))
            errors.append({})
        except InvalidInputs as refusal:
            errors.append(refusal.errors)
    if any(errors):
        raise InvalidList(errors)
    return results


def _problem(given: Mapping[str, Any], id: UUID | None, rows: Mapping[UUID, Model], seen: set[UUID]) -> str | None:
    if "id" not in given:
        return REQUIRED
    if id is None:
        return "Must be a valid UUID."
    if id in seen:
        return "This object is in the list already."
    return None if id in rows else "There is no such object."


def _id(value: object) -> UUID | None:
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError:
        return None


def _without_id(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name != "id"}
