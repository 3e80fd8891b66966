"""Pages that steer queues: their records, made, changed and deleted; pausing and resuming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import needs
from webapp.accounts.permissions import visible
from webapp.catalogue import queues
from webapp.catalogue.models import Job, JobQueue
from webapp.db import db
from webapp.errors import InvalidInputs, NotPossible
from webapp.runs import pausing, traffic
from webapp.runs.queue_forms import ChangeForm, PauseForm, QueueForm
from webapp.ui.pages import find

bp = Blueprint("queue_records", __name__, url_prefix="/queues")


@dataclass(frozen=True)
class Named:
    """Jobs that a page names, as far as the reader may see them."""

    seen: Sequence[Job]
    count: int
    """How many they are with those that the reader may not see."""


@bp.get("/new")
@needs("extras.add_jobqueue")
def new() -> str:
    """The form for a record; ?name= fills in the name."""
    return render_template("runs/queues/new.html", form=QueueForm(name=request.args.get("name", "")))


@bp.post("/")
@needs("extras.add_jobqueue")
def create() -> ResponseReturnValue:
    """Make a record."""
    form = QueueForm(request.form)
    try:
        queue = queues.create(form.values, current_user)
    except InvalidInputs as refusal:
        form.refuse(refusal.errors)
        return render_template("runs/queues/new.html", form=form), 400
    flash(f"The queue {queue.name} has a record now. Jobs may be assigned to it.", "success")
    return redirect(url_for("queues.show", id=queue.id))


@bp.get("/<uuid:id>/edit")
@needs("extras.change_jobqueue")
def edit(id: UUID) -> str:
    """The form of a record."""
    queue = find(visible(JobQueue), id=id)
    return _editor(queue, ChangeForm(obj=queue, shown_name=queue.name, shown_description=queue.description))


@bp.post("/<uuid:id>/edit")
@needs("extras.change_jobqueue")
def change(id: UUID) -> ResponseReturnValue:
    """Change of a record what was changed in the form."""
    queue, form = find(visible(JobQueue), id=id), ChangeForm(request.form)
    try:
        queues.change(queue, form.values, current_user)
    except InvalidInputs as refusal:
        form.refuse(refusal.errors)
        return _editor(queue, form), 400
    flash(f"The queue {queue.name} is changed.", "success")
    return redirect(url_for("queues.show", id=id))


@bp.get("/<uuid:id>/deletion")
@needs("extras.delete_jobqueue")
def deletion(id: UUID) -> str:
    """What deleting a record does, before anybody does it."""
    return _question(find(visible(JobQueue), id=id))


@bp.post("/<uuid:id>/deletion")
@needs("extras.delete_jobqueue")
def delete(id: UUID) -> ResponseReturnValue:
    """Delete a record; or show again why it cannot be."""
    queue = find(visible(JobQueue), id=id)
    name = queue.name
    try:
        queues.delete(queue, current_user)
    except NotPossible:
        return _question(queue), 409
    flash(f"The record of the queue {name} is deleted.", "success")
    return redirect(url_for("queues.index"))


@bp.get("/<uuid:id>/pause")
@needs("extras.change_jobqueue")
def ask_to_pause(id: UUID) -> str:
    """What pausing a queue does and what not, before anybody does it."""
    return _pause_page(find(visible(JobQueue), id=id), PauseForm())


@bp.post("/<uuid:id>/pause")
@needs("extras.change_jobqueue")
def pause(id: UUID) -> ResponseReturnValue:
    """Let nothing start that waits in the queue."""
    queue, form = find(visible(JobQueue), id=id), PauseForm(request.form)
    try:
        pausing.pause(queue, current_user, form.reason.data or "")
    except InvalidInputs as refusal:
        form.refuse(refusal.errors)
        return _pause_page(queue, form), 400
    except NotPossible:
        return _pause_page(queue, form), 409
    flash(f"The queue {queue.name} is paused. Nothing that waits in it starts until somebody resumes it.", "success")
    return redirect(url_for("queues.show", id=id))


@bp.post("/<uuid:id>/resumption")
@needs("extras.change_jobqueue")
def resume(id: UUID) -> ResponseReturnValue:
    """Let what waits in the queue start."""
    queue = find(visible(JobQueue), id=id)
    pausing.resume(queue, current_user)
    flash(f"The queue {queue.name} goes on. What waits in it starts as soon as a worker is free.", "success")
    return redirect(url_for("queues.show", id=id))


def _editor(queue: JobQueue, form: QueueForm) -> str:
    jobs = _named(_declaring(queue, queues.jobs_of(queue)))
    state = traffic.by_queue(queue.name)[queue.name]
    return render_template("runs/queues/edit.html", queue=queue, form=form, declaring=jobs, traffic=state)


def _declaring(queue: JobQueue, jobs: Sequence[Job]) -> list[Job]:
    """Those of jobs whose classes ask for queue."""
    return [job for job in jobs if queue.name in job.declared.get("task_queues", ())]


def _named(jobs: Sequence[Job]) -> Named:
    ids = set(db.session.scalars(visible(Job).with_only_columns(Job.id).where(Job.id.in_([job.id for job in jobs]))))
    return Named([job for job in jobs if job.id in ids], len(jobs))


def _question(queue: JobQueue) -> str:
    """The page that asks whether to delete the record of queue, as it is now."""
    db.session.refresh(queue)
    jobs = queues.jobs_of(queue)
    return render_template(
        "runs/queues/deletion.html",
        queue=queue,
        first=_named([job for job in jobs if job.queues[0] == queue.name]),
        others=_named([job for job in jobs if job.queues[0] != queue.name]),
        declaring=_named(_declaring(queue, jobs)),
        traffic=traffic.by_queue(queue.name)[queue.name],
    )


def _pause_page(queue: JobQueue, form: PauseForm) -> str:
    """The page that asks why to pause queue, as it is now."""
    db.session.refresh(queue)
    state = traffic.by_queue(queue.name)[queue.name]
    said = pausing.said(queue) if queue.paused_at else None
    return render_template("runs/queues/pause.html", queue=queue, form=form, traffic=state, said=said)
