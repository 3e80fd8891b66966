"""The master of `flask worker`: starts worker processes, starts them again when they die, stops them in order."""

from __future__ import annotations

import logging
import os
import signal
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

from setproctitle import setproctitle

from webapp.prctl import adopt_orphans, children, end_with_parent

AGAIN_SECONDS = 1.0
"""Between the starts of one worker, so that one that cannot live does not keep the machine busy."""

log = logging.getLogger(__name__)


class Pool:
    """Keeps count processes alive, each of which runs work(); one more runs first() once, beside them.

    What a killed worker leaves behind is killed, unless spared(pid) says that it serves others as well.
    """

    def __init__(
        self,
        work: Callable[[], None],
        count: int,
        title: str,
        spared: Callable[[int], bool],
        first: Callable[[], None],
    ) -> None:
        self._work, self._count, self._title, self._spared, self._first = work, count, title, spared, first
        self._children: set[int] = set()
        self._inherited: set[int] = set()
        self._start_at = 0.0
        self._stopping = False

    def run(self) -> None:
        """Until SIGTERM or SIGINT; then waits until every worker has finished its run."""
        setproctitle(f"jobdeck: {self._title} (master)")
        # A shell that became this program may have started others before.
        self._inherited = set(children())
        # Orphans of a killed worker come to us.
        adopt_orphans()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._inherited.add(self._start(self._first))
        while not self._stopping or self._children:
            # Told again and again: a worker that has just been made may not listen yet.
            self._tell() if self._stopping else self._fill()
            signal.sigtimedwait([signal.SIGCHLD], 0.5)
            self._reap()
            self._sweep()

    def _fill(self) -> None:
        if len(self._children) == self._count or time.monotonic() < self._start_at:
            return
        while len(self._children) < self._count:
            self._children.add(self._start(self._work))
        self._start_at = time.monotonic() + AGAIN_SECONDS

    def _start(self, act: Callable[[], None]) -> int:
        master = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._be_child(act, master)
        return pid

    def _be_child(self, act: Callable[[], None], master: int) -> NoReturn:
        code = 1
        try:
            # The master's handlers would swallow what is meant for us.
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            end_with_parent(master)
            self._children.clear()
            act()
            code = 0
        except Exception:
            log.exception("a process of the worker ended")
        finally:
            os._exit(code)

    def _reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            known = pid in self._children
            self._children.discard(pid)
            self._inherited.discard(pid)
            if known and not self._stopping:
                log.warning(
                    "worker %s ended (%s); another one takes its place",
                    pid,
                    os.waitstatus_to_exitcode(status),
                )

    def _sweep(self) -> None:
        """Kill the orphans: daemons of a killed worker's job. Their own children come to us in turn."""
        for pid in set(children()) - self._children - self._inherited:
            if not self._spared(pid):
                log.warning("process %s, left behind by a worker, is killed", pid)
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue
                except PermissionError:
                    self._inherited.add(pid)  # of another user, by sudo: not ours to end

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _tell(self) -> None:
        for pid in self._children:
            os.kill(pid, signal.SIGTERM)
