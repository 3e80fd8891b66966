"""The supervisor of a run: claims it, forks the job's process, and runs one loop over its pipe and its clocks.

It alone writes for the run. There are no threads, and no database connection is open across the fork.
"""

from __future__ import annotations

import logging
import os
import selectors
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from webapp.db import db, transaction
from webapp.errors import NotPossible
from webapp.runs import claims, endings, frames, job_process, logs, states
from webapp.runs.claims import Claim
from webapp.runs.job_process import Pipes
from webapp.runs.models import State
from webapp.runs.printed import Printed

BEAT_SECONDS = 2.0
FLUSH_SECONDS = 0.1
FLUSH_LINES = 2000
RETRY_SECONDS = 0.5
PIECE = 256 * 1024
DRAIN_PIECES = 64

log = logging.getLogger(__name__)

Follower = Callable[[list[logs.Line]], object]


def supervise(
    number: int, worker: str, *, on_beat: Callable[[], object] | None = None, on_lines: Follower | None = None
) -> State | None:
    """Run the queued run number to its end, in a process of its own; worker is this process's name.

    Gives the final state, or None when the run was not there to be claimed or is somebody else's by now.
    on_beat is called every few seconds meanwhile, on_lines with each batch of log lines.
    """
    claim = claims.take(number, worker)
    if claim is None:
        return None
    # Whatever is open now would be shared with the job's process.
    db.session.remove()
    db.engine.dispose()
    return _Supervision(claim, on_beat, on_lines).run()


