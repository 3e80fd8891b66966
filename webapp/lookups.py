"""What somebody looks for as a condition on rows: `{"groups__name": "Operator", "username__in": ["ann", "bob"]}`.

A lookup is a path of relations and a column, by `__`, and perhaps how to compare: exact, in, icontains. Only names that
whoever asks hands in can be looked up, and of what is related only the rows that they hand in: what is secret is not
found by guessing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, RelationshipProperty

from webapp.db import Model
from webapp.jobs.plain import has_surrogates

Known = Mapping[type[Model], Collection[str]]
"""The names of columns and relations that may be looked up, by model."""

Seen = Callable[[type[Model]], sa.ColumnElement[bool]]
"""The condition for rows of a model that count where they are related to others."""

PK = "pk"
EXACT = "exact"
MOST_STEPS = 6
MOST_VALUES = 5_000
"""Databases limit how many values a question has."""
LARGEST = 2**31 - 1
TEXTS_OF_BOOLEANS = {"true": True, "false": False}


def all_of_them(_model: type[Model]) -> sa.ColumnElement[bool]:
    """Every row counts."""
    return sa.true()


def matching(
    model: type[Model], lookups: Mapping[str, object], known: Known, seen: Seen = all_of_them
) -> sa.ColumnElement[bool]:
    """The condition that a row of model is as all of lookups say; rows that are not seen are related to nothing.

    :raises ValueError: a lookup has an unknown name, or a value that its column cannot have; the text says which.
    """
    conditions = []
    for name, value in lookups.items():
        try:
            conditions.append(_condition(model, name.split("__"), value, known, seen))
        except ValueError as problem:
            raise ValueError(f"{name[:100]}: {problem}") from None
    return sa.and_(sa.true(), *conditions)


def key_of(model: type[Model]) -> InstrumentedAttribute[Any]:
    """The column that is the primary key of model."""
    [column] = sa.inspect(model).primary_key
    key: InstrumentedAttribute[Any] = getattr(model, sa.inspect(model).get_property_by_column(column).key)
    return key


def fitting(column: InstrumentedAttribute[Any], value: object) -> Any:
    """value, which is JSON or a text, as column holds it.

    :raises ValueError: no row can have it.
    """
    convert = CONVERTERS.get(column.type.python_type, _text)
    return convert(value)


def _condition(model: type[Model], path: list[str], value: object, known: Known, seen: Seen) -> sa.ColumnElement[bool]:
    if len(path) > MOST_STEPS:
        raise ValueError("that is too far away to be looked up.")
    attribute, rest = _attribute(model, path[0], known), path[1:]
    if isinstance(attribute.property, RelationshipProperty):
        target = attribute.property.mapper.class_
        onward = [PK, *rest] if not rest or rest[0] in COMPARISONS else rest
        inner = sa.and_(seen(target), _condition(target, onward, value, known, seen))
        return attribute.any(inner) if attribute.property.uselist else attribute.has(inner)
    how = rest or [EXACT]
    if len(how) > 1 or how[0] not in COMPARISONS:
        raise ValueError(f"there is nothing called “{'__'.join(how)[:100]}”; compare by {', '.join(COMPARISONS)}.")
    return COMPARISONS[how[0]](attribute, value)


def _attribute(model: type[Model], name: str, known: Known) -> InstrumentedAttribute[Any]:
    names = known.get(model, ())
    if name == PK:
        return key_of(model)
    if name not in names:
        raise ValueError(
            f"there is nothing called “{name[:100]}”; what can be looked up is {', '.join(sorted(names))}."
        )
    attribute: InstrumentedAttribute[Any] = getattr(model, name)
    return attribute


def _exact(column: InstrumentedAttribute[Any], value: object) -> sa.ColumnElement[bool]:
    return column.is_(None) if value is None else column == fitting(column, value)


def _in(column: InstrumentedAttribute[Any], value: object) -> sa.ColumnElement[bool]:
    if not isinstance(value, list):
        raise ValueError("give a list of values.")
    if len(value) > MOST_VALUES:
        raise ValueError(f"give at most {MOST_VALUES:,} values.")
    return column.in_([fitting(column, one) for one in value])


def _icontains(column: InstrumentedAttribute[Any], value: object) -> sa.ColumnElement[bool]:
    if column.type.python_type is not str:
        raise ValueError("only texts are searched.")
    return column.icontains(_text(value), autoescape=True)


COMPARISONS: Mapping[str, Callable[[InstrumentedAttribute[Any], object], sa.ColumnElement[bool]]] = {
    EXACT: _exact,
    "in": _in,
    "icontains": _icontains,
}


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("give a text.")
    text = str(value)
    if "\0" in text or has_surrogates(text):
        raise ValueError("that text has characters that nothing here has.")
    return text


def _number(value: object) -> int:
    digits = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,10}", value.strip())
    number = int(value) if digits and isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int) or abs(number) > LARGEST:
        raise ValueError("give a whole number.")
    return number


def _truth(value: object) -> bool:
    truth = TEXTS_OF_BOOLEANS.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(truth, bool):
        raise ValueError("give true or false.")
    return truth


def _uuid(value: object) -> UUID:
    try:
        return UUID(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("give an id.") from None


CONVERTERS: Mapping[type, Callable[[object], Any]] = {str: _text, int: _number, bool: _truth, UUID: _uuid}
