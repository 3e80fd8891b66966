"""What somebody looks for as a column holds it: JSON and texts as people and clients send them, or values of Python."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.jobs.plain import has_surrogates

SEVERAL = (list, tuple, set, frozenset)
LARGEST = 2**31 - 1
LARGEST_SMALL = 2**15 - 1
DIGITS = re.compile(r"-?[0-9]{1,39}")
"""Of numbers of 128 bits."""
LARGEST_DECIMAL = Decimal(10) ** 18
TEXTS_OF_BOOLEANS = {"true": True, "false": False}


def fitting(column: Any, value: object) -> Any:
    """value, which is JSON or a text, as column holds it.

    :raises ValueError: no row can have it.
    """
    kind = column.type.python_type
    found = CONVERTERS.get(kind, text)(value)
    if kind is int:
        smallest, largest = _span(column.type)
        if not smallest <= found <= largest:
            raise ValueError("give a whole number.")
    return found


def text(value: object) -> str:
    """
    :raises ValueError: it is none that a database keeps.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("give a text.")
    told = str(value)
    if "\0" in told or has_surrogates(told):
        raise ValueError("that text has characters that nothing here has.")
    return told


def truth(value: object) -> bool:
    """
    :raises ValueError: it says neither yes nor no.
    """
    found = TEXTS_OF_BOOLEANS.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise ValueError("give true or false.")
    return found


def _span(type: Any) -> tuple[int, int]:
    """The least and the greatest whole number that a column of that type holds."""
    if isinstance(type, sa.SmallInteger):
        return -LARGEST_SMALL, LARGEST_SMALL
    return getattr(type, "span", (-LARGEST, LARGEST))


def _number(value: object) -> int:
    digits = isinstance(value, str) and DIGITS.fullmatch(value.strip())
    number = int(value) if digits and isinstance(value, str) else value
    if isinstance(number, bool) or not isinstance(number, int):
        raise ValueError("give a whole number.")
    return number


def _decimal(value: object) -> Decimal:
    try:
        number = Decimal(str(value)) if isinstance(value, str | int | float | Decimal) else None
    except InvalidOperation:
        number = None
    if number is None or isinstance(value, bool) or not number.is_finite() or abs(number) >= LARGEST_DECIMAL:
        raise ValueError("give a number.")
    return number


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        if isinstance(moment, datetime):
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        if isinstance(moment, date):
            return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("give a date, or a date and time, such as 2031-01-02T10:00:00Z.")


def _uuid(value: object) -> UUID:
    try:
        return value if isinstance(value, UUID) else UUID(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("give an id.") from None


CONVERTERS: Mapping[type, Callable[[object], Any]] = {
    str: text,
    int: _number,
    bool: truth,
    UUID: _uuid,
    datetime: _moment,
    Decimal: _decimal,
    float: lambda value: float(_decimal(value)),
}
