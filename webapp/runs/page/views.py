"""The tabs of a run but its log, and the summary that they ask for again."""

from __future__ import annotations

import secrets
from typing import Any

from flask import render_template, request
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.runs import files, retrying
from webapp.runs.models import Run
from webapp.runs.page import events, frame, given, item_lists, trees
from webapp.runs.page.versions import version
from webapp.runs.routes import RUN, bp
from webapp.ui.pages import find, unseen

LOOKED_AT, HIDDEN = "1s", "3s"
"""How soon a page asks for the summary again: while somebody looks, and while nobody does."""

UNKNOWN = 400


@bp.get(f"{RUN}/summary")
@needs(SIGNED_IN)
def summary(number: int) -> str:
    """What asks again while the run goes on and, unless it is as ?seen= says, the summary of the run."""
    run: Run = find(visible(Run), number=number)
    seen = f"{version(run)}-{files.count(run)}-{frame.change_count(run)}"
    told = {} if request.args.get("seen") == seen else frame.summary(run, counted=True)
    return render_template(
        "runs/_ask.html", **{"run": run, **told}, told=bool(told), oob=True, seen=seen, ask_after=_delay()
    )


@bp.get(f"{RUN}/items", endpoint="items")
@needs(SIGNED_IN)
def items_of(number: int) -> tuple[str, int]:
    """What has become of the objects that the run works on, failures first; ?state=, q= narrow, ?after= goes on.

    A state that there is not is answered with a 400 and no items.
    """
    run: Run = find(visible(Run), number=number)
    asked = item_lists.read(request.args)
    page = item_lists.page(run, asked)
    text = render_template("runs/items.html", **frame.about(run), asked=asked, page=page, **retry_of(run))
    return text, UNKNOWN if asked.unknown else 200


@bp.get(f"{RUN}/files", endpoint="files")
@needs(SIGNED_IN)
def files_of(number: int) -> str:
    """The files that the run was given and has made so far."""
    run: Run = find(visible(Run), number=number)
    return render_template("runs/files.html", **frame.about(run), files=files.of(run))


@bp.get(f"{RUN}/result")
@needs(SIGNED_IN)
def result(number: int) -> str:
    """What the job gave back."""
    run: Run = find(visible(Run), number=number)
    tree, text = trees.of(run.result), trees.copied(run.result)
    return render_template("runs/result.html", **frame.about(run), tree=tree, text=text)


@bp.get(f"{RUN}/inputs")
@needs(SIGNED_IN)
def inputs(number: int) -> str:
    """What the run was given."""
    run: Run = find(visible(Run), number=number)
    told, text = given.of(run, current_user), trees.copied(run.inputs)
    return render_template("runs/inputs.html", **frame.about(run), inputs=told, text=text)


@bp.get(f"{RUN}/events", endpoint="events")
@needs(SIGNED_IN)
def events_of(number: int) -> str:
    """What has happened to the run so far."""
    run: Run = find(visible(Run), number=number)
    return render_template("runs/events.html", **frame.about(run), events=events.of(run))


def retry_of(run: Run) -> dict[str, Any]:
    """What failed and may be started again, and what makes one run of however many clicks."""
    return {"retry": retrying.of(run, current_user), "retry_key": secrets.token_urlsafe(16)}


def _delay() -> str:
    return HIDDEN if unseen() else LOOKED_AT
