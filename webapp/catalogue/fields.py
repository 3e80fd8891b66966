"""What may be decided about a job, and how each value is read, be it of a form or of JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from webapp.catalogue.models import DEFAULT_JOB_QUEUE, LONGEST_GROUPING, LONGEST_NAME, OVERRIDABLE, Job
from webapp.errors import InvalidInputs
from webapp.jobs.plain import has_surrogates

LONGEST_DESCRIPTION = 20_000
MOST = 10**9
"""Of seconds, days and runs."""
DECIDABLE = (*OVERRIDABLE, DEFAULT_JOB_QUEUE)
"""What an administrator may decide instead of the class."""
SWITCH = "_override"
ALIASES = {"job_queues": "task_queues", f"job_queues{SWITCH}": f"task_queues{SWITCH}"}
"""What the reference calls the same."""
ONE_FIELD = "job_queues and task_queues are two names of one field: send one of them."
CONTRADICTING = "job_queues_override and task_queues_override are two names of one switch: send one of them."

Reader = Callable[[Any], Any]


@dataclass(frozen=True)
class Decisions:
    """What somebody wants to decide, each part by the name of its field."""

    own: Mapping[str, Any]
    """Values of fields that classes do not know."""
    values: Mapping[str, Any]
    switches: Mapping[str, bool]
    """True for fields that administrators decide from now on, False for those that are the class's again."""

    @property
    def touched(self) -> set[str]:
        """The fields of DECIDABLE that something is said of."""
        return {*self.values, *self.switches}

    def overrides(self, job: Job, field: str) -> bool:
        """Whether field of job is an administrator's afterwards."""
        return self.switches.get(field, field in job.overridden)


def read(given: Mapping[str, object]) -> Decisions:
    """What given says, in the words of the API.

    :raises InvalidInputs: there is no such field, or a value cannot be read.
    """
    own: dict[str, Any] = {}
    values: dict[str, Any] = {}
    switches: dict[str, bool] = {}
    errors: dict[str, list[str]] = {}
    for name, value in given.items():
        field = ALIASES.get(name, name)
        try:
            if field in OWN:
                own[field] = OWN[field](value)
            elif field in READERS:
                values[field] = _once(values, field, READERS[field](value))
            elif field.removesuffix(SWITCH) in READERS:
                switch = field.removesuffix(SWITCH)
                switches[switch] = _unless_contradicting(switches, switch, _flag(value))
            else:
                errors[name] = ["This field cannot be changed."]
        except ValueError as problem:
            errors[name] = [str(problem)]
    if errors:
        raise InvalidInputs(errors)
    return Decisions(own, values, switches)


def in_words_of(given: Mapping[str, object], errors: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """errors under the names that given has for their fields."""
    names = {field: name for name, field in ALIASES.items()} if ALIASES.keys() & given.keys() else {}
    told = dict(errors)
    for field in names.keys() & errors.keys() - given.keys():
        switch, its_name = f"({field}{SWITCH})", f"({names[field]}{SWITCH})"
        told[names[field]] = [text.replace(switch, its_name) for text in told.pop(field)]
    return told


def _once(values: Mapping[str, Any], field: str, value: Any) -> Any:
    """
    :raises ValueError: values have one of field already, by its other name.
    """
    if field in values:
        raise ValueError(ONE_FIELD)
    return value


def _unless_contradicting(switches: Mapping[str, bool], field: str, value: bool) -> bool:
    """
    :raises ValueError: switches say the opposite, by the other name of field.
    """
    if switches.get(field, value) != value:
        raise ValueError(CONTRADICTING)
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool) and value not in ("true", "false"):
        raise ValueError("Must be a valid boolean.")
    return value in (True, "true")


def _text(value: object, label: str, longest: int, *, empty: bool = False) -> str:
    if not isinstance(value, str):
        raise ValueError("Not a valid string.")
    text = value.strip().replace("\r\n", "\n")
    if "\0" in text or has_surrogates(text):
        raise ValueError("Null characters and halves of characters are not allowed.")
    if len(text) > longest:
        raise ValueError(f"{label} may not exceed {longest} characters in length")
    if not text and not empty:
        raise ValueError("This field may not be blank.")
    return text


def _line(value: object, label: str, longest: int) -> str:
    text = _text(value, label, longest)
    if not text.isprintable():
        raise ValueError("Give one line of printable characters.")
    return text


def _count(value: object, unit: str) -> int:
    number = _number(value)
    if number is None or not 0 <= number <= MOST:
        raise ValueError(f"Give a whole number of {unit}, from 0 to {MOST:,}.")
    return number


def _number(value: object) -> int | None:
    if isinstance(value, str):
        text = value.strip()
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _kept(value: object, unit: str) -> int | None:
    return None if value in (None, "") else _count(value, unit)


def _names(value: object) -> list[str]:
    """Names or ids of queues, each once."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list):
        raise ValueError("Give a list of queues.")
    names = [_name(part) for part in parts]
    if not names:
        raise ValueError("Give at least one queue.")
    return list(dict.fromkeys(names))


def _name(value: object) -> str:
    """A queue's name or id, as a text or as the reference's `{"id": …}` or `{"name": …}`."""
    if isinstance(value, Mapping):
        value = value.get("id", value.get("name"))
    if not isinstance(value, str) or not value.strip() or "\0" in value or has_surrogates(value):
        raise ValueError("Give the name or the id of a queue.")
    return value.strip()


OWN: dict[str, Reader] = {
    "enabled": _flag,
    "keep_days": partial(_kept, unit="days"),
    "keep_runs": partial(_kept, unit="runs"),
}
"""Fields that classes do not know."""
READERS: dict[str, Reader] = {
    "grouping": partial(_line, label="Grouping", longest=LONGEST_GROUPING),
    "name": partial(_line, label="Name", longest=LONGEST_NAME),
    "description": partial(_text, label="Description", longest=LONGEST_DESCRIPTION, empty=True),
    **dict.fromkeys(
        ("approval_required", "dryrun_default", "has_sensitive_variables", "hidden", "is_singleton"), _flag
    ),
    "soft_time_limit": partial(_count, unit="seconds"),
    "time_limit": partial(_count, unit="seconds"),
    "task_queues": _names,
    DEFAULT_JOB_QUEUE: _name,
}
"""The fields of DECIDABLE."""
