"""The Queues page and the page of a queue: what goes on there, and who may run there."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Blueprint, render_template, url_for

from webapp.accounts.gate import needs
from webapp.accounts.permissions import visible
from webapp.catalogue.models import Job, JobQueue, JobQueueAssignment
from webapp.db import db
from webapp.runs import line, pausing, traffic, waiting
from webapp.runs.models import Run, State
from webapp.runs.traffic import Traffic
from webapp.ui.pages import find, unseen

bp = Blueprint("queues", __name__, url_prefix="/queues")

FRESH, HIDDEN = "3s", "30s"
"""How soon the numbers are asked for again: while somebody looks, and while nobody does."""
MOST_WAITING = 50
"""Runs of the line that the page of a queue shows."""


@dataclass(frozen=True)
class Row:
    """A queue of the list."""

    name: str
    queue: JobQueue | None
    """Its record, if it has one."""
    traffic: Traffic
    job_count: int


@bp.get("/")
@needs("extras.view_jobqueue")
def index() -> str:
    """All queues: those with a record, those that workers serve, and those in which runs are."""
    return render_template("runs/queues/index.html", **_list())


@bp.get("/numbers")
@needs("extras.view_jobqueue")
def numbers() -> str:
    """What changes by itself in the list."""
    return render_template("runs/queues/_numbers.html", oob=True, **_list())


@bp.get("/<uuid:id>")
@needs("extras.view_jobqueue")
def show(id: UUID) -> str:
    """One queue: what goes on in it, who works, who waits, and which jobs may run there."""
    queue = find(visible(JobQueue), id=id)
    return render_template("runs/queues/show.html", jobs=_jobs(queue), **_state(queue))


@bp.get("/<uuid:id>/numbers")
@needs("extras.view_jobqueue")
def numbers_of(id: UUID) -> str:
    """What changes by itself on the page of a queue."""
    return render_template("runs/queues/_numbers.html", oob=True, **_state(find(visible(JobQueue), id=id)))


def _list() -> dict[str, Any]:
    """What the list of all queues needs."""
    records = {queue.name: queue for queue in db.session.scalars(visible(JobQueue))}
    counted = sa.select(JobQueueAssignment.job_queue_id, sa.func.count().label("jobs")).group_by(
        JobQueueAssignment.job_queue_id
    )
    jobs = {row.job_queue_id: row.jobs for row in db.session.execute(counted)}
    state = traffic.by_queue(*records)
    rows = [Row(name, queue := records.get(name), state[name], jobs.get(queue.id, 0) if queue else 0) for name in state]
    rows.sort(key=lambda row: row.name.casefold())
    unserved = traffic.unserved(state.values())
    told = [(row, row.queue and _told_of(row.queue)) for row in rows]
    return {"rows": rows, "unserved": unserved, **_polled("list", url_for("queues.numbers"), told)}


def _state(queue: JobQueue) -> dict[str, Any]:
    """What the page of queue needs."""
    state = traffic.by_queue(queue.name)[queue.name]
    in_it = sa.and_(Run.state == State.QUEUED, Run.queue == queue.name)
    runs = db.session.scalars(visible(Run).where(in_it).order_by(Run.number).limit(MOST_WAITING)).all()
    places = line.places(runs) if runs else {}
    busy = traffic.numbers_of_runs(state.listening)
    told = [_told_of(queue), state, places, busy]
    return {
        "queue": queue,
        "traffic": state,
        "said": pausing.said(queue) if queue.paused_at else None,
        "unserved": traffic.unserved([state]),
        "busy": busy,
        "runs": traffic.seen(busy.values()),
        "waiting": runs,
        "places": {number: waiting.ordinal(place) for number, place in places.items()},
        "reasons": waiting.reasons([run for run in runs if run.number not in places]),
        **_polled("state", url_for("queues.numbers_of", id=queue.id), told),
    }


def _polled(fragment: str, address: str, told: object) -> dict[str, Any]:
    """A region of the page that asks for itself again; it is put in place only if what it tells has changed."""
    ask_after = HIDDEN if unseen() else FRESH
    version = zlib.crc32(repr(told).encode())
    return {"region": f"runs/queues/_{fragment}.html", "version": version, "address": address, "ask_after": ask_after}


def _told_of(queue: JobQueue) -> tuple[object, ...]:
    return queue.id, queue.description, queue.paused_at, queue.paused_by, queue.pause_reason


def _jobs(queue: JobQueue) -> list[Job]:
    """The jobs that may run on queue, as far as the reader may see them; those first whose default it is."""
    assigned = sa.select(JobQueueAssignment.job_id).where(JobQueueAssignment.job_queue_id == queue.id)
    jobs = db.session.scalars(visible(Job).where(Job.id.in_(assigned)).order_by(Job.name)).all()
    return sorted(jobs, key=lambda job: job.queues[0] != queue.name)
