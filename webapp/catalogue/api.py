"""Job records over the API. Classes make them, so that nobody adds one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import needs
from webapp.accounts.permissions import visible
from webapp.api import answer, bulk, json_body, listing, required
from webapp.api.bodies import changed, names_rows
from webapp.api.columns import filters_of, named, negated
from webapp.api.filters import search, truth
from webapp.api.lists import Filter
from webapp.catalogue import deleting, service
from webapp.catalogue.deciding import decide
from webapp.catalogue.fields import DECIDABLE, SWITCH, in_words_of
from webapp.catalogue.models import Job, JobQueue, JobQueueAssignment
from webapp.catalogue.shapes import job_json, jobs_json, queue_ids_of
from webapp.catalogue.turns import alone
from webapp.errors import InvalidInputs, NotFound

bp = Blueprint("jobs_api", __name__, url_prefix="/api/extras/jobs")

COLUMNS = (
    *("id", "module_name", "job_class_name", "name", "grouping", "description", "installed", "enabled", "hidden"),
    *("has_sensitive_variables", "dryrun_default", "read_only", "is_job_hook_receiver", "is_job_button_receiver"),
    *("soft_time_limit", "time_limit", "is_singleton", "approval_required", "supports_dryrun"),
    *("keep_days", "keep_runs", "source"),
)
REQUIRED = ("grouping", "name")
"""What a record as a whole has to say."""


def _truth_of(condition: sa.ColumnElement[bool]) -> Filter:
    return lambda values: condition.in_([truth(value) for value in values])


def _overridden(field: str) -> sa.ColumnElement[bool]:
    """The condition that field of a job is overridden."""
    listed = sa.cast(Job.overridden, sa.Text).contains(f'"{field}"')
    return sa.or_(listed, Job.name != Job.declared["name"].as_string()) if field == "name" else listed


def _on_queues(values: list[str]) -> sa.ColumnElement[bool]:
    """The job may run on one of the queues that values name, by id or by name."""
    assigned = sa.select(JobQueueAssignment.job_id)
    return Job.id.in_(assigned.where(named(JobQueueAssignment.job_queue_id, JobQueue.id, JobQueue.name)(values)))


FILTERS: dict[str, Filter] = {
    **filters_of(**{name: getattr(Job, name) for name in COLUMNS}),
    **filters_of(created=Job.created_at, last_updated=Job.updated_at),
    **{
        f"{field}{SWITCH}": _truth_of(sa.func.coalesce(_overridden(field), sa.false()))
        for field in DECIDABLE
        if field not in ("task_queues", "default_job_queue")
    },
    "console_log_default": _truth_of(sa.false()),
    f"console_log_default{SWITCH}": _truth_of(sa.false()),
    "job_queues": _on_queues,
    "job_queues__n": negated(_on_queues),
    "q": search(Job.name, Job.grouping, Job.description),
}
SORTS = {
    "name": Job.name,
    **{name: getattr(Job, name) for name in COLUMNS if name != "id"},
    "created": Job.created_at,
    "last_updated": Job.updated_at,
}


@bp.get("/", strict_slashes=False)
@needs("extras.view_job")
def index() -> ResponseReturnValue:
    """The jobs that the caller sees."""
    return listing(visible(Job), jobs_json, FILTERS, SORTS, "grouping", "name")


@bp.route("/", methods=["PATCH", "PUT"], strict_slashes=False)
@needs("extras.change_job")
def change_several() -> ResponseReturnValue:
    """Change several jobs, each as one object of the list says; all of them or none."""
    with alone():
        wanted = bulk.named(visible(Job))
        bulk.each(wanted, lambda each: _decide(*each))
    return answer(jobs_json([job for job, _ in wanted]))


@bp.delete("/", strict_slashes=False)
@needs("extras.delete_job")
def delete_several() -> ResponseReturnValue:
    """Delete several job records; all of them or none."""
    if jobs := [job for job, _ in bulk.named(visible(Job))]:
        deleting.delete(jobs, current_user)
    return "", 204


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
    return answer(job_json(_change(name, json_body(required=True))))


@bp.put("/<name>/", strict_slashes=False)
@needs("extras.change_job")
def replace(name: str) -> ResponseReturnValue:
    """Change a job, by its id or name, to what the body says of it as a whole; what it leaves out stays."""
    return answer(job_json(_change(name, required(json_body(required=True), *REQUIRED))))


@bp.delete("/<name>/", strict_slashes=False)
@needs("extras.delete_job")
def delete(name: str) -> ResponseReturnValue:
    """Delete the record of a job, by its id or name; its runs stay."""
    deleting.delete([service.by_name_or_id(name, visible(Job))], current_user)
    return "", 204


def _change(name: str, given: Mapping[str, Any]) -> Job:
    """The job of that name, changed; what given repeats of it is compared with what it is by now."""
    with alone():
        job = service.by_name_or_id(name, visible(Job))
        _decide(job, given)
    return job


def _decide(job: Job, given: Mapping[str, Any]) -> None:
    """
    :raises InvalidInputs: with messages by the names that given has for fields.
    """
    wanted = _decisions(job, given)
    try:
        decide([job], wanted, current_user)
    except InvalidInputs as refusal:
        raise InvalidInputs(in_words_of(wanted, refusal.errors)) from None


def _decisions(job: Job, given: Mapping[str, Any]) -> dict[str, Any]:
    """What of given is to be decided: not what the client has only sent back as it is."""
    told = job_json(job)
    wanted = changed(given, told)
    if names_rows(given.get("job_queues"), queue_ids_of(job)):
        wanted.pop("job_queues", None)
    switch = f"name{SWITCH}"
    # A name with a number is told as overridden, although nobody has decided it: the switch alone does so.
    if "name" not in given and given.get(switch) is True:
        wanted[switch] = True
    return wanted


def variable_json(description: Mapping[str, Any]) -> dict[str, Any]:
    """A variable in the reference's shape: what is set of what its author has declared."""
    told = {"help_text" if key == "description" else key: value for key, value in description.items()}
    return {key: value for key, value in told.items() if value not in (None, "")}
