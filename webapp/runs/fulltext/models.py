"""The index over the logs of runs: which words stand in which lines."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import ONLY_ON, Model
from webapp.runs.models import Run


class LogChunk(Model):
    """Some lines of one run that follow each other, and the words in them, each once.

    PostgreSQL has an index over the words themselves. On SQLite triggers take them along into `log_words`, a table of
    FTS5, as they come and as they go.
    """

    __table_args__ = (
        sa.UniqueConstraint("run_number", "first_seq"),
        sa.Index("ix_log_chunk_words", "words", postgresql_using="gin", info={ONLY_ON: "postgresql"}),
    )

    id: Mapped[int] = mapped_column(
        sa.BigInteger().with_variant(sa.Integer(), "sqlite"), sa.Identity(), primary_key=True
    )
    run_number: Mapped[int] = mapped_column(sa.ForeignKey(Run.number, ondelete="CASCADE"))
    first_seq: Mapped[int]
    last_seq: Mapped[int]
    words: Mapped[str] = mapped_column(sa.Text().with_variant(TSVECTOR(), "postgresql"))
    """As words.py makes them; a space between two."""
