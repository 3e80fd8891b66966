"""Why a run waits, in a sentence."""

from __future__ import annotations

from webapp.queue import bell
from webapp.runs import processes
from webapp.runs.models import Run, State


def why(run: Run) -> str | None:
    """What run waits for; None when it does not wait."""
    if run.state != State.QUEUED:
        return None
    if not processes.serving(run.queue):
        return (
            f"No live worker listens to the queue {run.queue}. It starts as soon as one does: flask worker {run.queue}"
        )
    if not bell.ping():
        return "Redis is away, so workers have not been told yet. It starts by itself when Redis is back."
    return f"It waits for a free worker of the queue {run.queue}."
