"""Objects of every kind: what a test does not say of one is made up."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from webapp.db import db, transaction
from webapp.inventory import kinds

NUMBERS = {"prefix": "10.{}.0.0/16", "address": "10.{}.0.1/24"}
Make = Callable[..., Any]


@pytest.fixture
def make(app) -> Make:
    """Gives a new object of the kind of that name, with these values; what else it needs is made once for each kind."""
    numbers = count(1)

    def one(model: type) -> Any:
        found = db.session.scalars(sa.select(model).order_by(model.created_at).limit(1)).first()
        return found if found is not None else make_one(kinds.of(model).name)

    def made_up(field: Any) -> Any:
        if field.type == "reference":
            return one(field.target)
        if field.type == "number":
            return next(numbers)
        return NUMBERS.get(field.name, f"{field.label} {{}}").format(next(numbers))

    def make_one(name: str, /, **values: Any) -> Any:
        kind = kinds.called(name)
        assert kind is not None
        with transaction() as session:
            for field in kind.writable.values():
                if field.required and field.name not in values:
                    values[field.name] = made_up(field)
            for end in kind.settled:
                values.setdefault(end, make_one("dcim.interface"))
            row = kind.model(**values)
            session.add(row)
            session.flush()
        return row

    return make_one
