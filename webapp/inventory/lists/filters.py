"""The filters of a list: those of the API, with what each value means in words, or why it means nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.api.lists import PATTERNS
from webapp.db import db, is_sqlite
from webapp.inventory import filters as shared
from webapp.inventory import kinds
from webapp.inventory.fields import Field, label_of
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.lists.asked import Asked
from webapp.inventory.models.addresses import Number
from webapp.inventory.reading import value_of
from webapp.inventory.sections import capital
from webapp.jobs.plain import has_surrogates, text_of

NULL, NONE = "null", "None"
"""The value of a filter that asks for objects without a value, and the word for it."""
CONTAINS = "ic"
LONGEST_SHOWN = 100
UNFILTERED = ("json", "long text")
REFERENCES = ("reference", "references")
TRUTHS = {True: "Yes", False: "No"}
COMPARED = {
    "ic": "contains",
    "nic": "does not contain",
    "isw": "starts with",
    "iew": "ends with",
    "n": "is not",
    "in": "is one of",
    "gte": "at least",
    "lte": "at most",
    "gt": "more than",
    "lt": "less than",
    "isnull": "is empty",
}


@dataclass(frozen=True)
class Filter:
    """A value that the address has for a filter."""

    name: str
    value: str
    label: str
    words: str
    """The value as people know it."""
    problem: str = ""
    """Why it means nothing."""


def filterable(kind: ObjectKind) -> dict[str, Field]:
    """The fields by which objects of kind can be filtered, by name."""
    return {
        name: field for name, field in kind.fields.items() if field.type not in UNFILTERED and not _wide(kind, field)
    }


def filters_of(kind: ObjectKind, asked: Asked, user: User) -> list[Filter]:
    """What the filters of asked mean for user."""
    return [_filter(kind, name, value, user) for name, values in asked.filters.items() for value in values]


def conditions(kind: ObjectKind, asked: Asked) -> Iterator[sa.ColumnElement[bool]]:
    """What a row has to fulfil: each of the filters, which mean something, and each of the words."""
    for name, values in asked.filters.items():
        yield _condition(kind, name, values)
    for word in asked.words:
        yield sa.or_(sa.false(), *(_has(column, word) for column in kind.search))


def named(field: Field, value: str, user: User) -> str | None:
    """What the object that value names, by its id or what it is called, is called; None if user sees none."""
    target: Any = field.target
    [name, *_] = kinds.of(target).search or (target.id,)
    condition = _is_id(target, value)
    condition = name == value if condition is None else condition
    query = visible(target, user).with_only_columns(name).where(condition).limit(1)
    found = db.session.scalar(query)
    return None if found is None else text_of(found)


def _has(column: InstrumentedAttribute[str], word: str) -> sa.ColumnElement[bool]:
    # LIKE of SQLite knows no case anyway, and takes half as long as turning all into small letters.
    return column.contains(word, autoescape=True) if is_sqlite() else column.icontains(word, autoescape=True)


def _wide(kind: ObjectKind, field: Field) -> bool:
    """Whether it is one of the numbers that stand behind addresses, which nobody looks for."""
    column = kind.model.__table__.columns.get(field.column)
    return column is not None and isinstance(column.type, Number)


def _filter(kind: ObjectKind, name: str, value: str, user: User) -> Filter:
    field = filterable(kind).get(name)
    label = field.label if field else _label(kind, name)
    try:
        words = _words(kind, name, field, value, user)
    except ValueError as problem:
        return Filter(name, value, label, text_of(value[:LONGEST_SHOWN]), str(problem))
    return Filter(name, value, label, words)


def _words(kind: ObjectKind, name: str, field: Field | None, value: str, user: User) -> str:
    """
    :raises ValueError: there is no such filter, or no such value.
    """
    if "\0" in value or has_surrogates(value):
        raise ValueError("That text has characters that nothing here has.")
    if field and value == NULL and _may_be_empty(field):
        return NONE
    if field and field.type in REFERENCES:
        return _called(field, value, user)
    if field and field.type in ("choice", "truth"):
        read = value_of(field, value, user)
        return TRUTHS[read] if isinstance(read, bool) else str(read)
    if name.rpartition("__")[2] in PATTERNS:
        raise ValueError("Patterns can be looked for over the API only.")
    _condition(kind, name, [value])
    reference = kind.fields.get(name.removesuffix("__n"))
    return _called(reference, value, user) if reference and reference.type in REFERENCES else value[:LONGEST_SHOWN]


def _called(field: Field, value: str, user: User) -> str:
    """
    :raises ValueError: nothing that user sees is called so.
    """
    found = named(field, value, user)
    if found is None:
        what = kinds.of(field.target).label  # type: ignore[arg-type]
        raise ValueError(f"There is no {what} “{value[:LONGEST_SHOWN]}”, or you may not see it.")
    return found


def _condition(kind: ObjectKind, name: str, values: Sequence[str]) -> sa.ColumnElement[bool]:
    """
    :raises ValueError: there is no such filter, or one of the values does not fit.
    """
    field = kind.fields.get(name)
    if field and NULL in values and _may_be_empty(field):
        others = [value for value in values if value != NULL]
        return sa.or_(_is_empty(kind, field), *([_condition(kind, name, others)] if others else []))
    known = shared.of(kind, [name])
    if name not in known:
        raise ValueError("There is no such filter.")
    try:
        return known[name](list(values))
    except ValueError as problem:
        # What is wrong with a lookup begins with its name, which stands before the message in any case.
        raise ValueError(capital(str(problem).removeprefix(f"{name[:LONGEST_SHOWN]}: "))) from None


def _may_be_empty(field: Field) -> bool:
    return field.nullable or field.type in ("references", "choice")


def _is_empty(kind: ObjectKind, field: Field) -> sa.ColumnElement[bool]:
    if field.type == "references":
        none: sa.ColumnElement[bool] = ~getattr(kind.model, field.name).any()
        return none
    column = getattr(kind.model, field.column)
    empty: sa.ColumnElement[bool] = column.is_(None) if field.nullable else column == ""
    return empty


def _is_id(target: Any, value: str) -> sa.ColumnElement[bool] | None:
    try:
        condition: sa.ColumnElement[bool] = target.id == UUID(value)
    except ValueError:
        return None
    return condition


def _label(kind: ObjectKind, name: str) -> str:
    """What a filter that is no field is called: "Serial contains"."""
    path, _, how = name[:LONGEST_SHOWN].rpartition("__")
    if not path or how not in COMPARED:
        return text_of(label_of(name[:LONGEST_SHOWN].replace("__", "_")))
    field = kind.fields.get(path)
    return f"{field.label if field else text_of(label_of(path.replace('__', '_')))} {COMPARED[how]}"
