"""Runs, their events, log lines and sealed inputs; and the processes that serve them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.catalogue.models import LONGEST_QUEUE, Job
from webapp.db import SCHEMA, Json, Model, utcnow
from webapp.files.models import File


class State(StrEnum):
    """The states of a run; design: a run is born queued and ends in exactly one of FINAL."""

    QUEUED = "queued"
    CLAIMED = "claimed"
    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"
    ERRORED = "errored"
    TIMED_OUT = "timed_out"
    LOST = "lost"
    CANCELLED = "cancelled"


ACTIVE = (State.CLAIMED, State.RUNNING)
FINAL = (State.SUCCESS, State.FAILURE, State.ERRORED, State.TIMED_OUT, State.LOST, State.CANCELLED)
WORDS = {
    State.QUEUED: "Queued",
    State.CLAIMED: "Running",
    State.RUNNING: "Running",
    State.SUCCESS: "Succeeded",
    State.FAILURE: "Failed",
    State.ERRORED: "Errored",
    State.TIMED_OUT: "Timed out",
    State.LOST: "Lost",
    State.CANCELLED: "Cancelled",
}
HOLDS_A_SLOT = "concurrency_key IS NOT NULL AND state IN ('claimed', 'running')"
WAITS_FOR_A_SLOT = "concurrency_key IS NOT NULL AND state = 'queued'"
IS_LET_GO = "let_go_at IS NOT NULL"
LOCAL = "(local)"
"""The queue of runs that the process which made them runs itself; nobody rings for them."""
SINGLETON = "singleton"
"""What `on_conflict` says of runs of a job that is_singleton: a second one fails, in the reference's words."""
LEVELS = ("debug", "info", "success", "warning", "failure", "error", "critical")


class ItemState(StrEnum):
    """What became of one of the objects that a run works on."""

    RUNNING = "running"
    SUCCESS = "success"
    FAILURE = "failure"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"


