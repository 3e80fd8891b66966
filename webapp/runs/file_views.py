"""The files of a run: its list of them, and each to be saved."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, render_template

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.files.downloads import download
from webapp.runs import files
from webapp.runs.models import Run, RunFile
from webapp.ui.pages import find

LARGEST = 2**31 - 1
RUN = f"/runs/<int(max={LARGEST}):number>"

bp = Blueprint("run_files", __name__)


@bp.get(f"{RUN}/files")
@needs(SIGNED_IN)
def index(number: int) -> str:
    """The files that the run was given and has made so far."""
    run: Run = find(visible(Run), number=number)
    return render_template("runs/_files.html", run=run, files=files.of(run))


@bp.get(f"{RUN}/files/<uuid:id>")
@needs(SIGNED_IN)
def show(number: int, id: UUID) -> Response:
    """The content of one of them."""
    return download(find(files.visible_files().where(RunFile.run_number == number, RunFile.id == id)).file)
