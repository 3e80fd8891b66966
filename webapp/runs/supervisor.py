"""The supervisor of a run: claims it, has the job's process forked, and runs one loop over its pipes and its clocks.

It alone writes for the run. There are no threads, and no clock waits for the database.
"""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import partial

from flask import current_app

from webapp.config import Settings
from webapp.db import DatabaseAway, db, patiently, within
from webapp.errors import WebappError
from webapp.job_process import frames
from webapp.runs import claims, endings, lending, logs, memory
from webapp.runs.account import Account
from webapp.runs.caps import Caps
from webapp.runs.claims import Claim
from webapp.runs.clocks import NEVER, Clocks
from webapp.runs.closing import Closing
from webapp.runs.forks import Child, Forks, ForkServer, ServerGone
from webapp.runs.hearing import Hearing
from webapp.runs.ledger import MOST_SECONDS, Fenced
from webapp.runs.limits import Limits
from webapp.runs.log_writer import Follower, LogWriter
from webapp.runs.masking import mask_of
from webapp.runs.models import ACTIVE, State
from webapp.runs.outputs import Outputs
from webapp.runs.stopping import Stopping

BEAT_SECONDS = 2.0
STOPPING_BEAT_SECONDS = 0.5
TERMINAL_SECONDS = 0.2
"""Between two looks whether somebody at the terminal has pressed Ctrl-C."""
RETRY_SECONDS = 0.25
"""Between two tries to write down that a job begins, while the database is away."""
NO_SOFT_LIMIT = (
    "The hard time limit of {hard} seconds is less than or equal to the soft time limit of {soft} seconds. "
    "This job will fail silently after {hard} seconds."
)

log = logging.getLogger(__name__)


def never() -> bool:
    """Nobody asks this process to stop."""
    return False


def supervise(
    number: int,
    worker: str,
    *,
    forks: Forks | None = None,
    on_beat: Callable[[], object] | None = None,
    on_lines: Follower | None = None,
    stopping: Callable[[], bool] = never,
    interruptions: Callable[[], int] | None = None,
) -> State | None:
    """Run the queued run number to its end, in a process of its own; worker is this process's name.

    Gives the state that the run is in then: final, or queued for another attempt; None when it was not there to be
    claimed or is somebody else's by now. forks has the server that makes the process; without it there is one for
    this run alone. on_beat is called every few seconds meanwhile, on_lines with each batch of log lines. Once
    stopping() says so, the run has the time of `drain_seconds` left. interruptions() counts how often somebody at the
    terminal wanted the end: once to stop it, twice to kill it.
    """
    with closing(Forks("one run")) as own:
        with patiently():
            waiting = claims.look(number)
        if waiting is None:
            return None
        # Before this process knows anything of the run: whatever is forked later would know it as well.
        server = (forks or own).server(objects=waiting.objects)
        with patiently():
            claim = claims.take(waiting, worker)
        db.session.remove()
        if claim is None:
            return None
        try:
            return _Supervision(claim, server, on_beat, on_lines, stopping, interruptions).run()
        except Exception as error:
            return _given_up(claim, error)


def _given_up(claim: Claim, error: Exception) -> State | None:
    """Whatever went wrong outside of the loop: the run gets an end, and the worker lives.

    Gives the state that the run is in then; None if it is somebody else's, or the database is away.
    """
    ending = endings.refused(_failed(claim.number, error))
    line = logs.line(time.time(), "error", "initialization", ending[1]["reason"])
    for frm in ACTIVE:
        with suppress(Fenced):
            return claim.ledger.ask(partial(claim.ledger.finish, frm, ending, [line], claim.dropped), most=MOST_SECONDS)
    return None


def _failed(number: int, error: Exception) -> str:
    """What the run says of a mistake that may be the job's or ours; to be called where error is handled."""
    log.exception("run #%s: its supervision failed", number)
    return f"Its supervision failed: {type(error).__name__}. The worker's log says more."


