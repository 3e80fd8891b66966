"""What the filters of the Runs page offer to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import may, visible
from webapp.catalogue.models import Job, JobQueue
from webapp.db import db
from webapp.runs.listing.days import PERIODS
from webapp.runs.listing.meanings import GONE, STATES
from webapp.runs.models import LOCAL, TRIGGERS, Run

MOST_USERS = 200
JOB, GONE_JOBS, QUEUE, USER = "job", "gone", "queue", "user"
"""Kinds of what is offered."""

Choices = dict[str, str]
"""Words by value."""


@dataclass(frozen=True)
class Offers:
    """The values that people can choose from, with their words."""

    jobs: Choices
    users: list[str] | None
    """Who has started runs; None where the reader sees no runs but their own."""
    queues: Choices
    states = {value: words for value, (words, _) in STATES.items()}
    triggers = {str(value): word for value, word in TRIGGERS.items()}
    periods = PERIODS


def offers(user: User) -> Offers:
    """What there is for user to choose from; one question."""
    sees_all = may(user, "extras.view_jobresult")
    found: dict[str, Choices] = {kind: {} for kind in (JOB, GONE_JOBS, QUEUE, USER)}
    for kind, value, words in db.session.execute(_every(user, sees_all)).all():
        found[kind][value] = words
    jobs = {str(UUID(id)): name for id, name in _sorted(found[JOB])} | found[GONE_JOBS]
    queues = dict(_sorted(found[QUEUE])) | {LOCAL: LOCAL}
    return Offers(jobs, [name for name, _ in _sorted(found[USER])] if sees_all else None, queues)


def _every(user: User, sees_all: bool) -> sa.CompoundSelect[Any]:
    jobs = visible(Job, user).with_only_columns(_kind(JOB), sa.cast(Job.id, sa.Text), Job.name)
    gone = visible(Run, user).with_only_columns(_kind(GONE_JOBS), _kind(GONE), _kind("Jobs that have been deleted"))
    one_gone = _alone(gone.where(Run.job_id.is_(None)).limit(1))
    queues = sa.select(_kind(QUEUE), JobQueue.name, JobQueue.name)
    users = [_alone(_users())] if sees_all else []
    return sa.union_all(jobs, one_gone, queues, *users)


def _kind(text: str) -> sa.ColumnElement[str]:
    return sa.literal(text, sa.Text)


def _alone(query: sa.Select[str, str, str]) -> sa.Select[Any]:
    """The same as part of a larger question, where none but the whole may have an order and a limit."""
    return sa.select(query.subquery())


def _users() -> sa.Select[str, str, str]:
    # Whether somebody has runs, the index knows. Asked by `EXISTS`, PostgreSQL may go through all runs instead.
    one = sa.select(Run.number).where(Run.user_id == User.id).limit(1).scalar_subquery()
    names = sa.select(_kind(USER), User.username.label("value"), User.username.label("words"))
    return names.where(one.is_not(None)).order_by(User.username).limit(MOST_USERS)


def _sorted(choices: Choices) -> list[tuple[str, str]]:
    return sorted(choices.items(), key=lambda choice: choice[1].casefold())
