"""The catalogue's verbs: find, refresh, enable."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import require, visible
from webapp.catalogue import records
from webapp.catalogue.models import Job, LoadError
from webapp.config import author_environment
from webapp.db import db, transaction
from webapp.errors import InvalidInputs, NotFound
from webapp.sources import discovery

LONGEST_SEARCH, MOST_WORDS = 500, 20
"""What is looked at of a search: databases limit how deep a condition may be."""
IS_NAMED = sa.or_(
    Job.id == sa.bindparam("id"),
    Job.name == sa.bindparam("name"),
    sa.and_(Job.module_name == sa.bindparam("module_name"), Job.job_class_name == sa.bindparam("class_name")),
)
# Built once: building it takes longer than asking it.
NAMED = sa.select(Job).where(IS_NAMED).limit(1)


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did, by class path; and what could not be loaded."""

    made: list[str]
    kept: list[str]
    gone: list[str]
    errors: list[discovery.LoadError]


def refresh(jobs_root: Path) -> Refreshed:
    """Look at the files below jobs_root and bring the records in line; new ones start switched off."""
    found = discovery.discover(jobs_root, environ=author_environment())
    declared = [one for one in found.jobs if records.problem_of(one) is None]
    errors = found.errors + [_unfit(one) for one in found.jobs if one not in declared]
    with transaction():
        known = {job.class_path: job for job in db.session.scalars(sa.select(Job))}
        made = records.mirror(known, declared)
        present = {records.path_of(one) for one in declared}
        gone = [path for path, job in known.items() if path not in present and job.installed]
        for path in gone:
            known[path].installed = False
        db.session.execute(sa.delete(LoadError))
        db.session.add_all(LoadError(**asdict(error)) for error in errors)
    return Refreshed(made, sorted(present - set(made)), gone, errors)


def by_name_or_id(text: str, query: sa.Select[Job] | None = None) -> Job:
    """The job that text names: an id, a name, or a class path; of query, where there is one.

    :raises NotFound: there is none.
    """
    named = NAMED if query is None else query.where(IS_NAMED).limit(1)
    job = None if "\0" in text else db.session.scalars(named, _names(text)).first()
    if job is None:
        raise NotFound("Not found.")
    return job


def by_class_path(class_path: str, query: sa.Select[Job] | None = None) -> Job:
    """The job of query, else of all, whose class has that path, `module.Class`.

    :raises NotFound: there is none.
    """
    module_name, _, class_name = class_path.rpartition(".")
    named = (sa.select(Job) if query is None else query).where(
        Job.module_name == module_name, Job.job_class_name == class_name
    )
    job = None if "\0" in class_path else db.session.scalar(named)
    if job is None:
        raise NotFound(f'Job "{class_path}" not found')
    return job


def runnable_by(user: User, id: UUID) -> Job:
    """The job with that id, for one who may run it; seeing it is not asked for.

    :raises NotAllowed: user may not run it.
    :raises NotFound: there is none.
    """
    job = by_name_or_id(str(id))
    require(user, "extras.run_job", job)
    return job


def set_enabled(job: Job, enabled: bool, by: User) -> None:
    """Let job be run, or not any more.

    :raises NotAllowed: by may not change jobs.
    """
    require(by, "extras.change_job", job)
    with transaction():
        job.enabled = enabled


def change(job: Job, values: dict[str, Any], by: User) -> None:
    """Change the record as a client's PATCH says; only `enabled` can be changed so far.

    :raises NotAllowed: by may not change jobs.
    :raises InvalidInputs: another field, or a value of the wrong type.
    """
    require(by, "extras.change_job", job)
    errors = {name: ["This field cannot be changed."] for name in values if name != "enabled"}
    if not isinstance(values.get("enabled", True), bool):
        errors["enabled"] = ["Must be a valid boolean."]
    if errors:
        raise InvalidInputs(errors)
    if "enabled" in values:
        set_enabled(job, values["enabled"], by)


def listed(user: User, search: str, *, everything: bool = False) -> list[tuple[str, list[Job]]]:
    """The jobs that user sees, by grouping, both in the order of names; hidden and removed ones only if everything."""
    query = visible(Job, user).order_by(Job.grouping, Job.name)
    if not everything:
        query = query.where(Job.installed, ~Job.hidden)
    for word in search[:LONGEST_SEARCH].replace("\0", " ").split()[:MOST_WORDS]:
        query = query.where(_mentions(word))
    jobs = db.session.scalars(query).all()
    return [(grouping, list(rows)) for grouping, rows in groupby(jobs, key=lambda job: job.grouping)]


def load_errors() -> list[LoadError]:
    """What the last refresh could not load, by module."""
    return list(db.session.scalars(sa.select(LoadError).order_by(LoadError.module_name, LoadError.id)))


def load_error_of(job: Job) -> LoadError | None:
    """Why the class of job could not be loaded, if it could not."""
    query = sa.select(LoadError).where(LoadError.module_name == job.module_name).order_by(LoadError.id)
    return None if job.installed else db.session.scalars(query.limit(1)).first()


def _unfit(declared: dict[str, Any]) -> discovery.LoadError:
    message = records.problem_of(declared) or ""
    return discovery.LoadError(declared["module_name"], declared["file"] or "", declared["line"], message, "")


def _names(text: str) -> dict[str, object]:
    """What text may stand for: an id alone, where it is one."""
    with suppress(ValueError):
        return {"id": UUID(text), "name": None, "module_name": None, "class_name": None}
    module_name, _, class_name = text.rpartition(".")
    return {"id": None, "name": text, "module_name": module_name, "class_name": class_name}


def _mentions(word: str) -> sa.ColumnElement[bool]:
    columns = (Job.name, Job.grouping, Job.description, Job.module_name, Job.job_class_name)
    return sa.or_(*(column.icontains(word, autoescape=True) for column in columns))
