"""What the kernel says of processes: children, memory, time on the processor."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> Iterator[int]:
    """pid and all that descend from it."""
    yield pid
    try:
        children = (PROC / str(pid) / "task" / str(pid) / "children").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return
    for child in children.split():
        yield from family(int(child))


def titled(pids: Iterable[int], word: str) -> list[int]:
    """Those of pids whose command line holds word."""
    return [pid for pid in pids if word in _title(pid)]


def pss(pids: Iterable[int]) -> dict[str, float]:
    """Megabytes of memory by title and pid; pages that several processes share are divided among them."""
    return {f"{_title(pid)} ({pid})": _pss(pid) for pid in pids}


def seconds(pids: Iterable[int]) -> float:
    """Time that these processes have spent on processors."""
    return sum(_ticks(pid) for pid in pids) / TICKS


def _title(pid: int) -> str:
    try:
        return (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def _pss(pid: int) -> float:
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _ticks(pid: int) -> int:
    try:
        fields = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(fields[11]) + int(fields[12])
