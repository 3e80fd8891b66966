"""Records brought in line with what classes declare: which declarations fit, and which names they get."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from webapp.catalogue import queue_fields, queues
from webapp.catalogue.models import (
    DEFAULT_JOB_QUEUE,
    DEFAULT_QUEUE,
    LONGEST_GROUPING,
    LONGEST_NAME,
    LONGEST_PATH,
    LONGEST_QUEUE,
    OVERRIDABLE,
    Job,
)
from webapp.db import db
from webapp.inputs import choosable
from webapp.jobs.objects import ObjectVar
from webapp.jobs.variables import variables_of
from webapp.sources.discovery import LoadError

MIRRORED = (
    *("read_only", "supports_dryrun", "variables", "idempotent", "max_attempts", "retry_backoff", "concurrency"),
    *("fieldsets", "is_job_hook_receiver", "is_job_button_receiver", "line"),
)
"""Fields of a record that repeat what its class declares, whatever administrators think."""
PLAIN = tuple(field for field in OVERRIDABLE if field not in ("name", "task_queues"))
"""Those of OVERRIDABLE that stand for themselves; a name depends on all others, and queues have records."""

Declared = Mapping[str, Any]


def path_of(declared: Declared) -> str:
    """The class path of a declaration."""
    return f"{declared['module_name']}.{declared['job_class_name']}"


def misfit(declared: Declared) -> LoadError | None:
    """Why no record can hold what a class declares; None if one can."""
    if (problem := _problem_of(declared)) is None:
        return None
    return LoadError(declared["module_name"], declared["file"] or "", declared["line"], problem, "")


def notes_of(declared: Declared) -> list[str]:
    """What the author of a class may want to know although a record can hold it."""
    if len(declared["name"]) <= LONGEST_NAME:
        return list(declared["notes"])
    return [*declared["notes"], f"Its name is longer than {LONGEST_NAME} characters; the rest is cut."]


def _problem_of(declared: Declared) -> str | None:
    if max(len(declared["module_name"]), len(declared["job_class_name"])) > LONGEST_PATH:
        return f"The names of a module and of a job's class have at most {LONGEST_PATH} characters."
    problems = (*_odd_queues(declared), *_unknown_objects(declared))
    return next((f"{declared['job_class_name']}: {text}" for text in problems), None)


def _odd_queues(declared: Declared) -> Iterator[str]:
    for queue in declared["task_queues"]:
        if problem := queue_fields.problem_of_name(queue):
            yield f"Meta.task_queues: {queue[:LONGEST_QUEUE]!r}: {problem}"


def _unknown_objects(declared: Declared) -> Iterator[str]:
    """What variables that are objects say of kinds, or of what they have, that is not so."""
    for name, variable in variables_of(declared["variables"]).items():
        problem = choosable.problem_of(variable) if isinstance(variable, ObjectVar) else None
        if problem is not None:
            yield f"{name}: {problem}"


def mirror(records: dict[str, Job], found: Iterable[Declared], versions: Mapping[str, str]) -> list[str]:
    """Make every record of found say what its class declares, but for what administrators decided.

    records holds all there are, by class path; versions the versions of modules by the first part of their names.
    Gives the class paths of the new ones.
    """
    declared = {path_of(one): one for one in found}
    made = [path for path in declared if path not in records]
    for path in made:
        records[path] = Job(
            module_name=declared[path]["module_name"],
            job_class_name=declared[path]["job_class_name"],
            overridden=[],
        )
    for path, one in declared.items():
        _mirror(records[path], one, versions.get(one["module_name"].partition(".")[0], ""))
    names = _names(records, declared)
    rename({records[path]: name for path, name in names.items()})
    queues.assign({records[path]: records[path].task_queues for path in declared})
    return made


def value_of(declared: Declared, field: str) -> Any:
    """What a class declares of a field of OVERRIDABLE, as a record can hold it."""
    if field == "name":
        return str(declared["name"])[:LONGEST_NAME].strip()
    if field == "grouping":
        return declared["grouping"][:LONGEST_GROUPING]
    if field == "task_queues":
        return list(dict.fromkeys(declared["task_queues"])) or [DEFAULT_QUEUE]
    return declared[field]


def queues_of(job: Job) -> list[str]:
    """The names of the queues that job should be assigned to, the default one first."""
    declared = job.declared["task_queues"]
    names = list(job.task_queues if "task_queues" in job.overridden else declared)
    return in_order(names, declared[0], job.task_queues[0] if DEFAULT_JOB_QUEUE in job.overridden else None)


def in_order(names: list[str], declared: str | None, decided: str | None) -> list[str]:
    """names with the default queue first: the one that was decided, else what the class says, if that is among them."""
    first = decided or (declared if declared in names else names[0])
    return list(dict.fromkeys([first, *names]))


def _mirror(job: Job, declared: Declared, version: str) -> None:
    for field in MIRRORED:
        setattr(job, field, declared[field])
    job.variable_words = _words(declared["variables"])
    job.notes = notes_of(declared)
    job.declared = {field: value_of(declared, field) for field in OVERRIDABLE}
    for field in PLAIN:
        if field not in job.overridden:
            setattr(job, field, job.declared[field])
    job.task_queues = queues_of(job)
    job.installed, job.version, job.file = True, version, declared["file"] or ""


def _words(variables: Iterable[Declared]) -> str:
    """Names and labels of variables, a line each."""
    return "\n".join(f"{one['name']} {one.get('label') or ''}".rstrip() for one in variables)


def _names(records: Mapping[str, Job], declared: Mapping[str, Declared]) -> dict[str, str]:
    """The names that the records of declared get; whoever bears one already has the first right to it."""
    names = {path: job.name for path, job in records.items()}
    wanted = {path: records[path].declared["name"] for path in declared if "name" not in records[path].overridden}
    for path, name in wanted.items():
        if not _bears(names[path], name):
            del names[path]
    taken = Counter(names.values())
    for path, name in wanted.items():
        if path in names:
            taken[names[path]] -= 1
        names[path] = free_name(name, lambda text: taken[text] > 0)
        taken[names[path]] += 1
    return {path: names[path] for path in declared}


def rename(names: Mapping[Job, str]) -> None:
    """Give each job, be it new or not, its name; inside a transaction."""
    renamed = [job for job, name in names.items() if job.name != name]
    # With all old names still in the database, an update could find its own taken.
    for job in renamed:
        if job.id is not None:
            job.name = str(job.id)
    db.session.flush()
    for job, name in names.items():
        job.name = name
        db.session.add(job)


def free_name(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """wanted, or wanted with the smallest number behind it that nobody has."""
    name, number = wanted, 1
    while is_taken(name):
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
