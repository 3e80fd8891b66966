"""Objects that a test hands to a job: any that have a `pk` or an `id`, or what would name one on the form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from webapp.jobs.given import GivenObject
from webapp.jobs.objects import ObjectVar
from webapp.jobs.variable import Variable


class HandedObjects:
    """The objects among the inputs of a test."""

    def __init__(self, variables: Mapping[str, Variable], inputs: Mapping[str, Any]) -> None:
        self._variables = {name: one for name, one in variables.items() if isinstance(one, ObjectVar)}
        given = {name: inputs[name] for name in self._variables if name in inputs}
        self._known = {
            name: {_key(one): one for one in (value if isinstance(value, list | tuple) else [value]) if _is_object(one)}
            for name, value in given.items()
        }
        self.named = {name: _named(value) for name, value in given.items()}
        """What would name them on a form, by name of the variable."""

    def found(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What run() gets where variables have these values: the objects of the test, and where it only named one, an
        object that knows what the test said."""
        return {name: self._found(name, one, values[name]) for name, one in self._variables.items() if name in values}

    def _found(self, name: str, variable: ObjectVar, value: Any) -> Any:
        if isinstance(value, list):
            return [self._found(name, variable, one) for one in value]
        if value is None or variable.is_null(value):
            return None
        known = self._known.get(name, {})
        return known[value] if isinstance(value, str) and value in known else _made(variable, value)


def _is_object(given: object) -> bool:
    return hasattr(given, "pk") or hasattr(given, "id")


def _key(given: Any) -> str:
    return str(given.pk if hasattr(given, "pk") else given.id)


def _named(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_named(one) for one in value]
    return _key(value) if _is_object(value) else value


def _made(variable: ObjectVar, reference: str | Mapping[str, Any]) -> GivenObject:
    if isinstance(reference, str):
        return GivenObject(variable.model, reference, reference)
    shown = next((reference[name] for name in ("display", "name", "username") if name in reference), reference)
    return GivenObject(variable.model, reference.get("id", reference.get("pk")), str(shown), facts=reference)
