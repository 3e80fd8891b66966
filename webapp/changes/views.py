"""The pages of all changes: a list that addresses narrow, and each change by itself."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request
from flask_login import current_user

from webapp.accounts.gate import needs
from webapp.changes.asked import ACTIONS, PERIODS, asked, readers
from webapp.changes.models import Change
from webapp.changes.seeing import kinds_recorded, seen
from webapp.changes.telling import entries
from webapp.ui.pages import Page, cursor, find, page

bp = Blueprint("changes", __name__, url_prefix="/changes")


@bp.get("/")
@needs("extras.view_objectchange")
def index() -> str:
    """The changes that the reader may see, newest first; ?kind=, action, user, run, days and q narrow them."""
    wanted, before = asked(request.args, readers()), request.args.get("before", type=cursor)
    found = Page([], None) if wanted.problems else page(seen().where(*wanted.conditions), Change.number, before)
    return render_template(
        "changes/index.html",
        page=Page(entries(found.rows), found.older),
        asked=wanted,
        kinds=kinds_recorded(current_user),
        actions=ACTIONS,
        periods=PERIODS,
        first=before is None,
    )


@bp.get("/<uuid:id>/")
@needs("extras.view_objectchange")
def show(id: UUID) -> str:
    """One change, field by field."""
    [entry] = entries([find(seen(), id=id)])
    return render_template("changes/show.html", entry=entry)
