"""What the header of a run says beside its row: how it goes, and of one that failed, where one begins to look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from flask import current_app

from webapp.accounts.models import User
from webapp.accounts.permissions import may
from webapp.config import Settings
from webapp.db import db, utcnow
from webapp.runs import comparing, processes
from webapp.runs.log.asked import Asked
from webapp.runs.log.reading import Reading
from webapp.runs.log.text import tracebacks
from webapp.runs.log.text.tracebacks import Frame
from webapp.runs.logs import GRAVE
from webapp.runs.models import FAILED, Run, State
from webapp.runs.page import usual, versions
from webapp.runs.process_models import Process

SOME = 3.0
"""Seconds before anybody says how long a run still takes."""
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Failure:
    """Where one begins to look."""

    place: Frame | None
    """The author's last frame of the traceback, its file as it stands in the folder of jobs."""
    first_error: int | None
    """The number of the first line of the log that tells of an error."""
    last_success: int | None
    """The number of the last run of its job before it that succeeded."""


def failure(run: Run, user: User) -> Failure | None:
    """What went wrong with run, as user may see it; None if nothing has."""
    if run.state not in FAILED:
        return None
    return Failure(
        _place(run.traceback) if run.traceback else None,
        Reading(run, Asked()).first_of(GRAVE) if run.error_count else None,
        comparing.last_success(run, user),
    )


def _place(traceback: str) -> Frame | None:
    told = tracebacks.read(traceback)
    if told is None or told.frame is None:
        return None
    settings: Settings = current_app.extensions["settings"]
    return told.frame.below(settings.jobs_root)


@dataclass(frozen=True)
class Silence:
    """Nothing is heard of a run that goes on."""

    since: datetime
    """The last sign of life of its worker."""
    missed: bool
    """Whether another one was due before now."""
    lost_after: int
    """Seconds without one after which the run counts as lost."""


def silence(run: Run) -> Silence | None:
    """What there is to say where the worker of run, or run itself for a while, has said nothing; None for others."""
    if run.state is not State.RUNNING:
        return None
    beat = db.session.scalar(sa.select(Process.beat_at).where(Process.name == run.worker))
    missed = beat is not None and utcnow() - beat > processes.ALIVE
    if beat is None or not (missed or versions.silent(run)):
        return None
    settings: Settings = current_app.extensions["settings"]
    return Silence(beat, missed, settings.lost_after)


def left(run: Run) -> str:
    """How long run will still take, by its own account, in words; empty if nobody can tell."""
    done, total, passed = run.progress_done, run.progress_total, usual.elapsed(run)
    if run.finished or not done or not total or not 0 < done < total or passed < SOME:
        return ""
    seconds = passed * (total - done) / done
    if seconds < MINUTE:
        return "less than a minute left"
    return f"about {round(seconds / MINUTE)} min left" if seconds < HOUR else f"about {round(seconds / HOUR)} h left"


def may_run_again(run: Run, user: User) -> bool:
    """Whether user may start the job of run once more, from its page; not if nobody can start it."""
    startable = run.job is not None and run.job.enabled and run.job.installed
    return startable and _is_there("run_again.new") and may(user, "extras.run_job")


def _is_there(endpoint: str) -> bool:
    """Whether the feature above this one that has endpoint is part of the application."""
    return endpoint in current_app.view_functions
