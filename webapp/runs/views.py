"""The Runs page; the page of a run, with the fragments that it asks for; and what stops a run."""

from __future__ import annotations

import secrets
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.catalogue.models import Job
from webapp.db import db, utcnow
from webapp.errors import InvalidInputs, NotPossible
from webapp.inputs.handing import with_labels
from webapp.inputs.values import variables_of
from webapp.jobs.secret import GIVEN
from webapp.runs import (
    attachments,
    cancelling,
    change_views,
    files,
    groups,
    items,
    logs,
    pins,
    retention,
    retrying,
    story,
    waiting,
)
from webapp.runs.caps import MOST_BYTES, MOST_LINES
from webapp.runs.models import WORDS, LogLine, Run, State
from webapp.ui.pages import LARGEST, cursor, find, page

bp = Blueprint("runs", __name__)

WINDOW = 500
"""Log lines of one answer."""
RECENT = 8
ITEMS = 200
"""Items of a run that its page shows."""
PAGE = 50
# How soon a log asks again: while lines flow, when none came for a while, when nobody looks.
FLOWING, QUIET, HIDDEN = "200ms", "1s", "3s"
FLOWS_FOR = 5.0
"""Seconds after a line during which more are expected."""
DROPPED = f"{{:,}} lines were dropped: a run keeps {MOST_LINES:,} lines or {MOST_BYTES // 1_000_000} MB"
GONE = "deleted"
"""What ?job= says for the runs whose jobs have been deleted."""
RUN = f"/runs/<int(max={LARGEST}):number>"


@bp.get("/runs/")
@needs(SIGNED_IN)
def index() -> str:
    """The runs that the reader may see, newest first; ?job= and ?state= narrow them."""
    job_id, state = request.args.get("job", ""), request.args.get("state", "")
    query = _of_state(_of_job(visible(Run), job_id), state)
    jobs = db.session.execute(visible(Job).with_only_columns(Job.id, Job.name).order_by(Job.name)).all()
    found = page(query, Run.number, request.args.get("before", type=cursor), size=PAGE)
    return render_template(
        "runs/index.html",
        page=found,
        reasons=waiting.reasons(found.rows),
        jobs=[(str(id), name) for id, name in jobs],
        gone=db.session.scalar(_of_job(visible(Run), GONE).with_only_columns(Run.number).limit(1)) is not None,
        job_id=job_id,
        state=state,
        states=[(word.lower().replace(" ", "_"), word) for word in dict.fromkeys(WORDS.values())],
    )


@bp.get("/jobs/<uuid:id>/runs/recent")
@needs("extras.view_job")
def recent(id: UUID) -> str:
    """The last runs of a job, for its page."""
    job = find(visible(Job), id=id)
    rows = db.session.scalars(visible(Run).where(Run.job_id == id).order_by(Run.number.desc()).limit(RECENT)).all()
    return render_template("runs/_recent.html", rows=rows, reasons=waiting.reasons(rows), job=job)


@bp.get(RUN)
@needs(SIGNED_IN)
def show(number: int) -> str:
    """One run, with the log from its beginning or after ?after=."""
    context = _context(number)
    run = context["run"]
    about: dict[str, Any] = {
        "inputs": _inputs(run),
        "files": files.of(run),
        "items": items.of(run, ITEMS),
        "story": story.of(run),
    }
    about |= {"may_pin": pins.may_pin(run, current_user), "fate": retention.fate(run), **_retry(run)}
    context |= change_views.few(run)
    return render_template("runs/show.html", **about, **context)


@bp.get(f"{RUN}/log")
@needs(SIGNED_IN)
def log(number: int) -> str:
    """The log lines after ?after= and, while more may come, the element that asks again."""
    return render_template("runs/_log.html", oob=True, **_context(number))


@bp.get(f"{RUN}/items")
@needs(SIGNED_IN)
def items_of(number: int) -> str:
    """What has become of the objects that the run works on."""
    run: Run = find(visible(Run), number=number)
    found = items.of(run, ITEMS)
    return render_template("runs/_items.html", run=run, items=found, item_counts=items.counts(run), **_retry(run))


@bp.get(f"{RUN}/story")
@needs(SIGNED_IN)
def tell(number: int) -> str:
    """What has happened to the run so far."""
    return render_template("runs/_story.html", story=story.of(find(visible(Run), number=number)))


@bp.get(f"{RUN}/cancellation")
@needs(SIGNED_IN)
def cancellation(number: int) -> str:
    """What cancelling the run would do and what not, before anybody does it."""
    run: Run = find(visible(Run), number=number)
    cancelling.require_may_cancel(run, current_user)
    return _question(run)


