"""The edit page of a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import needs
from webapp.accounts.permissions import visible
from webapp.catalogue import edit_lines, editing
from webapp.catalogue.models import Job
from webapp.catalogue.several_views import bp
from webapp.catalogue.wording import OWN
from webapp.errors import InvalidInputs
from webapp.ui.pages import find

__all__ = ["bp"]


@bp.get("/jobs/<uuid:id>/edit")
@needs("extras.change_job")
def edit(id: UUID) -> str:
    """What administrators may decide about a job, beside what its class says."""
    job = find(visible(Job), id=id)
    state = editing.state_of(job)
    return _page(job, state, state, editing.dumped(state, job))


@bp.post("/jobs/<uuid:id>/edit")
@needs("extras.change_job")
def update(id: UUID) -> ResponseReturnValue:
    """Decide what was changed in the form; or show it again with what is wrong and all that was typed."""
    job = find(visible(Job), id=id)
    shown, _ = editing.seen(request.form, job)
    wanted = editing.typed(request.form, shown)
    try:
        told = editing.save(job, request.form, current_user)
    except InvalidInputs as refusal:
        return _page(job, shown, wanted, request.form.get(editing.SEEN, ""), refusal.errors), 400
    except editing.Overtaken as refusal:
        now = editing.state_of(job)
        mine = editing.changed(wanted, shown)
        merged = {name: wanted[name] if name in mine else now[name] for name in now}
        return _page(job, now, merged, editing.dumped(now, job), refusal.errors, refusal.summary), 409
    flash(f"{job.name} is saved. {'; '.join(told)}." if told else "Nothing was changed.", "success" if told else "info")
    return redirect(url_for("catalogue.show", id=id))


def _page(
    job: Job,
    state: editing.State,
    wanted: editing.State,
    seen: str,
    errors: Mapping[str, Sequence[str]] = {},
    overtaken: str | None = None,
) -> str:
    return render_template(
        "catalogue/edit.html",
        job=job,
        sections=edit_lines.sections(job, state, wanted, errors),
        own={name: editing.as_typed(wanted[name].value) for name in OWN},
        errors=errors,
        problems=edit_lines.problems(errors),
        overtaken=overtaken,
        seen=seen,
        settings=current_app.extensions["settings"],
    )
