"""Job records over the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import needs
from webapp.accounts.permissions import visible
from webapp.api import answer, common, json_body, listing, when
from webapp.api.filters import any_of, flag, search
from webapp.catalogue import service
from webapp.catalogue.models import Job
from webapp.errors import NotFound

bp = Blueprint("jobs_api", __name__, url_prefix="/api/extras/jobs")

FILTERS = {
    "id": any_of(Job.id, UUID),
    "name": any_of(Job.name),
    "grouping": any_of(Job.grouping),
    "module_name": any_of(Job.module_name),
    "job_class_name": any_of(Job.job_class_name),
    "enabled": flag(Job.enabled),
    "installed": flag(Job.installed),
    "hidden": flag(Job.hidden),
    "q": search(Job.name, Job.grouping, Job.description),
}
PLAIN = (
    *("module_name", "job_class_name", "grouping", "name", "description", "installed", "enabled", "hidden"),
    *("has_sensitive_variables", "is_singleton", "dryrun_default", "read_only", "supports_dryrun"),
    *("approval_required", "is_job_hook_receiver", "is_job_button_receiver"),
)
"""Fields that the API shows as the record holds them."""
SORTS = {
    "name": Job.name,
    "grouping": Job.grouping,
    "created": Job.created_at,
    "last_updated": Job.updated_at,
}


@bp.get("/", strict_slashes=False)
@needs("extras.view_job")
def index() -> ResponseReturnValue:
    """The jobs that the caller sees."""
    return listing(visible(Job), jobs_json, FILTERS, SORTS, "name")


@bp.get("/<uuid:id>/", strict_slashes=False)
@needs("extras.view_job")
def detail(id: UUID) -> ResponseReturnValue:
    """One job by its id."""
    return answer(job_json(service.by_name_or_id(str(id), visible(Job))))


@bp.get("/<name>/", strict_slashes=False)
@needs("extras.view_job")
def by_name(name: str) -> ResponseReturnValue:
    """One job by its name."""
    return answer(job_json(service.by_name_or_id(name, visible(Job))))


@bp.get("/<name>/variables/", strict_slashes=False)
@needs("extras.view_job")
def variables(name: str) -> ResponseReturnValue:
    """What a job asks for, in the order of its form; a 404 if its code is missing."""
    job = service.by_name_or_id(name, visible(Job))
    if not job.installed:
        raise NotFound("This job's code is not installed, so that nobody knows its variables.")
    return answer([variable_json(description) for description in job.variables])


@bp.patch("/<name>/", strict_slashes=False)
@needs("extras.change_job")
def change(name: str) -> ResponseReturnValue:
    """Change a job, by its id or name."""
    job = service.by_name_or_id(name, visible(Job))
    service.change(job, json_body(required=True), current_user)
    return answer(job_json(job))


def jobs_json(jobs: Sequence[Job]) -> list[dict[str, object]]:
    """Job records in the reference's shape."""
    return [job_json(job) for job in jobs]


def variable_json(description: Mapping[str, Any]) -> dict[str, Any]:
    """A variable in the reference's shape: what is set of what its author has declared."""
    told = {"help_text" if key == "description" else key: value for key, value in description.items()}
    return {key: value for key, value in told.items() if value not in (None, "")}


def job_json(job: Job) -> dict[str, object]:
    """A job record in the reference's shape."""
    return {
        **common(job.id, "extras.job", job.name, "jobs_api.detail"),
        "task_queues": job.queues,
        **{name: getattr(job, name) for name in PLAIN},
        "soft_time_limit": float(job.soft_time_limit),
        "time_limit": float(job.time_limit),
        "created": when(job.created_at),
        "last_updated": when(job.updated_at),
        "custom_fields": {},
        "tags": [],
    }
