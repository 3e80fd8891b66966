"""Runs whose job is deleted: what becomes of them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from webapp.catalogue.models import Job
from webapp.db import db, transaction, writing
from webapp.runs.deleting import PAUSE_SECONDS
from webapp.runs.models import ACTIVE, FINAL, Run, State
from webapp.runs.steps import runs

RUNS = 2_000
"""That one transaction lets go of beforehand: on SQLite nobody else can write meanwhile."""
JOB_DELETED = "its job has been deleted."
"""Why a run that waited for its turn does not start."""
NOT_STARTED = f"Not started: {JOB_DELETED}"
OVER = (
    "One run stays readable, with log and files, but loses the link to its job for good, even if it comes back.",
    "{:,} runs stay readable, with logs and files, but lose the link to their job for good, even if it comes back.",
)
WAITING = (
    "One run waits now. It will not start: a scheduler or an idle worker ends it as Errored, within seconds.",
    "{:,} runs wait now. They will not start: a scheduler or an idle worker ends each as Errored, within seconds.",
)
GOING = (
    "One run goes on now. It goes on to its end.",
    "{:,} runs go on now. They go on to their ends.",
)


def consequences(jobs: Sequence[Job]) -> list[str]:
    """What deleting jobs does to their runs."""
    counts = _counts(jobs)
    over, going = sum(counts.get(state, 0) for state in FINAL), sum(counts.get(state, 0) for state in ACTIVE)
    told = [(over, OVER), (counts.get(State.QUEUED, 0), WAITING), (going, GOING)]
    return [one if count == 1 else several.format(count) for count, (one, several) in told if count]


def let_go_of_most(ids: Sequence[UUID]) -> None:
    """Let those runs of the jobs with these ids that are over be without them, a few at a time.

    Who looks at a job meanwhile sees fewer runs of it, and who looks at one of these reads it as ever. If the job is
    not deleted after all, it has lost what its deletion had been said to cost it.
    """
    over = sa.and_(runs.c.job_id.in_(ids), runs.c.state.in_(FINAL))
    while True:
        with transaction():
            numbers = _locked(over, RUNS)
            writing().execute(sa.update(runs).where(over, runs.c.number.in_(numbers)).values(job_id=None))
        if len(numbers) < RUNS:
            return
        time.sleep(PAUSE_SECONDS)


def let_go(ids: Sequence[UUID]) -> None:
    """Let runs of the jobs with these ids go on without them; inside a transaction.

    Before the jobs, for whoever moves a run writes to it first and to its job then: in the other order both would wait
    for each other.
    """
    theirs = runs.c.job_id.in_(ids)
    _locked(theirs)
    writing().execute(sa.update(runs).where(theirs).values(job_id=None))


def _locked(which: sa.ColumnElement[bool], most: int | None = None) -> Sequence[int]:
    """The numbers of these runs, the oldest first, which nobody else can write to now."""
    # In the same order by everybody: none waits for another that waits for it.
    query = sa.select(runs.c.number).where(which).order_by(runs.c.number).limit(most)
    return writing().scalars(query.with_for_update()).all()


def _counts(jobs: Sequence[Job]) -> dict[State, int]:
    of_these = sa.and_(Run.job_id.in_([job.id for job in jobs]), Run.let_go_at.is_(None))
    counted = sa.select(Run.state, sa.func.count()).where(of_these).group_by(Run.state)
    return {row.state: row[1] for row in db.session.execute(counted)}
