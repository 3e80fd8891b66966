"""Records brought in line with what classes declare: which declarations fit, and which names they get."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from webapp.catalogue.models import LONGEST_GROUPING, LONGEST_NAME, LONGEST_PATH, LONGEST_QUEUE, Job
from webapp.db import db
from webapp.inputs import choosable
from webapp.inputs.values import variables_of
from webapp.jobs.objects import ObjectVar

MIRRORED = (
    *("description", "hidden", "read_only", "is_singleton", "has_sensitive_variables", "supports_dryrun"),
    *("dryrun_default", "soft_time_limit", "time_limit", "task_queues", "variables"),
    *("idempotent", "max_attempts", "retry_backoff", "concurrency"),
    *("approval_required", "fieldsets", "notes", "is_job_hook_receiver", "is_job_button_receiver"),
)
"""Fields of a record that repeat what its class declares."""

Declared = Mapping[str, Any]


def path_of(declared: Declared) -> str:
    """The class path of a declaration."""
    return f"{declared['module_name']}.{declared['job_class_name']}"


def problem_of(declared: Declared) -> str | None:
    """Why no record can hold what a class declares; None if one can."""
    if max(len(declared["module_name"]), len(declared["job_class_name"])) > LONGEST_PATH:
        return f"The names of a module and of a job's class have at most {LONGEST_PATH} characters."
    if not all(0 < len(queue) <= LONGEST_QUEUE for queue in declared["task_queues"]):
        return f"{declared['job_class_name']}: names of queues have 1 to {LONGEST_QUEUE} characters."
    return next((f"{declared['job_class_name']}: {text}" for text in _unknown_objects(declared)), None)


def _unknown_objects(declared: Declared) -> Iterator[str]:
    """What variables that are objects say of kinds, or of what they have, that is not so."""
    for name, variable in variables_of(declared["variables"]).items():
        problem = choosable.problem_of(variable) if isinstance(variable, ObjectVar) else None
        if problem is not None:
            yield f"{name}: {problem}"


def mirror(records: dict[str, Job], found: Iterable[Declared]) -> list[str]:
    """Make every record of found say what its class declares; gives the class paths of the new ones."""
    declared = {path_of(one): one for one in found}
    made = [path for path in declared if path not in records]
    for path in made:
        records[path] = Job(module_name=declared[path]["module_name"], job_class_name=declared[path]["job_class_name"])
    names = _names(records, declared)
    _release({records[path] for path, name in names.items() if records[path].name != name})
    for path, one in declared.items():
        _mirror(records[path], one, names[path])
    return made


def _mirror(job: Job, declared: Declared, name: str) -> None:
    for field in MIRRORED:
        setattr(job, field, declared[field])
    job.name, job.grouping = name, declared["grouping"][:LONGEST_GROUPING]
    job.installed = True
    db.session.add(job)


def _names(records: Mapping[str, Job], declared: Mapping[str, Declared]) -> dict[str, str]:
    """The names that the records of declared get; whoever bears one already has the first right to it."""
    names = {path: job.name for path, job in records.items()}
    wanted = {path: str(one["name"])[:LONGEST_NAME] for path, one in declared.items()}
    for path, name in wanted.items():
        if not _bears(names[path], name):
            del names[path]
    for path, name in wanted.items():
        names[path] = _free_name(name, {taken for other, taken in names.items() if other != path})
    return {path: names[path] for path in wanted}


def _release(jobs: Iterable[Job]) -> None:
    """Give up the names of jobs: with all of them still in the database, an update could find its own taken."""
    for job in jobs:
        if job.id is not None:
            job.name = str(job.id)
    db.session.flush()


def _free_name(wanted: str, taken: set[str]) -> str:
    """wanted, or wanted with the smallest number behind it that nobody has."""
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = _numbered(wanted, number)
    return name


def _bears(name: str | None, wanted: str) -> bool:
    """Whether name is wanted, or wanted with a number behind it."""
    number = (name or "").rpartition(" (")[2].removesuffix(")")
    return name == wanted or number.isdecimal() and name == _numbered(wanted, int(number))


def _numbered(name: str, number: int) -> str:
    suffix = f" ({number})"
    return name[: LONGEST_NAME - len(suffix)] + suffix
