"""Variables that name objects: users, groups, and whatever else the server keeps.

A value is a reference here: a primary key, or lookups that describe the object. Which object that is, and whether it
may be chosen, the server says; what run() gets is the object.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from webapp.jobs.variable import Variable

DISPLAY = "display"
NULL = "null"
"""The value of the pseudo choice that null_option adds."""
NOT_AVAILABLE = "Select a valid choice. That choice is not one of the available choices."
NO_REFERENCE = 'Give a primary key, or lookups that describe the object, like {"name": "leaf-1"}.'
MODEL = re.compile(r"[a-z_][a-z0-9_]*\.[a-z_][a-z0-9_]*")
MOST_OBJECTS = 10_000
MOST_DESCRIBED = 100
"""Objects of one list that may be given by lookups; the others are primary keys."""
MOST_LOOKUPS, MOST_LISTED = 10, 10
LONGEST_KEY = 255

Reference = str | dict[str, Any]


class ObjectVar(Variable):
    """One object of a kind, such as "users.user".

    display_field is what people see of it. query_params narrows what may be chosen, by lookups; a value that begins
    with "$" stands for what was given for that other variable. null_option is the label of a choice that means None.
    """

    kind = "ObjectVar"
    options: ClassVar[Mapping[str, type]] = {
        "model": str,
        "display_field": str,
        "query_params": dict,
        "null_option": str,
    }

    def __init__(
        self,
        model: Any = None,
        display_field: str = DISPLAY,
        query_params: Any = None,
        null_option: str | None = None,
        queryset: Any = None,
        **common: Any,
    ) -> None:
        super().__init__(**common)
        self.model = model.lower() if isinstance(model, str) else model
        self.display_field = display_field
        self.query_params = query_params
        self.null_option = null_option
        self._queryset = queryset

    def notes(self) -> list[str]:
        """That a queryset is left aside, if there is one."""
        return [] if self._queryset is None else ["queryset is left aside: model and query_params say what to choose."]

    @property
    def others(self) -> list[str]:
        """The variables whose values narrow what may be chosen, each once."""
        values = (self.query_params or {}).values()
        texts = (one for value in values for one in (value if isinstance(value, list) else [value]))
        return list(dict.fromkeys(text[1:] for text in texts if isinstance(text, str) and text.startswith("$")))

    def references(self, value: Any) -> list[Reference]:
        """The objects that value, as parse() or load() gives it, names."""
        given = value if isinstance(value, list) else [value]
        return [one for one in given if one is not None and not self.is_null(one)]

    def is_null(self, reference: object) -> bool:
        """Whether reference is the pseudo choice."""
        return self.null_option is not None and reference == NULL

    def load(self, stored: Any) -> Any:
        """What dump() was given.

        :raises TypeError: it was for a variable of another kind.
        """
        if stored is not None and not _is_reference(stored):
            raise TypeError("neither a primary key nor lookups")
        return stored

    def _read(self, raw: object) -> Any:
        return None if _is_empty(raw) else _reference(raw)

    def _check_options(self) -> None:
        if self.model is None:
            raise TypeError(f"{self.kind} must specify a model")
        super()._check_options()
        if not MODEL.fullmatch(self.model):
            raise ValueError(f"model should be a name like “users.user”, not {self.model!r:.100}")
        for name, value in (self.query_params or {}).items():
            if not isinstance(name, str) or not _may_be_looked_up(value):
                raise TypeError(
                    f"query_params[{name!r:.100}] should be text, a number, a truth value or a list of these"
                )


class MultiObjectVar(ObjectVar):
    """Any number of objects of a kind, in the order in which they are given, each once."""

    kind = "MultiObjectVar"
    multiple = True

    def load(self, stored: Any) -> Any:
        """What dump() was given.

        :raises TypeError: it was for a variable of another kind.
        """
        if stored is not None and not (isinstance(stored, list) and all(map(_is_reference, stored))):
            raise TypeError("no list of primary keys or lookups")
        return stored or []

    def _read(self, raw: object) -> Any:
        if raw is None:
            return []
        if not isinstance(raw, list | tuple):
            raise ValueError("Enter a list of values.")
        if len(raw) > MOST_OBJECTS:
            raise ValueError(f"Choose at most {MOST_OBJECTS:,}.")
        found = {
            json.dumps(one, sort_keys=True): one
            for one in (_reference(one) for one in raw if one is None or not _is_empty(one))
        }
        if sum(isinstance(one, dict) for one in found.values()) > MOST_DESCRIBED:
            raise ValueError(
                f"Describe at most {MOST_DESCRIBED} objects by lookups, and name the others by primary keys."
            )
        return list(found.values())


def _reference(raw: object) -> Reference:
    """
    :raises ValueError: raw names no object.
    """
    if isinstance(raw, str):
        return raw.strip()[: LONGEST_KEY + 1]
    if isinstance(raw, int) and not isinstance(raw, bool) and raw.bit_length() < LONGEST_KEY:
        return str(raw)
    if isinstance(raw, Mapping) and _is_described(raw):
        return dict(raw)
    raise ValueError(NO_REFERENCE)


def _is_empty(raw: object) -> bool:
    return raw is None or isinstance(raw, str) and not raw.strip()


def _is_reference(stored: object) -> bool:
    return isinstance(stored, str) or isinstance(stored, dict) and _is_described(stored)


def _is_described(raw: Mapping[Any, Any]) -> bool:
    known = all(isinstance(name, str) and name and _may_be_looked_up(value) for name, value in raw.items())
    return known and 0 < len(raw) <= MOST_LOOKUPS


def _may_be_looked_up(value: object) -> bool:
    values = value if isinstance(value, list) else [value]
    return len(values) <= MOST_LISTED and all(one is None or isinstance(one, str | int | float) for one in values)
