"""The whole text of one line, for whoever asks for it in its place."""

from __future__ import annotations

import sqlalchemy as sa
from flask import render_template

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.runs.log.models import LogLine
from webapp.runs.log.text import shown
from webapp.runs.models import Run
from webapp.runs.routes import RUN, bp
from webapp.ui.pages import LARGEST, find


@bp.get(f"{RUN}/log/<int(max={LARGEST}):seq>")
@needs(SIGNED_IN)
def line(number: int, seq: int) -> str:
    """The text of line `seq` of a run, however long it is."""
    run: Run = find(visible(Run), number=number)
    found = find(sa.select(LogLine), run_number=run.number, seq=seq)
    return render_template("runs/log/_text.html", text=shown(found, whole=True))
