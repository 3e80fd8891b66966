"""All filters that a column offers, by its type: `name`, `name__ic`, `created__gte`, `tenant__isnull` and the like.

Several values of one filter are alternatives; of a filter that negates, none of them may fit. Rows that hold nothing
fit what negates.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.api import patterns
from webapp.api.filters import LONGEST_TEXT, any_of, flag, truth
from webapp.api.lists import Filter
from webapp.jobs.plain import has_surrogates
from webapp.lookups import comparisons
from webapp.lookups.comparisons import Comparison, opposite

MOST_VALUES = 100
"""Of one filter: databases limit how deep a condition may be."""
LARGEST = 2**31 - 1
NEGATED = "n"
IS_NULL = "isnull"
LOST_PLUS = re.compile(r"(:\d\d(?:\.\d+)?) (\d\d:\d\d)$")
"""A `+` in an address stands for a space, which clients forget."""


def filters_of(**columns: Any) -> dict[str, Filter]:
    """All filters of each column, under its name."""
    return {key: filter for name, column in columns.items() for key, filter in _filters(name, column).items()}


def _filters(name: str, column: Any) -> dict[str, Filter]:
    kind = column.type.python_type
    if kind is bool:
        found = {name: flag(column)}
    else:
        read, comparisons, negatable = KINDS[kind]
        found = {}
        for suffix, compare in comparisons.items():
            found[_key(name, suffix)] = compared(column, read, compare)
            if suffix in negatable:
                found[_key(name, NEGATED + suffix)] = negated(compared(column, read, compare))
    if getattr(column, "nullable", False):
        found[_key(name, IS_NULL)] = is_null(column)
    return found


def _key(name: str, suffix: str) -> str:
    return f"{name}__{suffix}" if suffix else name


def compared(column: Any, read: Callable[[str], Any], compare: Comparison) -> Filter:
    """The column compares so to one of the values, each read by read."""

    def condition(values: list[str]) -> sa.ColumnElement[bool]:
        _count(values)
        return sa.or_(*(compare(column, read(value)) for value in values))

    return condition


def negated(filter: Filter) -> Filter:
    """What filter does not find; rows of which it cannot say are among it."""
    return lambda values: opposite(filter(values))


def is_null(column: Any) -> Filter:
    """Whether the column holds nothing."""
    return any_of(column.is_(None), truth)


def named(key: Any, id: Any, name: Any) -> Filter:
    """The column key points to a row that one of the values names by its id or its name."""
    either = names_or_ids(id, name)
    return lambda values: key.in_(sa.select(id).where(either(values)))


def names_or_ids(id: Any, name: Any) -> Filter:
    """One of the values is the id, or the name."""

    def condition(values: list[str]) -> sa.ColumnElement[bool]:
        _count(values)
        texts = [_text(value) for value in values]
        return sa.or_(id.in_(_ids(texts)), name.in_(texts))

    return condition


def _count(values: list[str]) -> None:
    """
    :raises ValueError: there are too many.
    """
    if len(values) > MOST_VALUES:
        raise ValueError(f"Give {MOST_VALUES} values at most.")


def _ids(texts: list[str]) -> list[UUID]:
    found = []
    for text in texts:
        with suppress(ValueError):
            found.append(UUID(text))
    return found


def _text(value: str) -> str:
    if "\0" in value or has_surrogates(value) or len(value) > LONGEST_TEXT:
        raise ValueError(f"Give a text of {LONGEST_TEXT} characters at most, without null characters.")
    return value


def _number(value: str) -> Any:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not abs(number) <= LARGEST:
        raise ValueError("Enter a number.")
    # A fraction would be rounded to fit a column of whole numbers.
    return int(number) if number.is_integer() else sa.literal(number, sa.Float)


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(LOST_PLUS.sub(r"\1+\2", value))
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("Enter a valid date/time.") from None


def _id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise ValueError(f"“{value[:100]}” is not a valid value.") from None


def _equal(column: Any, value: Any) -> sa.ColumnElement[bool]:
    same: sa.ColumnElement[bool] = column == value
    return same


TEXT: Mapping[str, Comparison] = {
    "": _equal,
    **comparisons.TEXTS,
    "re": patterns.matches,
    "ire": partial(patterns.matches, ignore_case=True),
}
ORDERED: Mapping[str, Comparison] = {"": _equal, **comparisons.ORDERED}
KINDS: Mapping[type, tuple[Callable[[str], Any], Mapping[str, Comparison], tuple[str, ...]]] = {
    str: (_text, TEXT, tuple(TEXT)),
    int: (_number, ORDERED, ("",)),
    float: (_number, ORDERED, ("",)),
    Decimal: (_number, ORDERED, ("",)),
    datetime: (_moment, ORDERED, ("",)),
    UUID: (_id, {"": _equal}, ("",)),
}
"""How values are read, how columns compare to them, and which comparisons can be negated."""
