"""Why runs wait, in a sentence or two: for their pages, lists, the API and the terminal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

import sqlalchemy as sa

from webapp.db import db, utcnow
from webapp.queue import bell
from webapp.runs import line, pausing, processes
from webapp.runs.models import ACTIVE, LOCAL, Run, State
from webapp.runs.process_models import Process
from webapp.runs.startable import PATIENT
from webapp.runs.traffic import worker_command
from webapp.ui.filters import full

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Reason:
    """Why a run waits."""

    text: str
    blocker: int | None = None
    """The number of the run that holds it, which the text names as #number."""

    def __str__(self) -> str:
        return self.text


Reasons = dict[int, Reason]
Listening = Callable[[], dict[str, list[Process]]]
"""Asks which live workers listen to each queue; the first time only."""


def why(run: Run) -> Reason | None:
    """What run waits for; None when it does not wait."""
    return reasons([run]).get(run.number)


def reasons(runs: Sequence[Run]) -> Reasons:
    """What those of runs that wait are waiting for, by number; asks the same few questions for one and for fifty."""
    queued = [run for run in runs if run.state == State.QUEUED]
    listening = cache(processes.listening)
    found: Reasons = {}
    by_workers = (partial(_unserved, listening), _untold, partial(_in_line, listening))
    for explain in (_orphaned, _paused, _later, _held, _local, *by_workers):
        if rest := [run for run in queued if run.number not in found]:
            found |= explain(rest)
    return found


def _orphaned(runs: list[Run]) -> Reasons:
    text = "Its job has been deleted, so that it will not start. It ends as Errored as soon as {} sees it."
    who = {True: "the command that made it", False: "a scheduler or an idle worker"}
    return {run.number: Reason(text.format(who[run.queue == LOCAL])) for run in runs if run.job_id is None}


def _paused(runs: list[Run]) -> Reasons:
    paused = pausing.paused(run.queue for run in runs if run.queue != LOCAL)
    return {run.number: Reason(pausing.said(paused[run.queue])) for run in runs if run.queue in paused}


def _later(runs: list[Run]) -> Reasons:
    now, found = utcnow(), {}
    for run in runs:
        if run.start_after is not None and run.start_after > now:
            what = f"Attempt {run.starts + 1} starts" if run.starts else "Starts"
            found[run.number] = Reason(f"{what} at {full(run.start_after)}.")
    return found


def _held(runs: list[Run]) -> Reasons:
    patient = [run for run in runs if run.concurrency_key and run.on_conflict in PATIENT]
    if not patient:
        return {}
    holds = sa.and_(Run.concurrency_key.in_({run.concurrency_key for run in patient}), Run.state.in_(ACTIVE))
    holders = defaultdict(list)
    for row in db.session.execute(sa.select(Run.concurrency_key, Run.number).where(holds).order_by(Run.number)):
        holders[row.concurrency_key].append(row.number)
    return {
        run.number: _held_by(holders[run.concurrency_key])
        for run in patient
        if len(holders[run.concurrency_key]) >= run.concurrency_limit
    }


def _held_by(holders: list[int]) -> Reason:
    first, *others = holders
    if not others:
        return Reason(f"Held by run #{first}, which has to end first.", first)
    return Reason(f"Held by run #{first} and {len(others)} more; one of them has to end first.", first)


def _local(runs: list[Run]) -> Reasons:
    text = "It waits for the command that made it, which runs it itself."
    return {run.number: Reason(text) for run in runs if run.queue == LOCAL}


def _unserved(listening: Listening, runs: list[Run]) -> Reasons:
    since, found = None, {}
    for run in runs:
        workers = listening().get(run.queue, [])
        if workers and not any(worker.fits for worker in workers):
            found[run.number] = Reason(_outdated(run.queue, len(workers)))
        elif not workers:
            since = processes.silent_since() if since is None else since
            found[run.number] = Reason(_nobody(run.queue, since.get(run.queue)))
    return found


def _outdated(queue: str, count: int) -> str:
    them = "it" if count == 1 else "them"
    return f"{_all(queue, count)} made for another version of the database. Restart {them}."


def _nobody(queue: str, since: datetime | None) -> str:
    known = f" since {full(since)}." if since else ", and none has lately."
    return f"No live worker listens to the queue {queue}{known} It starts as soon as one does: {worker_command(queue)}"


def _untold(runs: list[Run]) -> Reasons:
    if bell.ping():
        return {}
    text = "Redis is away, so workers have not been told yet. It starts by itself when Redis is back."
    return {run.number: Reason(text) for run in runs}


def _in_line(listening: Listening, runs: list[Run]) -> Reasons:
    workers = {queue: [worker.name for worker in all if worker.fits] for queue, all in listening().items()}
    busy = line.busy({name for names in workers.values() for name in names})
    found = {run.number: Reason(f"A worker of the queue {run.queue} is about to take it.") for run in runs}
    crowded = [run for run in runs if workers.get(run.queue) and busy.issuperset(workers[run.queue])]
    if crowded:
        places, lengths = line.places(crowded), line.lengths(crowded)
        for run in crowded:
            if place := places.get(run.number):  # otherwise it has just been taken
                found[run.number] = Reason(_busy(run.queue, len(workers[run.queue]), place, lengths.get(run.queue)))
    return found


def _busy(queue: str, workers: int, place: int, length: float | None) -> str:
    where = "next in line" if place == 1 else f"{ordinal(place)} in line"
    when = "" if length is None else f", likely to start {_soon(length * place / workers)}"
    return f"{_all(queue, workers)} busy. This run is {where}{when}."


def _all(queue: str, count: int) -> str:
    return f"The only worker of the queue {queue} is" if count == 1 else f"All {count} workers of the queue {queue} are"


def _soon(seconds: float) -> str:
    if seconds <= MINUTE:
        return "within a minute"
    return f"in {round(seconds / MINUTE)} min" if seconds < HOUR else f"in {round(seconds / HOUR)} h"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th …"""
    teen = number % 100 in (11, 12, 13)
    return f"{number}{'th' if teen else {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th')}"
