"""Which objects the references in inputs name, by primary keys or by lookups."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any

import sqlalchemy as sa

from webapp import lookups
from webapp.accounts.models import User
from webapp.db import db
from webapp.inputs.choosable import about, choosable, described, key_or_none, kind_of, rows_of
from webapp.jobs.narrowing import in_order
from webapp.jobs.objects import NOT_AVAILABLE, NULL, ObjectVar, Reference
from webapp.jobs.plain import text_of
from webapp.jobs.tracebacks import shortened
from webapp.jobs.variable import Variable

Found = tuple[Any, list[str]]
"""What a variable's references stand for, as JSON keeps it, and what is wrong with them."""

NOT_FOUND = "Failed to find requested objects for var {name}: [{missing}]"
AMBIGUOUS = "{told} fits more than one {label}. Say more about it, or give its primary key."
MOST_NAMED, LONGEST_TOLD = 20, 100
"""Of what is missing, how much is named, and in how many characters each."""


def resolved(
    variables: Mapping[str, Variable], values: Mapping[str, Any], user: User
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The objects among values as primary keys, one question for each variable; and what is wrong, by name."""
    found: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    names = in_order(variables)
    if not names:
        return found, errors
    given = {name: variables[name].dump(value) for name, value in values.items()}
    for name in names:
        variable = variables[name]
        if name in values and isinstance(variable, ObjectVar):
            others = {other: value for other, value in (given | found).items() if other not in errors}
            found[name], problems = _named(name, variable, values[name], user, others)
            errors |= {name: problems} if problems else {}
    return found, errors


def unknown(variables: Mapping[str, Variable], values: Mapping[str, Any], user: User) -> dict[str, list[str]]:
    """What is wrong with the objects among values, by name; not that something else narrows the choice."""
    given = {name: variables[name] for name in values}
    wide = {name: _wide(variable) for name, variable in given.items() if isinstance(variable, ObjectVar)}
    return resolved(wide, {name: values[name] for name in wide}, user)[1]


def _named(name: str, variable: ObjectVar, value: Any, user: User, others: Mapping[str, Any]) -> Found:
    references = variable.references(value)
    if not references:
        return value, []
    try:
        fits = _fitting(variable, references, choosable(variable, user, others), user)
    except ValueError as problem:
        return value, [str(problem)]
    if problems := _problems(name, variable, references, fits):
        return value, problems
    if not variable.multiple:
        return fits[0][0], []
    keys = iter([one for [one] in fits])
    return list(dict.fromkeys(one if variable.is_null(one) else next(keys) for one in value)), []


def _problems(
    name: str, variable: ObjectVar, references: Sequence[Reference], fits: Sequence[Sequence[str]]
) -> list[str]:
    missing = [_told(one) for one, keys in zip(references, fits, strict=True) if not keys]
    several = [_told(one) for one, keys in zip(references, fits, strict=True) if len(keys) > 1]
    label = kind_of(variable).label
    ambiguous = [AMBIGUOUS.format(told=told, label=label) for told in several]
    if not missing:
        return ambiguous
    more = [] if len(missing) <= MOST_NAMED else ["…"]
    listed = ", ".join([*missing[:MOST_NAMED], *more])
    named = [NOT_FOUND.format(name=name, missing=listed)] if variable.multiple else []
    return [NOT_AVAILABLE, *named, *ambiguous]


def _fitting(
    variable: ObjectVar, references: Sequence[Reference], query: sa.Select[Any], user: User
) -> list[list[str]]:
    """The primary keys of at most two rows of query for each of references.

    :raises ValueError: lookups have an unknown name or a value that cannot be.
    """
    model = kind_of(variable).model
    column = lookups.key_of(model)
    # Said once: what narrows the choice may hold thousands of values.
    allowed = sa.select(query.with_only_columns(column.label("key")).cte("allowed").c.key)
    places = defaultdict[Any, list[int]](list)
    parts = []
    for number, reference in enumerate(references):
        if isinstance(reference, dict):
            fitting = described(model, reference, user)
            rows = sa.select(column.label("key")).where(fitting, column.in_(allowed)).limit(2).subquery()
            parts.append(sa.select(sa.literal_column(str(number)), rows.c.key))
        elif (key := key_or_none(model, reference)) is not None:
            places[key].append(number)
    if places:
        named = sa.select(sa.literal_column("-1"), column).where(column.in_(places), column.in_(allowed))
        parts.append(named)
    found: list[list[str]] = [[] for _ in references]
    for number, key in db.session.execute(sa.union_all(*parts)) if parts else ():
        for place in places[key] if number < 0 else [number]:
            found[place].append(str(key))
    return found


def chosen(variable: ObjectVar, value: Any, user: User) -> dict[str, str]:
    """What value, a form's or an author's, chooses: labels by primary key, whatever narrows the choice. A key that
    leads to nothing that user sees stands for itself."""
    given = value if isinstance(value, list) else [value]
    wide = _wide(variable)
    try:
        references = variable.references(variable.parse(value))
        fits = _fitting(wide, references, choosable(wide, user, {}), user)
        rows = rows_of(variable, user, (key for keys in fits for key in keys))
        _, objects = about(variable)
    except ValueError:  # it names no objects, or such are not kept here
        return {one: one for one in given if isinstance(one, str) and one}
    labels = {NULL: variable.null_option or NULL} if any(map(variable.is_null, given)) else {}
    for reference, keys in zip(references, fits, strict=True):
        if len(keys) == 1:
            labels[keys[0]] = objects.shown(rows[keys[0]], variable.display_field)
        elif isinstance(reference, str):
            labels[reference] = reference
    return labels


def _wide(variable: ObjectVar) -> ObjectVar:
    """variable with nothing that narrows the choice."""
    wide = copy(variable)
    wide.query_params = None
    return wide


def _told(reference: Reference) -> str:
    """reference as people read it."""
    pairs = [] if isinstance(reference, str) else [f"{name}={value}" for name, value in reference.items()]
    return shortened(text_of(reference if isinstance(reference, str) else ", ".join(pairs)), LONGEST_TOLD)
