"""Keeping a run for good, and not keeping it any more, from its page."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.runs import pins, retention
from webapp.runs.models import Run
from webapp.runs.views import RUN
from webapp.ui.pages import find

bp = Blueprint("pins", __name__)


@bp.post(f"{RUN}/pin")
@needs(SIGNED_IN)
def pin(number: int) -> ResponseReturnValue:
    """Keep the run, however old it gets."""
    run: Run = find(visible(Run), number=number)
    pins.pin(run, current_user)
    return _changed(run)


@bp.post(f"{RUN}/unpin")
@needs(SIGNED_IN)
def unpin(number: int) -> ResponseReturnValue:
    """Let the run be deleted when its time has come."""
    run: Run = find(visible(Run), number=number)
    pins.unpin(run, current_user)
    return _changed(run)


def _changed(run: Run) -> ResponseReturnValue:
    """What is said of it on the page of run, for htmx; for everybody else the way to that page."""
    if not request.headers.get("HX-Request"):
        return redirect(url_for("runs.show", number=run.number))
    db.session.refresh(run)
    return render_template("runs/_pin.html", run=run, may_pin=pins.may_pin(run, current_user), fate=retention.fate(run))
