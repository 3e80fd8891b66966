"""Taking a run: the claim, and what is asked once more before anything of it may start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import joinedload

from webapp.config import Settings
from webapp.db import db, transaction
from webapp.errors import NotPossible, WebappError
from webapp.runs import envelope, states
from webapp.runs.job_process import Task
from webapp.runs.models import Run, State
from webapp.runs.service import require_runnable
from webapp.sources.versions import version_of


@dataclass(frozen=True)
class Claim:
    """A run that this process holds."""

    number: int
    attempt: int
    worker: str
    task: Task
    job_name: str
    job_url: str
    soft_limit: int
    hard_limit: int


def take(number: int, worker: str) -> Claim | None:
    """Take the run, or end it at once if it may not start any more; None if there is nothing to supervise."""
    settings: Settings = current_app.extensions["settings"]
    waits = sa.and_(Run.number == number, Run.state == State.QUEUED)
    class_path = db.session.scalar(sa.select(Run.class_path).where(waits))
    db.session.rollback()
    if class_path is None:
        return None  # rung twice, or somebody else was faster
    # Read before the claim: files may be slow, and nobody else can write to SQLite during a transaction.
    version = _version(settings.jobs_root, class_path)
    try:
        with transaction():
            attempt = states.claim(number, worker)
            together = [joinedload(Run.job), joinedload(Run.user)]
            run = db.session.get_one(Run, number, options=together, populate_existing=True)
            try:
                return _checked(run, attempt, worker, settings, version)
            except WebappError as refusal:
                reason = f"Not started: {refusal.message}"
                states.finish(number, attempt, State.CLAIMED, State.ERRORED, worker, reason=reason)
    except NotPossible:
        pass  # somebody else was faster after all
    return None


def _version(jobs_root: Path, class_path: str) -> str | NotPossible:
    """The version of the class's code, or why there is none."""
    try:
        return version_of(jobs_root, class_path.rpartition(".")[0])
    except NotPossible as problem:
        return problem


def _checked(run: Run, attempt: int, worker: str, settings: Settings, version: str | NotPossible) -> Claim:
    """
    :raises WebappError: the run may not start any more; the text says why.
    """
    if run.job is None or run.user is None:
        raise NotPossible("the job or its user has been deleted.")
    require_runnable(run.job, run.user)
    if isinstance(version, NotPossible):
        raise version
    run.code_version = version
    return Claim(
        number=run.number,
        attempt=attempt,
        worker=worker,
        task=Task(run.number, settings.jobs_root, run.class_path, run.job.variables, envelope.inputs_of(run)),
        job_name=run.job_name,
        job_url=f"/jobs/{run.job_id}",
        soft_limit=run.soft_time_limit,
        hard_limit=run.time_limit,
    )
