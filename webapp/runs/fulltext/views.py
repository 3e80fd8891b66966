"""The page on which the logs of all runs are searched."""

from __future__ import annotations

from flask import render_template, request
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.runs import key_inputs
from webapp.runs.fulltext import asking, finding, lines
from webapp.runs.models import Run
from webapp.runs.routes import bp
from webapp.ui.pages import Page, cursor, page

PAGE = 20


@bp.get("/search", endpoint="search")
@needs(SIGNED_IN)
def show_found() -> str:
    """The runs that the reader may see and whose log has a line that fits ?q=, newest first, with these lines."""
    asked = asking.read(request.args.get("q", ""))
    before = request.args.get("before", type=cursor)
    search = finding.search(asked, before)
    found: Page[Run] = Page([], None)
    if not asked.problem:
        found = page(visible(Run).where(search.condition), Run.number, before, size=PAGE)
    return render_template(
        "runs/fulltext/show.html",
        asked=asked,
        page=found,
        hits=lines.of(found.rows, asked),
        key_inputs=key_inputs.shown(found.rows, current_user),
        unread=search.unread,
        further=None if found.older or search.floor is None else search.floor + 1,
        before=before,
        longest=asking.LONGEST_TEXT,
    )
