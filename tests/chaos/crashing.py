"""Crash points: a process that is killed between any two of its steps, found from outside the product.

A point is the moment before or after a commit, or a statement that is one, a fork, or a message over a socket. They are
hooked in a fork of the test's process, so that nothing has to be undone, and counted for each process of a run: its
supervisor, the process that forks for it, the job.
"""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from webapp.db import db
from webapp.prctl import adopt_orphans

PATIENCE = 30
"""Seconds after which a process that neither ends nor crashes is given up."""
BELOW = {"supervisor": "forks", "forks": "job"}
"""What the fork of a process is."""


@dataclass(frozen=True)
class Point:
    """The n-th point, from 1, of one of the processes."""

    process: str
    n: int
    what: str = ""

    def __str__(self) -> str:
        return f"{self.process} {self.n} {self.what}"


class Hooks:
    """Notes the points that this process and its forks pass, and kills the one that comes to its end."""

    def __init__(self, process: str, end: Point | None, notes: Path) -> None:
        self.process, self.end, self.notes = process, end, notes
        self.passed = 0

    def install(self) -> None:
        """From here on."""
        self._around(db.engine.dialect, "do_commit", "commit")
        self._around(db.engine.dialect, "do_execute", "commit", _is_a_commit)
        for name in ("send", "sendall", "sendmsg"):
            self._around(socket.socket, name, "message")
        self._fork = os.fork
        os.fork = self.fork

    def fork(self) -> int:
        """As os.fork(); the child counts for itself."""
        self._pass("before fork")
        pid = self._fork()
        if pid == 0:
            self.process, self.passed = BELOW.get(self.process, "below"), 0
        else:
            self._pass("after fork")
        return pid

    def _around(self, place: Any, name: str, what: str, counts: Callable[..., bool] = lambda *_: True) -> None:
        act = getattr(place, name)

        def hooked(*arguments: Any, **options: Any) -> Any:
            if not counts(*arguments):
                return act(*arguments, **options)
            self._pass(f"before {what}")
            answer = act(*arguments, **options)
            self._pass(f"after {what}")
            return answer

        setattr(place, name, hooked)

    def _pass(self, what: str) -> None:
        self.passed += 1
        with self.notes.open("ab", buffering=0) as file:
            file.write(f"{self.process} {self.passed} {what}\n".encode())
        if self.end is not None and (self.process, self.passed) == (self.end.process, self.end.n):
            os.kill(os.getpid(), signal.SIGKILL)


def _is_a_commit(cursor: Any, statement: str, *_: Any) -> bool:
    """Whether it writes, and no transaction is around it."""
    alone = getattr(cursor.connection, "autocommit", False) is True
    return alone and any(word in statement for word in ("INSERT", "UPDATE", "DELETE"))


def crash(act: Callable[[], object], process: str, end: Point | None, notes: Path) -> list[Point]:
    """Let act run in a fork, which counts as process, until the point end, or to its own end.

    Comes back when nothing of it is left, and gives the points that were passed, the last one being the crash.
    """
    notes.write_bytes(b"")
    db.session.remove()
    db.engine.dispose()
    guardian = os.fork()
    if guardian == 0:
        _guard(lambda: _live(act, Hooks(process, end, notes)))
    _, status = os.waitpid(guardian, 0)
    if status:
        raise TimeoutError(f"what was to crash at {end} did not end")
    return [Point(name, int(n), what) for name, n, what in map(_split, notes.read_text().splitlines())]


def _guard(live: Callable[[], object]) -> NoReturn:
    """Be there until everything below has ended: orphans come to this process."""
    try:
        adopt_orphans()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(PATIENCE)
        if os.fork() == 0:
            live()
        while True:
            os.waitpid(-1, 0)
    except ChildProcessError:
        os._exit(0)
    finally:
        os._exit(1)


def _live(act: Callable[[], object], hooks: Hooks) -> NoReturn:
    try:
        hooks.install()
        act()
    finally:
        os._exit(0)


def _split(line: str) -> tuple[str, str, str]:
    process, n, what = line.split(" ", 2)
    return process, n, what
