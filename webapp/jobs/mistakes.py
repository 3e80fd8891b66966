"""Mistakes in a job's declaration that Python lets pass: said when it is loaded, not when somebody waits for it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from webapp.jobs import computing, legacy
from webapp.jobs.files import FileVar
from webapp.jobs.job import BaseJob
from webapp.jobs.objects import ObjectVar
from webapp.jobs.receivers import RECEIVERS
from webapp.jobs.variable import REQUIRED, Variable
from webapp.jobs.variables import KINDS, variable_from

COMMON = tuple(name for name in inspect.signature(Variable.__init__).parameters if name not in ("self", "unknown"))
SIMILAR = 0.75
LONGEST_MATCHED = 20
"""Characters of a default that is held against a regex: the time may double with each, and nothing limits it here."""


def check_classes(job_class: type[BaseJob]) -> None:
    """Go on only if no attribute of job_class is a kind of variable where a variable is meant.

    :raises TypeError: one is.
    """
    for name in dir(job_class):
        value = inspect.getattr_static(job_class, name, None)
        # A class that is defined in the body has its own name, and is no mistake.
        if isinstance(value, type) and issubclass(value, Variable) and name != value.__name__ and name[0] != "_":
            raise TypeError(f"{name}: {value.__name__} is a class; write {value.__name__}()")


def check_options(variable: Variable) -> None:
    """Go on only if variable knows all the options that it was given.

    :raises TypeError: it does not; the message says what may be meant.
    """
    for option in variable.unknown:
        meant = _kinds_with(option, variable) or get_close_matches(option, [*COMMON, *variable.options], 1, SIMILAR)
        perhaps = f"; perhaps {' or '.join(meant)} is meant" if meant else ""
        raise TypeError(f"{type(variable).__name__} knows no option {option}{perhaps}")


def check_run(job_class: type[BaseJob]) -> None:
    """Go on only if there is something to run.

    :raises TypeError: the author has not written it.
    """
    missing = job_class.run is BaseJob.run or not callable(job_class.run)
    if missing and not issubclass(job_class, RECEIVERS) and not legacy.is_legacy(job_class):
        raise TypeError(f"{job_class.__name__} has no run()")


def notes(declared: Mapping[str, Any], described: Iterable[Mapping[str, Any]]) -> list[str]:
    """What cannot be meant although the job loads, of its Meta and of its variables as describe() tells them."""
    soft, hard = declared["soft_time_limit"], declared["time_limit"]
    too_late = [
        "Meta.soft_time_limit is not less than Meta.time_limit, so that the job is ended before it may clean up."
    ]
    return [*(too_late if 0 < hard <= soft else []), *_unfit_defaults(described)]


def _kinds_with(option: str, variable: Variable) -> list[str]:
    """The kinds that have option and are otherwise alike."""
    alike = [kind for kind in KINDS.values() if (kind.multiple, kind.secret) == (variable.multiple, variable.secret)]
    return [kind.kind for kind in alike if option in kind.options]


def _unfit_defaults(described: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for told in described:
        if _may_be_checked(told):
            try:
                # As forms and the API will have it: the author's own code takes no part.
                variable_from(_matched_quickly(told)).parse(told["default"])
            except ValueError as refusal:
                if str(refusal) != REQUIRED:  # it says nothing, like ""
                    yield f"{told['name']}: default does not fit: {refusal}"


def _may_be_checked(told: Mapping[str, Any]) -> bool:
    kind = KINDS.get(told["type"])
    live = computing.CHOICES in told.get("live", {})
    return told["default"] is not None and kind is not None and not live and not issubclass(kind, FileVar | ObjectVar)


def _matched_quickly(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """told, without its regex if that could take long."""
    return {**told, "regex": None} if len(str(told["default"])) > LONGEST_MATCHED else told
