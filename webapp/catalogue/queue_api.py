"""Job queues over the API."""

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
from webapp.api import answer, bulk, find, is_list, json_body, json_list, listing, required
from webapp.api.bodies import changed, names_rows
from webapp.api.columns import filters_of, named, negated
from webapp.api.filters import flag, search, truth
from webapp.api.lists import Filter
from webapp.catalogue import queues
from webapp.catalogue.models import Job, JobQueue, JobQueueAssignment
from webapp.catalogue.shapes import jobs_of, queue_json, queues_json, seen
from webapp.catalogue.turns import alone
from webapp.errors import InvalidInputs

bp = Blueprint("job_queues_api", __name__, url_prefix="/api/extras/job-queues")

COLUMNS = ("id", "name", "description", "queue_type", "paused_by", "pause_reason")
REQUIRED = ("name", "queue_type")
NOTHING: Mapping[str, object] = {"tenant": None, "tags": [], "custom_fields": {}}
"""What queues have none of here."""
NEW = {**NOTHING, "paused": None, "paused_by": None, "pause_reason": ""}
"""What may be said of a queue that is to be made, as it is true of a new one."""
ASSIGNED = sa.exists().where(JobQueueAssignment.job_queue_id == JobQueue.id)


def _of_jobs(values: list[str]) -> sa.ColumnElement[bool]:
    """One of the jobs that values name, by id or by name, and that the caller sees, may run on the queue."""
    assigned = sa.select(JobQueueAssignment.job_queue_id).where(seen(JobQueueAssignment.job_id, Job))
    return JobQueue.id.in_(assigned.where(named(JobQueueAssignment.job_id, Job.id, Job.name)(values)))


FILTERS: dict[str, Filter] = {
    **filters_of(**{name: getattr(JobQueue, name) for name in COLUMNS}),
    **filters_of(paused=JobQueue.paused_at, created=JobQueue.created_at, last_updated=JobQueue.updated_at),
    "jobs": _of_jobs,
    "jobs__n": negated(_of_jobs),
    "has_jobs": flag(ASSIGNED),
    "tenant__isnull": lambda values: sa.true() if any(map(truth, values)) else sa.false(),
    "q": search(JobQueue.name, JobQueue.queue_type, JobQueue.description),
}
SORTS = {
    **{name: getattr(JobQueue, name) for name in ("name", "description", "queue_type")},
    "created": JobQueue.created_at,
    "last_updated": JobQueue.updated_at,
}


@bp.get("/", strict_slashes=False)
@needs("extras.view_jobqueue")
def index() -> ResponseReturnValue:
    """The queues that the caller sees."""
    return listing(visible(JobQueue), queues_json, FILTERS, SORTS, "name")


@bp.post("/", strict_slashes=False)
@needs("extras.add_jobqueue")
def create() -> ResponseReturnValue:
    """Make a queue; or several, from a list, all of them or none."""
    if not is_list():
        return answer(queue_json(_create(json_body(required=True))), 201)
    with alone():
        made = bulk.each(json_list(), _create)
    return answer(queues_json(made), 201)


@bp.route("/", methods=["PATCH", "PUT"], strict_slashes=False)
@needs("extras.change_jobqueue")
def change_several() -> ResponseReturnValue:
    """Change several queues, each as one object of the list says; all of them or none."""
    with alone():
        wanted = bulk.named(visible(JobQueue))
        bulk.each(wanted, lambda each: _change(*each))
    return answer(queues_json([queue for queue, _ in wanted]))


@bp.delete("/", strict_slashes=False)
@needs("extras.delete_jobqueue")
def delete_several() -> ResponseReturnValue:
    """Delete several queues; all of them or none."""
    with alone():
        for queue, _ in bulk.named(visible(JobQueue)):
            queues.delete(queue, current_user)
    return "", 204


@bp.get("/<uuid:id>/", strict_slashes=False)
@needs("extras.view_jobqueue")
def detail(id: UUID) -> ResponseReturnValue:
    """One queue."""
    return answer(queue_json(_queue(id)))


@bp.patch("/<uuid:id>/", strict_slashes=False)
@needs("extras.change_jobqueue")
def change(id: UUID) -> ResponseReturnValue:
    """Change a queue."""
    return answer(queue_json(_changed(id, json_body(required=True))))


@bp.put("/<uuid:id>/", strict_slashes=False)
@needs("extras.change_jobqueue")
def replace(id: UUID) -> ResponseReturnValue:
    """Change a queue to what the body says of it as a whole; what it leaves out stays."""
    return answer(queue_json(_changed(id, required(json_body(required=True), *REQUIRED))))


@bp.delete("/<uuid:id>/", strict_slashes=False)
@needs("extras.delete_jobqueue")
def delete(id: UUID) -> ResponseReturnValue:
    """Delete a queue; a 409 while it is the default one of a job."""
    queues.delete(_queue(id), current_user)
    return "", 204


def _queue(id: UUID) -> JobQueue:
    return find(visible(JobQueue).where(JobQueue.id == id))


def _create(given: Mapping[str, Any]) -> JobQueue:
    body = {name: value for name, value in required(given, *REQUIRED).items() if name not in ("id", "object_type")}
    return queues.create(_values(changed(body, NEW)), current_user)


def _changed(id: UUID, given: Mapping[str, Any]) -> JobQueue:
    """The queue with that id, changed; what given repeats of it is compared with what it is by now."""
    with alone():
        _change(queue := _queue(id), given)
    return queue


def _change(queue: JobQueue, given: Mapping[str, Any]) -> None:
    wanted = changed(given, queue_json(queue))
    if names_rows(wanted.get("jobs"), jobs_of([queue]).get(queue.id, [])):
        del wanted["jobs"]
    queues.change(queue, _values(wanted), current_user)


def _values(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """
    :raises InvalidInputs: there is a tenant, a tag or a custom field.
    """
    errors = {name: ["Queues have none here."] for name in NOTHING if name in wanted}
    if errors:
        raise InvalidInputs(errors)
    return wanted
