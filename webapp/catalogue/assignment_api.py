"""Over the API: which jobs may run on which queues."""

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
from webapp.api.bodies import changed
from webapp.api.columns import filters_of, named, negated
from webapp.api.filters import search
from webapp.api.lists import Filter
from webapp.api.related import related
from webapp.catalogue import assigning
from webapp.catalogue.models import Job, JobQueue, JobQueueAssignment
from webapp.catalogue.shapes import ASSIGNMENT, assignment_json, assignments_json, seen
from webapp.catalogue.turns import alone
from webapp.errors import InvalidInputs

bp = Blueprint("job_queue_assignments_api", __name__, url_prefix="/api/extras/job-queue-assignments")

REQUIRED = ("job", "job_queue")
KIND = {"object_type": ASSIGNMENT}
KEYS: Mapping[Any, Any] = {Job: JobQueueAssignment.job_id, JobQueue: JobQueueAssignment.job_queue_id}


def _told(column: Any) -> Any:
    """A column of the job or queue of an assignment, NULL where the caller may not see that."""
    model = column.class_
    return visible(model).where(model.id == KEYS[model]).with_only_columns(column).scalar_subquery()


def _to_one(model: Any) -> Filter:
    """The assignment is one of, or to, a row that the values name and the caller sees."""
    found = named(KEYS[model], model.id, model.name)
    return lambda values: sa.and_(found(values), seen(KEYS[model], model))


def _searched(values: list[str]) -> sa.ColumnElement[bool]:
    """One of the texts is in what the caller sees of the job or of the queue."""
    of_job = (Job.name, Job.description)
    return search(*map(_told, (*of_job, JobQueue.name, JobQueue.description, JobQueue.queue_type)))(values)


def _sorts() -> dict[str, Any]:
    """By what the rows of the list are called: see assignments_json()."""
    names = {model: sa.func.coalesce(_told(model.name), sa.cast(key, sa.Text)) for model, key in KEYS.items()}
    return {"id": JobQueueAssignment.id, "job": names[Job], "job_queue": names[JobQueue]}


FILTERS: dict[str, Filter] = {
    **filters_of(id=JobQueueAssignment.id),
    **{"job": _to_one(Job), "job__n": negated(_to_one(Job))},
    **{"job_queue": _to_one(JobQueue), "job_queue__n": negated(_to_one(JobQueue))},
    "q": _searched,
}


@bp.get("/", strict_slashes=False)
@needs("extras.view_jobqueueassignment")
def index() -> ResponseReturnValue:
    """The assignments that the caller sees."""
    return listing(visible(JobQueueAssignment), assignments_json, FILTERS, _sorts(), "job", "job_queue")


@bp.post("/", strict_slashes=False)
@needs("extras.add_jobqueueassignment")
def create() -> ResponseReturnValue:
    """Let a job run on a queue; or several, from a list, all of them or none."""
    if not is_list():
        return answer(assignment_json(_create(json_body(required=True))), 201)
    with alone():
        made = bulk.each(json_list(), _create)
    return answer(assignments_json(made), 201)


@bp.route("/", methods=["PATCH", "PUT"], strict_slashes=False)
@needs("extras.change_jobqueueassignment")
def change_several() -> ResponseReturnValue:
    """Change several assignments, each as one object of the list says; all of them or none."""
    with alone():
        wanted = bulk.named(visible(JobQueueAssignment))
        bulk.each(wanted, lambda each: _change(*each))
    return answer(assignments_json([row for row, _ in wanted]))


@bp.delete("/", strict_slashes=False)
@needs("extras.delete_jobqueueassignment")
def delete_several() -> ResponseReturnValue:
    """Delete several assignments; all of them or none."""
    with alone():
        for assignment, _ in bulk.named(visible(JobQueueAssignment)):
            assigning.unassign(assignment, current_user)
    return "", 204


@bp.get("/<uuid:id>/", strict_slashes=False)
@needs("extras.view_jobqueueassignment")
def detail(id: UUID) -> ResponseReturnValue:
    """One assignment."""
    return answer(assignment_json(_assignment(id)))


@bp.patch("/<uuid:id>/", strict_slashes=False)
@needs("extras.change_jobqueueassignment")
def change(id: UUID) -> ResponseReturnValue:
    """Change an assignment."""
    return answer(assignment_json(_changed(id, json_body(required=True))))


@bp.put("/<uuid:id>/", strict_slashes=False)
@needs("extras.change_jobqueueassignment")
def replace(id: UUID) -> ResponseReturnValue:
    """Change an assignment to what the body says of it."""
    return answer(assignment_json(_changed(id, required(json_body(required=True), *REQUIRED))))


@bp.delete("/<uuid:id>/", strict_slashes=False)
@needs("extras.delete_jobqueueassignment")
def delete(id: UUID) -> ResponseReturnValue:
    """Let a job not run on a queue any more; a 409 for its default one."""
    assigning.unassign(_assignment(id), current_user)
    return "", 204


def _assignment(id: UUID) -> JobQueueAssignment:
    return find(visible(JobQueueAssignment).where(JobQueueAssignment.id == id))


def _create(given: Mapping[str, Any]) -> JobQueueAssignment:
    rows = _rows({name: value for name, value in required(given, *REQUIRED).items() if name not in ("id", *KIND)})
    return assigning.assign(rows["job"], rows["job_queue"], current_user)


def _changed(id: UUID, given: Mapping[str, Any]) -> JobQueueAssignment:
    """The assignment with that id, changed; what given leaves out is what it is by now."""
    with alone():
        _change(assignment := _assignment(id), given)
    return assignment


def _change(assignment: JobQueueAssignment, given: Mapping[str, Any]) -> None:
    now = {"job": str(assignment.job_id), "job_queue": str(assignment.job_queue_id)}
    rows = _rows({**now, **changed(given, {"id": str(assignment.id), **KIND})})
    assigning.move(assignment, rows["job"], rows["job_queue"], current_user)


def _rows(given: Mapping[str, Any]) -> dict[str, Any]:
    """The job and the queue that given names.

    :raises InvalidInputs: it names none that the caller sees, or something else as well.
    """
    errors = {name: ["This field cannot be changed."] for name in changed(given, {}) if name not in REQUIRED}
    rows: dict[str, Any] = {}
    for name, model in (("job", Job), ("job_queue", JobQueue)):
        try:
            rows[name] = related(visible(model), given[name])
        except ValueError as problem:
            errors[name] = [str(problem)]
    if errors:
        raise InvalidInputs(errors)
    return rows
