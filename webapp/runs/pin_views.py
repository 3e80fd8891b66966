"""Keeping a run for good, and not keeping it any more, from its page."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.runs import pins
from webapp.runs.models import Run
from webapp.runs.page import frame
from webapp.runs.page.answering import changed
from webapp.runs.routes import RUN
from webapp.ui.pages import find

bp = Blueprint("pins", __name__)


@bp.post(f"{RUN}/pin")
@needs(SIGNED_IN)
def pin(number: int) -> ResponseReturnValue:
    """Keep the run, however old it gets."""
    run: Run = find(visible(Run), number=number)
    pins.pin(run, current_user)
    return changed(run, "runs/_pin.html", frame.keeping)


@bp.post(f"{RUN}/unpin")
@needs(SIGNED_IN)
def unpin(number: int) -> ResponseReturnValue:
    """Let the run be deleted when its time has come."""
    run: Run = find(visible(Run), number=number)
    pins.unpin(run, current_user)
    return changed(run, "runs/_pin.html", frame.keeping)
