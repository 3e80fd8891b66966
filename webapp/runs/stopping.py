"""Bringing a job's process to an end before its time: first by asking, then by force."""

from __future__ import annotations

import signal
import time

from webapp.job_process import interruptions
from webapp.runs.clocks import NEVER, Clocks
from webapp.runs.endings import Ending
from webapp.runs.forks import Child

UNKILLABLE_SECONDS = 10.0
"""After which a process that was killed and does not end is left behind."""


class Stopping:
    """What is being done to end one process, and why."""

    def __init__(self, child: Child, clocks: Clocks, grace: float) -> None:
        """grace is how many seconds the job has to clean up."""
        self._child, self._clocks, self._grace = child, clocks, grace
        self.why = ""
        """Who or what wants the job to end, as the beginning of a sentence; empty while nobody does."""
        self.how = ""
        """What happened to it then, as the end of one; empty as long as it may end by itself."""
        self.imposed: Ending | None = None
        """The end that the run gets, whatever its process says."""

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._child.pid

    def begin(self, why: str) -> None:
        """Tell the job to clean up and end; it will be killed if it has not when its time is over."""
        self.why = why
        self._clocks.kill = time.monotonic() + self._grace
        self._child.signal(interruptions.CANCEL)

    def kill(self, how: str) -> None:
        """End a job that was told to end, now."""
        self.how = self.how or how
        self.by_force()

    def impose(self, ending: Ending) -> None:
        """The run ends so, and the process now; what was imposed first holds."""
        self.imposed = self.imposed or ending
        self.by_force()

    def by_force(self) -> None:
        """Kill the process; the fork server sees to all that is below it."""
        self._clocks.kill = NEVER
        if self._clocks.abandon is NEVER:
            self._clocks.abandon = time.monotonic() + UNKILLABLE_SECONDS
        self._child.signal(signal.SIGKILL)

    def words(self, *, begun: bool) -> str:
        """The reason that a cancelled run is given; begun says whether the author's code was entered."""
        why = self.why or "Told to stop by a signal from outside"
        return f"{why}. Its job {self.how or 'ended when it was told to.'}" if begun else f"{why}, before it began."
