"""The runs of one job: statistics, a picture, and the runs themselves."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from flask_login import current_user

from webapp.accounts.gate import needs
from webapp.accounts.permissions import may, visible
from webapp.catalogue.models import Job
from webapp.db import utcnow
from webapp.runs import chart, key_inputs, statistics, waiting
from webapp.runs.models import Run
from webapp.ui.pages import PAGE, cursor, find, page

bp = Blueprint("job_runs", __name__)


@bp.get("/jobs/<uuid:id>/runs")
@needs("extras.view_job")
def index(id: UUID) -> str:
    """The runs of a job that the reader may see, newest first, below what can be said of them; ?before= goes back."""
    job = find(visible(Job), id=id)
    before = request.args.get("before", type=cursor)
    found = page(visible(Run).where(Run.job_id == id), Run.number, before, size=PAGE)
    told = statistics.of(job, current_user) if before is None else None
    return render_template(
        "runs/of_job.html",
        job=job,
        page=found,
        reasons=waiting.reasons(found.rows),
        key_inputs=key_inputs.shown(found.rows, current_user),
        told=told,
        chart=chart.drawn(told, utcnow()) if told and told.newest else None,
        days=statistics.DAYS,
        enough=statistics.ENOUGH,
        sees_all=may(current_user, "extras.view_jobresult"),
    )
