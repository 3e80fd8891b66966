"""What is done with several jobs at once: editing them, and deleting one or more of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from webapp.accounts.gate import needs
from webapp.accounts.permissions import visible
from webapp.catalogue import deleting, edit_lines, several_editing
from webapp.catalogue.models import Job
from webapp.db import db
from webapp.errors import InvalidInputs, NotFound
from webapp.ui import chosen

bp = Blueprint("catalogue_edit", __name__)

CHOOSE = "Choose some jobs first. Those that were chosen are not there any more, or you may not see them."


@bp.route("/jobs/edit", methods=["GET", "POST"])
@needs("extras.change_job")
def edit_several() -> ResponseReturnValue:
    """What administrators may decide about the jobs that ?id= names, in the address or as a form, all at once."""
    if not (jobs := _chosen()):
        return _nothing()
    return _page(jobs, MultiDict())


@bp.post("/jobs/edit/decisions")
@needs("extras.change_job")
def update_several() -> ResponseReturnValue:
    """Decide what the form says about all of the jobs, or about none; or show it again with what is wrong."""
    if not (jobs := _chosen()):
        return _nothing()
    count = len(jobs)
    try:
        told = several_editing.save(jobs, request.form, current_user)
    except InvalidInputs as refusal:
        return _page(jobs, request.form, refusal.errors), 400
    except NotFound:
        flash("One of the jobs has just been deleted. Nothing was changed; look at what is left.", "warning")
        return _page(_chosen(), request.form), 409
    text = f"{_jobs(count)} changed. {'; '.join(told)}." if told else "Nothing was changed."
    flash(text, "success" if told else "info")
    return redirect(url_for("catalogue.index"))


@bp.route("/jobs/deletion", methods=["GET", "POST"])
@needs("extras.delete_job")
def confirm_deletion() -> ResponseReturnValue:
    """What deleting the jobs that ?id= names would do, before anybody does it."""
    if not (jobs := _chosen()):
        return _nothing()
    told = deleting.consequences(jobs)
    return render_template("catalogue/deletion.html", jobs=jobs, consequences=told)


@bp.post("/jobs/deletion/confirmation")
@needs("extras.delete_job")
def delete() -> ResponseReturnValue:
    """Delete the records of the jobs."""
    if not (jobs := _chosen()):
        return _nothing()
    name = jobs[0].name
    count = deleting.delete(jobs, current_user)
    flash(f"{name} is deleted." if count == 1 else f"{_jobs(count)} deleted.", "success")
    return redirect(url_for("catalogue.index"))


def _chosen() -> Sequence[Job]:
    """The jobs that the request names and the reader may see, by name.

    :raises NotPossible: there are too many.
    """
    ids = chosen.ids("jobs")
    return db.session.scalars(visible(Job).where(Job.id.in_(ids)).order_by(Job.name)).all() if ids else []


def _nothing() -> ResponseReturnValue:
    flash(CHOOSE, "warning")
    return redirect(url_for("catalogue.index"))


def _jobs(count: int) -> str:
    return "One job is" if count == 1 else f"{count:,} jobs are"


def _page(jobs: Sequence[Job], form: MultiDict[str, str], errors: Mapping[str, Sequence[str]] = {}) -> str:
    return render_template(
        "catalogue/edit_several.html",
        jobs=jobs,
        sections=several_editing.sections(jobs, form, errors),
        own=several_editing.own(jobs, form, errors),
        problems=edit_lines.problems(errors),
        settings=current_app.extensions["settings"],
    )
