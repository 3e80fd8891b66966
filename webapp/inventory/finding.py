"""Objects as jobs look for them: by what they are, and by what they are related to.

filter(Device, location__name="ams01", role__name__in=["leaf", "spine"])
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from functools import cache
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, IPv6Address, IPv6Interface, IPv6Network
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa

from webapp import lookups
from webapp.db import Model
from webapp.inventory.jobs.access import reading
from webapp.inventory.models import Object

Row = TypeVar("Row", bound=Object)
Condition = sa.ColumnElement[bool]
TEXTS = (UUID, date, IPv4Address, IPv6Address, IPv4Interface, IPv6Interface, IPv4Network, IPv6Network)
"""What lookups know as text."""
AT_ONCE = 500


def filter(model: type[Row], /, *conditions: Condition, **wanted: Any) -> list[Row]:
    """All objects of model that are as lookups and conditions of SQLAlchemy say, in the order of lists.

    :raises ValueError: a lookup has an unknown name, or a value that cannot be. :raises RuntimeError: no database here.
    """
    return list(reading().scalars(_fresh(_matching(model, conditions, wanted))))


def first(model: type[Row], /, *conditions: Condition, **wanted: Any) -> Row | None:
    """The first of them; None if there is none."""
    return reading().scalar(_fresh(_matching(model, conditions, wanted)).limit(1))


def get(model: type[Row], /, *conditions: Condition, **wanted: Any) -> Row:
    """The only one of them.

    :raises LookupError: there is none, or there are several.
    """
    rows = reading().scalars(_fresh(_matching(model, conditions, wanted)).limit(2)).all()
    if len(rows) != 1:
        described = ", ".join(f"{name}={_plain(value)!r:.100}" for name, value in wanted.items()) or "these conditions"
        raise LookupError(f"{'More than one' if rows else 'No'} {model.__name__} with {described}")
    return rows[0]


def count(model: type[Row], /, *conditions: Condition, **wanted: Any) -> int:
    """How many there are."""
    query = _matching(model, conditions, wanted).order_by(None)
    return reading().scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def by_keys(model: type[Row], keys: Sequence[Any]) -> dict[str, Row]:
    """The objects with these primary keys by their texts, a question for every 500."""
    column, found = lookups.key_of(model), dict[str, Row]()
    ids = [lookups.fitting(column, key) for key in dict.fromkeys(map(str, keys))]
    for start in range(0, len(ids), AT_ONCE):
        query = sa.select(model).where(column.in_(ids[start : start + AT_ONCE]))
        found |= {str(row.id): row for row in reading().scalars(_fresh(query))}
    return found


def _matching(model: type[Row], conditions: Sequence[Condition], wanted: Mapping[str, Any]) -> sa.Select[Row]:
    told = {name: _plain(value) for name, value in wanted.items()}
    condition = lookups.matching(model, told, _names())
    order = model._kind.order if model._kind else ()
    return sa.select(model).where(condition, *conditions).order_by(*order, model.id)


def _fresh(query: sa.Select[Row]) -> sa.Select[Row]:
    """query so that what was read before says what is true now; what a block has set is written before it is asked."""
    return query.execution_options(populate_existing=True)


def _plain(value: Any) -> Any:
    """value as lookups take it: JSON, or a text."""
    if isinstance(value, Object):
        return str(value.id)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, TEXTS):
        return str(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    return value


@cache
def _names() -> dict[type[Model], frozenset[str]]:
    """All columns and relations, by model: a job looks up whatever it likes."""
    mappers = Object.registry.mappers
    return {mapper.class_: frozenset(mapper.attrs.keys()) for mapper in mappers if issubclass(mapper.class_, Object)}
