"""The run form."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from webapp.accounts.gate import asker, needs
from webapp.catalogue import asking
from webapp.catalogue import service as catalogue
from webapp.catalogue.models import Job
from webapp.catalogue.obstacles import for_want_of_approval
from webapp.errors import AlreadyUsed, InvalidInputs, NotFound, NotPossible, TooMany, UnknownQueue, WebappError
from webapp.inputs import reading
from webapp.inputs.forms import InputsForm
from webapp.inputs.objects import search_at
from webapp.inputs.reading import READ_WHEN_LEFT
from webapp.inputs.zones import zone_called
from webapp.jobs.files import StoredFile
from webapp.launch import filling, live, repeating, service, uploads
from webapp.runs import pausing, processes
from webapp.runs.models import Trigger
from webapp.ui.zones import COOKIE

bp = Blueprint("launch", __name__)


@bp.get("/jobs/<uuid:id>/run")
@needs("extras.run_job")
def new(id: UUID) -> str:
    """The form of a job, with its defaults."""
    job = catalogue.runnable_by(current_user, id)
    initial = {"dryrun": job.dryrun_default} if job.supports_dryrun else {}
    variables = asking.variables(job)
    values, wrong, queue = repeating.filled(job, current_user, request.args)
    initial |= values | filling.from_address(variables, request.args)
    form = live.fresh(job, initial, zone_called(request.cookies.get(COOKIE)))
    form.refuse({**filling.mistakes(form.variables, request.args, current_user), **wrong})
    _keep(form, initial)
    return _page(job, form, queue=queue)


@bp.get("/jobs/<class_path>/run")
@needs("extras.run_job")
def by_class_path(class_path: str) -> Response:
    """The same form by the path of the job's class, `module.Class`, for links that outlive an installation."""
    job = catalogue.by_class_path(class_path)
    return redirect(f"{url_for('launch.new', id=job.id)}?{request.query_string.decode()}".rstrip("?"))


@bp.post("/jobs/<uuid:id>/run")
@needs("extras.run_job")
def create(id: UUID) -> Response | tuple[str, int]:
    """Start the job and go to its run; or show the form again with what is wrong and all that was typed."""
    user = asker()
    job = catalogue.runnable_by(user, id)
    sent, files = live.SentForm(job, request.form), dict[str, object]()
    idem_key = request.form.get("_idem_key") or secrets.token_urlsafe(16)
    try:
        files |= {} if _refusal(job) else uploads.taken(job, user, request.files, request.form)
        run = service.start(
            job,
            user,
            sent.raw() | _strangers(job) | files,
            queue=request.form.get("_job_queue") or None,
            idem_key=idem_key,
            trigger=Trigger.FORM,
            again_of=repeating.earlier_of(job, user, request.form),
        )
    except (InvalidInputs, AlreadyUsed, TooMany, NotPossible) as refusal:
        _keep(sent.form, files)
        return _refused(job, sent.form, refusal, idem_key)
    return redirect(url_for("runs.show", number=run.number))


@bp.post("/jobs/<uuid:id>/run/fields")
@needs("extras.run_job")
def refresh(id: UUID) -> str | tuple[str, int]:
    """The form with the fields that belong to what was typed so far; for htmx only what the page shows otherwise."""
    job = catalogue.runnable_by(current_user, id)
    form = live.refreshed(job, request.form)
    _keep(form, uploads.taken(job, current_user, MultiDict(), request.form))
    if not request.headers.get("HX-Request"):
        return _page(job, form, idem_key=request.form.get("_idem_key"))
    if not (changed := live.changed(form)):
        return "", 204
    _search(job, form)
    return render_template("launch/_changed.html", form=form, changed=changed)


@bp.post("/jobs/<uuid:id>/run/fields/<name>")
@needs("extras.run_job")
def read(id: UUID, name: str) -> dict[str, Any]:
    """What the text in a field means, for the page to show when the field is left; see reading.read()."""
    job = catalogue.runnable_by(current_user, id)
    variable = asking.variables(job).get(name)
    if not isinstance(variable, READ_WHEN_LEFT):
        raise NotFound("This job has no such input, or it is read when the form is sent.")
    return reading.read(variable, name, request.form)


def _keep(form: InputsForm, given: Mapping[str, object]) -> None:
    """Where the form is shown, the files among what it was given need not be chosen again."""
    for name, file in given.items():
        if isinstance(file, StoredFile):
            form[name].keep(file, current_user)


def _strangers(job: Job) -> dict[str, object]:
    """What was sent beside the form's fields and the page's own, which begin with an underscore: to be refused."""
    known = {"csrf_token", *(one["name"] for one in job.variables)}
    return {name: text for name, text in request.form.items() if name not in known and not name.startswith("_")}


def _refused(job: Job, form: InputsForm, refusal: WebappError, idem_key: str) -> tuple[str, int]:
    """The form again, with why no run was made of it."""
    match refusal:
        case UnknownQueue():
            form.form_errors = [f"Queue: {refusal.errors['task_queue'][0]}"]
            return _page(job, form, idem_key=idem_key), 400
        case InvalidInputs():
            form.refuse(refusal.errors)
            return _page(job, form, idem_key=idem_key), 400
        case AlreadyUsed():
            again = "Press Run to start another one."
            form.form_errors = [f"This form was already used for run #{refusal.number}. {again}"]
            return _page(job, form), 409
        case TooMany():
            form.form_errors = [refusal.message]
            return _page(job, form, idem_key=idem_key), 429
        case _:
            form.form_errors = [refusal.message]
            return _page(job, form), 409


def _search(job: Job, form: InputsForm) -> None:
    search_at(form, lambda name: url_for("launch_objects.search", id=job.id, name=name))


def _page(job: Job, form: InputsForm, *, idem_key: str | None = None, queue: str | None = None) -> str:
    form.ask_for_secrets_again()
    _search(job, form)
    problems = [(field.label.text, f"#{field.id}", message) for field in form for message in field.errors]
    problems += [("", "#", str(message)) for message in form.form_errors]
    return render_template(
        "launch/new.html",
        job=job,
        form=form,
        sections=form.sections(job.fieldsets),
        queues=_queues(job),
        earlier=filling.earlier(job, current_user),
        queue=request.form.get("_job_queue", queue or job.queues[0]),
        begun_with=request.values.get(filling.EARLIER),
        idem_key=idem_key or secrets.token_urlsafe(16),
        refusal=_refusal(job),
        problems=problems,
    )


def _queues(job: Job) -> list[tuple[str, int, str | None]]:
    """The queues of job, each with how many live workers listen to it, and what is to be said of a pause."""
    listening, paused = processes.listening(), pausing.paused(job.queues)
    said = {name: pausing.said(queue) for name, queue in paused.items()}
    return [(queue, len(listening.get(queue, [])), said.get(queue)) for queue in job.queues]


def _refusal(job: Job) -> str | None:
    if not job.installed:
        return "Its code is not installed, or could not be loaded."
    if not job.enabled:
        return "It is switched off. An administrator can switch it on, on the job's page."
    if job.called_by:
        return job.called_by
    return None if job.supports_dryrun else for_want_of_approval(job)
