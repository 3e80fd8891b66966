"""What authors compute: choices, defaults, and whether an input is asked for, from the values of other inputs."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from webapp.jobs import choices as choice_lists
from webapp.jobs.plain import is_json, plain, text_of

CHOICES, DEFAULT, VISIBLE = "choices", "default", "visible_when"
OF_NOTHING, OF_VALUES = "nothing", "values"
"""What a function is computed from."""

Values = Mapping[str, Any]
"""The values of other inputs by name, as JSON keeps them."""
Function = Callable[..., Any]


def source_of(option: str, function: Function) -> str:
    """What function, which an author gave as that option, is computed from: OF_NOTHING or OF_VALUES.

    :raises TypeError: it wants more than the values.
    """
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # of some of Python's own, like dict
        return OF_NOTHING
    any_number = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [one for one in parameters if one.default is one.empty and one.kind not in any_number]
    if len(needed) > 1 or any(one.kind == one.KEYWORD_ONLY for one in needed):
        raise TypeError(f"{option} should be a function without arguments, or of one: the values of other inputs")
    return OF_VALUES if needed else OF_NOTHING


def call(option: str, function: Function, values: Values) -> Any:
    """What function gives for these values, which it cannot change; whatever it raises comes out."""
    wants_values = source_of(option, function) == OF_VALUES
    return function(MappingProxyType(dict(values))) if wants_values else function()


def told(option: str, result: Any, own_types: tuple[type, ...], dump: Callable[[Any], Any]) -> Any:
    """result, which an author's function gave, as JSON keeps it; dump does so for values of own_types.

    :raises TypeError: it is nothing that option may be.
    """
    if option == CHOICES:
        return plain(choice_lists.normal([] if result is None else result))
    if option == VISIBLE:
        return bool(result)
    value = dump(result) if isinstance(result, own_types) else result
    if not is_json(value):
        raise TypeError(f"default cannot be kept as JSON: {text_of(value)[:100]}")
    return value
