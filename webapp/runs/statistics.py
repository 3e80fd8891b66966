"""What can be said of the runs of a job: how many, how often they succeed, and how long that takes."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.catalogue.models import Job
from webapp.db import db, utcnow
from webapp.runs import retention
from webapp.runs.models import FINAL, Run, State

DAYS = 30
MOST = 1000
"""Runs that are looked at; the newest ones."""
ENOUGH = 20
"""Successes that a 95th percentile takes: of fewer it would be the longest one."""
COLUMNS = (Run.number, Run.state, Run.user_name, Run.created_at, Run.started_at, Run.ended_at)


class Told(NamedTuple):
    """What statistics know of a run."""

    number: int
    state: State
    user_name: str
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    def seconds(self, now: datetime) -> float | None:
        """How long it took, or has taken so far; None if it has not begun, or never did."""
        end = self.ended_at if self.state in FINAL else now
        return (end - self.started_at).total_seconds() if self.started_at and end else None


@dataclass(frozen=True)
class Statistics:
    """The runs of a job of the last DAYS days, at most the last MOST."""

    newest: Sequence[Told]
    """Runs of any age, the newest first."""
    count: int
    ended: int
    """Those among them that came to an end by themselves: what people cancel says nothing about a job."""
    succeeded: int
    cancelled: int
    median: float | None
    """Seconds that those took which succeeded; None if none has."""
    p95: float | None
    """In which 95 of 100 of them were done; None if there are not ENOUGH."""
    since: datetime | None
    """When the first of them was made, if there are more than were looked at."""
    some_gone: bool = False
    """Whether others of that time have been deleted, or may well have been."""

    @property
    def rate(self) -> int | None:
        """Of 100 that ended, how many succeeded; 100 only if all have, 0 only if none has."""
        if not self.ended:
            return None
        rounded = round(100 * self.succeeded / self.ended)
        return rounded if self.succeeded in (0, self.ended) else min(99, max(1, rounded))


def of(job: Job, user: User) -> Statistics:
    """The statistics of those runs of job that user may see; two questions, whatever the number of runs."""
    query = visible(Run, user).with_only_columns(*COLUMNS).where(Run.job_id == job.id)
    newest = [Told(*row) for row in db.session.execute(query.order_by(Run.number.desc()).limit(MOST))]
    start = utcnow() - timedelta(days=DAYS)
    return _summed_up(newest, start, some_gone=_may_be_gone(job, newest, start) or _are_gone(job, start))


def _may_be_gone(job: Job, newest: Sequence[Told], start: datetime) -> bool:
    """Whether the runs of job are kept for a shorter time, or so few of them that those since start may be more."""
    terms = retention.terms_of(job)
    over = [run for run in newest if run.state in FINAL]
    full = 0 < terms.runs <= len(over) and over[terms.runs - 1].created_at > start
    return full or 0 < terms.days < DAYS


def _are_gone(job: Job, start: datetime) -> bool:
    """Whether there are traces of deleted runs: those of the newest one stay until there is a newer one, others for
    a day at most."""
    if job.last_run_number is None and job.last_run_at is not None:
        return True
    gone = sa.select(Run.number).where(Run.job_id == job.id, Run.let_go_at.is_not(None), Run.created_at > start)
    return db.session.scalar(gone.limit(1)) is not None


def _summed_up(newest: Sequence[Told], start: datetime, *, some_gone: bool) -> Statistics:
    recent = [run for run in newest if run.created_at >= start]
    cancelled = sum(run.state is State.CANCELLED for run in recent)
    took = sorted(run.seconds(start) or 0.0 for run in recent if run.state is State.SUCCESS)
    return Statistics(
        newest=newest,
        count=len(recent),
        ended=sum(run.state in FINAL for run in recent) - cancelled,
        succeeded=len(took),
        cancelled=cancelled,
        median=statistics.median(took) if took else None,
        p95=took[math.ceil(0.95 * len(took)) - 1] if len(took) >= ENOUGH else None,
        since=recent[-1].created_at if len(recent) == MOST else None,
        some_gone=some_gone,
    )
