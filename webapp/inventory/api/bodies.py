"""What clients say of objects, in words of the service: references as they were told, and what only follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_login import current_user

from webapp.api.bodies import FREE, changed
from webapp.api.bodies import required as with_all
from webapp.db import transaction
from webapp.errors import InvalidInputs
from webapp.inventory import service
from webapp.inventory.api.shapes import beside, object_json, told_only
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object

OF_EVERY_OBJECT = ("id", "object_type", "custom_fields")
ABOUT = ("object_type", "url", "display", "natural_slug")
"""What a reference is told with besides its id."""
FOLLOWS = "Nobody sets this: it follows from the rest, or was settled when the object was made."


def created(kind: ObjectKind, given: Mapping[str, Any]) -> Object:
    """A new object as given says; what only follows from that may be said as well, if it is true.

    :raises InvalidInputs: with messages by the names that given has for fields.
    """
    if given.get("custom_fields"):
        raise InvalidInputs({"custom_fields": ["There are none here."]})
    told = told_only(kind)
    silent = {*OF_EVERY_OBJECT, *FREE, *told, *(() if given.get("tags") else ("tags",))}
    wanted = {name: value for name, value in given.items() if name not in silent}
    follows = {name: value for name, value in given.items() if name in told and value not in (None, "", [])}
    settled = {name: value for one in beside(kind) if one.read for name, value in one.read(given).items()}
    with transaction() as session:
        row: Object = service.create(kind, _values(kind, wanted) | settled, current_user)
        session.expire(row)
        _refuse(changed(follows, object_json(kind, row)) if follows else ())
    return row


def change(kind: ObjectKind, row: Object, given: Mapping[str, Any], *, whole: bool = False) -> None:
    """Change row as given says, and, if that is to be the whole, all that has to be said is; what given only repeats
    means nothing.

    :raises InvalidInputs: with messages by the names that given has for fields.
    """
    if whole:
        with_all(given, *(name for name, field in kind.writable.items() if field.required))
    wanted = changed(given, object_json(kind, row))
    _refuse(name for name in wanted if name in (*OF_EVERY_OBJECT, *(told_only(kind) - kind.writable.keys())))
    service.change(kind, [row], _values(kind, wanted), current_user)


def _values(kind: ObjectKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """given, with references as the service reads them."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        type = kind.fields[name].type if name in kind.fields else ""
        if type == "references" and isinstance(value, list):
            found[name] = [_meant(one) for one in value]
        else:
            found[name] = _meant(value) if type == "reference" else value
    return found


def _meant(value: Any) -> Any:
    """The reference without what else was told of it."""
    if not isinstance(value, Mapping):
        return value
    if "id" in value:
        return value["id"]
    return {name: each for name, each in value.items() if name not in ABOUT}


def _refuse(names: Iterable[str]) -> None:
    """
    :raises InvalidInputs: there are names.
    """
    errors = {name: [FOLLOWS] for name in names}
    if errors:
        raise InvalidInputs(errors)
