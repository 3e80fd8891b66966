"""The endpoints that every kind has: a list of its objects, and each object."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Flask, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.permissions import visible
from webapp.api import answer, bulk, find, is_list, json_body, json_list, listing
from webapp.db import transaction
from webapp.inventory import filters, routes, service
from webapp.inventory.api import bodies, sorting
from webapp.inventory.api.shapes import object_json, objects_json
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object


def add_routes(app: Flask, kind: ObjectKind) -> None:
    """Answer below /api/ for objects of kind."""
    one = "<uuid:id>/"
    routes.add(app, kind, "list", "", index, api=True)
    routes.add(app, kind, "create", "", create, "add", ["POST"], api=True)
    routes.add(app, kind, "change_several", "", change_several, "change", ["PATCH", "PUT"], api=True)
    routes.add(app, kind, "delete_several", "", delete_several, "delete", ["DELETE"], api=True)
    routes.add(app, kind, "detail", one, detail, api=True)
    routes.add(app, kind, "change", one, change, "change", ["PATCH", "PUT"], api=True)
    routes.add(app, kind, "delete", one, delete, "delete", ["DELETE"], api=True)


def index(kind: ObjectKind) -> ResponseReturnValue:
    """The objects that the caller sees."""
    order = sorting.usual(kind)
    sorts = sorting.sorts_of(kind, (request.args.get("sort", "").removeprefix("-"), *order))
    query = visible(kind.model).options(*kind.loads)
    return listing(query, lambda rows: objects_json(kind, rows), filters.of(kind, request.args), sorts, *order)


def create(kind: ObjectKind) -> ResponseReturnValue:
    """Make an object; or several, from a list, all of them or none."""
    if not is_list():
        return answer(object_json(kind, bodies.created(kind, json_body(required=True))), 201)
    with transaction():
        made = bulk.each(json_list(), lambda given: bodies.created(kind, given))
    return answer(objects_json(kind, made), 201)


def change_several(kind: ObjectKind) -> ResponseReturnValue:
    """Change several objects, each as one object of the list says; all of them or none."""
    with transaction():
        wanted = bulk.named(visible(kind.model).options(*kind.loads))
        bulk.each(wanted, lambda each: bodies.change(kind, *each))
    return answer(objects_json(kind, [row for row, _ in wanted]))


def delete_several(kind: ObjectKind) -> ResponseReturnValue:
    """Delete several objects; all of them or none."""
    with transaction():
        service.delete(kind, [row for row, _ in bulk.named(visible(kind.model))], current_user)
    return "", 204


def detail(kind: ObjectKind, id: UUID) -> ResponseReturnValue:
    """One object."""
    return answer(object_json(kind, _one(kind, id)))


def change(kind: ObjectKind, id: UUID) -> ResponseReturnValue:
    """Change an object; by PUT to what the body says of it as a whole, of which what may be left out stays."""
    given = json_body(required=True)
    with transaction():
        row = _one(kind, id)
        bodies.change(kind, row, given, whole=request.method == "PUT")
    return answer(object_json(kind, row))


def delete(kind: ObjectKind, id: UUID) -> ResponseReturnValue:
    """Delete an object; a 409 while others need it."""
    with transaction():
        service.delete(kind, [_one(kind, id)], current_user)
    return "", 204


def _one(kind: ObjectKind, id: UUID) -> Object:
    query: Any = visible(kind.model).where(kind.model.id == id).options(*kind.loads)
    row: Object = find(query)
    return row
