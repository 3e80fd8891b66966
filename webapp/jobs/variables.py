"""The variables of a job, made known by their names. What makes a value valid is said in the files of the variables.

A variable can be told as data (`describe`) and made again from it (`variable_from`), so that forms and the API use real
variables without loading any author's code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from webapp.jobs.address_variables import IPAddressVar, IPAddressWithMaskVar, IPNetworkVar
from webapp.jobs.choosing import ChoiceVar, MultiChoiceVar
from webapp.jobs.documents import JSONVar
from webapp.jobs.files import FileVar
from webapp.jobs.moments import DateTimeVar, DateVar
from webapp.jobs.numbers import DecimalVar, IntegerVar
from webapp.jobs.objects import MultiObjectVar, ObjectVar
from webapp.jobs.plain import text_of
from webapp.jobs.secret import SecretVar
from webapp.jobs.texts import StringVar, TextVar
from webapp.jobs.variable import Variable

__all__ = [
    "COMMIT",
    "KINDS",
    "BooleanVar",
    "ChoiceVar",
    "CommitVar",
    "DateTimeVar",
    "DateVar",
    "DecimalVar",
    "DryRunVar",
    "FileVar",
    "IPAddressVar",
    "IPAddressWithMaskVar",
    "IPNetworkVar",
    "IntegerVar",
    "JSONVar",
    "MultiChoiceVar",
    "MultiObjectVar",
    "ObjectVar",
    "SecretVar",
    "StringVar",
    "TextVar",
    "Variable",
    "collect",
    "parse_all",
    "variable_from",
]

COMMIT = "_commit"
"""The name of a CommitVar."""


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


class CommitVar(BooleanVar):
    """Whether a job in the style of 1.x keeps its changes; the kit gives such jobs one, authors do not."""

    kind = "CommitVar"

    def __init__(self, **common: Any) -> None:
        super().__init__(**common)
        self.label = self.label or "Commit changes"
        self.description = self.description or "Without it, it is a dry run: changes of objects are reverted."


KINDS: Mapping[str, type[Variable]] = {
    variable.kind: variable
    for variable in (
        *(StringVar, TextVar, IntegerVar, DecimalVar, BooleanVar, DryRunVar, CommitVar, ChoiceVar, MultiChoiceVar),
        *(DateVar, DateTimeVar, IPAddressVar, IPAddressWithMaskVar, IPNetworkVar, JSONVar, FileVar, SecretVar),
        *(ObjectVar, MultiObjectVar),
    )
}


def variable_from(description: Mapping[str, Any]) -> Variable:
    """The variable that describe() told; what this version does not know about it is left aside.

    :raises ValueError: there is no such kind of variable.
    """
    kind = KINDS.get(description["type"])
    if kind is None:
        raise ValueError(f"There is no kind of variable called {description['type']}")
    known = {"label", "description", "required", "default", "widget", "summary", *kind.options}
    return kind(**{option: value for option, value in description.items() if option in known})


def variables_of(declared: Iterable[Mapping[str, Any]]) -> dict[str, Variable]:
    """The variables that describe() told of one after the other, by name, in order."""
    return {description["name"]: variable_from(description) for description in declared}


def load_all(variables: Mapping[str, Variable], stored: Mapping[str, Any]) -> dict[str, Any]:
    """What the variables dumped; values of some that are no longer declared are left out."""
    return {name: variables[name].load(value) for name, value in stored.items() if name in variables}


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
