"""The values of fields: spelled in one way, and such that their columns take them, on every database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import attributes
from sqlalchemy.orm.base import PASSIVE_NO_INITIALIZE

from webapp.inventory import kinds
from webapp.inventory.fields import Field
from webapp.inventory.integrity.batch import Batch, key
from webapp.inventory.integrity.spellings import SPELLINGS, decimal
from webapp.inventory.models import IPAddress, Object, Prefix
from webapp.inventory.models.base import label_of, wanted
from webapp.jobs.plain import has_surrogates

REQUIRED = "This field is required."
LARGEST = 2**31 - 1
NAMED = "jobdeck.named_objects"
"""Under which a session keeps what was named by ids, so that nobody asks for it again in the same transaction."""
BREAKS = {"\n", "\r"}
"""What nothing has in its name."""
NO_ID = "Give an object, or its id as a UUID."


def check(batch: Batch) -> None:
    """Spell what is written in one way, and refuse what its column does not take."""
    by_model = {kind.model: list(kind.writable.values()) for kind in kinds.every()}
    named: dict[Field, list[Object]] = {}
    for row in batch.written(Object):
        new = batch.is_new(row)
        _follow(batch, row)
        for field in by_model.get(type(row), ()):
            if new or batch.differs(row, field.name):
                try:
                    _take(row, field, new)
                except ValueError as problem:
                    batch.refuse(row, field.name, str(problem))
                    continue
                if field.type == "reference":
                    named.setdefault(field, []).append(row)
    for field, rows in named.items():
        _require_targets(batch, field, rows)


def _follow(batch: Batch, row: Object) -> None:
    """What follows from the text of an address or a prefix does, whatever somebody has set."""
    if isinstance(row, Prefix) and row.prefix and batch.differs(row, "version", "first", "last", "length"):
        row.prefix = row.prefix
    if isinstance(row, IPAddress) and row.address and batch.differs(row, "version", "host", "mask_length"):
        row.address = row.address


def _take(row: Object, field: Field, new: bool) -> None:
    """Let row have for field what its column takes.

    :raises ValueError: it does not take that.
    """
    if field.type == "reference":
        _take_reference(row, field, new)
        return
    value = row.__dict__.get(field.name)
    if value is None:
        if (field.required if new else not field.nullable) and (new or field.name in row.__dict__):
            raise ValueError(REQUIRED)
        return
    right = value
    for model, name, spelled in SPELLINGS:
        if name == field.name and isinstance(row, model) and value:
            right = spelled(str(value))
    right = TAKERS[field.type](field, right)
    if right is not value and (type(right) is not type(value) or right != value):
        setattr(row, field.name, right)


def _take_reference(row: Object, field: Field, new: bool) -> None:
    """
    :raises ValueError: it names nothing that could be there.
    """
    given = attributes.get_state_history(sa.inspect(row), field.name, PASSIVE_NO_INITIALIZE).added or ()
    if any(target is not None and not isinstance(target, _model(field)) for target in given):
        raise ValueError(wanted(_model(field), several=False))
    id = key(row, field.name)
    if id is None and (field.required if new else not field.nullable):
        raise ValueError(REQUIRED)
    if id is not None and not isinstance(id, UUID):
        raise ValueError(NO_ID)
    if id is not None and id == row.id and type(row) is field.target:
        raise ValueError("An object cannot refer to itself.")


def _require_targets(batch: Batch, field: Field, rows: Sequence[Object]) -> None:
    """Refuse what names objects that are not there by their ids."""
    model = _model(field)
    ids = {row: id for row in rows if (id := key(row, field.name)) is not None and not _has_relation(row, field)}
    known = batch.rows(model, ids.values()) if ids else {}
    batch.session.info.setdefault(NAMED, set()).update(known.values())
    for row, id in ids.items():
        if id not in known:
            batch.refuse(row, field.name, f"There is no {label_of(model)} with this id.")


def _has_relation(row: Object, field: Field) -> bool:
    return row.__dict__.get(field.name) is not None


def _model(field: Field) -> Any:
    return field.target or Object


def _text(field: Field, value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("Give a text.")
    if "\0" in value or has_surrogates(value) or (field.required and BREAKS & {*value}):
        raise ValueError("Take out the characters that no text may have.")
    if field.longest is not None and len(value) > field.longest:
        raise ValueError(f"Give at most {field.longest} characters; these are {len(value):,}.")
    if field.required and not value.strip():
        raise ValueError(REQUIRED)
    if field.choices and value and value not in field.choices:
        raise ValueError(f"“{value[:100]}” is none of {', '.join(field.choices)}.")
    return value


def _number(_field: Field, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST:
        raise ValueError("Give a whole number.")
    return value


def _truth(_field: Field, value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Give true or false.")
    return value


def _several(field: Field, value: Any) -> Any:
    if not all(isinstance(one, _model(field)) for one in value):
        raise ValueError(wanted(_model(field), several=True))
    return value


TAKERS: Mapping[str, Callable[[Field, Any], Any]] = {
    "text": _text,
    "long text": _text,
    "choice": _text,
    "number": _number,
    "decimal": lambda _field, value: decimal(value),
    "truth": _truth,
    "references": _several,
    "json": lambda _field, value: value,
}
