"""Job records, and what went wrong when modules were loaded."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Json, Model, utcnow

LONGEST_NAME = 100
LONGEST_GROUPING = 255
LONGEST_PATH = 100
"""Of a module's name, and of a class's."""
LONGEST_QUEUE = 255


class Job(Model):
    """The record of a job class. Declared values mirror the class; `enabled` is an administrator's."""

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
    """Names of the queues that it may run on, the default one first; empty for only `default`."""
    variables: Mapped[Json]
    """What describe() says of each variable, in the order of the form."""
    fieldsets: Mapped[Json] = mapped_column(default=list)
    """Sections of the form, [title, [names of variables]] each; empty where its author has made none."""
    notes: Mapped[Json] = mapped_column(default=list)
    """What its author may want to know although it can be loaded, a sentence each."""
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
        return list(self.task_queues) or ["default"]


class LoadError(Model):
    """Why a module, or one class of it, is not in the catalogue."""

    id: Mapped[int] = mapped_column(primary_key=True)
    module_name: Mapped[str] = mapped_column(index=True)
    file: Mapped[str]
    line: Mapped[int | None]
    message: Mapped[str]
    traceback: Mapped[str]
    seen_at: Mapped[datetime] = mapped_column(default=utcnow)
