"""What ends an attempt early: its limits, somebody's wish, a worker that leaves, a database that stays silent."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

from webapp.config import Settings
from webapp.db import utcnow
from webapp.job_process.interruptions import SOFT_LIMIT
from webapp.runs.claims import Claim
from webapp.runs.clocks import NEVER, Clocks
from webapp.runs.forks import Child
from webapp.runs.log_writer import LogWriter
from webapp.runs.models import State
from webapp.runs.stopping import Stopping

FENCE_AT = 0.8
"""Of the lost-after time: silent for longer, a run must not go on that somebody else may begin."""


class Limits:
    """Watches over one process, and has it end."""

    def __init__(
        self,
        claim: Claim,
        child: Child,
        clocks: Clocks,
        stopping: Stopping,
        log: LogWriter,
        settings: Settings,
        shutting_down: Callable[[], bool],
    ) -> None:
        self._claim, self._child, self._clocks, self._stopping = claim, child, clocks, stopping
        self._ledger, self._log, self._settings, self._shutting_down = claim.ledger, log, settings, shutting_down
        self.drained = False
        """Whether its worker could not wait for it any longer."""
        # Until the author's code begins, only the hard limit can end a module that never finishes loading.
        clocks.hard = time.monotonic() + claim.hard_limit

    def begin(self) -> None:
        """The author's code begins now."""
        now = time.monotonic()
        if self._claim.soft_limit < self._claim.hard_limit:
            self._clocks.soft = now + self._claim.soft_limit
        self._clocks.hard = now + self._claim.hard_limit

    def keep(self) -> None:
        """See to whatever is due."""
        clocks, now = self._clocks, time.monotonic()
        if now >= clocks.hard:
            clocks.hard = clocks.soft = NEVER
            reason = f"It was stopped after its time limit of {self._claim.hard_limit} s."
            self._stopping.impose((State.TIMED_OUT, {"reason": reason}))
        if now >= clocks.soft:
            clocks.soft = NEVER
            self._child.signal(SOFT_LIMIT)
        self._keep_drain(now)
        if now >= clocks.kill:
            self._stopping.kill(f"was killed when its {self._settings.cancel_grace} s were over.")
        self._keep_fence(now)

    def heed(self) -> None:
        """The ledger has heard anew: somebody may want the run to end."""
        asked = self._ledger.asked
        if asked is None or asked.cancel_requested_at is None:
            return
        if not self._stopping.why:
            because = f" ({asked.cancel_reason})" if asked.cancel_reason else ""
            self._stop(f"Cancelled by {asked.cancel_by}{because}")
        if asked.kill_requested_at is not None:
            self._stopping.kill("was killed at once, as was asked for.")

    def heed_terminal(self, times: int) -> None:
        """Somebody at the terminal has wanted the end so many times."""
        if times and not self._stopping.why:
            self._stop("Interrupted at the terminal")
        elif times > 1:
            self._stopping.kill("was killed at a second interruption.")

    def _keep_drain(self, now: float) -> None:
        clocks, seconds = self._clocks, self._settings.drain_seconds
        if not self._stopping.why and clocks.drain is NEVER and self._shutting_down():
            clocks.drain = now + seconds
        if now >= clocks.drain:
            clocks.drain = NEVER
            self.drained = True
            self._stop(f"Its worker was shut down and could wait no longer than {seconds} s")

    def _keep_fence(self, now: float) -> None:
        """Where nobody has confirmed for long that the run is ours, another worker may begin it."""
        clocks, heard = self._clocks, self._ledger.heard
        if self._claim.exclusive and self._stopping.imposed is None:
            clocks.fence = heard + FENCE_AT * self._settings.lost_after
        if now < clocks.fence:
            return
        clocks.fence = NEVER
        reason = (
            f"Its worker could not reach the database for {now - heard:.0f} s, and stopped it before anybody else "
            "could begin it as well."
        )
        self._stopping.impose((State.LOST, {"reason": reason}))

    def _stop(self, why: str) -> None:
        """Tell the job to clean up and end; from now on there is a time by which it has."""
        grace = self._settings.cancel_grace
        self._stopping.begin(why)
        self._log.say("warning", "cancel", f"{why}. The job has {grace} s to clean up.")
        kill_at = utcnow() + timedelta(seconds=grace)
        self._ledger.ask(lambda: self._ledger.beat(kill_at=kill_at), self._clocks.limit)
