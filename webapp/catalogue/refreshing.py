"""Bringing the records in line with the code, whoever asks for it and however many do at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from webapp.catalogue import records
from webapp.catalogue.models import Job, LoadError, Refresh
from webapp.catalogue.turns import alone
from webapp.changes import acting
from webapp.config import author_environment
from webapp.db import db, utcnow
from webapp.errors import NotPossible
from webapp.sources import discovery
from webapp.sources.versions import versions_below

MOST_LOOKS = 5
"""How often the files are looked at while others keep refreshing."""


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did, by class path; and what could not be loaded."""

    made: list[str]
    kept: list[str]
    back: list[str]
    """Of those that are kept, the ones that were not installed before."""
    gone: list[str]
    errors: list[discovery.LoadError]


@dataclass(frozen=True)
class Look:
    """What the files below the jobs root declare."""

    began: datetime
    versions: Mapping[str, str]
    jobs: list[dict[str, Any]]
    errors: list[discovery.LoadError]


def refresh(jobs_root: Path, by: str = "post-upgrade") -> Refreshed:
    """Look at the files below jobs_root and bring the records in line; new ones start switched off.

    Who refreshes at the same time finds the other's records; what was seen before another refresh ended is not
    written, but looked at again.

    :raises NotPossible: others refresh all the time.
    """
    for _ in range(MOST_LOOKS):
        newest = _newest()
        db.session.rollback()  # looking takes long, and a database does not like to be read for so long
        look = _look(jobs_root)
        with alone():
            if _newest() == newest:
                return _write(look, by)
    raise NotPossible("Others keep looking for jobs at this moment, and what they find counts. Look again in a minute.")


def is_outdated(jobs_root: Path) -> bool:
    """Whether a look at the files would be worth it: they have changed since the last one, or some did not load then.

    What keeps a file from loading need not be in the file.
    """
    last = latest()
    return last is None or last.error_count > 0 or last.version != _version(_versions(jobs_root))


def latest() -> Refresh | None:
    """The last refresh, if there was one."""
    return db.session.scalars(sa.select(Refresh).order_by(Refresh.number.desc()).limit(1)).first()


def _newest() -> int | None:
    return db.session.scalar(sa.select(sa.func.max(Refresh.number)))


def _look(jobs_root: Path) -> Look:
    began, versions = utcnow(), _versions(jobs_root)
    found = discovery.discover(jobs_root, environ=author_environment())
    judged = [(one, records.misfit(one)) for one in found.jobs]
    fit = [one for one, misfit in judged if misfit is None]
    return Look(began, versions, fit, found.errors + [misfit for _, misfit in judged if misfit])


def _versions(jobs_root: Path) -> dict[str, str]:
    try:
        return versions_below(jobs_root)
    except OSError:
        return {}  # discovery says so as well, and why


def _version(versions: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(sorted(versions.items())).encode()).hexdigest()


def _write(look: Look, by: str) -> Refreshed:
    """Let the records say what was seen; inside a transaction."""
    with acting(None, by):
        return _settle(look, by)


def _settle(look: Look, by: str) -> Refreshed:
    known = {job.class_path: job for job in db.session.scalars(sa.select(Job))}
    absent_before = {path for path, job in known.items() if not job.installed}
    made = records.mirror(known, look.jobs, look.versions)
    present = {records.path_of(one) for one in look.jobs}
    absent = {path: job for path, job in known.items() if path not in present}
    gone = [path for path, job in absent.items() if job.installed]
    for job in absent.values():
        job.installed, job.enabled = False, job.enabled and _is_broken(job, look)
    db.session.execute(sa.delete(LoadError))
    db.session.add_all(LoadError(**asdict(error)) for error in look.errors)
    db.session.add(
        Refresh(
            began_at=look.began,
            by=by,
            version=_version(look.versions),
            job_count=len(present),
            made_count=len(made),
            gone_count=len(gone),
            error_count=len(look.errors),
        )
    )
    return Refreshed(made, sorted(present - set(made)), sorted(present & absent_before), gone, look.errors)


def _is_broken(job: Job, look: Look) -> bool:
    """Whether the class of job, which is not among those that look found, may be there and does not load.

    What is not there any more is switched off, for whatever comes back has to be looked at again. What does not load
    stays switched on: whoever mends it wants it back as it was. An error without a module stands for all.
    """
    loads = any(one["module_name"] == job.module_name for one in look.jobs)
    about = f"{job.job_class_name}: "
    errors = (error for error in look.errors if error.module_name in ("", job.module_name))
    return any(not loads or error.message.startswith(about) for error in errors)
