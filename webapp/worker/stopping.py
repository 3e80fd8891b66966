"""Being asked to stop: SIGTERM and SIGINT leave a mark, which loops look at when it suits them."""

from __future__ import annotations

import signal
from types import FrameType


class StopMark:
    """Whether this process has been asked to stop, from now on and for good.

    Nothing but a mark: an exception in the middle of a run would end its supervision.
    """

    def __init__(self) -> None:
        self.set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._be_set)

    def _be_set(self, _number: int, _frame: FrameType | None) -> None:
        self.set = True
