"""Jobs in the style of Nautobot 1.x: `run(self, data, commit)`, then each `test_…`, then `post_run()`.

They are told apart by their signature. What such a job does to objects is one block of changes; everything else about
it is as for any job.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from types import ModuleType
from typing import Any

from webapp.jobs.job import BaseJob, Job
from webapp.jobs.receivers import RECEIVERS
from webapp.jobs.registry import registered
from webapp.jobs.variables import COMMIT, CommitVar, Variable, collect

REVERTED = "Database changes have been reverted automatically."
REVERTED_BY_ERROR = "Database changes have been reverted due to error."
NOTE = "Written in the style of Nautobot 1.x, which runs as it is; docs/from-nautobot.md says what differs."


class AbortTransaction(Exception):
    """Raised by an author to end the job: nothing is changed, and nothing has failed."""


def is_legacy(job_class: type[BaseJob]) -> bool:
    """Whether job_class is in the style of 1.x: its run() wants `data`, or there is none but there are tests."""
    if issubclass(job_class, RECEIVERS):
        return False
    if job_class.run is BaseJob.run:
        return bool(_tests(job_class))
    return "data" in _parameters(job_class) and "data" not in collect(job_class)


def unregistered(module: ModuleType) -> list[type[BaseJob]]:
    """The classes that count as registered although their module, in the style of 1.x, says so of none.

    These are the jobs in that style that the module itself defines, in its order; not what it imports, and nothing
    whose name begins with an underscore.
    """
    if registered(module.__name__):
        return []
    own = [value for name, value in vars(module).items() if isinstance(value, type) and not name.startswith("_")]
    jobs = [one for one in own if issubclass(one, Job) and one.__module__ == module.__name__]
    return [one for one in dict.fromkeys(jobs) if is_legacy(one)]


def variables_of(job_class: type[BaseJob]) -> dict[str, Variable]:
    """The variables of job_class by name; one in the style of 1.x has one more, which says whether to commit."""
    variables = collect(job_class)
    if is_legacy(job_class) and not _meta(job_class, "read_only", False):
        variables[COMMIT] = CommitVar(default=_meta(job_class, "commit_default", True))
    return variables


def notes(job_class: type[BaseJob]) -> list[str]:
    """That job_class is in the style of 1.x, if it is."""
    return [NOTE] if is_legacy(job_class) else []


def call(job: BaseJob, inputs: Mapping[str, Any]) -> Any:
    """What run() returns, in whichever style its author has written it; whatever that raises comes out."""
    return _call_all(job, inputs) if is_legacy(type(job)) else job.run(**inputs)


def _call_all(job: BaseJob, inputs: Mapping[str, Any]) -> Any:
    """What run(), the tests and post_run() return: one value as it is, several as lines of text."""
    data = {name: value for name, value in inputs.items() if name != COMMIT}
    commit = inputs.get(COMMIT, False)
    said: list[Any] = []
    with suppress(AttributeError):  # the author may have properties of these names
        job.data, job.commit = data, commit  # type: ignore[attr-defined]
    try:
        _call_main(job, {"data": data, "commit": commit}, said)
    finally:
        _call_one(job, "post_run", {}, said)
        job.active_test = ""
    return said[0] if len(said) == 1 else "\n".join(map(str, said)) or None


def _call_main(job: BaseJob, given: dict[str, Any], said: list[Any]) -> None:
    """Call run() and the tests, and say what became of the objects that they changed."""
    try:
        with job.changes() if job._changed.inventory.here else nullcontext():
            if type(job).run is not BaseJob.run:
                _call_one(job, "run", {name: given[name] for name in _parameters(type(job)) if name in given}, said)
            for name in _tests(type(job)):
                _call_one(job, name, {}, said)
    except AbortTransaction as reason:
        if str(reason):
            job.log_info(message=str(reason))
        job.log_info(message=REVERTED)
    except Exception:
        job.log_info(message=REVERTED_BY_ERROR)
        raise
    else:
        if not given["commit"]:
            job.log_info(message=REVERTED)


def _call_one(job: BaseJob, name: str, given: dict[str, Any], said: list[Any]) -> None:
    """Call that method, if there is one, with the lines that it logs grouped under its name."""
    job.active_test = name
    method = getattr(job, name, None)
    output = method(**given) if callable(method) else None
    if output is not None:
        said.append(output)


def _tests(job_class: type[BaseJob]) -> list[str]:
    return [name for name in dir(job_class) if name.startswith("test_") and callable(getattr(job_class, name))]


def _parameters(job_class: type[BaseJob]) -> list[str]:
    """The names that run() takes; none if it does not tell."""
    try:
        told = inspect.signature(job_class.run).parameters.values()
    except (TypeError, ValueError):
        return []
    return [one.name for one in told if one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)]


def _meta(job_class: type[BaseJob], name: str, default: bool) -> Any:
    return getattr(getattr(job_class, "Meta", None), name, default)
