"""How far a job has come, on its way from the job's process to the row of the run."""

from __future__ import annotations

from typing import Any

from webapp.jobs.progress import progress_of
from webapp.runs.models import Run


def columns(done: Any, total: Any, text: Any) -> dict[str, Any]:
    """What the row of a run keeps of what the process of a job says.

    :raises TypeError, ValueError: no job may say that.
    """
    told = progress_of(done, total, text)
    return {"progress_done": told.done, "progress_total": told.total, "progress_text": told.text}


def of(run: Run) -> dict[str, Any] | None:
    """The progress of run as JSON; None if it has told none."""
    if run.progress_done is None:
        return None
    return {"done": _number(run.progress_done), "total": _number(run.progress_total), "text": run.progress_text}


def _number(value: float | None) -> float | int | None:
    return int(value) if value is not None and value.is_integer() else value
