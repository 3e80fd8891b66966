"""*Run again*, on the page of a run: what would be sent, with the same inputs or to be edited first."""

from __future__ import annotations

import secrets
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.errors import AlreadyUsed, InvalidInputs, NotPossible, TooMany
from webapp.inputs.values import WHOLE
from webapp.launch import repeat_rows, repeating
from webapp.runs.models import Run
from webapp.runs.routes import RUN
from webapp.ui.pages import find

bp = Blueprint("run_again", __name__)

FOR_REAL = "_for_real"


@bp.get(f"{RUN}/again")
@needs(SIGNED_IN)
def new(number: int) -> str:
    """What would be sent, and the ways to send it; or why nothing can be."""
    return _page(find(visible(Run), number=number))


@bp.post(f"{RUN}/again")
@needs("extras.run_job")
def create(number: int) -> Response | tuple[str, int]:
    """Start the run once more and go to the new one; or show the page with why that cannot be."""
    run: Run = find(visible(Run), number=number)
    key = request.form.get("_idem_key") or secrets.token_urlsafe(16)
    try:
        made = repeating.start(run, current_user, key, for_real=FOR_REAL in request.form)
    except AlreadyUsed as refusal:
        return _page(run, f"This page was already used for run #{refusal.number}."), 409
    except TooMany as refusal:
        return _page(run, refusal.message), 429
    except (InvalidInputs, NotPossible) as refusal:
        return _page(run, refusal.message), 409
    return redirect(url_for("runs.show", number=made.number))


def _page(run: Run, problem: str = "") -> str:
    repeat = repeating.of(run, current_user)
    told: dict[str, Any] = {
        "run": run,
        "repeat": repeat,
        "rows": repeat_rows.of(repeat, current_user),
        "about_all": repeat.wrong.get(WHOLE, []),
        "problem": problem if problem != repeat.refusal else "",
        "real": repeating.of(run, current_user, for_real=True) if run.dry_run and not repeat.refusal else None,
        "for_real": FOR_REAL,
        "key": lambda: secrets.token_urlsafe(16),
    }
    return render_template("launch/again.html", **told)
