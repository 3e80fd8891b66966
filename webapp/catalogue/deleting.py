"""Deleting records of jobs: what it does is said beforehand, also by features above to which jobs mean something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from flask import Flask, current_app

from webapp.accounts.models import User
from webapp.accounts.permissions import require
from webapp.catalogue.models import Favourite, Job
from webapp.catalogue.turns import alone
from webapp.db import db
from webapp.errors import NotFound

TOLD = "catalogue.deletion"
BACK = (
    "the next refresh makes a new record of it, switched off. To keep a job from being run, rather switch it off: "
    "that is remembered."
)

Consequence = Callable[[Sequence[Job]], list[str]]
"""Says in sentences what deleting these jobs does; none if it does nothing."""
Farewell = Callable[[Sequence[UUID]], None]
"""Lets go of the jobs with these ids."""


@dataclass(frozen=True)
class Concern:
    """What the deletion of jobs means to a feature above."""

    consequence: Consequence
    beforehand: Farewell
    """In transactions of its own, for what takes so long that nobody else could write; the deletion may yet fail."""
    farewell: Farewell
    """In the transaction in which the records are deleted, and before that."""


def tell(app: Flask, concern: Concern) -> None:
    """Have a feature above say what becomes of what is its own, and let it see to that."""
    app.extensions.setdefault(TOLD, []).append(concern)


def consequences(jobs: Sequence[Job]) -> list[str]:
    """What deleting jobs does, in sentences."""
    others = [sentence for concern in _told() for sentence in concern.consequence(jobs)]
    return [*others, *_own(jobs)]


def delete(jobs: Sequence[Job], by: User) -> int:
    """Delete the records of jobs, and say how many were still there. What their code declares comes back as new
    records, switched off, at the next refresh. Not inside a transaction: that would last as long as all of it.

    :raises NotAllowed: by may not delete jobs.
    :raises NotFound: none of them is there any more.
    """
    require(by, "extras.delete_job", jobs[0] if len(jobs) == 1 else None)
    ids = [job.id for job in jobs]
    for concern in _told():
        concern.beforehand(ids)
    with alone() as session:
        rows = session.scalars(sa.select(Job).where(Job.id.in_(ids))).all()
        if not rows:
            raise NotFound("Not found.")
        for concern in _told():
            concern.farewell(ids)
        for row in rows:
            session.delete(row)
    return len(rows)


def _told() -> list[Concern]:
    found: list[Concern] = current_app.extensions.get(TOLD, [])
    return found


def _own(jobs: Sequence[Job]) -> list[str]:
    """What becomes of what the catalogue holds."""
    told, installed = [], sum(job.installed for job in jobs)
    if any(job.overridden or job.keep_days is not None or job.keep_runs is not None for job in jobs):
        told.append(f"What administrators have decided about {_them(jobs)} is forgotten.")
    liked = sa.select(sa.func.count()).where(Favourite.job_id.in_([job.id for job in jobs]))
    if count := db.session.scalar(liked):
        told.append(f"{'One favourite goes' if count == 1 else f'{count:,} favourites go'} with {_them(jobs)}.")
    if installed:
        of = "Its code" if len(jobs) == 1 else f"The code of {'all' if installed == len(jobs) else installed} of them"
        told.append(f"{of} is still there: {BACK}")
    return told


def _them(jobs: Sequence[Job]) -> str:
    return "it" if len(jobs) == 1 else "them"
