"""The reader's own views of the Runs page: made, called otherwise, forgotten."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.errors import InvalidInputs, NotPossible
from webapp.runs.listing import asked, narrowing, saved
from webapp.runs.listing.asked import Asked
from webapp.runs.listing.saved import View
from webapp.runs.routes import bp

ALL = "This shows all runs, as the view “All” does. Narrow the list first."
TOO_LONG = "These filters are too long to be kept as a view."


@bp.post("/runs/views")
@needs(SIGNED_IN)
def save() -> ResponseReturnValue:
    """Keep the filters that the list has under a name."""
    query = request.form.get("list", "")
    wanted = asked.parse(query)
    back = redirect(url_for("runs.index", **wanted.address), 303)
    if problem := TOO_LONG if asked.is_too_long(query) else _problem(wanted):
        flash(problem, "warning")
        return back
    try:
        made = saved.save(request.form.get("name", ""), wanted, current_user)
    except (InvalidInputs, NotPossible) as refusal:
        flash(_said(refusal), "warning")
        return back
    flash(f"The view “{made.name}” stands above the list from now on.", "success")
    return back


@bp.get("/runs/views/<id>")
@needs(SIGNED_IN)
def view(id: str) -> str:
    """What can be done to a view."""
    return _page(saved.view(id, current_user))


@bp.post("/runs/views/<id>")
@needs(SIGNED_IN)
def rename(id: str) -> ResponseReturnValue:
    """Call a view otherwise; or show the form again with what is wrong."""
    kept, name = saved.view(id, current_user), request.form.get("name", "")
    try:
        saved.rename(id, name, current_user)
    except (InvalidInputs, NotPossible) as refusal:
        return _page(kept, name, _said(refusal)), 400
    return _to(kept)


@bp.post("/runs/views/<id>/deletion")
@needs(SIGNED_IN)
def forget(id: str) -> ResponseReturnValue:
    """Forget a view, and show what it has shown."""
    kept = saved.view(id, current_user)
    saved.delete(id, current_user)
    flash(f"The view “{kept.name}” is deleted. The runs that it has shown are still there.", "success")
    return _to(kept)


def _problem(wanted: Asked) -> str | None:
    """Why what is asked for cannot be kept; None if it can."""
    if not wanted.filters:
        return ALL
    problems = narrowing.narrowed(wanted, current_user).problems
    return next(iter(problems.values()), None)


def _said(refusal: InvalidInputs | NotPossible) -> str:
    return refusal.errors["name"][0] if isinstance(refusal, InvalidInputs) else str(refusal)


def _page(kept: View, name: str | None = None, problem: str | None = None) -> str:
    return render_template(
        "runs/listing/view.html",
        view=kept,
        chips=narrowing.narrowed(asked.parse(kept.query), current_user).chips,
        back=_address(kept),
        name=kept.name if name is None else name,
        longest=saved.LONGEST_NAME,
        problem=problem,
    )


def _to(kept: View) -> ResponseReturnValue:
    return redirect(_address(kept), 303)


def _address(kept: View) -> str:
    return url_for("runs.index", **asked.parse(kept.query).address)
