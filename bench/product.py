"""A product to measure: `flask demo` on one of the databases, in a folder that goes with it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from flask import Flask

from bench import machine
from bench.client import Client, signed_in, with_token
from bench.programs import program, tell
from tests import servers
from webapp.app import create_app
from webapp.config import PROJECT, Settings
from webapp.queue import embedded

FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]
JOBS = Path(__file__).parent / "jobs_root"
USER = "ann"
PATIENCE = 60.0
DURABLE = {"max_connections": "100", "timezone": "UTC"}
"""What PostgreSQL is told here: for the rest it does what it does in production."""


class NotMeasured(Exception):
    """Something did not come about; the text says what."""


@dataclass(frozen=True)
class Product:
    """A running product on database, and ways to act on it."""

    database: str
    folder: Path
    environ: dict[str, str]
    pid: int

    @cached_property
    def app(self) -> Flask:
        """The application on the same database, for what is quicker done there."""
        return create_app(Settings.from_environment(self.environ))

    @cached_property
    def url(self) -> str:
        return str(json.loads((self.folder / "data" / "demo.json").read_text())["url"])

    @property
    def jobs_root(self) -> Path:
        return self.folder / "jobs"

    def script(self) -> Client:
        """A client of the API, as an operator."""
        return with_token(self.url, self.sign("token"))

    def browser(self) -> Client:
        """A client of the pages, signed in as an operator."""
        return signed_in(self.url, USER, self.sign("password"))

    def sign(self, what: str) -> str:
        """The operator's password or token."""
        return str(json.loads((self.folder / "data" / "demo.json").read_text())["users"][USER][what])

    def processes(self, word: str = "") -> list[int]:
        """The product's processes, or those of them whose command line holds word."""
        everything = list(machine.family(self.pid))
        return machine.titled(everything, word) if word else everything

    def flask(self, *words: str) -> None:
        """Run a command of `flask` to its end."""
        line = [*FLASK, *words]
        done = subprocess.run(line, env=self.environ, cwd=PROJECT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotMeasured(f"flask {words[0]}: {done.stderr.strip() or done.stdout.strip()}")

    @contextmanager
    def running(self, *line: str) -> Iterator[None]:
        """One more process of the product inside the block."""
        with program(list(line), self.environ, self.folder / "more.log"):
            yield

    @contextmanager
    def workers_halted(self) -> Iterator[Callable[[], None]]:
        """The workers stand still until the function that this gives is called, or the block ends."""
        pids = self.processes("jobdeck: worker")
        tell(pids, signal.SIGSTOP)
        try:
            yield lambda: tell(pids, signal.SIGCONT)
        finally:
            tell(pids, signal.SIGCONT)


@contextmanager
def started(database: str) -> Iterator[Product]:
    """A fresh product on "SQLite" or "PostgreSQL", with the example jobs and those to measure with.

    :raises NotMeasured: it does not come up.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="jobdeck-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        for source in (PROJECT / "jobs_root", JOBS):
            shutil.copytree(source, folder / "jobs", dirs_exist_ok=True)
        environ = _environ(folder) | _address(database, folder, stack)
        said = folder / "said.log"
        demo = stack.enter_context(program([*FLASK, "demo"], environ, said))
        wait_until(lambda: demo.poll() is not None or "Jobdeck serves at" in said.read_text())
        if demo.poll() is not None:
            raise NotMeasured(f"flask demo ended: {said.read_text()[-1000:]}")
        environ["JOBDECK_REDIS_URL"] = embedded.url(folder / "data")
        yield Product(database, folder, environ, demo.pid)


def wait_until(condition: Callable[[], object], seconds: float = PATIENCE, step: float = 0.02) -> None:
    """Come back as soon as condition is true.

    :raises NotMeasured: it has not come true for so many seconds.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotMeasured(f"nothing came of it in {seconds:.0f} s")
        time.sleep(step)


def free_port() -> int:
    """A port of this machine where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _environ(folder: Path) -> dict[str, str]:
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("JOBDECK_")}
    return theirs | {
        "JOBDECK_DATA_DIR": str(folder / "data"),
        "JOBDECK_JOBS_ROOT": str(folder / "jobs"),
        "JOBDECK_PORT": str(free_port()),
        "TZ": "UTC",
    }


def _address(database: str, folder: Path, stack: ExitStack) -> dict[str, str]:
    if database == "SQLite":
        return {}
    (folder / "pg").mkdir()
    try:
        server = stack.enter_context(servers.postgres(folder / "pg", DURABLE))
    except servers.NotAvailable as problem:
        raise NotMeasured(str(problem)) from None
    return {"JOBDECK_DATABASE_URL": server.create()}