@bp.post(f"{RUN}/cancellation")
@needs(SIGNED_IN)
def cancel(number: int) -> ResponseReturnValue:
    """Ask for the end of the run; or show again what cancelling does, with what was wrong."""
    run: Run = find(visible(Run), number=number)
    reason = request.form.get("reason", "")
    try:
        cancelling.cancel(run, current_user, reason)
    except InvalidInputs as refusal:
        return _question(run, reason, refusal.errors["reason"][0]), 400
    except NotPossible:
        return _question(run), 409
    return _changed(run)


@bp.post(f"{RUN}/kill")
@needs(SIGNED_IN)
def kill(number: int) -> ResponseReturnValue:
    """End by force a run that was asked to stop; one that has ended meanwhile shows how."""
    run: Run = find(visible(Run), number=number)
    try:
        cancelling.kill(run, current_user)
    except NotPossible:
        db.session.refresh(run)
        if not run.finished:
            raise
    return _changed(run)


def _context(number: int) -> dict[str, Any]:
    run: Run = find(visible(Run), number=number)
    after = request.args.get("after", 0, type=cursor)
    # The state is read before the lines: a run that was over then has no line that is not there yet.
    lines = logs.after(number, after, WINDOW)
    last = lines[-1].seq if lines else after
    more = last < run.last_seq
    return {
        **_about(run),
        "lines": lines,
        "headings": groups.headings(run, lines),
        "last": last,
        "more": more,
        "ask_after": None if run.finished else _delay(run, lines, more=more),
        "dropped": DROPPED.format(run.dropped_lines) if run.dropped_lines else None,
    }


def _about(run: Run) -> dict[str, Any]:
    """What the summary needs."""
    return {
        "run": run,
        "waiting": waiting.why(run),
        "may_cancel": cancelling.may_cancel(run, current_user),
        "late": story.late(run),
        "item_counts": items.counts(run),
        "file_count": files.count(run),
    }


def _question(run: Run, reason: str = "", problem: str | None = None) -> str:
    """The page that asks whether to cancel run, as it is now."""
    db.session.refresh(run)
    return render_template(
        "runs/cancellation.html",
        run=run,
        grace=cancelling.grace(),
        reason=reason,
        longest=cancelling.LONGEST_REASON,
        problem=problem,
    )


def _changed(run: Run) -> ResponseReturnValue:
    """The summary, for htmx; for everybody else the way to the page of run."""
    if not request.headers.get("HX-Request"):
        return redirect(url_for("runs.show", number=run.number))
    db.session.refresh(run)
    return render_template("runs/_summary.html", **_about(run))


def _delay(run: Run, lines: list[LogLine], *, more: bool) -> str:
    if request.headers.get("X-Tab-Hidden"):
        return HIDDEN
    newest = lines[-1].at if lines else None
    if newest is None and run.last_seq:
        newest = logs.newest(run.number)
    recent = newest is not None and (utcnow() - newest).total_seconds() < FLOWS_FOR
    young = (utcnow() - run.created_at).total_seconds() < FLOWS_FOR
    return FLOWING if more or recent or young else QUIET


def _inputs(run: Run) -> list[tuple[str, Any, bool]] | None:
    """Labels, values and whether these are left out, as of a secret that was given; None if nothing is shown."""
    if run.sensitive:
        return None
    variables = variables_of(run.job.variables) if run.job else {}
    labels = {name: variable.label for name, variable in variables.items()}
    # A secret stays one, even if its variable is gone or is another one now.
    [inputs] = with_labels(variables, [run.inputs or {}], current_user)
    given = attachments.with_names(inputs, attachments.given_to([run], variables)[run.number])
    return [(labels.get(name) or name, value, run.sealed and value == GIVEN) for name, value in given.items()]


def _retry(run: Run) -> dict[str, Any]:
    """What failed and may be started again, and what makes one run of however many clicks."""
    return {"retry": retrying.of(run, current_user), "retry_key": secrets.token_urlsafe(16)}


def _of_job(query: sa.Select[Run], job_id: str) -> sa.Select[Run]:
    if not job_id:
        return query
    if job_id == GONE:
        return query.where(Run.job_id.is_(None))
    try:
        return query.where(Run.job_id == UUID(job_id))
    except ValueError:
        return query.where(sa.false())


def _of_state(query: sa.Select[Run], state: str) -> sa.Select[Run]:
    if not state:
        return query
    return query.where(Run.state.in_([each for each in State if WORDS[each].lower().replace(" ", "_") == state]))
