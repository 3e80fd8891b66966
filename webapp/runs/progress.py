"""How far a job has come, on its way from the job's process to the row of the run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from webapp.jobs.progress import Progress, progress_of
from webapp.runs.models import Run

SECONDS = 0.1
"""Between two that are sent."""


class Paced:
    """Sends progress at most every SECONDS; the last that was said always arrives, as soon as it may."""

    def __init__(self, send: Callable[[Progress], object]) -> None:
        self._send = send
        self._waiting: Progress | None = None
        self._timer: threading.Timer | None = None
        self._next = 0.0
        self._lock = threading.RLock()

    def tell(self, progress: Progress) -> None:
        """Send progress, now or a little later."""
        with self._lock:
            self._waiting = progress
            left = self._next - time.monotonic()
            if left <= 0:
                self.flush()
            elif self._timer is None:
                self._later(left)

    def flush(self) -> None:
        """Send at once what waits."""
        with self._lock:
            progress, self._waiting, self._timer = self._waiting, None, None
            if progress is not None:
                self._next = time.monotonic() + SECONDS
                self._send(progress)

    def _later(self, seconds: float) -> None:
        self._timer = threading.Timer(seconds, self.flush)
        self._timer.daemon = True
        try:
            self._timer.start()
        except RuntimeError:  # there may be no more threads
            self.flush()


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
