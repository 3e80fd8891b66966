"""A file of a run to be looked at: the page around it, and the bytes of a picture, which can do nothing there."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.errors import NotFound
from webapp.files.downloads import shown
from webapp.runs.files import visible_files
from webapp.runs.models import Run, RunFile
from webapp.runs.page import frame, previews
from webapp.runs.routes import RUN, bp
from webapp.ui.pages import find


@bp.get(f"{RUN}/files/<uuid:id>/preview")
@needs(SIGNED_IN)
def preview(number: int, id: UUID) -> str:
    """What one file of the run holds, as far as a page can show it."""
    run: Run = find(visible(Run), number=number)
    one = _file(number, id)
    return render_template("runs/preview.html", **frame.about(run), one=one, preview=previews.of(one.file))


@bp.get(f"{RUN}/files/<uuid:id>/picture")
@needs(SIGNED_IN)
def picture(number: int, id: UUID) -> Response:
    """A picture, for the page that shows it.

    :raises NotFound: the file is none.
    """
    file = _file(number, id).file
    media_type = previews.picture_type(previews.start_of(file)) if 0 < file.size <= previews.MOST_PICTURE else None
    if media_type is None:
        raise NotFound("This file is no picture that can be shown.")
    return shown(file, media_type)


def _file(number: int, id: UUID) -> RunFile:
    return find(visible_files().where(RunFile.run_number == number, RunFile.id == id))
