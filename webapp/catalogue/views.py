"""The Jobs page and the page of a job."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import may, visible
from webapp.catalogue import service
from webapp.catalogue.models import Job
from webapp.errors import InvalidInputs
from webapp.ui.pages import find

bp = Blueprint("catalogue", __name__)


@bp.get("/")
@needs(SIGNED_IN)
def home() -> Response:
    """The way in: the Jobs page."""
    return redirect(url_for("catalogue.index"))


@bp.get("/jobs/")
@needs("extras.view_job")
def index() -> str:
    """The jobs by grouping, those that ?q= mentions."""
    search, everything = request.args.get("q", ""), request.args.get("all") == "1"
    groups = service.listed(current_user, search, everything=everything)
    errors = service.load_errors() if may(current_user, "extras.change_job") else []
    total = sum(len(jobs) for _, jobs in groups)
    return render_template(
        "catalogue/index.html",
        groups=groups,
        q=search,
        everything=everything,
        total=total,
        load_errors=errors,
    )


@bp.get("/jobs/<uuid:id>")
@needs("extras.view_job")
def show(id: UUID) -> str:
    """One job: what it does, what it asks for, whether it may run."""
    job = find(visible(Job), id=id)
    mends = may(current_user, "extras.change_job")
    error = service.load_error_of(job) if mends else None
    return render_template("catalogue/show.html", job=job, load_error=error, notes=job.notes if mends else [])


@bp.post("/jobs/<uuid:id>/enablement")
@needs("extras.change_job")
def set_enabled(id: UUID) -> Response:
    """Switch a job on or off.

    :raises InvalidInputs: the form says neither.
    """
    job = find(visible(Job), id=id)
    enabled = request.form.get("enabled") == "true"
    if not enabled and request.form.get("enabled") != "false":
        raise InvalidInputs({"enabled": ["Must be true or false."]})
    service.set_enabled(job, enabled, current_user)
    flash(
        f"{job.name} is switched {'on: it may be run now' if enabled else 'off: nobody can run it'}.",
        "success",
    )
    return redirect(url_for("catalogue.show", id=id))