class _Supervision:
    """One attempt of a run, from its fork to its end."""

    def __init__(
        self,
        claim: Claim,
        server: ForkServer,
        on_beat: Callable[[], object] | None,
        on_lines: Follower | None,
        stopping: Callable[[], bool],
        interruptions: Callable[[], int] | None,
    ) -> None:
        self.claim, self.server, self.ledger, self.number = claim, server, claim.ledger, claim.number
        self.on_beat, self.shutting_down, self.interruptions = on_beat, stopping, interruptions
        self.settings: Settings = current_app.extensions["settings"]
        self.clocks = Clocks()
        caps = Caps(claim.lines, claim.bytes, claim.dropped)
        self.mask = mask_of(claim.task.declared, claim.task.inputs)
        self.log = LogWriter(self.ledger, caps, self.clocks, self.settings.data_dir, on_lines, self.mask)
        self.outputs = Outputs(
            self.ledger, self.clocks, self.settings.data_dir, self.settings.most_output, self._complain
        )
        self.closing = Closing(self.ledger, self.log, self.outputs, stopping)
        self.state = State.CLAIMED
        self.fenced = self.ended = False
        self.exit_status = self.memory_used = self.left_behind = 0

    def run(self) -> State | None:
        words = f"Running job, attempt {self.claim.attempt}" if self.claim.attempt > 1 else "Running job"
        self.log.say("info", "initialization", words, self.claim.job_name, self.claim.job_url)
        if self.claim.hard_limit <= self.claim.soft_limit:
            limits = {"hard": self.claim.hard_limit, "soft": self.claim.soft_limit}
            self.log.say("warning", "initialization", NO_SOFT_LIMIT.format(**limits))
        self.starved = memory.oom_kills()
        try:
            with lending.lent(self.claim.files, self.ledger, self.settings.data_dir) as files:
                child = self.server.fork(self.claim.task, files)
        except WebappError as refusal:
            return self._close_with(endings.refused(f"Not started: {refusal.message}"))
        except Fenced:
            self.closing.late(None)
            return None
        except (OSError, DatabaseAway) as problem:
            self.closing.give_back(str(problem))
            return None
        return self._watch_over(child)

    def _watch_over(self, child: Child) -> State | None:
        self.stopping = Stopping(child, self.clocks, self.settings.cancel_grace)
        self.account = Account(self.log, self.outputs, self.mask, self.stopping, self.clocks, self.claim.soft_limit)
        self.limits = Limits(self.claim, child, self.clocks, self.stopping, self.log, self.settings, self.shutting_down)
        self.clocks.beat = time.monotonic() + BEAT_SECONDS
        try:
            with closing(Hearing(child, self.server, self.account, self._reaped)) as self.hearing:
                self._attend()
        finally:
            if not self.ended:
                # Nobody listens any more to what this server would say of this process.
                self.stopping.by_force()
                self.server.abandon()
            child.close()
        return self._close()

    def _attend(self) -> None:
        """Until the process and all below it are gone, and everything that it said is heard."""
        while not self.ended:
            try:
                self._turn()
            except Fenced:
                self._fence()
            except Exception as error:
                # Whose mistake it is, the job's or ours: the run gets an end, and the worker lives.
                self.stopping.impose(endings.refused(_failed(self.number, error)))
                if time.monotonic() >= self.clocks.abandon:
                    self._abandon()

    def _turn(self) -> None:
        """Wait for news or for the next clock, and act on it."""
        seconds = max(0.0, self.clocks.next - time.monotonic())
        self.hearing.listen(min(seconds, TERMINAL_SECONDS) if self.interruptions else seconds)
        if self.ended:
            self.hearing.drain()
            return  # its limits do not matter any more, however long the database took meanwhile
        self._keep_limits()
        if self.fenced:
            return
        now = time.monotonic()
        if now >= self.clocks.start:
            self._start()
        if now >= self.clocks.flush:
            self._flush()
        if now >= self.clocks.files and self.outputs.flush():
            self.limits.heed()
        if now >= self.clocks.beat:
            self._beat()

    def _keep_limits(self) -> None:
        self.limits.keep()
        if self.interruptions:
            self.limits.heed_terminal(self.interruptions())
        now = time.monotonic()
        if self.stopping.why:
            self.clocks.beat = min(self.clocks.beat, now + STOPPING_BEAT_SECONDS)
        if now >= self.clocks.abandon:
            self._abandon()

    def _complain(self, what: str) -> None:
        self.log.say("error", "create_file", self.mask.text(what))

    def _reaped(self) -> None:
        try:
            self.exit_status, self.memory_used, self.left_behind = self.server.ended()
        except ServerGone:
            self.stopping.impose(
                (State.LOST, {"reason": "The process that watched over it was killed, and the job with it."})
            )
        self.ended = True

    def _call(self, on_beat: Callable[[], object]) -> None:
        """What else is to be done at each heartbeat says nothing about this attempt, and must not end it."""
        try:
            with within(MOST_SECONDS):
                on_beat()
        except Exception as problem:
            log.warning("run #%s: %s beside a heartbeat: %s", self.number, type(problem).__name__, problem)

    def _start(self) -> None:
        """The last step before the author's code: the run is running from here on."""
        started = self.ledger.ask(self.ledger.start, self.clocks.limit)
        if started is None:
            self.clocks.start = time.monotonic() + RETRY_SECONDS
            return
        self.clocks.start = NEVER
        if not started:
            self.limits.heed()
            return
        self.state = State.RUNNING
        self.limits.begin()
        self.hearing.send(frames.GO)

    def _beat(self) -> None:
        self.clocks.beat = time.monotonic() + (STOPPING_BEAT_SECONDS if self.stopping.why else BEAT_SECONDS)
        if self.on_beat:
            self._call(self.on_beat)
        if self.ledger.ask(self.ledger.beat, self.clocks.limit):
            self.limits.heed()

    def _flush(self) -> None:
        if self.log.flush():
            self.limits.heed()

    def _fence(self) -> None:
        """The run is somebody else's, or over: stop the process and write nothing more."""
        self.fenced = True
        self.stopping.by_force()
        self.clocks.silence()

    def _abandon(self) -> None:
        """The kernel does not let go of the process: say so, and free the place."""
        self.ended = True
        self.exit_status = int(signal.SIGKILL)
        log.error("run #%s: process %s was killed and does not end", self.number, self.stopping.pid)
        self.log.say("error", "post_run", f"Its process {self.stopping.pid} was killed and is still there.")
        self.server.abandon()

    def _close(self) -> State | None:
        if self.fenced:
            self.closing.late(self.account.told if self.exit_status == 0 else None)
            return None
        if self.account.told is not None:
            self.log.job_is_over()
        end, values = self._ending()
        if end is State.LOST and self.state is State.CLAIMED:
            self.closing.give_back(values["reason"])
            return None
        if self.claim.repeatable and values.get("traceback"):
            # Another attempt may follow, and leave its own.
            self.log.say("error", "run", values["traceback"])
        if self.left_behind:
            words = f"Processes that it left behind, and that were killed: {self.left_behind}"
            self.log.say("info", "post_run", words)
        if self.log.caps.dropped:
            self.log.say("warning", "post_run", self.log.caps.words())
        if end is State.SUCCESS:
            self.log.say("success", "post_run", "Job completed")
        elif end is not State.FAILURE:  # fail() has left its own line
            self.log.say("warning" if end is State.CANCELLED else "error", "post_run", values["reason"])
        return self._close_with((end, values))

    def _close_with(self, ending: endings.Ending) -> State | None:
        try:
            return self.closing.close(self.state, ending)
        except Fenced:
            self.closing.late(ending)
            return None

    def _ending(self) -> endings.Ending:
        """How it ended: success needs the word of the job's process and its exit code; the rest is told apart."""
        if self.stopping.imposed:
            return self.stopping.imposed
        if self.account.told is not None and self.exit_status == 0:
            end, values = self.account.told
            if end is not State.CANCELLED:
                return end, values
            return self._stopped(f" Its clean-up failed: {values['reason']}" if values["reason"] else "")
        if self.stopping.why:
            return self._stopped()
        starved = memory.oom_kills() > self.starved
        return endings.untold(self.exit_status, self.memory_used, starved=starved)

    def _stopped(self, clean_up: str = "") -> endings.Ending:
        """The end of a run whose job was told to stop. One that may be repeated outlives the worker that leaves."""
        reason = self.stopping.words(begun=self.state is State.RUNNING) + clean_up
        end = State.ERRORED if self.limits.drained and self.claim.repeatable else State.CANCELLED
        return end, {"reason": reason}
