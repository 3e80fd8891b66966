"""Who changed what, when: a row for each change of a row whose kind is recorded."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.accounts.models import User
from webapp.db import Json, Model, utcnow

LONGEST_NAME = 200


class Action(StrEnum):
    """What became of a row."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Change(Model):
    """One change of one row; never changed itself."""

    __table_args__ = (
        sa.Index("ix_change_kind_row_id_number", "kind", "row_id", "number"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    at: Mapped[datetime] = mapped_column(default=utcnow)
    user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey(User.id, ondelete="SET NULL"), index=True)
    user_name: Mapped[str]
    """Who did it; what did it, where nobody had signed in."""
    run_number: Mapped[int | None] = mapped_column(index=True)
    """The run whose job did it; runs stand above changes, so that it is no foreign key."""
    kind: Mapped[str] = mapped_column(sa.String(100))
    """As in "extras.job"."""
    row_id: Mapped[str] = mapped_column(sa.String(36))
    row_name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    """What the row was called then."""
    action: Mapped[Action]
    before: Mapped[Json] = mapped_column(nullable=True)
    """By field, what has changed; None for what was not there."""
    after: Mapped[Json] = mapped_column(nullable=True)
