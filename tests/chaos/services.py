"""The programs of one installation, each started again when it dies; and a Redis that comes back as it is told."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from tests.chaos import family
from webapp.config import PROJECT
from webapp.demo.processes import ending_with_parent
from webapp.queue import server

FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
AGAIN_SECONDS = 0.3


@dataclass
class Service:
    """One program, and whether it runs at present."""

    kind: str
    line: list[str]
    environ: dict[str, str]
    log: Path
    pid: int | None = None
    start_at: float = 0.0
    finished: bool = False
    """Whether it is not wanted any more: it has ended in order, or is asked to."""
    deaths: int = 0
    up: bool = False
    """Whether it has got so far that it does its work."""
    returns: list[float] = field(default_factory=list)
    """When it came up."""

    def start(self) -> None:
        """Run it, in a group of its own."""
        with self.log.open("ab") as output:
            program = subprocess.Popen(
                self.line,
                env=self.environ,
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
                preexec_fn=ending_with_parent(),  # noqa: PLW1509 -- there is one thread
            )
        self.pid = program.pid
        program.returncode = 0  # family.reap() reaps it

    def look(self) -> None:
        """See whether it is up by now: programs of the product take their titles when they are."""
        if self.pid and not self.up and ("flask" not in self.line or family.title(self.pid).startswith(family.OURS)):
            self.up = True
            self.returns.append(time.monotonic())

    def ended(self, code: int) -> None:
        """It is gone."""
        self.pid, self.up, self.start_at = None, False, time.monotonic() + AGAIN_SECONDS
        self.finished = self.finished or code == 0
        self.deaths += 1


@dataclass
class Services:
    """All programs that should be running; look() is to be called all the time."""

    programs: list[Service] = field(default_factory=list)

    def of(self, kind: str) -> list[int]:
        """The process ids of those of kind that run at present."""
        return [program.pid for program in self.programs if program.kind == kind and program.pid]

    @property
    def up(self) -> bool:
        """Whether all do their work that are wanted."""
        return all(program.up or program.finished for program in self.programs)

    def returns(self, kind: str) -> list[float]:
        """When those of kind came up, on the monotonic clock."""
        return [moment for program in self.programs if program.kind == kind for moment in program.returns]

    def reap(self) -> None:
        """See which of them have ended."""
        dead = family.reap()
        for program in self.programs:
            if program.pid in dead:
                program.ended(dead[program.pid])

    def look(self) -> None:
        """See which have ended, and start what should run."""
        self.reap()
        for program in self.programs:
            program.look()
            if program.pid is None and not program.finished and time.monotonic() >= program.start_at:
                program.start()

    def end(self, kind: str) -> None:
        """Ask those of kind to end; none of them is started again."""
        for program in self.programs:
            if program.kind == kind:
                program.finished = True
                if program.pid:
                    family.tell(program.pid, signal.SIGTERM)

    def stop(self, patience: float) -> None:
        """Ask everything to end, and wait for it at most patience seconds."""
        for kind in {program.kind for program in self.programs}:
            self.end(kind)
        deadline = time.monotonic() + patience
        while any(program.pid for program in self.programs) and time.monotonic() < deadline:
            self.reap()
            time.sleep(0.02)


class Redis:
    """A Redis in a folder of its own, which keeps an append-only file."""

    def __init__(self, folder: Path, sockets: Path) -> None:
        self.folder, self.snapshot = folder, folder.with_name("redis-snapshot")
        self.socket = sockets / "redis.sock"
        line = server.arguments(folder, self.socket)
        server.folder(folder).mkdir(parents=True)
        self.service = Service("redis", line, {}, folder / "redis.log")

    @property
    def url(self) -> str:
        return f"unix://{quote(str(self.socket))}"

    @property
    def kept(self) -> Path:
        """Where its data lies."""
        return server.folder(self.folder)

    def remember(self) -> None:
        """Take the snapshot to which it may return."""
        shutil.copytree(self.kept, self.snapshot)

    def forget(self) -> None:
        """While it is down: it will come back empty."""
        shutil.rmtree(self.kept, ignore_errors=True)
        self.kept.mkdir()

    def recall(self) -> None:
        """While it is down: it will come back as it was when it was last remembered."""
        shutil.rmtree(self.kept, ignore_errors=True)
        self.snapshot.rename(self.kept)
