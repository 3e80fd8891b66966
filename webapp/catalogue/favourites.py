"""The jobs that somebody wants at hand."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from webapp.accounts.models import User
from webapp.catalogue.models import Favourite, Job
from webapp.db import db, transaction


def like(job: Job, user: User) -> None:
    """Make job one of the favourites of user; nothing happens if it is."""
    key = {"job_id": job.id, "user_id": user.id}
    if db.session.get(Favourite, key):
        return
    try:
        with transaction() as session:
            session.add(Favourite(**key))
    except IntegrityError:
        return  # somebody was faster: the same user in another window


def unlike(job: Job, user: User) -> None:
    """Let job not be one of the favourites of user any more."""
    with transaction() as session:
        session.execute(sa.delete(Favourite).where(Favourite.job_id == job.id, Favourite.user_id == user.id))
