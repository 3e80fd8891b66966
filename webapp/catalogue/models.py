"""Job records, the queues that they may run on, who likes which, and what the last refreshes found."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.accounts.models import User
from webapp.db import Json, Model, utcnow

LONGEST_NAME = 100
LONGEST_GROUPING = 255
LONGEST_PATH = 100
"""Of a module's name, and of a class's."""
LONGEST_QUEUE = 255
DEFAULT_QUEUE = "default"
OVERRIDABLE = (
    *("grouping", "name", "description", "approval_required", "dryrun_default", "has_sensitive_variables"),
    *("hidden", "soft_time_limit", "time_limit", "task_queues", "is_singleton"),
)
"""The fields of a record that an administrator may decide instead of the class."""
DEFAULT_JOB_QUEUE = "default_job_queue"
"""May be decided as well: which of the queues comes first."""


class Job(Model):
    """The record of a job class: what the class declares, but for what administrators decide.

    A field of OVERRIDABLE holds what counts: the administrator's value if `overridden` names it, else the class's,
    which `declared` keeps in either case.
    """

    __table_args__ = (sa.UniqueConstraint("module_name", "job_class_name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    module_name: Mapped[str] = mapped_column(sa.String(LONGEST_PATH))
    job_class_name: Mapped[str] = mapped_column(sa.String(LONGEST_PATH))
    grouping: Mapped[str] = mapped_column(sa.String(LONGEST_GROUPING))
    name: Mapped[str] = mapped_column(sa.String(LONGEST_NAME), unique=True)
    description: Mapped[str] = mapped_column(default="")
    installed: Mapped[bool] = mapped_column(default=True)
    enabled: Mapped[bool] = mapped_column(default=False)
    hidden: Mapped[bool] = mapped_column(default=False)
    read_only: Mapped[bool] = mapped_column(default=False)
    is_singleton: Mapped[bool] = mapped_column(default=False)
    has_sensitive_variables: Mapped[bool] = mapped_column(default=True)
    approval_required: Mapped[bool] = mapped_column(default=False)
    is_job_hook_receiver: Mapped[bool] = mapped_column(default=False)
    is_job_button_receiver: Mapped[bool] = mapped_column(default=False)
    supports_dryrun: Mapped[bool] = mapped_column(default=False)
    dryrun_default: Mapped[bool] = mapped_column(default=False)
    soft_time_limit: Mapped[int] = mapped_column(default=0)
    """Seconds; 0 stands for the installation's limit."""
    time_limit: Mapped[int] = mapped_column(default=0)
    idempotent: Mapped[bool] = mapped_column(default=False)
    """Whether its author says that it may be repeated."""
    max_attempts: Mapped[int] = mapped_column(default=1)
    retry_backoff: Mapped[int] = mapped_column(default=10)
    """Seconds before the second attempt; doubled before each later one."""
    concurrency: Mapped[Json] = mapped_column(nullable=True)
    """`limit`, `key` and `on_conflict` of the author's Concurrency; None for any number of runs at once."""
    task_queues: Mapped[Json]
    """Names of the queues that it may run on, the default one first; what its assignments say, for the gate to read."""
    variables: Mapped[Json]
    """What describe() says of each variable, in the order of the form."""
    variable_words: Mapped[str] = mapped_column(default="")
    """Names and labels of its variables, for those who look for a job by what it asks for."""
    fieldsets: Mapped[Json] = mapped_column(default=list)
    """Sections of the form, [title, [names of variables]] each; empty where its author has made none."""
    notes: Mapped[Json] = mapped_column(default=list)
    """What its author may want to know although it can be loaded, a sentence each."""
    declared: Mapped[Json] = mapped_column(default=dict)
    """What the class says of each field of OVERRIDABLE, by name, as of the last time that it could be loaded."""
    overridden: Mapped[Json] = mapped_column(default=list)
    """Names of the fields whose values are an administrator's; of OVERRIDABLE, or DEFAULT_JOB_QUEUE."""
    source: Mapped[str] = mapped_column(sa.String(100), default="local")
    """Where its code comes from; `local` is the folder with the jobs."""
    file: Mapped[str] = mapped_column(default="")
    """Relative to its source."""
    line: Mapped[int | None]
    version: Mapped[str] = mapped_column(sa.String(64), default="")
    """A SHA-256 over the files of its module, as of the last refresh; empty if nobody knows."""
    keep_days: Mapped[int | None]
    """How old its runs get before they are deleted; 0 for any age, None for the installation's."""
    keep_runs: Mapped[int | None]
    """How many of its last runs are kept; 0 for any number, None for the installation's."""
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)

    last_run_number: Mapped[int | None]
    """Written by the runs feature, in the transaction that makes or moves a run."""
    last_run_state: Mapped[str | None] = mapped_column(sa.String(20))
    last_run_at: Mapped[datetime | None]

    def __str__(self) -> str:
        return self.name

    @property
    def class_path(self) -> str:
        return f"{self.module_name}.{self.job_class_name}"

    @property
    def runnable(self) -> bool:
        return self.enabled and self.installed

    @property
    def called_by(self) -> str | None:
        """What alone starts a job that nobody starts by hand."""
        if self.is_job_hook_receiver:
            return "This job is a job hook receiver: it runs when an object changes, and not by hand."
        if self.is_job_button_receiver:
            return "This job is a job button receiver: it runs when its button is pressed on the page of an object."
        return None

    @property
    def queues(self) -> list[str]:
        """The queues that it may run on, the default one first."""
        return list(self.task_queues) or [DEFAULT_QUEUE]


