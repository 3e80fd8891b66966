"""`python -m webapp.sources.warm_loader SOCKET DATA_DIR IDLE`: answers what authors' functions compute.

It has the kit loaded and no author's code, and forks for whoever asks, so that a question costs a fork and the loading
of one module; whatever that code does ends its own process and no other. It goes into the background as soon as it
listens, and ends when nobody who ever asked is left, when nobody has asked for IDLE seconds, or when DATA_DIR is gone.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from setproctitle import setproctitle

from webapp.prctl import adopt_orphans, children, end_with_parent
from webapp.sources import answering, nautobot

TITLE = "jobdeck: loader"
HERE, STAY, ASK, FULL = b"h", b"s", b"a", b"f"
"""What is said first: by the loader to whoever comes; by them, that they are there, or that they ask. To who asks it
says HERE once more when their fork is there, or FULL."""
AT_ONCE = 4
MOST_WAITING = 8
"""Of those for whom there is no fork yet; with those who have one fewer than a web process has threads."""
LONGEST = 8.0
"""Seconds for all the questions of one fork."""
LINGER = 1.0
"""Seconds that it stays when nobody is there."""
TO_COME = 10.0
"""Seconds that whoever has started it may take to come, on a busy machine."""
LOOK_AGAIN = 500
"""Milliseconds."""
ENDED = b'{"problem": "%s"}\n'
BACKLOG = 64
HUNG_UP = select.POLLRDHUP | select.POLLHUP | select.POLLERR


@dataclass
class Fork:
    """A process that answers somebody's questions, the first of its own process group."""

    pid: int
    ended: int
    """Readable when it has ended."""
    line: socket.socket
    deadline: float


class Loader:
    """Everybody who is there, and the forks that answer them."""

    def __init__(self, door: socket.socket, data_dir: Path, idle: float) -> None:
        self.door, self.data_dir, self.idle = door, data_dir, idle
        self.forks: dict[int, Fork] = {}
        self.waiting: list[socket.socket] = []
        self.lines: dict[int, socket.socket] = {}
        """Of those who are there, or have not said yet what they want."""
        self.poll = select.poll()
        self.reactions: dict[int, Callable[[], None]] = {}
        self.last_asked = time.monotonic()
        self.last_seen = self.last_asked + TO_COME
        self._hear(door.fileno(), self._welcome)

    def serve(self) -> None:
        """Let in, fork and clear away, until nobody needs it."""
        while self._is_needed():
            for descriptor, _ in self.poll.poll(LOOK_AGAIN):
                if reaction := self.reactions.get(descriptor):
                    reaction()
            for fork in [one for one in self.forks.values() if time.monotonic() > one.deadline]:
                self._clear(fork)
            while self.waiting and len(self.forks) < AT_ONCE:
                self._fork(self.waiting.pop(0))
            self._sweep()
        for fork in list(self.forks.values()):
            self._clear(fork)

    def _is_needed(self) -> bool:
        now = time.monotonic()
        if self.forks or self.waiting:
            self.last_asked = now
        if self.lines or self.forks or self.waiting:
            self.last_seen = now
        return now < self.last_seen + LINGER and now < self.last_asked + self.idle and self.data_dir.is_dir()

    def _hear(self, descriptor: int, reaction: Callable[[], None], what: int = select.POLLIN) -> None:
        self.reactions[descriptor] = reaction
        self.poll.register(descriptor, what)

    def _forget(self, descriptor: int) -> None:
        self.reactions.pop(descriptor, None)
        with suppress(KeyError):
            self.poll.unregister(descriptor)

    def _welcome(self) -> None:
        with suppress(OSError):
            line, _ = self.door.accept()
            self.lines[line.fileno()] = line
            self._hear(line.fileno(), lambda: self._listen(line))
            line.send(HERE, socket.MSG_DONTWAIT)

    def _listen(self, line: socket.socket) -> None:
        """Hear what one of those who are there wants; nothing more from who asks, for that is said to its fork."""
        try:
            said = line.recv(1, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            said = b""
        if said == STAY:
            return
        self._forget(line.fileno())
        del self.lines[line.fileno()]
        if said == ASK and len(self.waiting) < MOST_WAITING:
            self.waiting.append(line)
            self._hear(line.fileno(), lambda: self._give_up(line), HUNG_UP)
            return
        if said == ASK:
            with suppress(OSError):
                line.send(FULL, socket.MSG_DONTWAIT)
        line.close()

    def _give_up(self, line: socket.socket) -> None:
        """Forget one who has not waited for a fork."""
        self._forget(line.fileno())
        self.waiting.remove(line)
        line.close()

    def _fork(self, line: socket.socket) -> None:
        loader = os.getpid()
        with suppress(OSError):
            line.send(HERE, socket.MSG_DONTWAIT)
        pid = os.fork()
        if pid == 0:
            try:
                _become_a_fork(line, loader)
            finally:
                os._exit(1)
        fork = Fork(pid, os.pidfd_open(pid), line, time.monotonic() + LONGEST)
        self.forks[pid] = fork
        self._hear(fork.ended, lambda: self._clear(fork))
        self._hear(line.fileno(), lambda: self._clear(fork), HUNG_UP)

    def _clear(self, fork: Fork) -> None:
        """End fork with its group, and tell who waits for it, if anybody does."""
        if self.forks.pop(fork.pid, None) is None:
            return
        late = time.monotonic() > fork.deadline
        self._forget(fork.ended)
        self._forget(fork.line.fileno())
        # Not reaped yet, so its id still belongs to it and its group.
        _kill_group(fork.pid)
        _, status = os.waitpid(fork.pid, 0)
        with suppress(OSError):
            fork.line.send(ENDED % _why(status, late).encode(), socket.MSG_DONTWAIT)
        fork.line.close()
        os.close(fork.ended)

    def _sweep(self) -> None:
        """End what forks have left behind in groups of its own."""
        for pid in set(children()) - self.forks.keys():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)


def _why(status: int, late: bool) -> str:
    if late or os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGALRM):
        return answering.TOO_LATE
    if os.WIFSIGNALED(status):
        return f"its process was ended ({signal.Signals(os.WTERMSIG(status)).name})"
    return f"it ended its process with exit code {os.waitstatus_to_exitcode(status)}"


def _become_a_fork(line: socket.socket, loader: int) -> None:
    os.setsid()
    end_with_parent(loader, signal.SIGKILL)
    keep = line.fileno()
    os.closerange(3, keep)
    os.closerange(keep + 1, os.sysconf("SC_OPEN_MAX"))
    line.setblocking(True)
    answering.converse(line)


def _kill_group(leader: int) -> None:
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        # It has no group of its own yet.
        os.kill(leader, signal.SIGKILL)


def _listening(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    door = socket.socket(socket.AF_UNIX)
    door.bind(os.fspath(path))
    door.listen(BACKLOG)
    door.setblocking(False)
    return door


def main(path: Path, data_dir: Path, idle: float) -> None:
    """Listen at path in the background until nobody needs it any more."""
    listens, tell = os.pipe()
    if os.fork():
        os.close(tell)
        os.read(listens, 1)  # until the other one listens, or is gone
        os._exit(0)
    os.setsid()
    door = _listening(path)
    os.close(tell)
    setproctitle(TITLE)
    adopt_orphans()
    nautobot.set_up()
    gc.collect()
    gc.freeze()
    mine = path.stat().st_ino
    Loader(door, data_dir, idle).serve()
    with suppress(OSError):
        if path.stat().st_ino == mine:
            path.unlink()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
