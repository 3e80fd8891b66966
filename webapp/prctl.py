"""What a process asks of Linux about its family: to end with its parent, to be given the orphans."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36

_prctl = ctypes.CDLL(None).prctl


def end_with_parent(parent: int, means: signal.Signals = signal.SIGTERM) -> None:
    """Get means when the parent's thread that made this process ends; leave now if parent has ended already."""
    _prctl(PR_SET_PDEATHSIG, means)
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """Become the parent of processes below this one whose own parents end."""
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def is_zombie(pid: int) -> bool:
    """Whether that process has ended, and only waits for its parent to take note; or is gone altogether."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].startswith("Z")
    except OSError:
        return True


def children() -> list[int]:
    """The processes whose parent this one is, adopted ones among them."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
