"""Runs over the API, where they are called job-results."""

from __future__ import annotations

from uuid import UUID, uuid5

import sqlalchemy as sa
from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.api import answer, choice, common, listing, nested, when
from webapp.api.filters import any_of, search
from webapp.api.lists import Filter
from webapp.catalogue.models import Job
from webapp.runs import logs, service
from webapp.runs.models import LogLine, Run, State

bp = Blueprint("job_results_api", __name__, url_prefix="/api/extras/job-results")

STATUS = {
    State.QUEUED: "PENDING",
    State.CLAIMED: "STARTED",
    State.RUNNING: "STARTED",
    State.SUCCESS: "SUCCESS",
    State.CANCELLED: "REVOKED",
}
OTHER_STATUS = "FAILURE"
LOG_PAGE = 10_000


def _status(state: State) -> str:
    return STATUS.get(state, OTHER_STATUS)


def _of_status(values: list[str]) -> sa.ColumnElement[bool]:
    unknown = set(values) - {_status(state) for state in State}
    if unknown:
        raise ValueError(f"“{unknown.pop()}” is not a valid choice.")
    return Run.state.in_([state for state in State if _status(state) in values])


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
    return listing(visible(Run), run_json, FILTERS, SORTS, "-date_created")


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


def run_json(run: Run) -> dict[str, object]:
    """A run in the reference's shape of a JobResult."""
    status = _status(run.state)
    display = f"{run.job_name} created at {run.created_at:%Y-%m-%d %H:%M:%S} ({status})"
    return {
        **common(run.id, "extras.jobresult", display, "job_results_api.detail"),
        "status": choice(status),
        "name": run.job_name,
        "task_name": run.class_path,
        "date_created": when(run.created_at),
        "date_started": when(run.started_at),
        "date_done": when(run.ended_at),
        "result": run.result if run.error is None else run.error,
        "worker": run.worker,
        "task_args": [],
        "task_kwargs": {} if run.sensitive else run.inputs,
        "celery_kwargs": {
            "queue": run.queue,
            "soft_time_limit": run.soft_time_limit,
            "time_limit": run.time_limit,
        },
        "traceback": run.traceback,
        "meta": {"number": run.number, "state": run.state, "reason": run.reason, "dry_run": run.dry_run},
        "debug_log_count": run.debug_count,
        "success_log_count": run.success_count,
        "info_log_count": run.info_count,
        "warning_log_count": run.warning_count,
        "error_log_count": run.error_count,
        "job_model": nested(run.job_id, "extras.job", "jobs_api.detail"),
        "user": nested(run.user_id, "users.user", "users_api.detail"),
        "scheduled_job": None,
        "custom_fields": {},
    }


def line_json(run: Run, line: LogLine) -> dict[str, object]:
    """A line in the reference's shape of a JobLogEntry. Its id is derived, as lines have none of their own."""
    id = uuid5(run.id, str(line.seq))
    return {
        **common(id, "extras.joblogentry", line.message[:100], "job_results_api.detail"),
        "url": url_for("job_results_api.lines", id=run.id, _external=True),
        "log_level": line.level,
        "grouping": line.grouping,
        "message": line.message,
        "created": when(line.at),
        "log_object": line.object_text,
        "absolute_url": line.object_url,
        "job_result": nested(run.id, "extras.jobresult", "job_results_api.detail"),
    }
