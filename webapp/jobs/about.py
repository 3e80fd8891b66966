"""What a job knows of its run: plain data, which is the same in a worker and in a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class User:
    """Who started the run."""

    username: str
    id: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    is_superuser: bool = False

    def __str__(self) -> str:
        return self.username

    @property
    def pk(self) -> str:
        """The id, as authors of the reference call it."""
        return self.id

    def get_full_name(self) -> str:
        """First and last name, as far as they are known."""
        return f"{self.first_name} {self.last_name}".strip()


@dataclass(frozen=True)
class JobResult:
    """The run, as it was when it began."""

    id: str = ""
    number: int = 0
    name: str = ""
    """Of the job."""
    task_name: str = ""
    """The path of the job's class."""
    queue: str = ""
    worker: str = ""
    attempt: int = 1
    user: User | None = None
    date_created: datetime | None = None
    task_kwargs: Mapping[str, Any] = field(default_factory=dict)
    """The inputs as JSON keeps them; empty for a job with sensitive variables."""

    status = "STARTED"

    def __str__(self) -> str:
        return f"#{self.number} {self.name}".strip()

    @property
    def pk(self) -> str:
        """The id, as authors of the reference call it."""
        return self.id

    @property
    def celery_kwargs(self) -> dict[str, Any]:
        """How it was queued."""
        return {"queue": self.queue}

    @property
    def url(self) -> str:
        """The page of the run."""
        return f"/runs/{self.number}"

    def get_absolute_url(self) -> str:
        """The same, for `extra={"object": self.job_result}`."""
        return self.url


@dataclass(frozen=True)
class ExceptionInfo:
    """What on_failure() and after_return() hear of an exception; its text is the traceback."""

    type: type[BaseException]
    exception: BaseException
    traceback: str

    def __str__(self) -> str:
        return self.traceback


def result_from(told: Mapping[str, Any]) -> JobResult:
    """The JobResult of which told has the fields, ready for JSON: its user in a mapping, its date as text."""
    user, created = told.get("user"), told.get("date_created")
    return JobResult(
        **{
            **told,
            "user": User(**user) if user else None,
            "date_created": datetime.fromisoformat(created) if created else None,
        }
    )
