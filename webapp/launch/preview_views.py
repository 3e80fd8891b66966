"""What a form would start, shown before anybody starts it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from webapp.accounts.gate import needs
from webapp.catalogue import service as catalogue
from webapp.errors import InvalidInputs, WebappError
from webapp.launch import live, uploads
from webapp.launch import preview as commands
from webapp.runs.checking import check

bp = Blueprint("launch_preview", __name__)


@bp.post("/jobs/<uuid:id>/run/preview")
@needs("extras.run_job")
def show(id: UUID) -> str:
    """The run that the form would start, as commands; or what has to be corrected first."""
    job = catalogue.runnable_by(current_user, id)
    form = live.sent(job, request.form)
    kept = uploads.taken(job, current_user, MultiDict(), request.form)
    raw = form.raw() | kept | commands.stand_ins(form.variables, request.form)
    try:
        wanted = check(job, current_user, raw, queue=request.form.get("_job_queue") or None)
    except InvalidInputs as refusal:
        labels = ", ".join(form[name].label.text if name in form else name for name in refusal.errors)
        return render_template("launch/_preview.html", problem=f"Correct this first: {labels}")
    except WebappError as refusal:
        return render_template("launch/_preview.html", problem=refusal.message)
    address = url_for("launch_api.run", name=job.class_path, _external=True)
    texts = [
        ("Over the API", commands.curl(job, wanted, address)),
        ("On a server", commands.runjob(job, wanted, current_user)),
    ]
    meanings = commands.meanings(job, wanted, current_user)
    withheld = commands.withholds(job, wanted)
    return render_template("launch/_preview.html", commands=texts, withheld=withheld, meanings=meanings)
