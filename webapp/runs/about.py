"""What a job is told of its own run."""

from __future__ import annotations

from typing import Any

from webapp.accounts.models import User
from webapp.runs.models import Run


def job_result(run: Run, user: User, worker: str) -> dict[str, Any]:
    """The fields of the JobResult of run, which user has started and worker is to run, ready for JSON."""
    return {
        "id": str(run.id),
        "number": run.number,
        "name": run.job_name,
        "task_name": run.class_path,
        "queue": run.queue,
        "worker": worker,
        "attempt": run.starts + 1,
        "user": {"id": str(user.id), "username": user.username, "is_superuser": user.is_superuser},
        "date_created": run.created_at.isoformat(),
        "task_kwargs": {} if run.sensitive else run.inputs,
    }
