"""Objects that runs were given: as people read them, and as their jobs get them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from webapp import lookups
from webapp.accounts.models import User
from webapp.db import Model
from webapp.errors import NotPossible
from webapp.inputs.choosable import about, kind_of, rows_of
from webapp.jobs.objects import NULL, ObjectVar
from webapp.jobs.variable import Variable

NO_KEYS = "what was given names no objects by primary keys."
MOST_SHOWN = 100
"""Objects of one list of which people see the names."""


def handed(variables: Mapping[str, Variable], inputs: Mapping[str, Any], user: User) -> dict[str, Any]:
    """What the process of a job is told of the objects among its dumped inputs, by name, ready for JSON.

    :raises NotPossible: one of them is gone, or user may not see it any more, or it is no primary key; the text says
        which.
    """
    given = {name: variable for name, variable in variables.items() if name in inputs}
    objects = {name: variable for name, variable in given.items() if isinstance(variable, ObjectVar)}
    return {name: _handed(name, variable, inputs[name], user) for name, variable in objects.items()}


def _handed(name: str, variable: ObjectVar, stored: Any, user: User) -> Any:
    given = [one for one in (stored if isinstance(stored, list) else [stored]) if one is not None]
    references = variable.references(given)
    keys = [one for one in references if isinstance(one, str)]
    if len(keys) < len(references):  # it was given to a variable of another kind
        raise NotPossible(f"{variable.label or name}: {NO_KEYS}")
    try:
        rows = rows_of(variable, user, keys)
        gone = [key for key in keys if key not in rows]
        told = {key: _told(variable, row) for key, row in rows.items()}
    except ValueError as problem:
        raise NotPossible(f"{variable.label or name}: {problem}") from None
    if gone:
        more = f" and {len(gone) - 1:,} more" if len(gone) > 1 else ""
        what = f"the {kind_of(variable).label} {gone[0]}{more}, given as {variable.label or name},"
        raise NotPossible(f"{what} is not there any more, or {user} may not see it any more.")
    every = [told.get(one) for one in given]
    return every if variable.multiple else every[0] if every else None


def _told(variable: ObjectVar, row: Model) -> dict[str, Any]:
    """The fields of the object that stands for row in a job's process."""
    kind, objects = about(variable)
    key = getattr(row, lookups.key_of(kind.model).key)
    return {
        "kind": kind.name,
        "id": key if isinstance(key, int) else str(key),
        "display": objects.label(row),
        "url": objects.url(row) if objects.url else "",
        "facts": {name: getattr(row, name) for name in objects.facts},
    }


def with_labels(
    variables: Mapping[str, Variable], many: Sequence[Mapping[str, Any]], user: User, most: int = MOST_SHOWN
) -> list[dict[str, Any]]:
    """Several dumped inputs as people read them: objects by their labels, most of a list; a question for each variable.

    What user does not see keeps its primary key.
    """
    shown: list[dict[str, Any]] = [dict(inputs) for inputs in many]
    for name, variable in variables.items():
        if isinstance(variable, ObjectVar):
            given = [one for inputs in many for one in _several(inputs.get(name))[:most]]
            labels = labels_of(variable, given, user)
            for inputs in shown:
                if name in inputs:
                    inputs[name] = _shown(inputs[name], labels, most)
    return shown


def labels_of(variable: ObjectVar, given: Iterable[Any], user: User) -> dict[str, str]:
    """What people see of the objects of variable that given names by primary keys and user sees, by primary key."""
    try:
        _, objects = about(variable)
        rows = rows_of(variable, user, (one for one in given if isinstance(one, str)), *objects.loads)
    except ValueError:  # such objects are not kept here any more
        return {}
    labels = {key: objects.shown(row, variable.display_field) for key, row in rows.items()}
    return labels if variable.null_option is None else {NULL: variable.null_option, **labels}


def _shown(value: Any, labels: Mapping[str, str], most: int) -> Any:
    if not isinstance(value, list):
        return labels.get(value, value) if isinstance(value, str) else value
    more = [f"and {len(value) - most:,} more"] if len(value) > most else []
    return [labels.get(one, one) if isinstance(one, str) else one for one in value[:most]] + more


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
