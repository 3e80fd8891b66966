"""What may be chosen for a variable that is an object depends on what was given for others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from typing import Any

from webapp.jobs.objects import NULL, ObjectVar
from webapp.jobs.variable import Variable

OF_ONE = re.compile(r"__(n|isnull|lte?|gte?|n?(ic|isw|iew|ie)|i?(contains|startswith|endswith)|iexact)$")
"""How lookups end that compare with one value; the others take several."""


def check_names(variables: Mapping[str, Variable]) -> None:
    """
    :raises ValueError: query_params name what is no variable, compare several values as one, or go round in a circle.
    """
    objects = {name: variable for name, variable in variables.items() if isinstance(variable, ObjectVar)}
    for name, variable in objects.items():
        for other in variable.others:
            if other not in variables:
                raise ValueError(f"{name}: query_params names ${other}, which is no variable of this job")
        for lookup, value in (variable.query_params or {}).items():
            if OF_ONE.search(lookup) and _may_be_several(value, variables):
                raise ValueError(f"{name}: query_params says {lookup} of several values, which only one can be")
    in_order(variables)


def in_order(variables: Mapping[str, Variable]) -> list[str]:
    """The names of those that are objects, each behind those of variables that narrow it.

    :raises ValueError: they go round in a circle.
    """
    narrowed_by = {name: variable.others for name, variable in variables.items() if isinstance(variable, ObjectVar)}
    try:
        return [name for name in TopologicalSorter(narrowed_by).static_order() if name in narrowed_by]
    except CycleError as circle:
        raise ValueError(f"query_params go round in a circle: {', '.join(circle.args[1])}") from None


def _may_be_several(value: object, variables: Mapping[str, Variable]) -> bool:
    if isinstance(value, list):
        return True
    return isinstance(value, str) and value.startswith("$") and variables[value[1:]].multiple


def names_others(value: object) -> bool:
    """Whether value, of query_params, stands for what was given for other variables, wholly or partly."""
    values = value if isinstance(value, list) else [value]
    return any(isinstance(one, str) and one.startswith("$") for one in values)


def narrowing(params: Mapping[str, Any] | None, given: Mapping[str, Any]) -> dict[str, Any]:
    """The lookups that params stand for, with what was given for the variables that they name; where nothing was given
    there is no lookup."""
    found = {}
    for name, value in (params or {}).items():
        values = list(_filled_in(value if isinstance(value, list) else [value], given))
        if values:
            several = len(values) > 1 or name.endswith("__in")
            found[f"{name.removesuffix('__in')}__in" if several else name] = values if several else values[0]
    return found


def _filled_in(values: Iterable[Any], given: Mapping[str, Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, str) and value.startswith("$"):
            other = given.get(value[1:])
            yield from (one for one in (other if isinstance(other, list) else [other]) if one not in (None, "", NULL))
        else:
            yield value
