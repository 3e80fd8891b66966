"""The registry of processes: workers and schedulers write a row and renew it while they live."""

from __future__ import annotations

import os
import socket
from collections import defaultdict
from contextlib import suppress
from datetime import datetime, timedelta

import sqlalchemy as sa

from webapp.config import VERSION
from webapp.db import SCHEMA, DatabaseAway, db, patiently, transaction, utcnow
from webapp.runs.process_models import Process

WORKER, SCHEDULER = "worker", "scheduler"
BEAT_SECONDS = 5
ALIVE = timedelta(seconds=3 * BEAT_SECONDS)
FORGOTTEN = timedelta(days=7)

# Built once: building them takes longer than asking them.
LIVING = (
    sa.select(Process)
    .where(
        Process.kind == sa.bindparam("kind"), Process.left_at.is_(None), Process.beat_at > sa.bindparam("not_before")
    )
    .order_by(Process.started_at, Process.name)
)
SIGNS_OF_LIFE = (
    sa.select(Process.queues, Process.beat_at).where(Process.kind == sa.bindparam("kind")).order_by(Process.beat_at)
)

_births: dict[str, datetime] = {}
"""By name, which holds the process id: what a fork inherits is not its own birth."""


def name_of(kind: str) -> str:
    """What this process is called as one of kind (WORKER or SCHEDULER)."""
    return f"{kind}@{socket.gethostname()}:{os.getpid()}"


def beat(kind: str, queues: list[str]) -> None:
    """This process is alive and serves queues; one that had its name before is over."""
    name = name_of(kind)
    born = _births.setdefault(name, utcnow())
    with transaction() as session:
        row = session.get(Process, name)
        if row is None or row.started_at != born:
            _forget_old()
        if row is None:
            row = Process(name=name, kind=kind, host=socket.gethostname(), pid=os.getpid())
            session.add(row)
        row.queues, row.version, row.schema = queues, VERSION, SCHEMA
        row.started_at, row.beat_at, row.left_at = born, utcnow(), None


def leave(kind: str) -> None:
    """This process ends in order. While the database is away nothing is said; silence tells the same, later."""
    now = utcnow()
    left = sa.update(Process).where(Process.name == name_of(kind)).values(left_at=now, beat_at=now)
    with suppress(sa.exc.DBAPIError, DatabaseAway), patiently(), transaction() as session:
        session.execute(left.execution_options(synchronize_session=False))


def alive(kind: str) -> list[Process]:
    """The processes of kind that have been heard of lately and have not left, the oldest first."""
    return list(db.session.scalars(LIVING, {"kind": kind, "not_before": utcnow() - ALIVE}))


def gone(within: timedelta) -> list[Process]:
    """The processes that have left or fallen silent within that time, the last one first."""
    now = utcnow()
    silent = sa.or_(Process.left_at.is_not(None), Process.beat_at <= now - ALIVE)
    query = sa.select(Process).where(silent, Process.beat_at > now - within)
    return list(db.session.scalars(query.order_by(Process.beat_at.desc())))


def serving(queue: str) -> list[Process]:
    """The live workers that listen to queue and are made for this version of the database."""
    return [process for process in listening().get(queue, []) if process.fits]


def listening() -> dict[str, list[Process]]:
    """By queue: the live workers that listen to it, whatever version of the database they are made for."""
    found = defaultdict(list)
    for process in alive(WORKER):
        for queue in process.queues:
            found[queue].append(process)
    return dict(found)


def counts() -> dict[str, int]:
    """By queue: how many live workers serve it."""
    return {queue: sum(worker.fits for worker in workers) for queue, workers in listening().items()}


def silent_since() -> dict[str, datetime]:
    """By queue: the last sign of life of any worker that served it; nothing of queues that had none for a week."""
    rows = db.session.execute(SIGNS_OF_LIFE, {"kind": WORKER}).all()
    return {queue: row.beat_at for row in rows for queue in row.queues}


def _forget_old() -> None:
    old = sa.delete(Process).where(Process.beat_at < utcnow() - FORGOTTEN)
    db.session.execute(old.execution_options(synchronize_session=False))
