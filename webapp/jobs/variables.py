"""The variables of a job. What makes a value valid is said here, in texts.py and in variable.py, and nowhere else.

A variable can be told as data (`describe`) and made again from it (`variable_from`), so that forms and the API use real
variables without loading any author's code.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from webapp.jobs import choices as choice_lists
from webapp.jobs.plain import text_of
from webapp.jobs.texts import StringVar, TextVar
from webapp.jobs.variable import Variable

__all__ = [
    "KINDS",
    "BooleanVar",
    "ChoiceVar",
    "DryRunVar",
    "IntegerVar",
    "StringVar",
    "TextVar",
    "Variable",
    "collect",
    "parse_all",
    "variable_from",
]

LARGEST = 2**63 - 1
SMALLEST = -(2**63)


class IntegerVar(Variable):
    """A whole number of at most 64 bits."""

    kind = "IntegerVar"
    options = {"min_value": int, "max_value": int}

    def __init__(self, *, min_value: int | None = None, max_value: int | None = None, **common: Any) -> None:
        super().__init__(**common)
        self.min_value = min_value
        self.max_value = max_value

    def _read(self, raw: object) -> int | None:
        if raw is None or isinstance(raw, int) and not isinstance(raw, bool):
            return raw
        if isinstance(raw, str) and not raw.strip():
            return None
        digits = re.fullmatch(r"([+-]?)0*([0-9]+)", raw.strip(), re.ASCII) if isinstance(raw, str) else None
        if digits is None:
            raise ValueError("Enter a whole number.")
        # Python refuses to read thousands of digits; twenty are too many anyway.
        return int(digits[1] + digits[2][:20])

    def _checked(self, value: int) -> int:
        least = SMALLEST if self.min_value is None else self.min_value
        most = LARGEST if self.max_value is None else self.max_value
        if value < max(least, SMALLEST):
            raise ValueError(f"Ensure this value is greater than or equal to {least}.")
        if value > min(most, LARGEST):
            raise ValueError(f"Ensure this value is less than or equal to {most}.")
        return value


class BooleanVar(Variable):
    """Yes or no; nothing given means no, so that it is never required."""

    kind = "BooleanVar"
    TEXTS: ClassVar[Mapping[str, bool]] = {"": False, "false": False, "true": True, "on": True}

    def __init__(self, **common: Any) -> None:
        super().__init__(**{**common, "required": False})

    def _read(self, raw: object) -> bool:
        if raw is None or isinstance(raw, bool):
            return bool(raw)
        value = self.TEXTS.get(raw.strip().lower()) if isinstance(raw, str) else None
        if value is None:
            raise ValueError("Must be true or false.")
        return value


class DryRunVar(BooleanVar):
    """Whether to say only what would be done; called `dryrun`, it makes the job one that supports dry runs."""

    kind = "DryRunVar"

    def __init__(self, **common: Any) -> None:
        super().__init__(**{**common, "default": False})
        self.label = self.label or "Dry run"
        self.description = self.description or "Say what would be done, and change nothing."


class ChoiceVar(Variable):
    """One of a list: (value, label) pairs, plain values, groups of these, or a callable that gives them.

    A callable is asked once, when the jobs are discovered. Values keep their type.
    """

    kind = "ChoiceVar"
    options = {"choices": list}

    def __init__(self, choices: Any, **common: Any) -> None:
        super().__init__(**common)
        self._given = choices
        self._normal: list[choice_lists.Choice] | None = None

    @property
    def choices(self) -> list[choice_lists.Choice]:
        """The choices in their normal shape.

        :raises TypeError: what the author gave is no list of choices.
        """
        if self._normal is None:
            given = self._given() if callable(self._given) and not isinstance(self._given, type) else self._given
            self._normal = choice_lists.normal(given)
        return self._normal

    def _read(self, raw: object) -> Any:
        if raw is None or isinstance(raw, str | int | float):
            return "" if raw is None else raw
        raise ValueError("Select one choice.")

    def _checked(self, value: Any) -> Any:
        by_key = {choice_lists.key(known): known for known, _, _ in choice_lists.flat(self.choices)}
        if (wanted := text_of(value)) not in by_key:
            raise ValueError(f"Select a valid choice. {wanted[:100]} is not one of the available choices.")
        return by_key[wanted]


KINDS: Mapping[str, type[Variable]] = {
    variable.kind: variable for variable in (StringVar, TextVar, IntegerVar, BooleanVar, DryRunVar, ChoiceVar)
}


def variable_from(description: Mapping[str, Any]) -> Variable:
    """The variable that describe() told; what this version does not know about it is left aside.

    :raises ValueError: there is no such kind of variable.
    """
    kind = KINDS.get(description["type"])
    if kind is None:
        raise ValueError(f"There is no kind of variable called {description['type']}")
    known = {"label", "description", "required", "default", "widget", *kind.options}
    return kind(**{option: value for option, value in description.items() if option in known})


def collect(job_class: type) -> dict[str, Variable]:
    """The variables of job_class by name: inherited ones first, in the order in which they are defined.

    A subclass that replaces one leaves it in its place; None, or anything else, under its name hides it.
    """
    found: dict[str, Variable] = {}
    for base in reversed(job_class.__mro__):
        for name, value in vars(base).items():
            if isinstance(value, Variable):
                found[name] = value
            else:
                found.pop(name, None)
    return found


def parse_all(
    variables: Mapping[str, Variable], raw: Mapping[str, object]
) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The values of all variables, and the messages by name for whatever in raw does not fit.

    A variable that raw leaves out has its default.
    """
    values: dict[str, Any] = {}
    errors = {text_of(name): ["Job data contained an unknown property"] for name in raw if name not in variables}
    for name, variable in variables.items():
        try:
            values[name] = variable.parse(raw.get(name, variable.default))
        except ValueError as error:
            errors[name] = [str(error)]
    return values, errors
