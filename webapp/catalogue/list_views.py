"""What is done on the Jobs page: look for new jobs, keep some at hand, change several at once."""

from __future__ import annotations

from urllib.parse import parse_qsl
from uuid import UUID

from flask import Blueprint, current_app, flash, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts.gate import needs
from webapp.accounts.permissions import visible
from webapp.catalogue import asked, favourites, refreshing, several
from webapp.catalogue.models import Job
from webapp.config import Settings
from webapp.errors import NotPossible
from webapp.ui import chosen
from webapp.ui.pages import find

bp = Blueprint("catalogue_list", __name__)

MOST_NAMES = 5
LONGEST_ADDRESS = 2000
"""Characters of the list's address that are remembered."""


@bp.post("/jobs/refresh")
@needs("extras.change_job")
def refresh() -> Response:
    """Look at the files below the jobs root, and say what came of it."""
    settings: Settings = current_app.extensions["settings"]
    try:
        refreshed = refreshing.refresh(settings.jobs_root, by=str(current_user))
    except NotPossible as refusal:
        flash(refusal.message, "warning")
        return _back()
    flash(_told(refreshed), "warning" if refreshed.errors else "success")
    return _back()


@bp.post("/jobs/several")
@needs("extras.change_job")
def change_several() -> Response:
    """Do what the button says to the jobs that are chosen.

    :raises InvalidInputs: there is no such button.
    :raises NotPossible: there are too many jobs.
    """
    ids, action = chosen.ids("jobs"), request.form.get("action", "")
    if not ids or not action:
        flash("Nothing was changed: choose at least one job, and say what to do with it.", "warning")
        return _back()
    for category, sentence in several.act(action, ids, current_user).sentences:
        flash(sentence, category)
    return _back()


@bp.post("/jobs/<uuid:id>/favourite")
@needs("extras.view_job")
def favourite(id: UUID) -> Response:
    """Keep a job at hand, or do not any more."""
    job = find(visible(Job), id=id)
    liked = request.form.get("favourite") != "false"
    (favourites.like if liked else favourites.unlike)(job, current_user)
    return _back()


def _query() -> dict[str, str]:
    """The arguments of the address that the list had."""
    return dict(parse_qsl(request.form.get("query", "")[:LONGEST_ADDRESS]))


def _back() -> Response:
    """To the list as it was; by GET, whatever the method was."""
    return redirect(url_for("catalogue.index", **asked.read(_query()).address()), 303)


def _told(refreshed: refreshing.Refreshed) -> str:
    """What a refresh found, in one line."""
    parts = [
        f"{_jobs(len(refreshed.made))} came, switched off" if refreshed.made else "no new jobs",
        _back_again(refreshed),
        f"{_jobs(len(refreshed.gone))} went" if refreshed.gone else "",
        _mistakes(len(refreshed.errors)) if refreshed.errors else "everything loads",
    ]
    return f"Looked at the files: {', '.join(part for part in parts if part)}."


def _back_again(refreshed: refreshing.Refreshed) -> str:
    names = ", ".join(refreshed.back[:MOST_NAMES]) + (" …" if len(refreshed.back) > MOST_NAMES else "")
    return f"{_jobs(len(refreshed.back))} came back ({names})" if refreshed.back else ""


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"


def _mistakes(count: int) -> str:
    return "1 mistake" if count == 1 else f"{count} mistakes"
