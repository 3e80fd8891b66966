"""The Workers page: who works, on what, and where nobody does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from flask import Blueprint, render_template

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.accounts.permissions import visible
from webapp.db import db, utcnow
from webapp.runs import processes
from webapp.runs.models import ACTIVE, LOCAL, Process, Run, State
from webapp.runs.startable import startable

bp = Blueprint("workers", __name__, url_prefix="/workers")

LATELY = timedelta(days=1)


@dataclass(frozen=True)
class Unserved:
    """A queue on which runs wait and which no worker serves."""

    queue: str
    count: int
    since: datetime | None
    outdated: bool
    """Whether workers listen to it, all of them made for another version of the database."""


@bp.get("/")
@needs(SIGNED_IN)
def index() -> str:
    """The workers and schedulers that are alive, and those that were within the last day."""
    workers = processes.alive(processes.WORKER)
    busy = _busy(workers)
    return render_template(
        "runs/workers.html",
        workers=workers,
        schedulers=processes.alive(processes.SCHEDULER),
        gone=processes.gone(LATELY),
        busy=busy,
        runs=_seen(busy),
        unserved=_unserved(),
    )


def _busy(workers: list[Process]) -> dict[str, int]:
    """The numbers of the runs that workers have, by the worker's name."""
    names = [worker.name for worker in workers]
    query = sa.select(Run.worker, Run.number).where(Run.state.in_(ACTIVE), Run.worker.in_(names))
    return {row.worker: row.number for row in db.session.execute(query)}


def _seen(busy: dict[str, int]) -> dict[int, Run]:
    """Those of the runs that the reader may see."""
    return {run.number: run for run in db.session.scalars(visible(Run).where(Run.number.in_(busy.values())))}


def _unserved() -> list[Unserved]:
    waits = sa.and_(Run.state == State.QUEUED, Run.queue != LOCAL, startable(utcnow()))
    counted = sa.select(Run.queue, sa.func.count().label("runs")).where(waits).group_by(Run.queue).order_by(Run.queue)
    rows = db.session.execute(counted).all()
    listening, since = processes.listening(), processes.silent_since()
    return [
        Unserved(row.queue, row.runs, since.get(row.queue), row.queue in listening)
        for row in rows
        if not any(worker.fits for worker in listening.get(row.queue, []))
    ]
