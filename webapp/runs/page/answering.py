"""What a POST answers that has changed a run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.db import db
from webapp.runs.models import Run


def changed(run: Run, part: str, needs: Callable[[Run], dict[str, Any]]) -> ResponseReturnValue:
    """That part of the page of run anew, for htmx; for everybody else the way to the page.

    part is a template, and needs gives what it is rendered with, of the run as it is now.
    """
    if not request.headers.get("HX-Request"):
        return redirect(url_for("runs.show", number=run.number))
    db.session.refresh(run)
    return render_template(part, **needs(run))
