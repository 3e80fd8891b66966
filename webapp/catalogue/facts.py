"""What counts for a job at this moment, and where it differs from what its class says."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import current_app

from webapp.catalogue.deciding import declared
from webapp.catalogue.models import Job
from webapp.catalogue.wording import told
from webapp.config import Settings

UNKNOWN = "unknown, as its code is not installed"
SHORT = 12
"""Characters of a version that people look at."""
LOCAL = "local"


class Effective(NamedTuple):
    """A number that counts, be it the job's own or the installation's."""

    value: int
    inherited: bool


class Facts:
    """What the page of a job tells of it."""

    def __init__(self, job: Job) -> None:
        settings: Settings = current_app.extensions["settings"]
        self.job = job
        self.soft = Effective(job.soft_time_limit or settings.soft_time_limit, not job.soft_time_limit)
        self.hard = Effective(job.time_limit or settings.time_limit, not job.time_limit)
        self.keep_days = _kept(job.keep_days, settings.keep_days)
        self.keep_runs = _kept(job.keep_runs, settings.keep_runs)

    @property
    def soft_is_idle(self) -> bool:
        """Whether the soft limit never comes, because the hard one does before."""
        return self.soft.value >= self.hard.value

    @property
    def source(self) -> str:
        return "the jobs folder" if self.job.source == LOCAL else self.job.source

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.job.file}:{self.job.line}" if self.job.line and self.job.file else self.job.file

    @property
    def short_version(self) -> str:
        return self.job.version[:SHORT]

    def class_says(self, field: str) -> str | None:
        """What the class says of a field that is overridden; None of one that is not."""
        return _class_says(self.job, field) if field in self.job.overridden else None


def _kept(own: int | None, installation: int) -> Effective:
    return Effective(installation, True) if own is None else Effective(own, False)


def _class_says(job: Job, field: str) -> str:
    value: Any = declared(job, field)
    return UNKNOWN if value is None or not job.installed else told(field, value)
