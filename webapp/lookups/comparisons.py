"""How a column may be compared to what somebody looks for, under the names that the reference has for it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from webapp.lookups.values import SEVERAL, fitting, text, truth

Comparison = Callable[[Any, Any], sa.ColumnElement[bool]]
EXACT, IS_NULL = "exact", "isnull"
MOST_VALUES = 5_000
LONGEST_PATTERN = 1_000
"""Databases limit how many values a question has, and how long a pattern may be."""
IN_ORDER = (int, float, Decimal, date, datetime)


def opposite(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """What does not fit condition; rows of which it cannot say are among it."""
    return ~sa.func.coalesce(condition, sa.false())


def like(column: Any, value: str) -> sa.ColumnElement[bool]:
    """The same text, whatever the case."""
    same: sa.ColumnElement[bool] = sa.func.lower(column) == sa.func.lower(value)
    return same


def lists(column: Any, value: str) -> sa.ColumnElement[bool]:
    """The JSON of column, a list of texts, has value among them.

    :raises ValueError: it is too long.
    """
    _limit(value)
    return sa.cast(column, sa.Text).contains(json.dumps(value), autoescape=True)


def _contains(column: Any, value: str) -> sa.ColumnElement[bool]:
    # LIKE knows no case in SQLite.
    found: sa.ColumnElement[bool] = sa.func.replace(column, value, "") != column
    return found if value else column.is_not(None)


def _starts(column: Any, value: str) -> sa.ColumnElement[bool]:
    begins: sa.ColumnElement[bool] = sa.func.substr(column, 1, len(value)) == value
    return begins


def _ends(column: Any, value: str) -> sa.ColumnElement[bool]:
    length = sa.func.length(column)
    return sa.and_(length >= len(value), sa.func.substr(column, length - len(value) + 1) == value)


TEXTS: Mapping[str, Comparison] = {
    "ic": lambda column, value: column.icontains(value, autoescape=True),
    "isw": lambda column, value: column.istartswith(value, autoescape=True),
    "iew": lambda column, value: column.iendswith(value, autoescape=True),
    "ie": like,
}
"""Of texts, whatever the case; each has an opposite, with an n before it."""
ORDERED: Mapping[str, Comparison] = {
    "lt": lambda column, value: column < value,
    "lte": lambda column, value: column <= value,
    "gt": lambda column, value: column > value,
    "gte": lambda column, value: column >= value,
}
"""Of numbers and moments."""
WORDS: Mapping[str, Comparison] = {
    "contains": _contains,
    "startswith": _starts,
    "endswith": _ends,
    "icontains": TEXTS["ic"],
    "istartswith": TEXTS["isw"],
    "iendswith": TEXTS["iew"],
    "iexact": TEXTS["ie"],
}
"""What authors write in queries; those without an i look at the case."""


def _exact(column: Any, value: object) -> sa.ColumnElement[bool]:
    if value is None:
        none: sa.ColumnElement[bool] = column.is_(None)
        return none
    if isinstance(column.type, sa.JSON):
        return lists(column, text(value))
    same: sa.ColumnElement[bool] = column == fitting(column, value)
    return same


def _in(column: Any, value: object) -> sa.ColumnElement[bool]:
    if not isinstance(value, SEVERAL):
        raise ValueError("give a list of values.")
    if len(value) > MOST_VALUES:
        raise ValueError(f"give at most {MOST_VALUES:,} values.")
    if isinstance(column.type, sa.JSON):
        raise ValueError("of a list, look for one value at a time.")
    found: sa.ColumnElement[bool] = column.in_([fitting(column, one) for one in value])
    return found


def _is_null(column: Any, value: object) -> sa.ColumnElement[bool]:
    none: sa.ColumnElement[bool] = column.is_(None) if truth(value) else column.is_not(None)
    return none


def _of_texts(compare: Comparison) -> Comparison:
    def condition(column: Any, value: object) -> sa.ColumnElement[bool]:
        if column.type.python_type is not str:
            raise ValueError("only texts are searched.")
        _limit(found := text(value))
        return compare(column, found)

    return condition


def _limit(value: str) -> None:
    """
    :raises ValueError: a database would not look for it.
    """
    if len(value) > LONGEST_PATTERN:
        raise ValueError(f"look for {LONGEST_PATTERN:,} characters at most.")


def _in_order(compare: Comparison) -> Comparison:
    def condition(column: Any, value: object) -> sa.ColumnElement[bool]:
        if column.type.python_type not in IN_ORDER:
            raise ValueError("only numbers and dates are greater or less.")
        return compare(column, fitting(column, value))

    return condition


COMPARISONS: Mapping[str, Comparison] = {
    EXACT: _exact,
    "in": _in,
    IS_NULL: _is_null,
    **{name: _of_texts(compare) for name, compare in {**TEXTS, **WORDS}.items()},
    **{name: _in_order(compare) for name, compare in ORDERED.items()},
}
NEGATIONS: Mapping[str, str] = {"n": EXACT, "nin": "in", **{f"n{name}": name for name in TEXTS}}
"""What each of those that negate is the opposite of."""
NAMES = (EXACT, "in", IS_NULL, *TEXTS, *ORDERED, *NEGATIONS)
"""What is proposed to whoever writes another one."""
