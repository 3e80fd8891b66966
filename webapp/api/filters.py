"""Filters that lists over the API are made of: each makes a condition of the values of a query parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from webapp.api.lists import Filter

MOST_TEXTS = 20
LONGEST_TEXT = 1000
"""Of one search: databases limit how deep a condition may be."""
TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no")


def any_of(column: Any, read: Callable[[str], Any] = str) -> Filter:
    """The column holds one of the values, each read by read."""

    def condition(values: list[str]) -> sa.ColumnElement[bool]:
        found: sa.ColumnElement[bool] = column.in_([_read(read, value) for value in values])
        return found

    return condition


def flag(column: Any) -> Filter:
    """The column is true, or false."""
    return any_of(column, truth)


def search(*columns: Any) -> Filter:
    """One of the columns contains one of the texts."""

    def condition(values: list[str]) -> sa.ColumnElement[bool]:
        if len(values) > MOST_TEXTS or max(map(len, values)) > LONGEST_TEXT:
            raise ValueError(f"Search for {MOST_TEXTS} texts at most, of {LONGEST_TEXT} characters at most.")
        return sa.or_(*(column.icontains(_read(str, value), autoescape=True) for column in columns for value in values))

    return condition


def _read(read: Callable[[str], Any], value: str) -> Any:
    if "\0" in value:
        raise ValueError("Null characters are not allowed.")
    try:
        return read(value)
    except ValueError:
        raise ValueError(f"“{value}” is not a valid value.") from None


def truth(value: str) -> bool:
    """Whether value says yes.

    :raises ValueError: it says neither yes nor no.
    """
    if value.lower() not in TRUE + FALSE:
        raise ValueError(value)
    return value.lower() in TRUE
