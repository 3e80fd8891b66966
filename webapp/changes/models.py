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


class Context(StrEnum):
    """By what way somebody changes something, in the reference's words."""

    WEB = "web"
    """By a page, or over the API."""
    JOB = "job"
    ORM = "orm"
    """By a command, or by a process of the product."""


class Change(Model):
    """One change of one row; never changed itself."""

    __table_args__ = (
        sa.Index("ix_change_kind_row_id_number", "kind", "row_id", "number"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey(User.id, ondelete="SET NULL"), index=True)
    user_name: Mapped[str]
    """Who did it; what did it, where nobody had signed in."""
    run_number: Mapped[int | None] = mapped_column(index=True)
    """The run whose job did it; runs stand above changes, so that it is no foreign key."""
    context: Mapped[Context | None]
    """None in rows that are older than the column."""
    request_id: Mapped[UUID | None] = mapped_column(index=True)
    """What all that was changed at once has in common: by one request, by one run, or else in one transaction."""
    kind: Mapped[str] = mapped_column(sa.String(100))
    """As in "extras.job"."""
    row_id: Mapped[str] = mapped_column(sa.String(36))
    row_name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    """What the row was called then."""
    action: Mapped[Action]
    before: Mapped[Json] = mapped_column(nullable=True)
    """By field, what has changed; None for what was not there."""
    after: Mapped[Json] = mapped_column(nullable=True)


class PlannedChange(Model):
    """What a dry run would have changed; goes with its run."""

    __table_args__ = (
        sa.Index("ix_planned_change_run_number_number", "run_number", "number"),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    run_number: Mapped[int]
    """Runs stand above changes, so that it is no foreign key."""
    kind: Mapped[str] = mapped_column(sa.String(100))
    row_id: Mapped[str] = mapped_column(sa.String(36))
    """Of what would have been made, nobody will ever see it again."""
    row_name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME))
    action: Mapped[Action]
    before: Mapped[Json] = mapped_column(nullable=True)
    after: Mapped[Json] = mapped_column(nullable=True)
