"""Supervisors and workers in processes of their own, so that a test can do to them what accidents do."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn, TypeVar

from webapp.config import PROJECT, Settings
from webapp.db import db

PATIENCE = 30.0
T = TypeVar("T")


def eventually(condition: Callable[[], T]) -> T:
    """What condition gives, once it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "it never became true"
        time.sleep(0.01)
    return found


def is_gone(pid: int) -> bool:
    """Whether a process has ended; nobody may have asked yet how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


def family_of(paper: Path) -> dict[str, int]:
    """What the job Holding has written down, once it has: the numbers of job, forks and daemon."""
    return eventually(lambda: paper.exists() and json.loads(paper.read_text()))


class Apart:
    """Something that goes on in a fork of the test's process."""

    def __init__(self, act: Callable[[], object]) -> None:
        db.session.remove()
        db.engine.dispose()
        self.pid = os.fork()
        if self.pid == 0:
            _live(act)
        self._status: int | None = None

    def tell(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def end(self) -> int:
        """Wait for its end; gives its exit code, negative if it was a signal."""
        eventually(self._ended)
        return os.waitstatus_to_exitcode(self._status or 0)

    def _ended(self) -> bool:
        if self._status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self._status = status if pid else None
        return self._status is not None

    def clear(self) -> None:
        """Leave nothing of it."""
        if not self._ended():
            self.tell(signal.SIGKILL)
            self.end()


def _live(act: Callable[[], object]) -> NoReturn:
    code = 1
    try:
        act()
        code = 0
    except BaseException:  # the test's process would go on with it
        traceback.print_exc()
    finally:
        os._exit(code)


@contextmanager
def command(settings: Settings, output: Path, *words: str, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command of `flask` with these settings while the block lasts."""
    told = {
        "DATA_DIR": str(settings.data_dir),
        "JOBS_ROOT": str(settings.jobs_root),
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url or "",
        **environ,
    }
    env = {**os.environ, **{f"JOBDECK_{name}": value for name, value in told.items()}}
    line = [sys.executable, "-m", "flask", "--app", "wsgi", *words]
    with output.open("ab") as file, subprocess.Popen(line, env=env, cwd=PROJECT, stdout=file, stderr=file) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                process.wait(PATIENCE)
            finally:
                process.kill()
