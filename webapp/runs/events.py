"""The story of a run: a row for each thing that happened to it."""

from __future__ import annotations

import sqlalchemy as sa

from webapp.db import db
from webapp.runs.event_models import RunEvent

NEWEST = sa.select(sa.func.max(RunEvent.id))


def newest() -> int:
    """The id of the newest event of all runs; 0 if there is none. Another one tells that something has happened."""
    return db.session.scalar(NEWEST) or 0
