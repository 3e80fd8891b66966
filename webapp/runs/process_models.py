"""The row of a process that serves runs: a worker or a scheduler."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import SCHEMA, Json, Model, utcnow


class Process(Model):
    """A worker or scheduler that is, or was some time ago, alive."""

    name: Mapped[str] = mapped_column(primary_key=True)
    """Kind, host and process id."""
    kind: Mapped[str] = mapped_column(sa.String(20))
    host: Mapped[str]
    pid: Mapped[int]
    queues: Mapped[Json]
    version: Mapped[str] = mapped_column(sa.String(40))
    schema: Mapped[str] = mapped_column(sa.String(32))
    """The version of the database that its code is made for."""
    started_at: Mapped[datetime] = mapped_column(default=utcnow)
    beat_at: Mapped[datetime] = mapped_column(default=utcnow)
    left_at: Mapped[datetime | None]
    """When it ended in order."""

    @property
    def fits(self) -> bool:
        """Whether its code is made for the version of the database that ours is made for."""
        return self.schema == SCHEMA
