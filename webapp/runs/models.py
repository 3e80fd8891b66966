"""Runs, their states, and what they are given and make."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.accounts.models import User
from webapp.catalogue.models import LONGEST_QUEUE, Job
from webapp.db import AS_WORDS, Json, Model, Words, utcnow
from webapp.files.models import File
from webapp.runs import indexes


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
FAILED = (State.FAILURE, State.ERRORED, State.TIMED_OUT, State.LOST)
FINAL = (State.SUCCESS, *FAILED, State.CANCELLED)
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
LOCAL = "(local)"
"""The queue of runs that the process which made them runs itself; nobody rings for them."""
SINGLETON = "singleton"
"""What `on_conflict` says of runs of a job that is_singleton: a second one fails, in the reference's words."""


class Trigger(StrEnum):
    """What somebody started a run with."""

    FORM = "form"
    API = "api"
    RUNJOB = "runjob"
    AGAIN = "again"
    RETRY = "retry"


TRIGGERS = {
    Trigger.FORM: "form",
    Trigger.API: "API",
    Trigger.RUNJOB: "runjob",
    Trigger.AGAIN: "run again",
    Trigger.RETRY: "retry",
}
"""As people call them."""


class Run(Model):
    """One execution of a job, kept until its retention ends."""

    __table_args__ = (
        sa.UniqueConstraint("user_id", "idem_key"),
        *indexes.of_runs(),
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
    state: Mapped[State] = mapped_column(Words(State, **AS_WORDS), default=State.QUEUED)
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
    key_inputs: Mapped[Json] = mapped_column(nullable=True)
    """What key_inputs.kept() says of its inputs; None if its author has marked none, or nothing was given for them."""
    sensitive: Mapped[bool]
    """Whether all inputs are sealed."""
    sealed: Mapped[bool] = mapped_column(default=False)
    """Whether some are: they lie in its envelope until it is over."""
    dry_run: Mapped[bool] = mapped_column(default=False)
    trigger: Mapped[Trigger | None]
    """None of one that was made before this was written down."""
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
    again_of: Mapped[int | None]
    """The number of the run that it repeats. No foreign key: that one may be gone, and its number stays true."""
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
    indexed_at: Mapped[datetime | None]
    """When the last of its lines came into the index over all logs."""
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
    def trigger_word(self) -> str:
        """What it was started with; nothing where nobody knows any more."""
        return TRIGGERS[self.trigger] if self.trigger else ""

    @property
    def progress_words(self) -> str:
        """How far it has come, as its job says it: `14 / 115 · sw-014`."""
        done, total = _readable(self.progress_done), _readable(self.progress_total)
        return " · ".join(part for part in (f"{done} / {total}" if total else done, self.progress_text) if part)

    @property
    def duration(self) -> timedelta | None:
        """From its start to its end; None before either."""
        return self.ended_at - self.started_at if self.ended_at and self.started_at else None


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


def _readable(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"


def own(user: User) -> Any:
    """The condition for the runs that user started."""
    return Run.user_id == user.id
