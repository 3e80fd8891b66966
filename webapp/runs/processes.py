"""The registry of processes: workers and schedulers write a row and renew it while they live."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from datetime import timedelta

import sqlalchemy as sa

from webapp.db import db, transaction, utcnow
from webapp.runs.models import Process

BEAT_SECONDS = 5
ALIVE = timedelta(seconds=3 * BEAT_SECONDS)
FORGOTTEN = timedelta(hours=1)


def name_of(kind: str) -> str:
    """What this process is called as one of kind ("worker" or "scheduler")."""
    return f"{kind}@{socket.gethostname()}:{os.getpid()}"


def beat(kind: str, queues: list[str]) -> None:
    """This process is alive and serves queues."""
    name = name_of(kind)
    with transaction() as session:
        row = session.get(Process, name)
        if row is None:
            session.add(Process(name=name, kind=kind, queues=queues))
            forgotten = sa.delete(Process).where(Process.beat_at < utcnow() - FORGOTTEN)
            session.execute(forgotten.execution_options(synchronize_session=False))
        else:
            row.queues, row.beat_at = queues, utcnow()


def leave(kind: str) -> None:
    """This process ends in order. While the database is away nothing is said; silence tells the same, later."""
    with suppress(sa.exc.OperationalError), transaction() as session:
        session.execute(sa.delete(Process).where(Process.name == name_of(kind)))


def alive(kind: str) -> list[Process]:
    """The processes of kind that have been heard of lately."""
    recent = Process.beat_at > utcnow() - ALIVE
    return list(db.session.scalars(sa.select(Process).where(Process.kind == kind, recent)))


def serving(queue: str) -> list[Process]:
    """The live workers that listen to queue."""
    return [process for process in alive("worker") if queue in process.queues]
