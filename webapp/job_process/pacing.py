"""Progress on its way from the job's process: not more often than anybody looks at it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from webapp.jobs.progress import Progress

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
