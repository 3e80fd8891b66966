"""The Workers page: who works, on what, and where nobody does."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template

from webapp.accounts.gate import SIGNED_IN, needs
from webapp.runs import processes, traffic

bp = Blueprint("workers", __name__, url_prefix="/workers")

LATELY = timedelta(days=1)


@bp.get("/")
@needs(SIGNED_IN)
def index() -> str:
    """The workers and schedulers that are alive, and those that were within the last day."""
    workers = processes.alive(processes.WORKER)
    busy = traffic.numbers_of_runs(workers)
    return render_template(
        "runs/workers.html",
        workers=workers,
        schedulers=processes.alive(processes.SCHEDULER),
        gone=processes.gone(LATELY),
        busy=busy,
        runs=traffic.seen(busy.values()),
        unserved=traffic.unserved(traffic.by_queue().values()),
    )
