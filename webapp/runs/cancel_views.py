"""What stops a run: the question, the answer, and the end by force."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.errors import InvalidInputs, NotPossible
from webapp.runs import cancelling
from webapp.runs.models import Run
from webapp.runs.page import frame
from webapp.runs.page.answering import changed
from webapp.runs.routes import RUN, bp
from webapp.ui.pages import find


@bp.get(f"{RUN}/cancellation")
@needs(SIGNED_IN)
def cancellation(number: int) -> str:
    """What cancelling the run would do and what not, before anybody does it."""
    run: Run = find(visible(Run), number=number)
    cancelling.require_may_cancel(run, current_user)
    return _question(run)


@bp.post(f"{RUN}/cancellation")
@needs(SIGNED_IN)
def cancel(number: int) -> ResponseReturnValue:
    """Ask for the end of the run; or show again what cancelling does, with what was wrong."""
    run: Run = find(visible(Run), number=number)
    reason = request.form.get("reason", "")
    try:
        cancelling.cancel(run, current_user, reason)
    except InvalidInputs as refusal:
        return _question(run, reason, refusal.errors["reason"][0]), 400
    except NotPossible:
        return _question(run), 409
    return changed(run, "runs/_summary.html", frame.about)


@bp.post(f"{RUN}/kill")
@needs(SIGNED_IN)
def kill(number: int) -> ResponseReturnValue:
    """End by force a run that was asked to stop; one that has ended meanwhile shows how."""
    run: Run = find(visible(Run), number=number)
    try:
        cancelling.kill(run, current_user)
    except NotPossible:
        db.session.refresh(run)
        if not run.finished:
            raise
    return changed(run, "runs/_summary.html", frame.about)


def _question(run: Run, reason: str = "", problem: str | None = None) -> str:
    """The page that asks whether to cancel run, as it is now."""
    db.session.refresh(run)
    return render_template(
        "runs/cancellation.html",
        run=run,
        grace=cancelling.grace(),
        reason=reason,
        longest=cancelling.LONGEST_REASON,
        problem=problem,
    )
