"""Rows of logs: lines, and the groups and items whose headings some of them are."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Model
from webapp.runs.models import Run

LEVELS = ("debug", "info", "success", "warning", "failure", "error", "critical")


class ItemState(StrEnum):
    """What became of one of the objects that a run works on."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"


class LogLine(Model):
    """One line of a run's log, numbered by its only writer."""

    __table_args__ = {"sqlite_with_rowid": False}

    run_number: Mapped[int] = mapped_column(
        sa.ForeignKey(Run.number, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at_us: Mapped[int] = mapped_column(sa.BigInteger)
    """Microseconds since 1970: lines come by the ten thousand, and a number costs nothing to write."""
    level: Mapped[str] = mapped_column(sa.String(8))
    grouping: Mapped[str] = mapped_column(sa.String(100))
    message: Mapped[str]
    object_text: Mapped[str] = mapped_column(sa.String(200))
    object_url: Mapped[str] = mapped_column(sa.String(255))
    path: Mapped[str] = mapped_column(sa.String(100), default="")
    """The numbers of the headings that it stands under, outermost first: `12/40/`."""
    format: Mapped[str] = mapped_column(sa.String(8), default="")
    """`markdown` where the author asked for that; else the message is text."""

    @property
    def depth(self) -> int:
        """Under how many headings it stands."""
        return self.path.count("/")

    @property
    def at(self) -> datetime:
        return _moment(self.at_us)


class LogGroup(Model):
    """Lines of a log that belong together, under a heading, the first of them; an item has a result as well."""

    __table_args__ = {"sqlite_with_rowid": False}

    run_number: Mapped[int] = mapped_column(
        sa.ForeignKey(Run.number, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """The number of its heading."""
    attempt: Mapped[int]
    is_item: Mapped[bool]
    path: Mapped[str] = mapped_column(sa.String(100))
    """That of the lines in it, the heading excepted; what is nested has a longer one that begins with it."""
    title: Mapped[str] = mapped_column(sa.String(200))
    key: Mapped[str] = mapped_column(sa.String(255), default="")
    """Of an item: by what its job finds it again."""
    url: Mapped[str] = mapped_column(sa.String(255), default="")
    state: Mapped[ItemState] = mapped_column(default=ItemState.RUNNING)
    """Of an item that is over: what came of it; see shown_state."""
    message: Mapped[str] = mapped_column(default="")
    started_us: Mapped[int] = mapped_column(sa.BigInteger)
    ended_us: Mapped[int | None] = mapped_column(sa.BigInteger)
    end_seq: Mapped[int | None]
    """The number of its last line."""
    line_count: Mapped[int] = mapped_column(default=0)
    """Of one that is over: lines in it, those of what is nested included; like the two that follow."""
    warning_count: Mapped[int] = mapped_column(default=0)
    error_count: Mapped[int] = mapped_column(default=0)

    @property
    def started_at(self) -> datetime:
        return _moment(self.started_us)

    @property
    def ended_at(self) -> datetime | None:
        return None if self.ended_us is None else _moment(self.ended_us)

    @property
    def seconds(self) -> float | None:
        """How long it took; None before it is over."""
        return None if self.ended_us is None else (self.ended_us - self.started_us) / 1_000_000

    def shown_state(self, run: Run) -> ItemState:
        """Its state; what has no end although the run has one was interrupted."""
        open = self.state is ItemState.RUNNING
        return ItemState.INTERRUPTED if open and (run.finished or run.attempt != self.attempt) else self.state


def level_column(level: str) -> str:
    """The column of Run that counts lines of level."""
    return f"{'error' if level in ('failure', 'error', 'critical') else level}_count"


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1_000_000, UTC)
