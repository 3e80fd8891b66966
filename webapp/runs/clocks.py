"""The moments, on the monotonic clock, at which the supervisor of a run has to do something."""

from __future__ import annotations

from dataclasses import dataclass

NEVER = float("inf")


@dataclass
class Clocks:
    """When each thing is due; NEVER while it is not."""

    start: float = NEVER
    """The next try to write down that the author's code begins."""
    flush: float = NEVER
    files: float = NEVER
    """The next chunk of a file that the job has made."""
    beat: float = NEVER
    soft: float = NEVER
    hard: float = NEVER
    drain: float = NEVER
    """A worker that is to stop waits no longer for its run."""
    kill: float = NEVER
    """A job that was told to stop has had its time."""
    fence: float = NEVER
    """Somebody else may begin the run soon."""
    abandon: float = NEVER
    """A process that was killed is left behind."""
    silenced: bool = False

    @property
    def limit(self) -> float:
        """The next moment that must not be missed, whatever the database does."""
        return min(self.soft, self.hard, self.drain, self.kill, self.fence, self.abandon)

    @property
    def next(self) -> float:
        """The next moment of all."""
        return self.limit if self.silenced else min(self.start, self.flush, self.files, self.beat, self.limit)

    def silence(self) -> None:
        """Nothing is to be said to the database any more, whatever else comes from the job."""
        self.silenced = True
