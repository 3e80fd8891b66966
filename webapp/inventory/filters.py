"""What lists of a kind can be narrowed by over the API: every field with all comparisons of its type, references by id
and by name, and lookups along relations, `device__location__name`.

What whoever asks may not see is related to nothing, so that nobody guesses its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, partial
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app
from flask_login import current_user

from webapp import lookups
from webapp.accounts.permissions import is_visible, may_be_looked_up, visible
from webapp.api.columns import filters_of, is_null, names_or_ids, negated
from webapp.api.filters import flag, search
from webapp.api.lists import Filter
from webapp.inventory import kinds
from webapp.inventory.fields import OF_EVERY_OBJECT, Field
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.models import Object
from webapp.inventory.models.addresses import Number
from webapp.inventory.trees import and_below
from webapp.lookups.comparisons import lists

BESIDE = "inventory_filters"
MOST_VALUES = 100
NULL = "null"


def add(app: Flask, name: str, filters: Mapping[str, Filter]) -> None:
    """Let lists of the kind of that name be narrowed by filters as well; these come before those of its fields."""
    app.extensions.setdefault(BESIDE, {}).setdefault(name, {}).update(filters)


def of(kind: ObjectKind, names: Iterable[str]) -> dict[str, Filter]:
    """The filters of kind that are called so; what names no filter is left out."""
    known, found = every(kind), {}
    for name in names:
        if name in known:
            found[name] = known[name]
        elif _leads(kind, name):
            found[name] = partial(_looked_up, kind, name)
    return found


def every(kind: ObjectKind) -> dict[str, Filter]:
    """All filters of kind but those along relations."""
    return {**_by_fields(kind.model), **current_app.extensions.get(BESIDE, {}).get(kind.name, {})}


def to_one(key: Any, model: type[Object], tree: bool = False) -> Filter:
    """The column key points to an object of model that one of the values names, by its id or what it is called, and
    that the caller sees; in a tree, or to one below it."""

    def condition(values: list[str]) -> sa.ColumnElement[bool]:
        chosen = _chosen(model, values)
        found: sa.ColumnElement[bool] = key.in_(and_below(model, chosen) if tree else chosen)
        return found

    return condition


def to_all(relation: Any, model: type[Object]) -> Filter:
    """The relation leads to an object for each of the values."""

    def condition(values: list[str]) -> sa.ColumnElement[bool]:
        return sa.and_(*(relation.any(model.id.in_(_chosen(model, [value]))) for value in values))

    return condition


def to_any(relation: Any, model: type[Object]) -> Filter:
    """The relation leads to an object that one of the values names."""
    return lambda values: relation.any(model.id.in_(_chosen(model, values)))


def _chosen(model: type[Object], values: list[str]) -> sa.Select[Any]:
    """The ids of the objects of model that values name, and that the caller sees."""
    [name, *_] = kinds.of(model).search or (model.id,)
    return visible(model).where(names_or_ids(model.id, name)(values)).with_only_columns(model.id)


@cache
def _by_fields(model: type[Object]) -> Mapping[str, Filter]:
    kind = kinds.of(model)
    found = filters_of(id=model.id, created=model.created_at, last_updated=model.updated_at)
    for field in kind.fields.values():
        found |= _of_field(model, field)
    return found | ({"q": search(*kind.search)} if kind.search else {})


def _of_field(model: type[Object], field: Field) -> Mapping[str, Filter]:
    column: Any = getattr(model, field.column)
    if field.type == "reference" and field.target is not None:
        return _of_reference(model, field, column)
    if field.type == "references":
        return _of_references(field, column)
    if field.type == "json":
        return {field.name: _listing(column)}
    if isinstance(column.type, Number):
        return {}
    # A number that is too large for a small column is one that no row has, and no mistake.
    small = isinstance(column.type, sa.SmallInteger)
    return filters_of(**{field.name: sa.type_coerce(column, sa.Integer) if small else column})


def _of_reference(model: type[Object], field: Field, column: Any) -> dict[str, Filter]:
    target: Any = field.target
    named = to_one(column, target, tree=kinds.of(target).tree and target is not model)
    found = {field.name: named, f"{field.name}__n": negated(named), **filters_of(**{field.column: column})}
    if field.nullable:
        found[field.name] = _or_nothing(column, named)
        found |= {f"{field.name}__isnull": is_null(column), f"has_{field.name}": flag(column.is_not(None))}
    return found


def _or_nothing(column: Any, filter: Filter) -> Filter:
    """The same, where the value "null" stands for no object at all."""

    def condition(values: list[str]) -> sa.ColumnElement[bool]:
        named = [value for value in values if value != NULL]
        none = [column.is_(None)] if len(named) < len(values) else []
        return sa.or_(*none, *([filter(named)] if named else []))

    return condition


def _of_references(field: Field, relation: Any) -> dict[str, Filter]:
    target: Any = field.target
    return {
        field.name: to_all(relation, target),
        f"{field.name}__n": negated(to_any(relation, target)),
        f"{field.name}__isnull": flag(~relation.any()),
        f"has_{field.name}": flag(relation.any()),
    }


def _listing(column: Any) -> Filter:
    """The JSON list of column has one of the values, or nothing, which stands for all."""

    def condition(values: list[str]) -> sa.ColumnElement[bool]:
        if len(values) > MOST_VALUES:
            raise ValueError(f"Give {MOST_VALUES} values at most.")
        return sa.or_(sa.cast(column, sa.Text) == "[]", *(lists(column, value) for value in values))

    return condition


def _leads(kind: ObjectKind, name: str) -> bool:
    """Whether name may be a lookup, along a relation or of a column that only lookups compare so."""
    first, _, rest = name.partition("__")
    return bool(rest) and first in may_be_looked_up()[kind.model] | OF_EVERY_OBJECT


def _looked_up(kind: ObjectKind, name: str, values: list[str]) -> sa.ColumnElement[bool]:
    """
    :raises ValueError: the lookup has an unknown name, or a value that cannot be.
    """
    if len(values) > MOST_VALUES:
        raise ValueError(f"Give {MOST_VALUES} values at most.")
    each = [values] if name.endswith(("__in", "__nin")) else values
    known = may_be_looked_up()
    conditions = [
        lookups.matching(kind.model, {name: value}, known, lambda model: is_visible(model, current_user))
        for value in each
    ]
    return sa.and_(*conditions) if lookups.negates(name) else sa.or_(*conditions)
