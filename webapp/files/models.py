"""Files and their chunks."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.accounts.models import User
from webapp.db import Model, utcnow

IS_SEALED = "sealed IS NOT NULL"


class File(Model):
    """Something that was uploaded, or that a job has made."""

    __table_args__ = (
        # Few: they go when their runs are over, and it is asked every few seconds which these are.
        sa.Index("ix_file_sealed", "id", sqlite_where=sa.text(IS_SEALED), postgresql_where=sa.text(IS_SEALED)),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(sa.String(255), default="")
    sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    size: Mapped[int] = mapped_column(sa.BigInteger)
    sealed: Mapped[bytes | None]
    """Of a file that nobody may read: its name and hash, which the columns do not have then; so are its chunks."""
    whole: Mapped[bool] = mapped_column(default=False)
    """Whether all chunks are there."""
    bound: Mapped[bool] = mapped_column(default=False)
    """Whether a run has ever needed it."""
    user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey(User.id, ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    needed_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
    """When somebody last needed it: what no run has an hour later is deleted."""


class FileChunk(Model):
    """A piece of a file."""

    file_id: Mapped[UUID] = mapped_column(sa.ForeignKey(File.id, ondelete="CASCADE"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    content: Mapped[bytes]
