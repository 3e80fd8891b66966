"""Programs that run beside the benchmark and end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bench import machine
from webapp.config import PROJECT
from webapp.demo.processes import ending_with_parent

STUBBORN = 15.0
"""Seconds after which a process that was told to end is ended."""


@contextmanager
def program(line: list[str], environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs inside the block, in a group of its own, and writes to log."""
    with log.open("ab") as output:
        started = subprocess.Popen(
            line,
            env=environ,
            cwd=PROJECT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            process_group=0,
            preexec_fn=ending_with_parent(),  # noqa: PLW1509 -- nothing else runs meanwhile
        )
    try:
        yield started
    finally:
        _end(started)


def _end(started: subprocess.Popen[bytes]) -> None:
    """End program and what it started; by force, and with a word about it, if it does not listen."""
    family = list(machine.family(started.pid))
    started.terminate()
    try:
        started.wait(STUBBORN)
    except subprocess.TimeoutExpired:
        print(f"{' '.join(map(str, started.args))}: SIGTERM did not end it", file=sys.stderr)  # type: ignore[arg-type]
        tell(family, signal.SIGKILL)
        started.wait()


def tell(pids: Iterable[int], number: signal.Signals) -> None:
    """Send a signal to those of pids that are still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
