"""The run endpoint."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import asker, needs
from webapp.api import answer, json_body
from webapp.catalogue import service as catalogue
from webapp.catalogue.models import Job
from webapp.errors import InvalidInputs, NotPossible, UnknownQueue
from webapp.inputs.values import WHOLE
from webapp.jobs.numbers import Written
from webapp.launch import commits, multipart, service
from webapp.runs.checking import check, require_runnable
from webapp.runs.idempotency import check_key
from webapp.runs.models import Run, Trigger
from webapp.runs.shapes import run_json

bp = Blueprint("launch_api", __name__, url_prefix="/api/extras/jobs")

IMMEDIATELY, LATER = "immediately", ("future", "hourly", "daily", "weekly", "custom")
KEY, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
OWN_KEYS = {"data", "job_queue", "task_queue", "schedule"}
NOT_YET = "Only the interval “immediately” can be run so far."


@bp.post("/<name>/run/", strict_slashes=False)
@needs("extras.run_job")
def run(name: str) -> ResponseReturnValue:
    """Start a job, named by its id or name: 201 with the run as `job_result`.

    With the header `Idempotency-Key` the same request gives the same run, however often it comes.
    """
    job = catalogue.by_name_or_id(name)
    return started(job, lambda made: answer({"scheduled_job": None, "job_result": run_json(made)}, 201))


@bp.post("/<name>/validate/", strict_slashes=False)
@needs("extras.run_job")
def validate(name: str) -> ResponseReturnValue:
    """Say of a request to run a job, named by its id or name, what run() would say, and start nothing."""
    job = catalogue.by_name_or_id(name)
    require_runnable(job, current_user)
    with multipart.in_its_words():
        body = _body(job)
        _check_schedule(body.get("schedule"))
        queue = _queue(body)
        try:
            _check_place(body, {variable["name"] for variable in job.variables})
            check(job, current_user, _data(job, body), queue=queue)
        except UnknownQueue:
            raise
        except InvalidInputs as refusal:
            return _wrong(refusal)
    return answer({"valid": True})


def started(job: Job, told: Callable[[Run], Response]) -> ResponseReturnValue:
    """Start job as the request says: what told makes of its run, or what is wrong with the inputs."""
    user = asker()
    require_runnable(job, user)
    with multipart.in_its_words():
        body = _body(job)
        _check_schedule(body.get("schedule"))
        queue, idem_key = _queue(body), request.headers.get(KEY)
        if idem_key is not None:
            check_key(idem_key)
        try:
            _check_place(body, {variable["name"] for variable in job.variables})
            data = _data(job, body)
            made = service.start(job, user, data, queue=queue, idem_key=idem_key, trigger=Trigger.API)
        except UnknownQueue:
            raise
        except InvalidInputs as refusal:
            return _wrong(refusal)
    response = told(made)
    if made.replayed:
        response.headers[REPLAYED] = "true"
    return response


def _body(job: Job) -> dict[str, Any]:
    return multipart.body(job, current_user) if multipart.is_meant() else json_body(fraction=Written)


def _wrong(refusal: InvalidInputs) -> ResponseReturnValue:
    return answer({"errors": refusal.errors.get(WHOLE, refusal.errors)}, 400)


def _data(job: Job, body: dict[str, Any]) -> Any:
    data = body.get("data")
    return commits.understood(job, {} if data is None else data, body.get("commit"))


def _check_place(body: dict[str, Any], names: set[str]) -> None:
    """Clients may send keys that mean nothing here; but an input in the wrong place must not be lost in silence.

    :raises InvalidInputs: an input stands beside `data`.
    """
    misplaced = names & (body.keys() - OWN_KEYS)
    if misplaced:
        raise InvalidInputs({name: ["Inputs belong into “data”."] for name in sorted(misplaced)})


def _queue(body: dict[str, Any]) -> str | None:
    given = [body[name] for name in ("job_queue", "task_queue") if body.get(name) not in (None, "")]
    if len(given) > 1:
        both = "task_queue and job_queue are both specified. Please specify only one or another."
        raise InvalidInputs({"task_queue": [both]})
    if given and not isinstance(given[0], str):
        raise InvalidInputs({"task_queue": ["Not a valid string."]})
    return given[0] if given else None


def _check_schedule(schedule: Any) -> None:
    """
    :raises InvalidInputs: it is no object, or names no interval. :raises NotPossible: it asks for a later time.
    """
    if schedule is None:
        return
    if not isinstance(schedule, dict):
        raise InvalidInputs({"schedule": ["Invalid data. Expected a dictionary."]})
    interval = schedule.get("interval", IMMEDIATELY)
    if interval not in (IMMEDIATELY, *LATER):
        raise InvalidInputs({"schedule": [f"interval: choose one of {', '.join((IMMEDIATELY, *LATER))}."]})
    if interval != IMMEDIATELY:
        raise NotPossible(NOT_YET)
