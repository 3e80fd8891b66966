"""The Runs page, the page of a run, and the fragment that its log asks for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, render_template, request

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.catalogue.models import Job
from webapp.db import db, utcnow
from webapp.inputs.values import variables_of
from webapp.runs import logs, waiting
from webapp.runs.models import WORDS, LogLine, Run, State
from webapp.ui.pages import find, page

bp = Blueprint("runs", __name__)

WINDOW = 500
"""Log lines of one answer."""
LARGEST = 2**31 - 1
"""No number of a run or of a line is larger; databases refuse to look for one that is."""
RECENT = 8
PAGE = 50
# How soon a log asks again: while lines flow, when none came for a while, when nobody looks.
FLOWING, QUIET, HIDDEN = "200ms", "1s", "3s"
FLOWS_FOR = 5.0
"""Seconds after a line during which more are expected."""


@bp.get("/runs/")
@needs(SIGNED_IN)
def index() -> str:
    """The runs that the reader may see, newest first; ?job= and ?state= narrow them."""
    job_id, state = request.args.get("job", ""), request.args.get("state", "")
    query = _of_state(_of_job(visible(Run), job_id), state)
    jobs = db.session.execute(visible(Job).with_only_columns(Job.id, Job.name).order_by(Job.name)).all()
    return render_template(
        "runs/index.html",
        page=page(query, Run.number, request.args.get("before", type=_cursor), size=PAGE),
        jobs=[(str(id), name) for id, name in jobs],
        job_id=job_id,
        state=state,
        states=[(word.lower().replace(" ", "_"), word) for word in dict.fromkeys(WORDS.values())],
    )


@bp.get("/jobs/<uuid:id>/runs")
@needs("extras.view_job")
def recent(id: UUID) -> str:
    """The last runs of a job, for its page."""
    job = find(visible(Job), id=id)
    rows = db.session.scalars(visible(Run).where(Run.job_id == id).order_by(Run.number.desc()).limit(RECENT)).all()
    return render_template("runs/_recent.html", rows=rows, job=job)


@bp.get(f"/runs/<int(max={LARGEST}):number>")
@needs(SIGNED_IN)
def show(number: int) -> str:
    """One run, with the log from its beginning or after ?after=."""
    context = _context(number)
    return render_template("runs/show.html", inputs=_inputs(context["run"]), **context)


@bp.get(f"/runs/<int(max={LARGEST}):number>/log")
@needs(SIGNED_IN)
def log(number: int) -> str:
    """The log lines after ?after= and, while more may come, the element that asks again."""
    return render_template("runs/_log.html", oob=True, **_context(number))


def _cursor(text: str) -> int:
    """
    :raises ValueError: no row has such a number.
    """
    number = int(text)
    if not 0 <= number <= LARGEST:
        raise ValueError(text)
    return number


def _context(number: int) -> dict[str, Any]:
    run: Run = find(visible(Run), number=number)
    after = request.args.get("after", 0, type=_cursor)
    # The state is read before the lines: a run that was over then has no line that is not there yet.
    lines = logs.after(number, after, WINDOW)
    last = lines[-1].seq if lines else after
    more = last < run.last_seq
    return {
        "run": run,
        "lines": lines,
        "last": last,
        "more": more,
        "ask_after": None if run.finished else _delay(run, lines, more=more),
        "waiting": waiting.why(run),
    }


def _delay(run: Run, lines: list[LogLine], *, more: bool) -> str:
    if request.headers.get("X-Tab-Hidden"):
        return HIDDEN
    newest = lines[-1].at if lines else None
    if newest is None and run.last_seq:
        newest = logs.newest(run.number)
    recent = newest is not None and (utcnow() - newest).total_seconds() < FLOWS_FOR
    young = (utcnow() - run.created_at).total_seconds() < FLOWS_FOR
    return FLOWING if more or recent or young else QUIET


def _inputs(run: Run) -> list[tuple[str, Any]] | None:
    """Labels and values as the form showed them; None if they are not shown."""
    if run.sensitive:
        return None
    labels = {name: var.label for name, var in variables_of(run.job.variables).items()} if run.job else {}
    return [(labels.get(name) or name, value) for name, value in run.inputs.items()]


def _of_job(query: sa.Select[Run], job_id: str) -> sa.Select[Run]:
    if not job_id:
        return query
    try:
        return query.where(Run.job_id == UUID(job_id))
    except ValueError:
        return query.where(sa.false())


def _of_state(query: sa.Select[Run], state: str) -> sa.Select[Run]:
    if not state:
        return query
    return query.where(Run.state.in_([each for each in State if WORDS[each].lower().replace(" ", "_") == state]))
