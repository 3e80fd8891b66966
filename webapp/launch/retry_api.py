"""Starting again what failed of a run, over the API."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import needs
from webapp.api import answer
from webapp.launch import retries
from webapp.launch.api import KEY, REPLAYED
from webapp.runs.idempotency import check_key
from webapp.runs.service import by_id
from webapp.runs.shapes import run_json

bp = Blueprint("launch_retry_api", __name__, url_prefix="/api/extras/job-results")


@bp.post("/<uuid:id>/retry-failed/", strict_slashes=False)
@needs("extras.run_job")
def retry(id: UUID) -> ResponseReturnValue:
    """Start a run with the inputs of an earlier one and only those objects whose items failed: 201 as for any run.

    With the header `Idempotency-Key` the same request gives the same run, however often it comes.
    """
    run, idem_key = by_id(id, current_user), request.headers.get(KEY)
    if idem_key is not None:
        check_key(idem_key)
    made = retries.start(run, current_user, idem_key)
    response = answer({"scheduled_job": None, "job_result": run_json(made)}, 201)
    if made.replayed:
        response.headers[REPLAYED] = "true"
    return response
