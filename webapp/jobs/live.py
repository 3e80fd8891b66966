"""A form at a moment: what it asks for, what can be chosen and what the defaults are, with what was given so far.

This is the one rule that form, API, command line and tests of authors keep to. Whoever applies it brings an Ask, which
finds out what authors compute: here, where the job's class is at hand, else in another process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from webapp.jobs import conditions
from webapp.jobs.computing import CHOICES, DEFAULT, OF_VALUES, VISIBLE, Values
from webapp.jobs.files import FileVar, Unfit
from webapp.jobs.variables import Variable, parse_all, variable_from

SENTENCES = {
    CHOICES: "The choices of “{label}” could not be found out: {why}",
    DEFAULT: "The default of “{label}” could not be found out: {why}",
    VISIBLE: "Whether “{label}” is asked for could not be found out: {why}",
}

Ask = Callable[[str, str, Values], Any]
"""What the variable of that name computes for that option from these values, ready for JSON; raises Unanswered."""
Described = Mapping[str, Any]


class Unanswered(Exception):
    """What an author computes cannot be found out; the text says why."""


@dataclass(frozen=True)
class Settled:
    """The variables of a job at a moment, with the choices and defaults of that moment."""

    variables: dict[str, Variable]
    """Those that are asked for, in the order of the form."""
    hidden: dict[str, Variable] = field(default_factory=dict)
    problems: dict[str, list[str]] = field(default_factory=dict)
    """By the name of a variable: what could not be found out about it."""

    def parse(self, raw: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, list[str]]]:
        """The values of all variables, and the messages by name for whatever in raw does not fit.

        What raw says of hidden ones is dropped: they have the value of one that is not required and not given.
        """
        values, errors = parse_all(self.variables, self.asked(raw))
        return {**values, **self.unasked()}, {**errors, **self.problems}

    def asked(self, raw: Mapping[str, object]) -> dict[str, object]:
        """raw without what it says of hidden variables."""
        return {name: raw[name] for name in raw if name not in self.hidden}

    def unasked(self) -> dict[str, Any]:
        """The values of the hidden variables."""
        return {name: variable.parse(None) for name, variable in self.hidden.items()}


def is_live(described: Iterable[Described]) -> bool:
    """Whether any of these variables depends on others, or is computed."""
    return any("live" in one or VISIBLE in one for one in described)


def settle(described: Sequence[Described], raw: Mapping[str, object], ask: Ask) -> Settled:
    """The variables that describe() told, as they are with raw, texts of a form or JSON values by name.

    A function is given what stands before its variable; what is missing there, hidden or wrong is not among it, and
    neither are secrets and files.
    """
    settling = _Settling(raw, ask, described)
    for one in conditions.in_order(described):
        settling.take(one)
    names = [one["name"] for one in described]
    return Settled(
        {name: settling.variables[name] for name in names if name in settling.variables},
        {name: settling.hidden[name] for name in names if name in settling.hidden},
        settling.problems,
    )


def _needed(described: Sequence[Described]) -> set[str]:
    """The names of the variables whose values decide about others."""
    if any(OF_VALUES in one.get("live", {}).values() for one in described):
        return {one["name"] for one in described}
    return {name for one in described for name in one.get(VISIBLE, {})}


class _Settling:
    """Goes through the variables, and knows what was found out so far."""

    def __init__(self, raw: Mapping[str, object], ask: Ask, described: Sequence[Described]) -> None:
        self.variables: dict[str, Variable] = {}
        self.hidden: dict[str, Variable] = {}
        self.problems: dict[str, list[str]] = {}
        self._raw, self._ask, self._needed = raw, ask, _needed(described)
        self._places = {one["name"]: place for place, one in enumerate(described)}
        self._values: dict[str, Any] = {}

    def take(self, described: Described) -> None:
        """Find out what described is like at this moment."""
        name = described["name"]
        if not self._is_visible(described):
            self.hidden[name] = variable_from({**described, "required": False, "default": None})
            return
        variable = variable_from({**described, **self._choices(described)})
        variable.default = self._default(described, variable)
        self.variables[name] = variable
        if name in self._needed:
            self._remember(name, variable)

    def _is_visible(self, described: Described) -> bool:
        if VISIBLE in described.get("live", {}):
            return self._asked(described, VISIBLE, otherwise=True) is not False
        return conditions.holds(described.get(VISIBLE, {}), self._values)

    def _choices(self, described: Described) -> dict[str, Any]:
        return {CHOICES: self._asked(described, CHOICES, otherwise=[])} if CHOICES in described.get("live", {}) else {}

    def _default(self, described: Described, variable: Variable) -> Any:
        """The variable's default; one that is computed, and does not fit, is none."""
        if DEFAULT not in described.get("live", {}):
            return variable.default
        # Nobody needs to know it where something was given.
        default = None if described["name"] in self._raw else self._asked(described, DEFAULT, otherwise=None)
        try:
            return None if default is None else variable.dump(variable.parse(default))
        except ValueError as refusal:
            self._note(described, DEFAULT, str(refusal))
            return None

    def _asked(self, described: Described, option: str, otherwise: Any) -> Any:
        try:
            return self._ask(described["name"], option, self._before(described["name"]))
        except Unanswered as why:
            self._note(described, option, str(why))
            return otherwise

    def _before(self, name: str) -> dict[str, Any]:
        """The values of what stands before the variable of that name."""
        return {other: value for other, value in self._values.items() if self._places[other] < self._places[name]}

    def _note(self, described: Described, option: str, why: str) -> None:
        sentence = SENTENCES[option].format(label=described["label"], why=why if why.endswith(".") else f"{why}.")
        self.problems.setdefault(described["name"], []).append(sentence)

    def _remember(self, name: str, variable: Variable) -> None:
        given = self._raw.get(name, variable.default)
        if variable.secret or isinstance(variable, FileVar) or isinstance(given, Unfit):
            return
        try:
            value = variable.dump(variable.parse(given))
        except ValueError:
            return
        if value is not None and value not in ("", []):
            self._values[name] = value
