"""The row of something that happened to a run."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Model, utcnow
from webapp.runs.models import Run


class Happening(StrEnum):
    """What an event tells of: a transition, or something that left the state as it was."""

    MOVED = "moved"
    CANCEL_REQUESTED = "cancel_requested"
    KILL_REQUESTED = "kill_requested"
    CAME_LATE = "came_late"
    """An attempt that did not count any more had something to say."""


class RunEvent(Model):
    """One thing that happened to a run, written in the same transaction."""

    __table_args__ = (
        sa.UniqueConstraint("run_number", "n"),
        # A second end is impossible, whoever writes it.
        sa.Index(
            "uq_run_event_final",
            "run_number",
            unique=True,
            sqlite_where=sa.text("final"),
            postgresql_where=sa.text("final"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_number: Mapped[int] = mapped_column(sa.ForeignKey(Run.number, ondelete="CASCADE"))
    n: Mapped[int]
    kind: Mapped[Happening] = mapped_column(default=Happening.MOVED)
    at: Mapped[datetime] = mapped_column(default=utcnow)
    from_state: Mapped[str | None] = mapped_column(sa.String(20))
    to_state: Mapped[str] = mapped_column(sa.String(20))
    final: Mapped[bool]
    attempt: Mapped[int]
    actor: Mapped[str]
    reason: Mapped[str | None]
