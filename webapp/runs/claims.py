"""Taking a run: the claim, and what is asked once more before anything of it may start."""

from __future__ import annotations

from dataclasses import dataclass

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
    """Take the run, or end it at once if it may not start any more."""
    settings: Settings = current_app.extensions["settings"]
    try:
        with transaction():
            attempt = states.claim(number, worker)
            together = [joinedload(Run.job), joinedload(Run.user)]
            run = db.session.get_one(Run, number, options=together, populate_existing=True)
            try:
                return _checked(run, attempt, worker, settings)
            except WebappError as refusal:
                reason = f"Not started: {refusal.message}"
                states.finish(number, attempt, State.CLAIMED, State.ERRORED, worker, reason=reason)
    except NotPossible:
        pass  # rung twice, or somebody else was faster
    return None


def _checked(run: Run, attempt: int, worker: str, settings: Settings) -> Claim:
    """
    :raises WebappError: the run may not start any more; the text says why.
    """
    if run.job is None or run.user is None:
        raise NotPossible("the job or its user has been deleted.")
    require_runnable(run.job, run.user)
    run.code_version = version_of(settings.jobs_root, run.job.module_name)
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
