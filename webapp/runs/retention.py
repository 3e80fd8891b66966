"""Which runs are kept for how long, and the cleaning that deletes the others.

A run goes once it is over, nobody keeps it, and it ended longer ago than its job keeps runs, or is not among so many of
the newest that are over. What a job does not say, the installation does; for runs whose job is gone it says how old
they get. How a run is deleted, deleting.py knows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import load_only

from webapp.catalogue.models import Job
from webapp.changes import cleaning
from webapp.config import Settings
from webapp.db import db, transaction, utcnow
from webapp.runs import deleting
from webapp.runs.deleting import DELETABLE
from webapp.runs.models import FINAL, Run
from webapp.runs.steps import runs

LONGEST_DAYS = 36_500
MOST_RUNS = 2**31 - 1
"""Nobody keeps more, and databases cannot count on for ever."""
REST_SECONDS = 3600.0
"""Between two cleanings."""
GONE = "(jobs that are gone)"
CHANGES = "(changes)"


@dataclass(frozen=True)
class Terms:
    """For how long runs are kept."""

    job_id: UUID | None
    """Of which job; None for those whose job is gone."""
    name: str
    days: int
    """After its end; 0 for any number."""
    runs: int
    """The newest so many; 0 for any number."""


@dataclass(frozen=True)
class Cleaned:
    """Runs of a job that were deleted; or changes of objects."""

    name: str
    count: int
    what: str = "run"


def terms() -> list[Terms]:
    """What holds for each job, by name, and last for the runs whose jobs are gone."""
    found = db.session.scalars(
        sa.select(Job).options(load_only(Job.name, Job.keep_days, Job.keep_runs)).order_by(Job.name)
    )
    of_jobs = [terms_of(job) for job in found]
    db.session.rollback()
    return [*of_jobs, terms_of(None)]


def fate(run: Run) -> str:
    """What becomes of run if nobody keeps it, in a sentence; empty if it is not deleted by itself."""
    held = terms_of(run.job)
    if held.days and held.runs:
        return (
            f"It is deleted after {_days(held.days)}, or when it is not among the last {held.runs:,} runs of its job."
        )
    if held.runs:
        return f"It is deleted when it is not among the last {held.runs:,} runs of its job."
    return f"It is deleted after {_days(held.days)}." if held.days else ""


def terms_of(job: Job | None) -> Terms:
    """What holds for the runs of job, or for those whose job is gone."""
    settings: Settings = current_app.extensions["settings"]
    if job is None:
        return Terms(None, GONE, min(settings.keep_days, LONGEST_DAYS), 0)
    return Terms(
        job.id,
        job.name,
        _said(job.keep_days, settings.keep_days, LONGEST_DAYS),
        _said(job.keep_runs, settings.keep_runs, MOST_RUNS),
    )


def clean() -> Iterator[Cleaned]:
    """Delete what is not kept any more, changes as well, and what was let go of before.

    Each step is a short transaction and a pause.

    What is deleted is told at once; two that clean at the same time tell of each run once.
    """
    for _ in deleting.carry_out():
        yield Cleaned(GONE, 0)
    for each in terms():
        yield Cleaned(each.name, 0)
        # A run that somebody else lets go of, or keeps, at this moment is not asked for again.
        while (numbers := _due_numbers(each)) and (gone := _let_go(numbers)):
            yield Cleaned(each.name, gone)
            for _ in deleting.carry_out():
                yield Cleaned(each.name, 0)
    for gone_changes in cleaning.clean():
        yield Cleaned(CHANGES, gone_changes, "change")


def due() -> Iterator[Cleaned]:
    """What clean() would delete now, for each job of which there is something."""
    for each in terms():
        conditions = _conditions(each)
        query = sa.select(sa.func.count()).select_from(runs).where(_deletable_of(each), sa.or_(*conditions))
        count = db.session.scalar(query) if conditions else 0
        db.session.rollback()
        if count:
            yield Cleaned(each.name, count)
    if changes := cleaning.count_due():
        yield Cleaned(CHANGES, changes, "change")


class Cleaner:
    """Cleans once an hour, a second at each turn until all is done."""

    def __init__(self) -> None:
        self._steps: Iterator[object] | None = None
        self._due = 0.0

    def turn(self) -> None:
        """Carry on, begin anew if an hour has passed, or else delete what people have let go of."""
        if self._steps is None and time.monotonic() >= self._due:
            self._steps, self._due = clean(), time.monotonic() + REST_SECONDS
        try:
            more = deleting.for_a_while(self._steps or deleting.carry_out())
        except BaseException:
            # What was begun ends with whatever ended it.
            self._steps, self._due = None, 0.0
            raise
        if not more:
            self._steps = None


def _said(of_job: int | None, otherwise: int, most: int) -> int:
    return min(otherwise if of_job is None else of_job, most)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def _due_numbers(each: Terms) -> list[int]:
    """The oldest runs that are to be deleted, as many as one transaction lets go of."""
    for condition in _conditions(each):  # one by one: each has an index of its own
        query = sa.select(runs.c.number).where(_deletable_of(each), condition)
        numbers = list(db.session.scalars(query.order_by(runs.c.number).limit(deleting.RUNS)))
        db.session.rollback()
        if numbers:
            return numbers
    return []


def _let_go(numbers: list[int]) -> int:
    with transaction():
        return len(deleting.let_go(numbers))


def _deletable_of(each: Terms) -> sa.ColumnElement[bool]:
    return sa.and_(_of_job(each), DELETABLE)


def _of_job(each: Terms) -> sa.ColumnElement[bool]:
    return runs.c.job_id.is_(None) if each.job_id is None else runs.c.job_id == each.job_id


def _conditions(each: Terms) -> list[sa.ColumnElement[bool]]:
    """What makes a run of the job one too many; nothing if all are kept."""
    found = []
    if each.days:
        found.append(runs.c.ended_at < utcnow() - timedelta(days=each.days))
    if each.runs and (oldest := _oldest_kept(each)) is not None:
        found.append(runs.c.number < oldest)
    return found


def _oldest_kept(each: Terms) -> int | None:
    """The number of the last of the newest runs that are kept; None if there are not as many."""
    over = sa.and_(_of_job(each), runs.c.state.in_(FINAL), runs.c.let_go_at.is_(None))
    query = sa.select(runs.c.number).where(over).order_by(runs.c.number.desc())
    number = db.session.scalar(query.offset(each.runs - 1).limit(1))
    db.session.rollback()
    return number
