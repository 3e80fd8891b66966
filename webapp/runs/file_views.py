"""The files of a run, each to be saved."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.files.downloads import download
from webapp.runs import files
from webapp.runs.models import RunFile
from webapp.runs.routes import RUN
from webapp.ui.pages import find

bp = Blueprint("run_files", __name__)


@bp.get(f"{RUN}/files/<uuid:id>")
@needs(SIGNED_IN)
def show(number: int, id: UUID) -> Response:
    """The content of one of them."""
    return download(find(files.visible_files().where(RunFile.run_number == number, RunFile.id == id)).file)
