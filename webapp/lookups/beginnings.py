"""Names by their beginning, which an index finds among any number; and words anywhere, for which all are read."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import operators

from webapp.db import Model, db, is_sqlite

ENOUGH = 10
"""Where so many begin with what was typed, nobody looks for it in the middle of other names."""
LAST = "\U0010ffff"
"""No character comes after it."""
BY_BYTES: Any = operators.custom_op("USING ~<~")


def rows(query: sa.Select[Any], column: InstrumentedAttribute[str], text: str, most: int) -> list[Model]:
    """The first rows of query whose column begins with text as it is, or in other capitals as they are usual."""
    found: list[Model] = []
    for begins in dict.fromkeys((text, text.lower(), text.upper(), text.capitalize())):
        if len(found) < most:
            asked = query.where(begin(column, begins)).order_by(in_order(column)).limit(most - len(found))
            found += [row for row in db.session.scalars(asked) if row not in found]
    return found


def begin(column: Any, text: str) -> sa.ColumnElement[bool]:
    """The condition that column begins with text, in words that an index understands."""
    if is_sqlite():
        return sa.and_(column >= text, column < text + LAST)
    # As bytes: in the order of a language, what begins alike does not lie together.
    return sa.and_(column.op("~>=~")(text), column.op("~<~")(text + LAST))


def in_order(column: Any) -> Any:
    """By column, in the order of the index that begin() looks at."""
    return column if is_sqlite() else sa.UnaryExpression(column.expression, modifier=BY_BYTES)


def has(column: InstrumentedAttribute[str], word: str) -> sa.ColumnElement[bool]:
    """The condition that column has word somewhere, whatever the case."""
    # LIKE of SQLite knows no case anyway, and is much faster than turning all into small letters.
    return column.contains(word, autoescape=True) if is_sqlite() else column.icontains(word, autoescape=True)
