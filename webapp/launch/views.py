"""The run form."""

from __future__ import annotations

import secrets
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts.gate import needs
from webapp.catalogue import service as catalogue
from webapp.catalogue.models import Job
from webapp.errors import AlreadyUsed, InvalidInputs, NotPossible, TooMany, UnknownQueue
from webapp.inputs.forms import InputsForm
from webapp.inputs.values import variables_of
from webapp.launch import service

bp = Blueprint("launch", __name__)


@bp.get("/jobs/<uuid:id>/run")
@needs("extras.run_job")
def new(id: UUID) -> str:
    """The form of a job, with its defaults."""
    job = catalogue.runnable_by(current_user, id)
    return _page(job, InputsForm(variables_of(job.variables)))


@bp.post("/jobs/<uuid:id>/run")
@needs("extras.run_job")
def create(id: UUID) -> Response | tuple[str, int]:
    """Start the job and go to its run; or show the form again with what is wrong and all that was typed."""
    job = catalogue.runnable_by(current_user, id)
    form = InputsForm(variables_of(job.variables), formdata=request.form)
    idem_key = request.form.get("_idem_key") or secrets.token_urlsafe(16)
    try:
        run = service.start(
            job,
            current_user,
            form.raw() | _strangers(form),
            queue=request.form.get("_job_queue") or None,
            idem_key=idem_key,
        )
    except UnknownQueue as refusal:
        form.form_errors = [f"Queue: {refusal.errors['task_queue'][0]}"]
        return _page(job, form, idem_key=idem_key), 400
    except InvalidInputs as refusal:
        form.refuse(refusal.errors)
        return _page(job, form, idem_key=idem_key), 400
    except AlreadyUsed as refusal:
        form.form_errors = [f"This form was already used for run #{refusal.number}. Press Run to start another one."]
        return _page(job, form), 409
    except TooMany as refusal:
        form.form_errors = [refusal.message]
        return _page(job, form, idem_key=idem_key), 429
    except NotPossible as refusal:
        form.form_errors = [refusal.message]
        return _page(job, form), 409
    return redirect(url_for("runs.show", number=run.number))


def _strangers(form: InputsForm) -> dict[str, object]:
    """What was sent beside the form's fields and the page's own, which begin with an underscore: to be refused."""
    return {
        name: text
        for name, text in request.form.items()
        if name not in form and not name.startswith("_") and name != "csrf_token"
    }


def _page(job: Job, form: InputsForm, *, idem_key: str | None = None) -> str:
    problems = [(field.label.text, f"#{field.id}", message) for field in form for message in field.errors]
    problems += [("", "#", str(message)) for message in form.form_errors]
    return render_template(
        "launch/new.html",
        job=job,
        form=form,
        queues=job.queues,
        queue=request.form.get("_job_queue", job.queues[0]),
        idem_key=idem_key or secrets.token_urlsafe(16),
        refusal=_refusal(job),
        problems=problems,
    )


def _refusal(job: Job) -> str | None:
    if not job.installed:
        return "Its code is not installed, or could not be loaded."
    if not job.enabled:
        return "It is switched off. An administrator can switch it on, on the job's page."
    return None
