"""A supervisor of processes: starts them, starts again what dies, and ends them all.

Every process leads a group of its own, so that Ctrl-C in the terminal reaches only the supervisor, and the
kernel tells it to end when the supervisor dies. One thread does everything: wait_until() keeps an eye on the
processes while it waits.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Protocol, Self

from webapp.config import PROJECT, BadSetting
from webapp.demo import warm
from webapp.prctl import end_with_parent
from webapp.queue import embedded

FIRST_DELAY, LONGEST_DELAY = 0.1, 5.0
"""Seconds between a death and the next start: doubled each time."""
STEADY = 10.0
"""Seconds after which a process counts as well, and its next death as the first one."""
LOOK_EVERY = 0.05
PATIENCE = 10.0
"""Seconds that a process has to end when it is told to."""


@dataclass(frozen=True)
class Process:
    """What to run, in our own environment."""

    name: str
    argv: Sequence[str]
    warm: bool = False
    """For `python -m` what stands in argv, run in a fork of this process."""
    without: tuple[int, ...] = ()
    """Descriptors of ours that such a fork does not keep."""
    patience: float = PATIENCE
    """Seconds that it has to end when it is told to."""
    heirs: bool = False
    """Whether processes that it started, and that outlive it, may end what they have begun."""


class Program(Protocol):
    """What runs: subprocess.Popen, or a fork of ours."""

    pid: int

    def wait(self) -> int:
        """Reap it: its exit status, or less than 0, the signal that ended it."""


class Child:
    """A process and its running program, of which there may be one after the other."""

    def __init__(self, process: Process, logs: Path) -> None:
        self.process = process
        self.log = logs / f"{process.name}.log"
        self.delay = FIRST_DELAY
        self.start_at = 0.0
        self.started_at = 0.0
        self.program: Program | None = None
        self.gone: list[Program] = []

    @property
    def pid(self) -> int | None:
        """The process id of the running program."""
        return self.program.pid if self.program else None

    def start(self) -> None:
        """Run the program; its output goes to the end of the log."""
        process = self.process
        with self.log.open("ab") as log:
            self.program = warm.start(process.argv, log, process.without) if process.warm else _cold(process, log)
        self.started_at = time.monotonic()

    def has_ended(self) -> bool:
        """Whether the program is over, without reaping it: as a zombie it keeps its group's number taken."""
        return self.program is None or _is_over(self.program)

    def clear(self) -> str:
        """Kill what is left of the program and its group; how the program ended, in words."""
        if self.program is None:
            return "not running"
        self.signal_group(signal.SIGKILL)
        status = self.program.wait()
        self.program = None
        return f"exit status {status}" if status >= 0 else f"killed by {signal.Signals(-status).name}"

    def mourn(self) -> str:
        """Take note of the program's death, and say it in words. What it left is killed, unless it has heirs."""
        if self.program is None or not self.process.heirs:
            return self.clear()
        # Not reaped before the end: as a zombie it keeps its group's number taken.
        self.gone.append(self.program)
        self.program = None
        return "its processes end what they have begun"

    def bury(self) -> None:
        """Kill whatever is left of all programs that there ever were."""
        for program in [*self.gone, *([self.program] if self.program else [])]:
            self.program = program
            self.clear()
        self.gone.clear()

    def signal_group(self, means: signal.Signals) -> None:
        """Send means to the program and to all that it started and that stayed in its group."""
        if self.program is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.program.pid, means)

    def plan_restart(self) -> float:
        """The delay after which start_at now says that the program is due again."""
        now = time.monotonic()
        if now - self.started_at > STEADY:
            self.delay = FIRST_DELAY
        delay, self.delay = self.delay, min(2 * self.delay, LONGEST_DELAY)
        self.start_at = now + delay
        return delay


class Supervisor:
    """Keeps processes running, from start() to stop(), or inside a with block.

    The first process is the one that the others need: it starts first and ends last.
    """

    def __init__(self, processes: Iterable[Process], logs: Path, say: Callable[[str], object] = print) -> None:
        self.children = [Child(process, logs) for process in processes]
        self.logs = logs
        self.say = say

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start everything, in order, waiting for nothing."""
        self.logs.mkdir(parents=True, exist_ok=True)
        for child in self.children:
            child.start()

    def watch(self) -> None:
        """Take one look, and start again what has died and waited long enough."""
        for child in self.children:
            if child.program is not None and child.has_ended():
                end, delay = child.mourn(), child.plan_restart()
                self.say(f"{child.process.name} has ended ({end}); starting it again in {delay:g} s")
            elif child.program is None and time.monotonic() >= child.start_at:
                child.start()

    def wait_until(self, condition: Callable[[], object], seconds: float) -> bool:
        """Whether condition came true within seconds; the processes are watched meanwhile."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() >= deadline:
                return False
            self.watch()
            time.sleep(LOOK_EVERY)
        return True

    def see_through(self, program: Program, seconds: float) -> int | None:
        """The exit status of program, which is none of ours, once it is over; None after seconds."""
        return program.wait() if self.wait_until(lambda: _is_over(program), seconds) else None

    def serve(self) -> None:
        """Watch the processes until somebody interrupts."""
        while True:
            self.watch()
            time.sleep(LOOK_EVERY)

    def stop(self, patience: float | None = None) -> None:
        """End everything, politely first; after patience seconds, or a second interrupt, by force.

        By default it waits for as long as the most patient process may take.
        """
        patience = patience or max(child.process.patience for child in self.children)
        needed, others = self.children[:1], self.children[1:]
        try:
            _end(others[::-1], patience)
            _end(needed, patience)
        finally:
            for child in self.children:
                child.bury()


def redis(data_dir: Path) -> Process:
    """The Redis of data_dir as one of the processes; embedded.url(data_dir) is its address."""
    return Process("redis", embedded.command(data_dir))


def free_place(host: str, first: int = 8000) -> socket.socket:
    """A socket that listens on host, on the first port from first on that nobody else has.

    It listens from now on, so that the port stays ours while servers come and go.

    :raises BadSetting: none of a hundred ports is free.
    """
    for port in range(first, min(first + 100, 65536)):
        place = socket.socket()
        # Otherwise connections of an earlier server, closed a moment ago, would count as one.
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind((host, port))
            place.listen(2048)
        except OSError:
            place.close()
        else:
            return place
    raise BadSetting(f"No port from {first} on is free on {host}; set JOBDECK_PORT.")


def ending_with_parent(means: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """What a child does before its program begins, so that it gets means when our thread ends, however it does."""
    return partial(end_with_parent, os.getpid(), means)


def _is_over(program: Program) -> bool:
    return os.waitid(os.P_PID, program.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _cold(process: Process, log: IO[bytes]) -> Program:
    return subprocess.Popen(
        process.argv,
        cwd=PROJECT,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        process_group=0,
        preexec_fn=ending_with_parent(),  # noqa: PLW1509 -- we have one thread
    )


def _end(children: Sequence[Child], patience: float) -> None:
    for child in children:
        if child.program is not None:
            with suppress(ProcessLookupError):
                os.kill(child.program.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    for child in children:
        while not child.has_ended() and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY / 5)
        child.clear()
