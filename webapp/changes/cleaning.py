"""For how long changes are kept, and the cleaning that deletes older ones."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa
from flask import current_app

from webapp.changes.models import Change
from webapp.config import Settings
from webapp.db import db, transaction, utcnow

LONGEST_DAYS = 36_500
AT_ONCE = 2_000
"""Changes of one transaction, during which nobody else can write to SQLite."""
PAUSE_SECONDS = 0.025
"""Between two transactions, for others to write."""


def clean() -> Iterator[int]:
    """Delete changes that are older than the installation keeps them; how many, after each short transaction."""
    while numbers := _due():
        with transaction() as session:
            session.execute(sa.delete(Change).where(Change.number.in_(numbers)))
        yield len(numbers)
        time.sleep(PAUSE_SECONDS)


def count_due() -> int:
    """How many changes clean() would delete now."""
    before = _is_old()
    count = 0 if before is None else db.session.scalar(sa.select(sa.func.count()).select_from(Change).where(before))
    db.session.rollback()
    return count or 0


def _due() -> list[int]:
    """The numbers of the oldest changes that are to be deleted."""
    before = _is_old()
    if before is None:
        return []
    numbers = list(db.session.scalars(sa.select(Change.number).where(before).order_by(Change.at).limit(AT_ONCE)))
    db.session.rollback()
    return numbers


def _is_old() -> sa.ColumnElement[bool] | None:
    """The condition that a change is too old; None if they are kept for ever."""
    settings: Settings = current_app.extensions["settings"]
    days = min(settings.changes_days, LONGEST_DAYS)
    return Change.at < utcnow() - timedelta(days=days) if days else None
