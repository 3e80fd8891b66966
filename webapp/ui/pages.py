"""What views of pages do: find one row or say that there is none, and go through many in pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from flask import request
from sqlalchemy.orm import InstrumentedAttribute

from webapp.db import db
from webapp.errors import NotFound

Row = TypeVar("Row")
PAGE = 50
LARGEST = 2**31 - 1
"""No number of a row or of a line is larger; databases refuse to look for one that is."""


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows of a list, newest first."""

    rows: Sequence[Row]
    older: int | None
    """The cursor (`?before=`) of the page that follows; None if this is the last."""


def find(query: sa.Select[Row], **by: Any) -> Row:
    """The one row of query whose columns are as `by` says.

    :raises NotFound: there is none; a row that the user may not see counts as none.
    """
    row = db.session.scalars(query.filter_by(**by).limit(1)).first()
    if row is None:
        raise NotFound("There is nothing at this address, or you may not see it.")
    return row


def page(query: sa.Select[Row], key: InstrumentedAttribute[int], before: int | None, size: int = PAGE) -> Page[Row]:
    """The first `size` rows of query below the cursor `before`, highest key first; as fast far back as at the start."""
    if before is not None:
        query = query.where(key < before)
    rows = db.session.scalars(query.order_by(key.desc()).limit(size + 1)).all()
    more = len(rows) > size
    return Page(rows[:size], getattr(rows[size - 1], key.key) if more else None)


def cursor(text: str) -> int:
    """The number that text of an address says, for Flask to read it by.

    :raises ValueError: no row has such a number.
    """
    number = int(text)
    if not 0 <= number <= LARGEST:
        raise ValueError(text)
    return number


def unseen() -> bool:
    """Whether a page asks by itself while nobody sees it, in a tab behind others; static/app.js says so."""
    return "X-Tab-Hidden" in request.headers
