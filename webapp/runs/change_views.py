"""What a run has changed, or would change: a part of its page, and a page of its own, object by object."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.changes.asked import ACTIONS, about, asked
from webapp.changes.telling import entries
from webapp.runs.changed import Changes
from webapp.runs.models import Run
from webapp.ui.pages import LARGEST, Page, cursor, find

bp = Blueprint("run_changes", __name__)

RUN = f"/runs/<int(max={LARGEST}):number>"
FEW = 10
"""Changes that the page of the run shows."""


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
        **_told(changes, found),
        asked=wanted,
        kinds={one.kind: one.label for one in changes.counts},
        actions=ACTIONS,
        first=after is None,
    )


@bp.get(f"{RUN}/changes/first")
@needs(SIGNED_IN)
def part(number: int) -> str:
    """What the page of the run shows of them."""
    return render_template("runs/_changes.html", **few(find(visible(Run), number=number)))


def few(run: Run) -> dict[str, Any]:
    """What "runs/_changes.html" needs of run."""
    changes = Changes(run)
    return _told(changes, changes.page([], None, FEW))


def _told(changes: Changes, found: Page[Any]) -> dict[str, Any]:
    return {"run": changes.run, "changes": changes, "page": Page(entries(found.rows), found.older)}
