"""What a job asks for at this moment: with inputs that depend on others, and with what its author computes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app

from webapp.catalogue.models import Job
from webapp.config import Settings
from webapp.jobs import live
from webapp.jobs.computing import DEFAULT
from webapp.jobs.live import Settled
from webapp.jobs.variables import Variable, variables_of
from webapp.sources import answers

_made: dict[UUID, tuple[datetime, list[dict[str, Any]], dict[str, Variable]]] = {}
"""The variables of each job that was asked for in this process, and what they were made of."""


def variables(job: Job) -> dict[str, Variable]:
    """The variables of job as its record declares them, by name, in order.

    To be read only: they are the same objects each time, for all threads, until the record changes.
    """
    made = _made.get(job.id)
    if made is None or made[:2] != (job.updated_at, job.variables):
        made = _made[job.id] = job.updated_at, job.variables, variables_of(job.variables)
    return dict(made[2])


def is_live(job: Job) -> bool:
    """Whether what job asks for depends on what was given, or on the moment; not of one that cannot be run now, whose
    code nobody wants to be run."""
    return job.enabled and job.installed and live.is_live(job.variables)


def computed_defaults(job: Job) -> set[str]:
    """The names of the variables of job whose defaults are computed."""
    return {one["name"] for one in job.variables if DEFAULT in one.get("live", {})}


def settled(job: Job, raw: object) -> Settled:
    """The variables of job as they are with raw, texts of a form or JSON values by name."""
    if not is_live(job):
        return Settled(variables(job))
    settings: Settings = current_app.extensions["settings"]
    place = answers.Place(settings.data_dir, settings.jobs_root, job.module_name, job.job_class_name)
    return answers.settled(place, job.variables, raw if isinstance(raw, Mapping) else {})
