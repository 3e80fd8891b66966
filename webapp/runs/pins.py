"""Keeping a run for good: it is not deleted, however old it gets, until nobody wants to keep it any more.

Who started a run may keep it, and stop keeping it; so may whoever could delete it or decides about jobs. Who only looks
at it may not: what one person keeps, all pay for.
"""

from __future__ import annotations

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import may
from webapp.db import transaction, utcnow, writing
from webapp.errors import NotAllowed, NotPossible
from webapp.runs.models import Run
from webapp.runs.steps import runs

SUFFICE = ("extras.delete_jobresult", "extras.change_job")
REFUSAL = "{} may not keep run #{}: who has not started it needs the permission extras.delete_jobresult."


def may_pin(run: Run, user: User) -> bool:
    """Whether user may keep run, and stop keeping it."""
    own = user.is_authenticated and user.is_active and run.user_id == user.id
    return own or any(may(user, permission) for permission in SUFFICE)


def pin(run: Run, by: User) -> None:
    """Keep run; who has kept it first is remembered.

    :raises NotAllowed: by may not. :raises NotPossible: it has just been deleted.
    """
    _require(run, by)
    with transaction():
        if not _set(run, runs.c.pinned_at.is_(None), pinned_at=utcnow(), pinned_by=by.username):
            _require_there(run)


def unpin(run: Run, by: User) -> None:
    """Stop keeping run: it is deleted when its time has come.

    :raises NotAllowed: by may not. :raises NotPossible: it has just been deleted.
    """
    _require(run, by)
    with transaction():
        if not _set(run, sa.true(), pinned_at=None, pinned_by=None):
            _require_there(run)


def _require(run: Run, by: User) -> None:
    if not may_pin(run, by):
        raise NotAllowed(REFUSAL.format(by, run.number))


def _set(run: Run, condition: sa.ColumnElement[bool], **values: object) -> bool:
    there = sa.and_(runs.c.number == run.number, runs.c.let_go_at.is_(None))
    return writing().execute(sa.update(runs).where(there, condition).values(**values)).rowcount > 0


def _require_there(run: Run) -> None:
    found = sa.select(runs.c.number).where(runs.c.number == run.number, runs.c.let_go_at.is_(None))
    if writing().scalar(found) is None:
        raise NotPossible("This run has just been deleted.")