class Run(Model):
    """One execution of a job, kept until its retention ends."""

    __table_args__ = (
        sa.UniqueConstraint("user_id", "idem_key"),
        sa.Index("ix_run_state_number", "state", "number"),
        sa.Index("ix_run_job_id_number", "job_id", "number"),
        sa.Index("ix_run_user_id_state", "user_id", "state"),
        # A place among runs that exclude each other is free again the moment its run ends, however it ends.
        sa.Index(
            "uq_run_concurrency_key_slot",
            "concurrency_key",
            "slot",
            unique=True,
            sqlite_where=sa.text(HOLDS_A_SLOT),
            postgresql_where=sa.text(HOLDS_A_SLOT),
        ),
        sa.Index(
            "ix_run_waiting_for_key",
            "concurrency_key",
            "number",
            sqlite_where=sa.text(WAITS_FOR_A_SLOT),
            postgresql_where=sa.text(WAITS_FOR_A_SLOT),
        ),
        # How old the runs of a job are: what is asked of each job when runs are deleted that nobody needs any more.
        sa.Index("ix_run_job_id_ended_at", "job_id", "ended_at"),
        sa.Index("ix_run_let_go", "number", sqlite_where=sa.text(IS_LET_GO), postgresql_where=sa.text(IS_LET_GO)),
        {"sqlite_autoincrement": True},
    )

    number: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=uuid4)
    job_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey(Job.id, ondelete="SET NULL"))
    job_name: Mapped[str]
    class_path: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey(User.id, ondelete="SET NULL"))
    user_name: Mapped[str]
    queue: Mapped[str] = mapped_column(sa.String(LONGEST_QUEUE))
    state: Mapped[State] = mapped_column(default=State.QUEUED)
    state_version: Mapped[int] = mapped_column(default=1)
    """How much happened to it; the number of its newest event."""
    attempt: Mapped[int] = mapped_column(default=0)
    """Goes up at each claim and fences what an earlier attempt still writes."""
    heartbeat: Mapped[int] = mapped_column(default=0)
    """Goes up while its supervisor lives."""
    worker: Mapped[str | None]
    starts: Mapped[int] = mapped_column(default=0)
    """How often the author's code was entered; max_attempts counts these."""
    deaths: Mapped[int] = mapped_column(default=0)
    """How often a worker vanished with it, or its own process was killed."""
    max_attempts: Mapped[int] = mapped_column(default=1)
    """More than 1 only for jobs that say that they may be repeated."""
    retry_backoff: Mapped[int] = mapped_column(default=0)
    """Seconds before the second attempt; doubled before each later one."""
    start_after: Mapped[datetime | None]
    """Not to be claimed before."""
    concurrency_key: Mapped[str | None] = mapped_column(sa.String(64))
    """Runs of the same key exclude each other; a fingerprint, as it may be made of inputs."""
    concurrency_limit: Mapped[int] = mapped_column(default=1)
    on_conflict: Mapped[str | None] = mapped_column(sa.String(10))
    slot: Mapped[int | None]
    """Its place, from 1, among the runs of its key that go on at once; an ended run keeps it without holding it."""
    cancel_requested_at: Mapped[datetime | None]
    cancel_by: Mapped[str | None]
    cancel_reason: Mapped[str | None]
    kill_at: Mapped[datetime | None]
    """When its worker will end it by force; written by the supervisor, once the job has been told to stop."""
    kill_requested_at: Mapped[datetime | None]
    """When somebody pressed *Kill now*."""
    inputs: Mapped[Json] = mapped_column(nullable=True)
    """Dumped values by name, of secrets only that they were given; None for a sensitive run."""
    sensitive: Mapped[bool]
    """Whether all inputs are sealed."""
    sealed: Mapped[bool] = mapped_column(default=False)
    """Whether some are: they lie in its envelope until it is over."""
    dry_run: Mapped[bool] = mapped_column(default=False)
    soft_time_limit: Mapped[int]
    time_limit: Mapped[int]
    idem_key: Mapped[str | None] = mapped_column(sa.String(255))
    fingerprint: Mapped[str] = mapped_column(sa.String(64))
    """Of job, queue and inputs: tells whether a second submission with the same key means the same."""
    code_version: Mapped[str | None] = mapped_column(sa.String(64))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    rung_at: Mapped[datetime] = mapped_column(default=utcnow)
    claimed_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    pinned_at: Mapped[datetime | None]
    """Set on a run that is to be kept, however old it gets."""
    pinned_by: Mapped[str | None]
    let_go_at: Mapped[datetime | None]
    """Set on a run that is being deleted: nobody sees it any more, and it does not come back; see deleting.py."""
    result: Mapped[Json] = mapped_column(nullable=True)
    error: Mapped[Json] = mapped_column(nullable=True)
    """Of an exception: `exc_type`, `exc_module` and `exc_message`, a list."""
    reason: Mapped[str | None]
    """Why it ended as it did, in a sentence; None after a success."""
    traceback: Mapped[str | None]
    last_seq: Mapped[int] = mapped_column(default=0)
    log_bytes: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    dropped_lines: Mapped[int] = mapped_column(default=0)
    """Lines that came after its log was full."""
    debug_count: Mapped[int] = mapped_column(default=0)
    info_count: Mapped[int] = mapped_column(default=0)
    success_count: Mapped[int] = mapped_column(default=0)
    warning_count: Mapped[int] = mapped_column(default=0)
    error_count: Mapped[int] = mapped_column(default=0)
    """Lines of the levels failure, error and critical."""
    progress_done: Mapped[float | None] = mapped_column(sa.Double)
    """What the present attempt has last said of its progress."""
    progress_total: Mapped[float | None] = mapped_column(sa.Double)
    progress_text: Mapped[str | None] = mapped_column(sa.String(200))
    group_count: Mapped[int] = mapped_column(default=0)
    """Headings in the log of the present attempt, those of items included."""
    item_count: Mapped[int] = mapped_column(default=0)
    item_success_count: Mapped[int] = mapped_column(default=0)
    item_failure_count: Mapped[int] = mapped_column(default=0)
    item_skipped_count: Mapped[int] = mapped_column(default=0)

    replayed = False
    """Not of the row, but of the answer to a submission: whether this run had been made before, for the same key."""

    job: Mapped[Job | None] = relationship()
    user: Mapped[User | None] = relationship()

    @property
    def finished(self) -> bool:
        return self.state in FINAL

    @property
    def cancelling(self) -> bool:
        """Whether it was asked to stop and has not yet."""
        return self.state in ACTIVE and self.cancel_requested_at is not None

    @property
    def word(self) -> str:
        return WORDS[self.state]

    @property
    def progress_words(self) -> str:
        """How far it has come, as its job says it: `14 / 115 · sw-014`."""
        done, total = _readable(self.progress_done), _readable(self.progress_total)
        return " · ".join(part for part in (f"{done} / {total}" if total else done, self.progress_text) if part)

    @property
    def duration(self) -> timedelta | None:
        """From its start to its end; None before either."""
        return self.ended_at - self.started_at if self.ended_at and self.started_at else None


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


class Envelope(Model):
    """The inputs of a sensitive run, sealed, until the run is over."""

    run_number: Mapped[int] = mapped_column(
        sa.ForeignKey(Run.number, ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sealed: Mapped[bytes]


class RunFile(Model):
    """A file that a run was given or has made. The bytes may be shared: run again, a run is given the same ones."""

    __table_args__ = (sa.UniqueConstraint("run_number", "variable"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    run_number: Mapped[int] = mapped_column(sa.ForeignKey(Run.number, ondelete="CASCADE"))
    file_id: Mapped[UUID] = mapped_column(sa.ForeignKey(File.id), index=True)
    variable: Mapped[str | None]
    """Of which it is the value; None for one that the job has made."""
    attempt: Mapped[int] = mapped_column(default=0)
    """Which made it."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)

    file: Mapped[File] = relationship()
    run: Mapped[Run] = relationship()


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


def _moment(us: int) -> datetime:
    return datetime.fromtimestamp(us / 1_000_000, UTC)


def _readable(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"


def level_column(level: str) -> str:
    """The column of Run that counts lines of level."""
    return f"{'error' if level in ('failure', 'error', 'critical') else level}_count"


def own(user: User) -> Any:
    """The condition for the runs that user started."""
    return Run.user_id == user.id
