"""What a process that loads an unknown module may use, and what happens to what it leaves behind."""

from __future__ import annotations

import math
import os
import resource
import signal
from pathlib import Path

LARGEST_MEMORY = 1024**3
RESERVE = 64 * 1024**2
"""Bytes more for telling that the memory was not enough."""
LARGEST_FILE = 16 * 1024**2
MOST_FILES = 256


class TookTooLong(BaseException):
    """Raised inside an import that goes on for longer than it may."""


def end_orphans() -> None:
    """End what they left behind in sessions of its own."""
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    # Each one that ends may leave children of its own.
    while pids := children.read_text().split():
        for pid in map(int, pids):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def limit(seconds: float) -> None:
    """Limit what this process may use; after seconds it has TookTooLong raised in whatever it does."""
    cpu = math.ceil(seconds) + 1
    _at_most(resource.RLIMIT_AS, LARGEST_MEMORY, LARGEST_MEMORY + RESERVE)
    _at_most(resource.RLIMIT_CPU, cpu, cpu + 1)
    _at_most(resource.RLIMIT_FSIZE, LARGEST_FILE, LARGEST_FILE)
    _at_most(resource.RLIMIT_NOFILE, MOST_FILES, MOST_FILES)
    _at_most(resource.RLIMIT_CORE, 0, 0)
    signal.signal(signal.SIGALRM, _give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _at_most(what: int, soft: int, hard: int) -> None:
    _, allowed = resource.getrlimit(what)
    hard = hard if allowed == resource.RLIM_INFINITY else min(hard, allowed)
    resource.setrlimit(what, (min(soft, hard), hard))


def relax() -> None:
    """The author's code is done: no more alarm, and some memory for the report."""
    signal.setitimer(signal.ITIMER_REAL, 0)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def _give_up(_number: int, _frame: object) -> None:
    raise TookTooLong("Loading the module took too long; this is where it was when it was stopped.")
