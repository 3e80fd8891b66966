"""The signals by which a supervisor interrupts its job, as the exceptions that authors know."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import ClassVar

from webapp.jobs import JobCancelled, SoftTimeLimitExceeded

SOFT_LIMIT = signal.SIGUSR1
CANCEL = signal.SIGTERM


class Interruptions:
    """Turns signals into exceptions inside the job, but never in the middle of a message."""

    ERRORS: ClassVar = {SOFT_LIMIT: SoftTimeLimitExceeded, CANCEL: JobCancelled}

    def __init__(self) -> None:
        self.shielded = False
        self.held_back: type[BaseException] | None = None

    def allow(self) -> None:
        """From now on they interrupt."""
        for number in self.ERRORS:
            signal.signal(number, self._interrupt)

    def end(self) -> None:
        """From now on they are ignored."""
        for number in self.ERRORS:
            signal.signal(number, signal.SIG_IGN)

    def shield(self) -> Shield:
        """Hold back what comes inside until the end. Only the main thread is ever interrupted."""
        return Shield(self)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        # Each once: what cleans up must not be interrupted by the same wish again.
        signal.signal(number, signal.SIG_IGN)
        error = self.ERRORS[signal.Signals(number)]
        if not self.shielded:
            raise error
        self.held_back = error


class Shield:
    """Around each message, of which there may be many: so it is made of as little as possible."""

    __slots__ = ("_interruptions", "_is_ours", "_outer")

    def __init__(self, interruptions: Interruptions) -> None:
        self._interruptions = interruptions

    def __enter__(self) -> None:
        self._is_ours = threading.current_thread() is threading.main_thread()
        if self._is_ours:
            self._outer, self._interruptions.shielded = self._interruptions.shielded, True

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if not self._is_ours:
            return
        ours = self._interruptions
        ours.shielded = self._outer
        if kind is None and not ours.shielded and ours.held_back is not None:
            error, ours.held_back = ours.held_back, None
            raise error
