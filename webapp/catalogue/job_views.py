"""The pages about one job: what it does and asks for, who changed it, who may do what with it."""

from __future__ import annotations

from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts.gate import needs
from webapp.accounts.permissions import may, visible
from webapp.catalogue import rights, service
from webapp.catalogue.facts import Facts
from webapp.catalogue.history import history
from webapp.catalogue.models import Job
from webapp.catalogue.views import bp
from webapp.errors import InvalidInputs
from webapp.ui.pages import cursor, find

__all__ = ["bp"]
JOB = "/jobs/<uuid:id>"


@bp.get(JOB)
@needs("extras.view_job")
def show(id: UUID) -> str:
    """What the job does, what it asks for, what counts for it."""
    job = find(visible(Job), id=id)
    mends = may(current_user, "extras.change_job")
    return render_template(
        "catalogue/show.html",
        job=job,
        facts=Facts(job),
        load_error=service.load_error_of(job) if mends else None,
        notes=job.notes if mends else [],
    )


@bp.get(f"{JOB}/changes")
@needs("extras.view_objectchange")
def changes(id: UUID) -> str:
    """Who changed the job, newest first; ?before= leads to older changes."""
    job = find(visible(Job), id=id)
    before = request.args.get("before", type=cursor)
    return render_template("catalogue/changes.html", job=job, page=history(job, before), first=before is None)


@bp.get(f"{JOB}/access")
@needs("extras.view_job")
def access(id: UUID) -> str:
    """What the reader may do with the job; who else may, for those who change jobs."""
    job = find(visible(Job), id=id)
    held = rights.held() if may(current_user, "extras.change_job") else []
    return render_template("catalogue/access.html", job=job, own=rights.own(current_user), held=held)


@bp.post(f"{JOB}/enablement")
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
