"""What somebody looks for as a condition on rows: `{"groups__name": "Operator", "username__in": ["ann", "bob"]}`.

A lookup is a path of relations and a column, by `__`, and perhaps how to compare: see comparisons. Only names that
whoever asks hands in can be looked up, and of what is related only the rows that they hand in: what is secret is not
found by guessing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, RelationshipProperty
from sqlalchemy.sql.elements import True_

from webapp.db import Model
from webapp.lookups.comparisons import COMPARISONS, EXACT, IS_NULL, NAMES, NEGATIONS, opposite
from webapp.lookups.values import SEVERAL, fitting, truth

__all__ = ["PK", "Known", "Seen", "all_of_them", "fitting", "key_of", "matching", "negates"]

Known = Mapping[type[Model], Collection[str]]
"""The names of columns and relations that may be looked up, by model."""

Seen = Callable[[type[Model]], sa.ColumnElement[bool]]
"""The condition for rows of a model that count where they are related to others."""

PK = "pk"
MOST_STEPS = 6


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
            conditions.append(_said(model, name.split("__"), value, known, seen))
        except ValueError as problem:
            raise ValueError(f"{name[:100]}: {problem}") from None
    return sa.and_(sa.true(), *conditions)


def negates(name: str) -> bool:
    """Whether the lookup of that name is for rows that do not have its value."""
    return name.rpartition("__")[2] in NEGATIONS


def key_of(model: type[Model]) -> InstrumentedAttribute[Any]:
    """The column that is the primary key of model."""
    [column] = sa.inspect(model).primary_key
    key: InstrumentedAttribute[Any] = getattr(model, sa.inspect(model).get_property_by_column(column).key)
    return key


def _said(model: type[Model], path: list[str], value: object, known: Known, seen: Seen) -> sa.ColumnElement[bool]:
    if len(path) > 1 and path[-1] in NEGATIONS:
        # Of all that a path leads to, nothing may fit: no tag of that name, not some other tag.
        return opposite(_condition(model, [*path[:-1], NEGATIONS[path[-1]]], value, known, seen))
    return _condition(model, path, value, known, seen)


def _condition(model: type[Model], path: list[str], value: object, known: Known, seen: Seen) -> sa.ColumnElement[bool]:
    if len(path) > MOST_STEPS:
        raise ValueError("that is too far away to be looked up.")
    attribute, rest = _attribute(model, path[0], known), path[1:]
    if isinstance(attribute.property, RelationshipProperty):
        return _related(attribute, rest, value, known, seen)
    how = rest or [EXACT]
    if len(how) > 1 or how[0] not in COMPARISONS:
        raise ValueError(f"there is nothing called “{'__'.join(how)[:100]}”; compare by {', '.join(NAMES)}.")
    return COMPARISONS[how[0]](attribute, value)


def _related(
    relation: InstrumentedAttribute[Any], rest: list[str], value: object, known: Known, seen: Seen
) -> sa.ColumnElement[bool]:
    target = relation.property.mapper.class_
    exists = relation.any if relation.property.uselist else relation.has
    if rest == [IS_NULL] or (value is None and rest in ([], [EXACT])):
        there: sa.ColumnElement[bool] = exists(seen(target))
        return ~there if value is None or truth(value) else there
    if not rest or rest[0] in COMPARISONS:
        value = _keys(target, value)
        if len(rest) < 2 and not relation.property.uselist and isinstance(seen(target), True_):
            # The key is here as well, where an index finds it.
            return COMPARISONS[(rest or [EXACT])[0]](relation.property.local_remote_pairs[0][0], value)
        rest = [PK, *rest]
    found: sa.ColumnElement[bool] = exists(sa.and_(seen(target), _condition(target, rest, value, known, seen)))
    return found


def _keys(model: type[Model], value: object) -> object:
    """value, with the keys of rows of model in their place."""
    if isinstance(value, SEVERAL):
        return [_keys(model, one) for one in value]
    return getattr(value, key_of(model).key) if isinstance(value, model) else value


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
