"""Values as people, files and scripts give them, as the columns of a kind hold them: said once, for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from webapp import lookups
from webapp.accounts.models import User
from webapp.accounts.permissions import is_visible, may_be_looked_up, visible
from webapp.db import db
from webapp.errors import InvalidInputs
from webapp.inventory import kinds
from webapp.inventory.fields import Field
from webapp.inventory.integrity.spellings import decimal
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.jobs.plain import storable

REQUIRED = "This field is required."
LARGEST = 2**31 - 1
YES, NO = frozenset({"true", "yes", "1", "on"}), frozenset({"false", "no", "0", "off", ""})


def read(kind: ObjectKind, raw: Mapping[str, object], by: User, *, new: bool) -> dict[str, Any]:
    """The values of raw by the names of their fields: texts of a form or a file, or JSON.

    A reference is a primary key, an object of lookups, or the label of an object that by may see. Of a new object all
    that is required has to be there.

    :raises InvalidInputs: with messages by name.
    """
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    fields = kind.writable
    for name in raw.keys() - fields.keys() - set(kind.settled):
        errors[name] = [f"A {kind.label} has no such field, or nobody may set it."]
    for name, field in fields.items():
        if name not in raw:
            if new and field.required:
                errors[name] = [REQUIRED]
            continue
        try:
            values[name] = value_of(field, raw[name], by)
        except ValueError as problem:
            errors[name] = [str(problem)]
    if errors:
        raise InvalidInputs(errors)
    return values


def value_of(field: Field, raw: object, by: User) -> Any:
    """raw as the attribute of field holds it.

    :raises ValueError: it does not fit; the text says why.
    """
    if isinstance(raw, str):
        raw = storable(raw).strip()
    if field.type == "references":
        return _references(field, raw, by)
    if raw is None or raw == "":
        return _nothing(field)
    if field.type == "reference":
        return found(field, raw, by)
    return READERS[field.type](field, raw)


def found(field: Field, raw: object, by: User) -> Object:
    """The object that raw names, among those that by may see.

    :raises ValueError: none is, or several are.
    """
    assert field.target is not None
    model: Any = field.target
    rows = db.session.scalars(visible(model, by).where(_naming(model, raw, by)).limit(2)).all()
    if not rows:
        raise ValueError(f"There is no {kinds.of(model).label} “{_shown(raw)}”, or you may not see it.")
    if len(rows) > 1:
        raise ValueError(f"“{_shown(raw)}” fits more than one {kinds.of(model).label}. Give its id.")
    row: Object = rows[0]
    return row


def _naming(model: Any, raw: object, by: User) -> sa.ColumnElement[bool]:
    if isinstance(raw, Mapping):
        if not raw:
            raise ValueError("Give an id, or what it is called.")
        # What by may not see is found by no guess at its name.
        return lookups.matching(model, raw, may_be_looked_up(), lambda related: is_visible(related, by))
    try:
        return lookups.matching(model, {lookups.PK: raw}, may_be_looked_up())
    except ValueError:
        return lookups.matching(model, {kinds.of(model).search[0].key: raw}, may_be_looked_up())


def _shown(raw: object) -> str:
    return str(raw)[:100]


def _nothing(field: Field) -> Any:
    if field.required:
        raise ValueError(REQUIRED)
    if field.nullable:
        return None
    if field.type == "json":
        return []
    return "" if field.type in ("text", "long text", "choice") and not field.default else field.default


def _references(field: Field, raw: object, by: User) -> list[Object]:
    if raw is None or raw == "":
        return []
    given = [part.strip() for part in raw.split(",")] if isinstance(raw, str) else raw
    if not isinstance(given, list | tuple):
        raise ValueError("Give a list.")
    rows = {row.id: row for one in given if one != "" for row in [found(field, one, by)]}
    return list(rows.values())


def _text(field: Field, raw: object) -> str:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise ValueError("Give a text.")
    text = str(raw)
    if field.longest is not None and len(text) > field.longest:
        raise ValueError(f"Give at most {field.longest} characters; these are {len(text):,}.")
    return text


def _number(_field: Field, raw: object) -> int:
    try:
        number = int(raw) if isinstance(raw, str | int) and not isinstance(raw, bool) else None
    except ValueError:
        number = None
    if number is None or abs(number) > LARGEST:
        raise ValueError("Give a whole number.")
    return number


def _truth(_field: Field, raw: object) -> bool:
    if isinstance(raw, bool):
        return raw
    word = str(raw).lower()
    if word not in YES | NO:
        raise ValueError("Give true or false.")
    return word in YES


def _choice(field: Field, raw: object) -> str:
    text = _text(field, raw.get("value") if isinstance(raw, Mapping) else raw)
    if text not in field.choices:
        raise ValueError(f"“{_shown(text)}” is none of {', '.join(field.choices)}.")
    return text


def _json(_field: Field, raw: object) -> Any:
    if isinstance(raw, str):
        return [part for text in raw.split(",") if (part := text.strip())]
    if not isinstance(raw, list) or not all(isinstance(one, str) for one in raw):
        raise ValueError("Give a list of texts.")
    return raw


READERS: Mapping[str, Callable[[Field, object], Any]] = {
    "text": _text,
    "long text": _text,
    "number": _number,
    "decimal": lambda _field, raw: decimal(raw),
    "truth": _truth,
    "choice": _choice,
    "json": _json,
}
