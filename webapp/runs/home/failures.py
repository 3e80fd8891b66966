"""What has failed since some moment, by job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.catalogue.models import Job
from webapp.db import db
from webapp.runs.indexes import DID_NOT_SUCCEED
from webapp.runs.listing.tallies import MOST, said
from webapp.runs.models import Run, State

OF_A_JOB = 4
"""Those of a job that are named."""
JOBS = 8
LONGEST_REASON = 300


@dataclass(frozen=True)
class OfJob:
    """What failed of one job."""

    job_id: UUID | None
    """None of one that has been deleted."""
    name: str
    runs: Sequence[Any]
    """The newest ones, as rows."""
    count: int
    mended_by: int | None = None
    """The number of the job's last run, if it came later and succeeded."""

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.count - len(self.runs)


@dataclass(frozen=True)
class Failures:
    """What failed, the job that failed last first."""

    jobs: Sequence[OfJob]
    more_jobs: int
    """How many are not shown."""
    total: int

    @property
    def count(self) -> str:
        """How many runs failed, or that they are many."""
        return said(self.total)

    @property
    def newest(self) -> datetime | None:
        """When the last of them ended; None if there are none."""
        return self.jobs[0].runs[0].ended_at if self.jobs else None


def failures(user: User, since: datetime) -> Failures:
    """The runs that user may see and that ended after since without success; a cancelled one did not fail."""
    rows = db.session.execute(_ranked(user, since)).all()
    by_job = [list(members) for _, members in groupby(rows, key=lambda row: row.job)]
    by_job.sort(key=lambda members: members[0].ended_at, reverse=True)
    shown = by_job[:JOBS]
    mended = _mended(user, shown)
    jobs = [_of_job(members, mended) for members in shown]
    return Failures(jobs, len(by_job) - len(shown), sum(members[0].of_job for members in by_job))


def _ranked(user: User, since: datetime) -> sa.Select[Any]:
    """The newest failures of each job, those of a job together, each with how many there are of it."""
    columns = (
        *(Run.number, Run.job_id, Run.job_name, Run.state, Run.ended_at, Run.user_name, Run.dry_run, Run.key_inputs),
        sa.func.substr(Run.reason, 1, LONGEST_REASON).label("reason"),
        # Jobs may have been renamed; of those that have been deleted only the name is left.
        sa.func.coalesce(sa.cast(Run.job_id, sa.Text), Run.job_name).label("job"),
    )
    newest = (
        visible(Run, user)
        .with_only_columns(*columns)
        # As the index says it: databases know it again only by its text.
        .where(sa.text(DID_NOT_SUCCEED), Run.ended_at > since)
        .order_by(Run.ended_at.desc())
        .limit(MOST + 1)
        .subquery()
    )
    order = (newest.c.ended_at.desc(), newest.c.number.desc())
    place = sa.func.row_number().over(partition_by=newest.c.job, order_by=order).label("place")
    count = sa.func.count().over(partition_by=newest.c.job).label("of_job")
    ranked = sa.select(newest, place, count).subquery()
    return sa.select(ranked).where(ranked.c.place <= OF_A_JOB).order_by(ranked.c.job, ranked.c.place)


def _of_job(members: Sequence[Any], mended: dict[UUID, int]) -> OfJob:
    newest = members[0]
    by = mended.get(newest.job_id, 0)
    last = max(run.number for run in members)
    return OfJob(newest.job_id, newest.job_name, members, newest.of_job, by if by > last else None)


def _mended(user: User, by_job: Sequence[Sequence[Any]]) -> dict[UUID, int]:
    """The last runs of jobs, where they succeeded, by job."""
    ids = {members[0].job_id for members in by_job} - {None}
    if not ids:
        return {}
    last = visible(Job, user).with_only_columns(Job.id, Job.last_run_number)
    rows = db.session.execute(last.where(Job.id.in_(ids), Job.last_run_state == State.SUCCESS))
    return {id: number for id, number in rows if number}
