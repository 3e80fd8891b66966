"""Files of runs over the API, where they are called file-proxies."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import Blueprint, url_for
from flask.typing import ResponseReturnValue

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.api import answer, common, find, listing, nested, when
from webapp.api.filters import any_of, search
from webapp.api.lists import Filter
from webapp.api.shapes import Shape
from webapp.files.downloads import download
from webapp.files.models import File
from webapp.runs.files import visible_files
from webapp.runs.models import Run, RunFile

bp = Blueprint("file_proxies_api", __name__, url_prefix="/api/extras/file-proxies")


def _of_run(column: object) -> Filter:
    chosen = any_of(column, UUID)
    return lambda values: RunFile.run.has(chosen(values))


FILTERS: dict[str, Filter] = {
    "id": any_of(RunFile.id, UUID),
    "name": any_of(File.name),
    "job_result": _of_run(Run.id),
    "job_result_id": _of_run(Run.id),
    "job_id": _of_run(Run.job_id),
    "q": search(File.name),
}
SORTS = {"id": RunFile.id, "name": File.name, "uploaded_at": RunFile.created_at}


@bp.get("/", strict_slashes=False)
@needs(SIGNED_IN)
def index() -> ResponseReturnValue:
    """The files of the runs that the caller sees, by name."""
    return listing(visible_files(), _shapes, FILTERS, SORTS, "name")


@bp.get("/<uuid:id>/", strict_slashes=False)
@needs(SIGNED_IN)
def detail(id: UUID) -> ResponseReturnValue:
    """One file, without its content."""
    return answer(_shape(find(visible_files().where(RunFile.id == id))))


@bp.get("/<uuid:id>/download/", strict_slashes=False)
@needs(SIGNED_IN)
def content(id: UUID) -> ResponseReturnValue:
    """The content of a file."""
    return download(find(visible_files().where(RunFile.id == id)).file)


def _shapes(rows: Sequence[RunFile]) -> list[Shape]:
    return [_shape(row) for row in rows]


def _shape(row: RunFile) -> Shape:
    """A file in the reference's shape of a FileProxy; variable is that of which it is the value, if it was given."""
    return {
        **common(row.id, "extras.fileproxy", row.file.name, "file_proxies_api.detail"),
        "name": row.file.name,
        "file": url_for("file_proxies_api.content", id=row.id, _external=True),
        "uploaded_at": when(row.created_at),
        "job_result": nested(row.run.id, "extras.jobresult", "job_results_api.detail"),
        "size": row.file.size,
        "sha256": row.file.sha256,
        "variable": row.variable,
    }
