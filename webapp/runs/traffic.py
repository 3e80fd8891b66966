"""What goes on in queues at present: who listens, what waits and since when, what runs."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from webapp.accounts.permissions import visible
from webapp.catalogue.models import JobQueue
from webapp.db import db, utcnow
from webapp.runs import processes
from webapp.runs.models import ACTIVE, LOCAL, Run, State
from webapp.runs.process_models import Process
from webapp.runs.startable import in_line


@dataclass(frozen=True)
class Traffic:
    """What goes on in one queue."""

    queue: str
    listening: list[Process] = field(default_factory=list)
    """Live workers, whatever version of the database they are made for."""
    waiting: int = 0
    """Runs that could start, if there were a free worker and nobody had paused the queue."""
    oldest: datetime | None = None
    """Since when the first of them could."""
    not_yet: int = 0
    """Others that wait: for their time, or for runs that exclude them."""
    running: int = 0

    @property
    def workers(self) -> list[Process]:
        """The live workers that can take runs."""
        return [worker for worker in self.listening if worker.fits]

    @property
    def command(self) -> str:
        """What starts a worker for it."""
        return worker_command(self.queue)


@dataclass(frozen=True)
class Unserved:
    """A queue on which runs wait and which no worker serves."""

    queue: str
    count: int
    since: datetime | None
    outdated: bool
    """Whether workers listen to it, all of them made for another version of the database."""

    @property
    def command(self) -> str:
        """What starts a worker for it."""
        return worker_command(self.queue)


def worker_command(queue: str) -> str:
    """What starts a worker for the queue of that name, at a shell."""
    return f"flask worker {shlex.quote(queue)}"


def by_queue(*more: str) -> dict[str, Traffic]:
    """What goes on, by queue: in those of these names, and in all in which runs are or which workers serve."""
    counts = {row.queue: row for row in db.session.execute(_counting())}
    listening = processes.listening()
    return {name: _traffic(name, listening.get(name, []), counts.get(name)) for name in {*more, *counts, *listening}}


def unserved(all: Iterable[Traffic]) -> list[Unserved]:
    """Where runs wait for workers that are not there, by name; nobody misses them where the queue is paused."""
    waiting = {one.queue: one for one in all if one.waiting and not one.workers}
    if not waiting:
        return []
    is_paused = sa.and_(JobQueue.name.in_(waiting), JobQueue.paused_at.is_not(None))
    for name in db.session.scalars(sa.select(JobQueue.name).where(is_paused)):
        del waiting[name]
    since = processes.silent_since() if waiting else {}
    return [
        Unserved(name, waiting[name].waiting, since.get(name), bool(waiting[name].listening))
        for name in sorted(waiting)
    ]


def numbers_of_runs(workers: Sequence[Process]) -> dict[str, int]:
    """The numbers of the runs that workers have, by the worker's name."""
    names = [worker.name for worker in workers]
    query = sa.select(Run.worker, Run.number).where(Run.state.in_(ACTIVE), Run.worker.in_(names))
    return {row.worker: row.number for row in db.session.execute(query)}


def seen(numbers: Iterable[int]) -> dict[int, Run]:
    """Those of the runs of these numbers that the reader may see."""
    return {run.number: run for run in db.session.scalars(visible(Run).where(Run.number.in_(list(numbers))))}


def needs_its_name(queue: JobQueue) -> str | None:
    """Why the queue has to keep its name, if it has to: what waits in it, or may once more, is found by that."""
    waiting, going = _count(queue.name, State.QUEUED), _count(queue.name, *ACTIVE)
    if waiting:
        them = "One run waits" if waiting == 1 else f"{waiting:,} runs wait"
        return f"{them} in it under this name. Rename it when nothing waits there."
    if going:
        them = "One run goes on" if going == 1 else f"{going:,} runs go on"
        return f"{them} that came from it, and may have to wait in it again. Rename it when nothing of it runs."
    return None


def _count(queue: str, *states: State) -> int:
    """How many runs of the queue of that name are in one of these states."""
    query = sa.select(sa.func.count()).select_from(Run).where(Run.state.in_(states), Run.queue == queue)
    return db.session.scalar(query) or 0


def _counting() -> sa.Executable:
    """Counts of the runs that are not over, by queue."""
    queued, ready = Run.state == State.QUEUED, in_line(utcnow())
    waits = sa.case((queued, sa.case((ready, 1))))
    since = sa.case((waits == 1, sa.func.coalesce(Run.start_after, Run.created_at)))
    return (
        sa.select(
            Run.queue,
            sa.func.count(sa.case((queued, 1))).label("queued"),
            sa.func.count(waits).label("waiting"),
            sa.func.min(since, type_=Run.created_at.type).label("oldest"),
            sa.func.count(sa.case((Run.state.in_(ACTIVE), 1))).label("running"),
        )
        .where(Run.state.in_((State.QUEUED, *ACTIVE)), Run.queue != LOCAL)
        .group_by(Run.queue)
    )


def _traffic(name: str, listening: list[Process], row: Any) -> Traffic:
    if row is None:
        return Traffic(name, listening)
    return Traffic(name, listening, row.waiting, row.oldest, row.queued - row.waiting, row.running)