class JobQueue(Model):
    """What is known of a queue; workers serve queues by their names."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(sa.String(LONGEST_QUEUE), unique=True)
    description: Mapped[str] = mapped_column(sa.String(LONGEST_QUEUE), default="")
    queue_type: Mapped[str] = mapped_column(sa.String(50), default="celery")
    """In the reference's words; `celery` is served by workers."""
    paused_at: Mapped[datetime | None]
    """Nothing that waits in it starts while this is set."""
    paused_by: Mapped[str | None]
    pause_reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    updated_at: Mapped[datetime] = mapped_column(default=utcnow, onupdate=utcnow)

    def __str__(self) -> str:
        return self.name


class JobQueueAssignment(Model):
    """That a job may run on a queue."""

    __table_args__ = (sa.UniqueConstraint("job_id", "job_queue_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    job_id: Mapped[UUID] = mapped_column(sa.ForeignKey(Job.id, ondelete="CASCADE"))
    job_queue_id: Mapped[UUID] = mapped_column(sa.ForeignKey(JobQueue.id, ondelete="CASCADE"), index=True)


class Favourite(Model):
    """That a user wants a job at hand."""

    user_id: Mapped[UUID] = mapped_column(sa.ForeignKey(User.id, ondelete="CASCADE"), primary_key=True)
    job_id: Mapped[UUID] = mapped_column(sa.ForeignKey(Job.id, ondelete="CASCADE"), primary_key=True, index=True)


class Refresh(Model):
    """One time that the records were brought in line with the code."""

    __table_args__ = ({"sqlite_autoincrement": True},)

    number: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime] = mapped_column(default=utcnow)
    by: Mapped[str]
    """Who or what asked for it."""
    version: Mapped[str] = mapped_column(sa.String(64))
    """Of all files below the jobs root."""
    job_count: Mapped[int]
    """How many could be loaded."""
    made_count: Mapped[int]
    gone_count: Mapped[int]
    error_count: Mapped[int]


class LoadError(Model):
    """Why a module, or one class of it, is not in the catalogue."""

    id: Mapped[int] = mapped_column(primary_key=True)
    module_name: Mapped[str] = mapped_column(index=True)
    file: Mapped[str]
    line: Mapped[int | None]
    message: Mapped[str]
    traceback: Mapped[str]
    seen_at: Mapped[datetime] = mapped_column(default=utcnow)
