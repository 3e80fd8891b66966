"""The addresses and answers that scripts know from Nautobot 1.x, for jobs in the folder of this installation."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.gate import needs
from webapp.accounts.permissions import visible
from webapp.api import answer, when
from webapp.catalogue import service as catalogue
from webapp.catalogue.models import Job
from webapp.db import db
from webapp.launch.api import started
from webapp.runs.models import FINAL, Run, State

bp = Blueprint("legacy_jobs_api", __name__, url_prefix="/api/extras/jobs/local")

STATUS = {
    State.QUEUED: "pending",
    State.CLAIMED: "running",
    State.RUNNING: "running",
    State.SUCCESS: "completed",
    State.FAILURE: "failed",
    State.CANCELLED: "failed",
}
OTHER_STATUS = "errored"


@bp.post("/<module_name>/<job_class_name>/run/", strict_slashes=False)
@needs("extras.run_job")
def run(module_name: str, job_class_name: str) -> ResponseReturnValue:
    """Start a job, named by its file and its class: 200 with the job, and the run as its `result`."""
    job = catalogue.by_class_path(f"{module_name}.{job_class_name}")
    return started(job, lambda made: answer(_job_json(job, made)))


@bp.get("/<module_name>/<job_class_name>/", strict_slashes=False)
@needs("extras.view_job")
def detail(module_name: str, job_class_name: str) -> ResponseReturnValue:
    """A job, named by its file and its class, with its newest run that is over as `result`."""
    job = catalogue.by_class_path(f"{module_name}.{job_class_name}", visible(Job))
    over = visible(Run).where(Run.job_id == job.id, Run.state.in_(FINAL))
    return answer(_job_json(job, db.session.scalar(over.order_by(Run.number.desc()).limit(1))))


def _job_json(job: Job, run: Run | None) -> dict[str, Any]:
    place = {"module_name": job.module_name, "job_class_name": job.job_class_name}
    return {
        "url": url_for("legacy_jobs_api.detail", **place, _external=True),
        "id": _old_path(job.class_path),
        "pk": str(job.id),
        "name": job.name,
        "description": job.description,
        "test_methods": [],
        "vars": {variable["name"]: variable["type"] for variable in job.variables},
        "result": run and _run_json(run),
    }


def _run_json(run: Run) -> dict[str, Any]:
    status = STATUS.get(run.state, OTHER_STATUS)
    return {
        "id": str(run.id),
        "url": url_for("job_results_api.detail", id=run.id, _external=True),
        "created": when(run.created_at),
        "completed": when(run.ended_at),
        "name": _old_path(run.class_path),
        "obj_type": "extras.job",
        "status": {"value": status, "label": status.capitalize()},
        "user": _user_json(run),
        "data": None,
        "job_id": str(run.id),
    }


def _user_json(run: Run) -> dict[str, Any] | None:
    """Who started run; None if their account is gone."""
    if run.user_id is None:
        return None
    url = url_for("users_api.detail", id=run.user_id, _external=True)
    return {"id": str(run.user_id), "url": url, "username": run.user_name, "display": run.user_name}


def _old_path(class_path: str) -> str:
    module_name, _, class_name = class_path.rpartition(".")
    return f"local/{module_name}/{class_name}"