@dataclass
class _Supervision:
    """One run, from its fork to its end."""

    claim: Claim
    on_beat: Callable[[], object] | None
    on_lines: Follower | None
    state: State = State.CLAIMED
    told: endings.Ending | None = None
    ended: bool = False
    fenced: bool = False
    exit_status: int = 0
    timed_out: str | None = None
    refusal: endings.Ending | None = None
    pending: list[logs.Line] = field(default_factory=list)
    flush_at: float = float("inf")
    start_at: float = float("inf")
    beat_at: float = 0.0
    soft_at: float = float("inf")
    hard_at: float = float("inf")

    def run(self) -> State | None:
        self._say("info", "initialization", "Running job", self.claim.job_name, self.claim.job_url)
        self.pipes = job_process.fork(self.claim.task)
        self.reader = frames.Reader()
        self.printed = {
            self.pipes.stdout: Printed("info", "stdout"),
            self.pipes.stderr: Printed("warning", "stderr"),
        }
        # Until the author's code begins, only the hard limit can end a module that never finishes loading.
        self.hard_at = time.monotonic() + self.claim.hard_limit
        self.beat_at = time.monotonic() + BEAT_SECONDS
        try:
            self._attend()
        except KeyboardInterrupt:
            self.refusal = endings.refused("It was interrupted at the terminal.")
        except Exception as error:
            # Whose mistake it is, the job's or ours: the run gets an end, and the worker lives.
            log.exception("run #%s: its supervision failed", self.claim.number)
            self.refusal = endings.refused(
                f"Its supervision failed: {type(error).__name__}. The worker's log says more."
            )
        finally:
            self._put_away()
        return self._finish()

    def _attend(self) -> None:
        with selectors.DefaultSelector() as self.selector:
            self._watch(self.pipes)
            while not self.ended:
                self._turn()
            self._drain()

    def _put_away(self) -> None:
        """Leave nothing of the process behind, however its supervision went."""
        if not self.ended:
            self._signal(signal.SIGKILL)
            self._reap()
        _close(self.pipes)

    def _watch(self, pipes: Pipes) -> None:
        pipes.channel.setblocking(False)
        for number in (pipes.stdout, pipes.stderr):
            os.set_blocking(number, False)
        self.selector.register(pipes.channel, selectors.EVENT_READ, self._hear)
        self.selector.register(pipes.stdout, selectors.EVENT_READ, lambda: self._read_printed(pipes.stdout))
        self.selector.register(pipes.stderr, selectors.EVENT_READ, lambda: self._read_printed(pipes.stderr))
        self.selector.register(pipes.pidfd, selectors.EVENT_READ, self._reap)

    def _turn(self) -> None:
        """Wait for news or for the next clock, and act on it."""
        next_clock = min(self.start_at, self.flush_at, self.beat_at, self.soft_at, self.hard_at)
        for key, _ in self.selector.select(max(0.0, next_clock - time.monotonic())):
            key.data()
        if self.ended:
            return  # its limits do not matter any more, however long the database took meanwhile
        now = time.monotonic()
        if now >= self.start_at:
            self._start()
        if now >= self.hard_at:
            self._kill(f"It was stopped after its time limit of {self.claim.hard_limit} s.")
        elif now >= self.soft_at:
            self.soft_at = float("inf")
            self._signal(job_process.SOFT_LIMIT_SIGNAL)
        if now >= self.flush_at:
            self._flush()
        if now >= self.beat_at:
            self._beat()

    def _hear(self) -> bool:
        """Read what the job's process says; False when there is no more for now."""
        try:
            piece = self.pipes.channel.recv(PIECE)
        except BlockingIOError:
            return False
        except ConnectionError:
            piece = b""
        if not piece:
            self.selector.unregister(self.pipes.channel)
            return False
        try:
            for frame in self.reader.feed(piece):
                self._act(frame)
        except (frames.ProtocolError, LookupError, ArithmeticError, TypeError, ValueError) as error:
            self.refusal = endings.refused(f"The job's process broke its contract: {error}")
            self._signal(signal.SIGKILL)
            self.selector.unregister(self.pipes.channel)
            return False
        return True

    def _act(self, frame: list[Any]) -> None:
        kind, *content = frame
        if kind == frames.LOG:
            self._add(logs.line(*content))
        elif kind == frames.READY and self.state is State.CLAIMED:
            self.start_at = 0.0
        elif kind == frames.FINISHED:
            self.told = endings.told(content[0], self.claim.soft_limit)
        elif kind == frames.REFUSED:
            self.refusal = endings.refused(*content)
        else:
            raise ValueError(f"{kind!r} has no meaning now")

    def _start(self) -> None:
        """The last step before the author's code: the run is running from here on."""
        self.start_at = float("inf")
        try:
            with transaction():
                states.start(self.claim.number, self.claim.attempt, self.claim.worker)
        except NotPossible:
            self._fence()
            return
        except sa.exc.OperationalError:
            log.warning("run #%s: its start waits for the database", self.claim.number)
            self.start_at = time.monotonic() + RETRY_SECONDS
            return
        self.state = State.RUNNING
        db.session.remove()
        now = time.monotonic()
        self.soft_at = now + self.claim.soft_limit if self.claim.soft_limit < self.claim.hard_limit else float("inf")
        self.hard_at = now + self.claim.hard_limit
        with suppress(ConnectionError):  # it has ended meanwhile, as we are about to hear
            self.pipes.channel.send(frames.GO)

    def _read_printed(self, number: int) -> bool:
        try:
            piece = os.read(number, PIECE)
        except BlockingIOError:
            return False
        if not piece:
            self.selector.unregister(number)
            return False
        for line in self.printed[number].feed(piece):
            self._add(line)
        return True

    def _reap(self) -> None:
        # Before it is reaped its number, and its group's, cannot be anybody else's.
        _kill_group(self.pipes.pid)
        _, self.exit_status = os.waitpid(self.pipes.pid, 0)
        self.ended = True

    def _drain(self) -> None:
        """Read what the ended process left in its pipes; a child of it may hold them open and go on writing."""
        self.selector.unregister(self.pipes.pidfd)
        for key in list(self.selector.get_map().values()):
            for _ in range(DRAIN_PIECES):
                if key.fd not in self.selector.get_map() or not key.data():
                    break
        for split in self.printed.values():
            for line in split.rest():
                self._add(line)

    def _beat(self) -> None:
        self.beat_at = time.monotonic() + BEAT_SECONDS
        if self.on_beat:
            self.on_beat()
        try:
            with transaction():
                alive = states.beat(self.claim.number, self.claim.attempt) is not None
        except sa.exc.OperationalError:
            log.warning("run #%s: no heartbeat, the database does not answer", self.claim.number)
            return
        if not alive:
            self._fence()

    def _flush(self) -> None:
        lines, self.pending, self.flush_at = self.pending, [], float("inf")
        try:
            ours = logs.write(self.claim.number, self.claim.attempt, lines)
        except sa.exc.OperationalError:
            log.warning("run #%s: %s log lines wait for the database", self.claim.number, len(lines))
            self.pending, self.flush_at = lines + self.pending, time.monotonic() + RETRY_SECONDS
            return
        self._tell(lines)
        if not ours:
            self._fence()

    def _tell(self, lines: list[logs.Line]) -> None:
        """Tell whoever follows; one who cannot hear any more, as behind a closed pipe, is not told again."""
        try:
            if self.on_lines:
                self.on_lines(lines)
        except Exception:
            log.info("run #%s: nobody follows it any more", self.claim.number, exc_info=True)
            self.on_lines = None

    def _fence(self) -> None:
        """The run is somebody else's, or over: stop the process and write nothing more."""
        self.fenced = True
        self._signal(signal.SIGKILL)

    def _kill(self, why: str) -> None:
        self.timed_out = why
        self.hard_at = float("inf")
        self.soft_at = float("inf")
        _kill_group(self.pipes.pid)
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if not self.ended:
            os.kill(self.pipes.pid, number)

    def _say(self, level: str, grouping: str, message: str, text: str = "", url: str = "") -> None:
        self._add(logs.line(time.time(), level, grouping, message, text, url))

    def _add(self, line: logs.Line) -> None:
        if not self.pending:
            self.flush_at = time.monotonic() + FLUSH_SECONDS
        self.pending.append(line)
        if len(self.pending) == FLUSH_LINES:
            self.flush_at = 0.0

    def _finish(self) -> State | None:
        """The last lines, the result and the final state, in one transaction; None if the run is not ours any more."""
        end, ending = self._ending()
        if end is State.SUCCESS:
            self._say("success", "post_run", "Job completed")
        elif end is not State.FAILURE:  # fail() has left its own line
            self._say("error", "post_run", ending["reason"])
        while not self.fenced:
            try:
                with transaction():
                    self.fenced = not logs.write(self.claim.number, self.claim.attempt, self.pending)
                    if not self.fenced:
                        claim = self.claim
                        states.finish(claim.number, claim.attempt, self.state, end, claim.worker, **ending)
                self._tell(self.pending)
                return None if self.fenced else end
            except NotPossible:
                return None
            except sa.exc.OperationalError:
                log.warning("run #%s: its end waits for the database", self.claim.number)
                time.sleep(RETRY_SECONDS)
            except sa.exc.DBAPIError:
                log.exception("run #%s: the database refuses its end", self.claim.number)
                self.pending, end = [], State.ERRORED
                ending = {"reason": "What it said at its end could not be stored. The worker's log says more."}
        return None

    def _ending(self) -> endings.Ending:
        """How it ended: success needs the word of the job's process and its exit code; the rest is told apart."""
        if self.timed_out:
            return State.TIMED_OUT, {"reason": self.timed_out}
        if self.refusal:
            return self.refusal
        if self.told is not None and self.exit_status == 0:
            return self.told
        return endings.untold(self.exit_status)


def _close(pipes: Pipes) -> None:
    pipes.channel.close()
    for number in (pipes.stdout, pipes.stderr, pipes.pidfd):
        os.close(number)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # the group is empty already
        os.killpg(pid, signal.SIGKILL)
