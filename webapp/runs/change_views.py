"""What a run has changed, or would change, object by object: a tab of its page."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.changes.asked import ACTIONS, about, asked
from webapp.changes.telling import entries
from webapp.runs.changed import Changes
from webapp.runs.models import Run
from webapp.runs.page import frame
from webapp.runs.routes import RUN
from webapp.ui.pages import Page, cursor, find

bp = Blueprint("run_changes", __name__)


@bp.get(f"{RUN}/changes/")
@needs(SIGNED_IN)
def index(number: int) -> str:
    """All of them, in their order; ?kind=, action and q narrow them, ?after= leads on."""
    run: Run = find(visible(Run), number=number)
    changes, after = Changes(run), request.args.get("after", type=cursor)
    wanted = asked(request.args, about(changes.model))
    found = Page([], None) if wanted.problems else changes.page(wanted.conditions, after)
    return render_template(
        "runs/changes.html",
        **frame.about(run),
        changes=changes,
        page=Page(entries(found.rows), found.older),
        asked=wanted,
        kinds={one.kind: one.label for one in changes.counts},
        actions=ACTIONS,
        first=after is None,
    )
