"""Records brought in line with what classes declare: which declarations fit, and which names they get."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from webapp.catalogue.models import LONGEST_GROUPING, LONGEST_NAME, LONGEST_PATH, LONGEST_QUEUE, Job
from webapp.db import db

MIRRORED = (
    *("description", "hidden", "read_only", "is_singleton", "has_sensitive_variables", "supports_dryrun"),
    *("dryrun_default", "soft_time_limit", "time_limit", "task_queues", "variables"),
)
"""Fields of a record that repeat what its class declares."""
LONGEST_LIMIT = 10**9

Declared = Mapping[str, Any]


def path_of(declared: Declared) -> str:
    """The class path of a declaration."""
    return f"{declared['module_name']}.{declared['job_class_name']}"


def problem_of(declared: Declared) -> str | None:
    """Why no record can hold what a class declares; None if one can."""
    if max(len(declared["module_name"]), len(declared["job_class_name"])) > LONGEST_PATH:
        return f"The names of a module and of a job's class have at most {LONGEST_PATH} characters."
    if max(declared["soft_time_limit"], declared["time_limit"]) > LONGEST_LIMIT:
        return f"{declared['job_class_name']}: time limits are at most {LONGEST_LIMIT} seconds."
    if not all(0 < len(queue) <= LONGEST_QUEUE for queue in declared["task_queues"]):
        return f"{declared['job_class_name']}: names of queues have 1 to {LONGEST_QUEUE} characters."
    return None


def mirror(records: dict[str, Job], found: Iterable[Declared]) -> list[str]:
    """Make every record of found say what its class declares; gives the class paths of the new ones."""
    declared = {path_of(one): one for one in found}
    made = [path for path in declared if path not in records]
    for path in made:
        records[path] = Job(module_name=declared[path]["module_name"], job_class_name=declared[path]["job_class_name"])
    _release_names(records[path] for path, one in declared.items() if not _bears(records[path].name, _name(one)))
    for path, one in declared.items():
        _mirror(records[path], one, records.values())
    return made


def _mirror(job: Job, declared: Declared, everybody: Iterable[Job]) -> None:
    for field in MIRRORED:
        setattr(job, field, declared[field])
    job.grouping = declared["grouping"][:LONGEST_GROUPING]
    job.name = _free_name(_name(declared), {other.name for other in everybody if other is not job})
    job.installed = True
    db.session.add(job)


def _release_names(jobs: Iterable[Job]) -> None:
    """Two classes may have swapped their names; with both in the database, one of the updates would find its taken."""
    for job in jobs:
        if job.id is not None:
            job.name = str(job.id)
    db.session.flush()


def _name(declared: Declared) -> str:
    return str(declared["name"])[:LONGEST_NAME]


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
