"""The choices of a ChoiceVar, in the one shape that JSON keeps: [value, label] or [group, [[value, label], …]]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

Value = str | int | float | bool | None
Choice = list[Any]
PLAIN = frozenset({str, int, float, bool, type(None)})


def normal(choices: object) -> list[Choice]:
    """choices in one shape, whether given as pairs, plain values, a mapping, an Enum or groups of these.

    :raises TypeError: something in there is none of these.
    """
    if isinstance(choices, list) and all(_is_normal(item) for item in choices):
        return list(choices)
    return [_normal(item) for item in _items(choices)]


def flat(choices: Iterable[Choice]) -> Iterator[tuple[Value, str, str | None]]:
    """Value, label and group (or None) of each choice, in order; choices are in the normal shape."""
    for first, second in choices:
        if isinstance(second, list):
            yield from ((value, label, str(first)) for value, label in second)
        else:
            yield first, second, None


def key(value: Value) -> str:
    """The text that stands for value in a form and by which it is found again."""
    return "" if value is None else str(value)


def _items(choices: object) -> list[object]:
    if isinstance(choices, Mapping):
        return list(choices.items())
    if isinstance(choices, str | bytes) or not isinstance(choices, Iterable):
        raise TypeError(f"choices should be a list of pairs or values, not {type(choices).__name__}")
    return list(choices)


def _is_normal(item: object) -> bool:
    """Whether item is a choice without a group as JSON keeps it: most are, and a list may be long."""
    return type(item) is list and len(item) == 2 and type(item[1]) is str and type(item[0]) in PLAIN


def _normal(item: object) -> Choice:
    if isinstance(item, list | tuple) and len(item) == 2:
        first, second = item
        if isinstance(second, list | tuple | Mapping):
            return [str(first), [_pair(inner) for inner in _items(second)]]
    return _pair(item)


def _pair(item: object) -> Choice:
    if isinstance(item, list | tuple):
        if len(item) != 2 or isinstance(item[1], list | tuple):
            raise TypeError(f"each choice should be a value or a (value, label) pair, not {item!r:.100}")
        return [_value(item[0]), str(item[1])]
    return [_value(item), str(_value(item))]


def _value(value: object) -> Value:
    if isinstance(value, str | int | float | bool | None) and not isinstance(value, Enum):
        return value
    if isinstance(value, Enum):
        return _value(value.value)
    raise TypeError(f"a choice should be text, a number or a truth value, not {type(value).__name__}")
