"""The processes of one installation, among all that run on this machine: everything that descends from this process."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from bench import machine
from webapp.prctl import adopt_orphans

KINDS = {"job": "jobdeck: job #", "worker": "jobdeck: worker", "forks": "jobdeck: forks", "web": "gunicorn: "}
"""What the titles of processes begin with that nobody started by name."""
OURS = ("jobdeck:", "gunicorn:")
"""What the titles of the product's processes begin with, once they are there."""


def found() -> None:
    """Let orphans of any generation come to this process, so that none of them gets out of sight."""
    adopt_orphans()


def members(kind: str, without: Iterable[int] = ()) -> list[int]:
    """The process ids of that kind, except those given: a worker goes by its master's title when it is young."""
    spared = {*without, os.getpid()}
    return sorted(pid for pid in everybody() if pid not in spared and title(pid).startswith(KINDS[kind]))


def everybody() -> list[int]:
    """All of them without this process; dead ones that nobody has reaped do not count."""
    return [pid for pid in machine.family(os.getpid()) if pid != os.getpid() and title(pid)]


def title(pid: int) -> str:
    """How a process calls itself; nothing if it is gone or dead."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def titles(pids: Iterable[int]) -> list[str]:
    """How the processes of pids call themselves, as far as they are there."""
    return [f"{said} [{pid}]" for pid in pids if (said := title(pid))]


def tell(pid: int, number: signal.Signals) -> None:
    """Send a signal, if the process is still there."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def reap() -> dict[int, int]:
    """The exit codes of those that ended since the last time, by process id."""
    ended: dict[int, int] = {}
    with suppress(ChildProcessError):
        while (dead := os.waitpid(-1, os.WNOHANG))[0]:
            ended[dead[0]] = os.waitstatus_to_exitcode(dead[1])
    return ended
