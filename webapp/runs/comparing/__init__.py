"""Two runs side by side: what of them differs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.db import db
from webapp.runs.models import Run, State


def last_success(run: Run, user: User) -> int | None:
    """The number of the last run before run that succeeded, of the same job, among those that user may see."""
    number: int | None = None if run.job_id is None else db.session.scalar(before(run, user))
    return number


def before(run: Run, user: User) -> sa.Select[Any]:
    """The question for it."""
    ours = sa.and_(Run.job_id == run.job_id, Run.number < run.number, Run.state == State.SUCCESS)
    return visible(Run, user).with_only_columns(Run.number).where(ours).order_by(Run.number.desc()).limit(1)
