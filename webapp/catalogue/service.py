"""The catalogue's verbs: find, list, enable."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from operator import attrgetter
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from webapp.accounts.models import User
from webapp.accounts.permissions import require
from webapp.catalogue import deciding
from webapp.catalogue.models import Job, LoadError
from webapp.db import Kept, db
from webapp.errors import NotFound

IS_NAMED = sa.or_(
    Job.id == sa.bindparam("id"),
    Job.name == sa.bindparam("name"),
    sa.and_(Job.module_name == sa.bindparam("module_name"), Job.job_class_name == sa.bindparam("class_name")),
)
MARKS = ("last_run_number", "last_run_state", "last_run_at")
"""Columns that change while a record stays the version that it is."""
# Built once: building it takes longer than asking it.
NAMED = sa.select(Job.id, Job.updated_at, *(getattr(Job, name) for name in MARKS)).where(IS_NAMED).limit(1)
jobs = Kept(Job, attrgetter("updated_at"))


def by_name_or_id(text: str, query: sa.Select[Job] | None = None) -> Job:
    """The job that text names: an id, a name, or a class path; of query, where there is one.

    :raises NotFound: there is none.
    """
    if "\0" in text:
        raise NotFound("Not found.")
    names = _names(text)
    job = _kept(names) if query is None else db.session.scalars(query.where(IS_NAMED).limit(1), names).first()
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
    deciding.decide([job], {"enabled": enabled}, by)


def load_errors() -> list[LoadError]:
    """What the last refresh could not load, by module."""
    return list(db.session.scalars(sa.select(LoadError).order_by(LoadError.module_name, LoadError.id)))


def load_error_of(job: Job) -> LoadError | None:
    """Why the class of job could not be loaded, if it could not."""
    query = sa.select(LoadError).where(LoadError.module_name == job.module_name).order_by(LoadError.id)
    return None if job.installed else db.session.scalars(query.limit(1)).first()


def _kept(names: Mapping[str, object]) -> Job | None:
    """The job with one of these names, of all."""
    found = db.session.connection().execute(NAMED, names).first()
    job = None if found is None else jobs.get(found.id, found.updated_at)
    if job is not None:
        for name in MARKS:
            set_committed_value(job, name, getattr(found, name))
    return job


def _names(text: str) -> dict[str, object]:
    """What text may stand for: an id alone, where it is one."""
    with suppress(ValueError):
        return {"id": UUID(text), "name": None, "module_name": None, "class_name": None}
    module_name, _, class_name = text.rpartition(".")
    return {"id": None, "name": text, "module_name": module_name, "class_name": class_name}
