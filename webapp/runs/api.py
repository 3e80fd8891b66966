"""Runs over the API, where they are called job-results."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.api import answer, bulk, json_body, listing
from webapp.api.filters import any_of, search
from webapp.api.lists import Filter
from webapp.catalogue.models import Job
from webapp.db import db
from webapp.errors import InvalidInputs
from webapp.runs import cancelling, deleting, items, logs, pins, service
from webapp.runs.models import Run, State
from webapp.runs.shapes import item_json, line_json, run_json, runs_json, status_of

bp = Blueprint("job_results_api", __name__, url_prefix="/api/extras/job-results")

LOG_PAGE = 10_000
NO_BOOLEAN = "Must be a valid boolean."


def _of_status(values: list[str]) -> sa.ColumnElement[bool]:
    unknown = set(values) - {status_of(state) for state in State}
    if unknown:
        raise ValueError(f"“{unknown.pop()}” is not a valid choice.")
    return Run.state.in_([state for state in State if status_of(state) in values])


def _by_name_or_id(key: sa.ColumnElement[UUID], name: sa.ColumnElement[str], target: sa.ColumnElement[UUID]) -> Filter:
    names = any_of(name)

    def condition(values: list[str]) -> sa.ColumnElement[bool]:
        ids = [id for id in map(_uuid, values) if id]
        return sa.or_(key.in_(ids), key.in_(sa.select(target).where(names(values))))

    return condition


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


FILTERS: dict[str, Filter] = {
    "id": any_of(Run.id, UUID),
    "name": any_of(Run.job_name),
    "job_model": _by_name_or_id(Run.job_id, Job.name, Job.id),  # type: ignore[arg-type]
    "job_model_id": any_of(Run.job_id, UUID),
    "user": _by_name_or_id(Run.user_id, User.username, User.id),  # type: ignore[arg-type]
    "status": _of_status,
    "q": search(Run.job_name, Run.user_name),
}
SORTS = {
    "date_created": Run.number,
    "date_started": Run.started_at,
    "date_done": Run.ended_at,
    "name": Run.job_name,
}


@bp.get("/", strict_slashes=False)
@needs(SIGNED_IN)
def index() -> ResponseReturnValue:
    """The runs that the caller sees, newest first."""
    return listing(visible(Run), runs_json, FILTERS, SORTS, "-date_created")


@bp.get("/<uuid:id>/", strict_slashes=False)
@needs(SIGNED_IN)
def detail(id: UUID) -> ResponseReturnValue:
    """One run."""
    return answer(run_json(service.by_id(id, current_user)))


@bp.get("/<uuid:id>/logs/", strict_slashes=False)
@needs(SIGNED_IN)
def lines(id: UUID) -> ResponseReturnValue:
    """The log of a run as a plain list, in order."""
    run = service.by_id(id, current_user)
    found, last = [], 0
    while window := logs.after(run.number, last, LOG_PAGE):
        found += [line_json(run, line) for line in window]
        last = window[-1].seq
    return answer(found)


@bp.get("/<uuid:id>/items/", strict_slashes=False)
@needs(SIGNED_IN)
def items_of(id: UUID) -> ResponseReturnValue:
    """What became of each object that a run works on as a plain list, in the order in which it began with them."""
    run = service.by_id(id, current_user)
    return answer([item_json(run, item) for item in items.of(run)])


@bp.post("/<uuid:id>/cancel/", strict_slashes=False)
@needs(SIGNED_IN)
def cancel(id: UUID) -> ResponseReturnValue:
    """Ask for the end of a run, with `reason`; with `kill` end by force one that was asked before."""
    run = service.by_id(id, current_user)
    cancelling.require_may_cancel(run, current_user)
    body = json_body()
    reason, force = _of_kind(body, "reason", "", "Not a valid string."), _of_kind(body, "kill", False, NO_BOOLEAN)
    if force:
        cancelling.kill(run, current_user)
    else:
        cancelling.cancel(run, current_user, reason)
    db.session.refresh(run)
    return answer(run_json(run))


@bp.post("/<uuid:id>/pin/", strict_slashes=False)
@needs(SIGNED_IN)
def pin(id: UUID) -> ResponseReturnValue:
    """Keep a run, however old it gets. The reference knows nothing of the kind."""
    return _pinned(id, pins.pin)


@bp.post("/<uuid:id>/unpin/", strict_slashes=False)
@needs(SIGNED_IN)
def unpin(id: UUID) -> ResponseReturnValue:
    """Let a run be deleted when its time has come."""
    return _pinned(id, pins.unpin)


@bp.delete("/<uuid:id>/", strict_slashes=False)
@needs("extras.delete_jobresult")
def delete(id: UUID) -> ResponseReturnValue:
    """Delete a run that is over, with its log and its files."""
    deleting.delete([service.by_id(id, current_user)], current_user)
    return "", 204


@bp.delete("/", strict_slashes=False)
@needs("extras.delete_jobresult")
def delete_several() -> ResponseReturnValue:
    """Delete all runs that are named by their ids, or none."""
    deleting.delete([run for run, _ in bulk.named(visible(Run))], current_user)
    return "", 204


def _pinned(id: UUID, act: Callable[[Run, User], None]) -> ResponseReturnValue:
    run = service.by_id(id, current_user)
    act(run, current_user)
    db.session.refresh(run)
    return answer(run_json(run))


def _of_kind(body: dict[str, Any], name: str, default: Any, refusal: str) -> Any:
    """The value of that name, of the same kind as default, which stands where none is given.

    :raises InvalidInputs: it is of another kind.
    """
    value = body.get(name, default)
    if not isinstance(value, type(default)):
        raise InvalidInputs({name: [refusal]})
    return value
