"""The signals by which a supervisor interrupts its job, as the exceptions that authors know."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import ClassVar

from webapp.jobs import JobCancelled, SoftTimeLimitExceeded

SOFT_LIMIT = signal.SIGUSR1
CANCEL = signal.SIGTERM


class Interruptions:
    """Turns signals into exceptions inside the job, but never in the middle of a message."""

    ERRORS: ClassVar = {SOFT_LIMIT: SoftTimeLimitExceeded, CANCEL: JobCancelled}

    def __init__(self) -> None:
        self._shielded = False
        self._held_back: type[BaseException] | None = None

    def allow(self) -> None:
        """From now on they interrupt."""
        for number in self.ERRORS:
            signal.signal(number, self._interrupt)

    def end(self) -> None:
        """From now on they are ignored."""
        for number in self.ERRORS:
            signal.signal(number, signal.SIG_IGN)

    @contextmanager
    def shield(self) -> Iterator[None]:
        """Hold back what comes inside until the end. Only the main thread is ever interrupted."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        outer, self._shielded = self._shielded, True
        try:
            yield
        finally:
            self._shielded = outer
        if not outer and self._held_back is not None:
            error, self._held_back = self._held_back, None
            raise error

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        # Each once: what cleans up must not be interrupted by the same wish again.
        signal.signal(number, signal.SIG_IGN)
        error = self.ERRORS[signal.Signals(number)]
        if not self._shielded:
            raise error
        self._held_back = error
