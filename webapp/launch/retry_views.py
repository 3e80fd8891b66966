"""*Retry what failed*, on the page of a run."""

from __future__ import annotations

import secrets

from flask import Blueprint, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts.gate import needs
from webapp.accounts.permissions import visible
from webapp.launch import retries
from webapp.runs import retrying
from webapp.runs.models import Run
from webapp.runs.routes import RUN
from webapp.ui.pages import find

bp = Blueprint("launch_retry", __name__)


@bp.post(f"{RUN}/retry-failed")
@needs("extras.run_job")
def retry(number: int) -> Response:
    """Start a run of what failed and go there; where inputs are gone, to the form with the rest filled in."""
    run: Run = find(visible(Run), number=number)
    if not retries.whole(run) and (found := retrying.of(run, current_user)) and not found.problem:
        return redirect(url_for("launch.new", id=run.job_id, _from=run.number, _failed="true"))
    made = retries.start(run, current_user, request.form.get("_idem_key") or secrets.token_urlsafe(16))
    return redirect(url_for("runs.show", number=made.number))
