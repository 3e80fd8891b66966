"""Conditions that are data: `{"type": "lag", "speed": [10, 25]}` holds where each named input has one of its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from webapp.jobs.choosing import ChoiceVar
from webapp.jobs.computing import CHOICES, VISIBLE
from webapp.jobs.files import FileVar
from webapp.jobs.objects import ObjectVar
from webapp.jobs.plain import text_of
from webapp.jobs.variable import Variable
from webapp.jobs.variables import CommitVar, DryRunVar

Condition = Mapping[str, Sequence[Any]]
Described = Mapping[str, Any]


def holds(condition: Condition, values: Mapping[str, Any]) -> bool:
    """Whether every input that condition names has one of the values there; of several values, one is enough."""
    return all(_is_among(values.get(name), wanted) for name, wanted in condition.items())


def in_order(described: Iterable[Described]) -> list[Described]:
    """The descriptions in the order given, but each behind those that its condition names.

    :raises ValueError: they go round in a circle.
    """
    by_name = {one["name"]: one for one in described}
    try:
        return [by_name[name] for name in _behind_others({name: one.get(VISIBLE, {}) for name, one in by_name.items()})]
    except CycleError as circle:
        raise ValueError(f"visible_when goes round in a circle: {', '.join(circle.args[1])}") from None


def checked(described: Sequence[Described], variables: Mapping[str, Variable]) -> list[dict[str, Any]]:
    """described with the values of conditions as the variables would keep them.

    :raises ValueError: a condition names what is no variable, or cannot be told; or a value that it never has.
    """
    in_order(described)
    return [{**one, **_checked(one, variables)} for one in described]


def _behind_others(others: Mapping[str, Iterable[str]]) -> list[str]:
    """The names in their order, but each behind its others.

    :raises CycleError: they go round in a circle.
    """
    known = {name: [other for other in wanted if other in others] for name, wanted in others.items()}
    sorter = TopologicalSorter(known)
    sorter.prepare()
    place, found, ready = {name: number for number, name in enumerate(others)}, [], set(sorter.get_ready())
    while ready:
        first = min(ready, key=place.__getitem__)
        ready.remove(first)
        found.append(first)
        sorter.done(first)
        ready.update(sorter.get_ready())
    return found


def _is_among(value: Any, wanted: Sequence[Any]) -> bool:
    return any(one in wanted for one in value) if isinstance(value, list) else value in wanted


def _checked(described: Described, variables: Mapping[str, Variable]) -> dict[str, Any]:
    name, condition = described["name"], described.get(VISIBLE)
    if isinstance(variables[name], DryRunVar | CommitVar) and variables[name].visible_when is not None:
        raise ValueError(f"{name}: visible_when has no place here, as a dry run is always offered")
    if condition is None:
        return {}
    return {VISIBLE: {other: _values(name, other, wanted, variables.get(other)) for other, wanted in condition.items()}}


def _values(name: str, other: str, wanted: Sequence[Any], variable: Variable | None) -> list[Any]:
    if variable is None:
        raise ValueError(f"{name}: visible_when names {other}, which is no variable of this job")
    if variable.secret or isinstance(variable, FileVar):
        raise ValueError(f"{name}: visible_when cannot depend on {other}, as nobody is shown what it is")
    return [_kept(name, other, one, variable) for one in wanted]


def _kept(name: str, other: str, value: Any, variable: Variable) -> Any:
    """value as variable would keep it. None stands for nothing given, and so does what holds nothing; of what is known
    later only, any may be right."""
    if value in ("", []):
        return None
    is_open = isinstance(variable, ObjectVar) or isinstance(variable, ChoiceVar) and CHOICES in variable.computed()
    if value is None or is_open:
        return value
    try:
        kept = variable.dump(variable.parse([value] if variable.multiple else value))
    except ValueError as refusal:
        raise ValueError(f"{name}: visible_when wants {other} to be {text_of(value)[:100]}: {refusal}") from None
    return kept[0] if variable.multiple else kept
