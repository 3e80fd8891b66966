"""Which objects may be chosen for a variable: those that whoever asks may see, narrowed as its query_params say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from webapp import lookups
from webapp.accounts.models import User
from webapp.accounts.objects import Objects
from webapp.accounts.permissions import Kind, is_visible, kind_of_objects, may_be_looked_up, visible
from webapp.db import Model, db
from webapp.jobs.narrowing import names_others, narrowing
from webapp.jobs.objects import DISPLAY, ObjectVar

NO_KIND = "There are no objects of the kind {model} here."
OF_EACH_KIND: tuple[object, ...] = (None, [], "", 0, True, "2000-01-01")
"""Every lookup takes one of these."""


def kind_of(variable: ObjectVar) -> Kind:
    """The kind of the objects of variable.

    :raises ValueError: there is none of that name.
    """
    kind = kind_of_objects(variable.model)
    if kind is None:
        raise ValueError(NO_KIND.format(model=variable.model))
    return kind


def about(variable: ObjectVar) -> tuple[Kind, Objects]:
    """The kind of the objects of variable, and how they are chosen.

    :raises ValueError: there is no such kind.
    """
    kind = kind_of(variable)
    assert kind.objects is not None
    return kind, kind.objects


def problem_of(variable: ObjectVar) -> str | None:
    """Why nothing could ever be chosen for variable; None if something may."""
    try:
        kind, objects = about(variable)
        params = variable.query_params or {}
        for name in params:
            _check_lookup(kind.model, name)
        lookups.matching(kind.model, narrowing(params, {}), may_be_looked_up())
    except ValueError as problem:
        return str(problem)
    if variable.display_field not in (DISPLAY, *objects.facts):
        known = ", ".join((DISPLAY, *objects.facts))
        return f"display_field names {variable.display_field}; a {kind.label} has {known}."
    return None


def choosable(variable: ObjectVar, user: User, others: Mapping[str, Any]) -> sa.Select[Any]:
    """A query for the rows that user may choose for variable while others, other inputs, have these values.

    :raises ValueError: there is no such kind of objects, or others do not fit query_params.
    """
    kind = kind_of(variable)
    params = variable.query_params or {}
    said = {name: value for name, value in params.items() if names_others(value)}
    fixed = narrowing({name: value for name, value in params.items() if name not in said}, {})
    # What the author says counts for everybody; what people say must not tell them of rows that they may not see.
    by_author = lookups.matching(kind.model, fixed, may_be_looked_up())
    return visible(kind.model, user).where(by_author, described(kind.model, narrowing(said, others), user))


def described(model: type[Model], wanted: Mapping[str, Any], user: User) -> sa.ColumnElement[bool]:
    """The condition that a row of model is as these lookups of user say, who learns nothing of rows out of their sight.

    :raises ValueError: a lookup has an unknown name or a value that cannot be.
    """
    return lookups.matching(model, wanted, may_be_looked_up(), lambda related: is_visible(related, user))


def rows_of(variable: ObjectVar, user: User, keys: Iterable[str], *loads: Any) -> dict[str, Model]:
    """The rows with these primary keys that user may see, by primary key, whatever narrows the choice; with loads,
    options of the query.

    :raises ValueError: there is no such kind of objects.
    """
    kind = kind_of(variable)
    wanted = {key for one in keys if (key := key_or_none(kind.model, one)) is not None}
    if not wanted:
        return {}
    column = lookups.key_of(kind.model)
    rows = db.session.scalars(visible(kind.model, user).where(column.in_(wanted)).options(*loads))
    return {str(getattr(row, column.key)): row for row in rows}


def key_or_none(model: type[Model], text: str) -> Any:
    """text as a primary key of model; None if no row can have it."""
    try:
        return lookups.fitting(lookups.key_of(model), text)
    except ValueError:
        return None


def _check_lookup(model: type[Model], name: str) -> None:
    """
    :raises ValueError: model cannot be looked up by that name, whatever the value.
    """
    refused = None
    for value in OF_EACH_KIND:
        try:
            lookups.matching(model, {name: value}, may_be_looked_up())
        except ValueError as problem:
            refused = refused or problem
        else:
            return
    if refused is not None:
        raise refused
