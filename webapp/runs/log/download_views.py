"""The log of a run as a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flask import Response, request, stream_with_context

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.errors import InvalidInputs
from webapp.runs.log import asked as asking
from webapp.runs.log import downloads
from webapp.runs.log.asked import LEAST_LEVELS
from webapp.runs.log.downloads import Writer
from webapp.runs.log.reading import Reading
from webapp.runs.models import Run
from webapp.runs.routes import RUN, bp
from webapp.ui.pages import LARGEST, cursor, find


class Form(NamedTuple):
    """One of the forms that a log can be had in."""

    kind: str
    write: Writer
    head: str = ""
    headings: bool = False
    """Whether those of groups stay above the lines that a level leaves: people read them, programs count rows."""


FORMS = {
    "txt": Form("text/plain", downloads.as_text, headings=True),
    "ndjson": Form("application/x-ndjson", downloads.as_ndjson),
    "csv": Form("text/csv", downloads.as_csv, downloads.head_of_csv()),
}


@bp.get(f"{RUN}/log.<any({', '.join(FORMS)}):ending>")
@needs(SIGNED_IN)
def download(number: int, ending: str) -> Response:
    """The lines of the log so far: of a ?level=, with a text, ?q= and ?case=, from the line ?first= to ?last=."""
    run: Run = find(visible(Run), number=number)
    asked, form = asking.read({**request.args, "only": "1", "folds": "open", "close": ""}), FORMS[ending]
    if request.args.get("level", "") not in LEAST_LEVELS:
        raise InvalidInputs({"level": [f"Say one of {', '.join(filter(None, LEAST_LEVELS))}."]})
    first, last = _number("first", 1), _number("last", LARGEST)
    db.session.expunge(run)
    reading = Reading(run, asked, headings=form.headings)
    found: Iterator[str] = downloads.pieces(reading, form.write, first, last, form.head)
    name = f"run-{run.number}.{ending}"
    told = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return Response(stream_with_context(found), content_type=f"{form.kind}; charset=utf-8", headers=told)


def _number(name: str, otherwise: int) -> int:
    """
    :raises InvalidInputs: the address says something that no line has as its number.
    """
    text = request.args.get(name, "")
    try:
        return cursor(text) if text else otherwise
    except ValueError:
        raise InvalidInputs({name: ["Say the number of a line."]}) from None
