"""Whether the installation is well: for load balancers and probes, open to everybody, with names and yes or no only."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from webapp import db
from webapp.accounts.gate import ANYBODY, needs
from webapp.api import answer
from webapp.queue import bell
from webapp.runs import processes

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@needs(ANYBODY)
def healthz() -> ResponseReturnValue:
    """200 while this web process answers."""
    return answer({"process": True})


@bp.get("/readyz")
@needs(ANYBODY)
def readyz() -> ResponseReturnValue:
    """200 if everything that runs need is there, else 503; each part by its name."""
    database = db.ping()
    parts = {
        "database": database,
        "redis": bell.ping(),
        "workers": database and any(worker.fits for worker in processes.alive(processes.WORKER)),
        "scheduler": database and any(scheduler.fits for scheduler in processes.alive(processes.SCHEDULER)),
    }
    return answer(parts, 200 if all(parts.values()) else 503)
