"""A whole installation for the browser: `flask demo`, which is what `make demo` calls, with jobs for every case."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from webapp.config import PROJECT
from webapp.demo.processes import ending_with_parent

JOB_FOLDERS = [PROJECT / "jobs_root", PROJECT / "tests" / "jobs_root", Path(__file__).parent / "jobs_root"]
PATIENCE = 60.0
COMMAND = [sys.executable, "-m", "flask", "--app", "wsgi", "demo"]


class NotRunning(Exception):
    """The product did not come up; the text is what it said."""


@dataclass(frozen=True)
class Installation:
    """A running product: where it is, and who may sign in."""

    url: str
    users: dict[str, dict[str, str]]
    """By name: `password` and `token`."""
    pid: int
    jobs_root: Path | None = None
    """Where it looks for jobs, if that is known."""
    over: dict[str, str] = field(default_factory=dict)
    """The addresses of runs that are over, by what they are runs of; see ended."""

    def api(self, user: str, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """What the JSON endpoint at path, below /api/, answers to user."""
        headers = {"Authorization": f"Token {self.users[user]['token']}", "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.url}/api/{path}", content, headers, method=method)) as answer:
            told = answer.read()
            return json.loads(told) if told else None

    def object(self, kind: str, **named: str) -> str:
        """The address of the first object of a kind, as the API calls it, that is like that."""
        found = self.api("admin", "GET", f"{kind}/?{urlencode({**named, 'limit': 1})}")
        return f"/{kind}/{found['results'][0]['id']}/"

    def job(self, class_path: str) -> str:
        """The address of a job's page."""
        return f"/jobs/{self.api('admin', 'GET', f'extras/jobs/{class_path}/')['id']}"

    def form(self, class_path: str) -> str:
        """The address of a job's form."""
        return f"{self.job(class_path)}/run"

    def start(self, class_path: str, *, user: str = "ann", queue: str | None = None, **inputs: Any) -> str:
        """The address of a new run."""
        return f"/runs/{self._submit(class_path, user, inputs, queue)['meta']['number']}"

    def ended(self, class_path: str, *, user: str = "ann", **inputs: Any) -> str:
        """The address of a run that is over; the same one for all who only look at it."""
        known_as = json.dumps([class_path, user, inputs])
        if known_as not in self.over:
            run = self._submit(class_path, user, inputs)
            wait_until(lambda: self.api(user, "GET", f"extras/job-results/{run['id']}/")["date_done"])
            self.over[known_as] = f"/runs/{run['meta']['number']}"
        return self.over[known_as]

    def _submit(self, class_path: str, user: str, inputs: dict[str, Any], queue: str | None = None) -> Any:
        body = {"data": inputs, "task_queue": queue}
        return self.api(user, "POST", f"extras/jobs/{class_path}/run/", body)["job_result"]

    def enable(self, class_path: str, enabled: bool) -> None:
        """Switch a job on or off."""
        self.api("admin", "PATCH", f"extras/jobs/{class_path}/", {"enabled": enabled})

    def runs(self) -> int:
        """How many runs there are."""
        count: int = self.api("admin", "GET", "extras/job-results/?limit=1")["count"]
        return count

    @contextmanager
    def without(self, what: str) -> Iterator[None]:
        """In the block a process of the demonstration is gone, by force: the one whose command line holds `what`.

        Meanwhile nobody starts it again; afterwards the demonstration does.
        """
        os.kill(self.pid, signal.SIGSTOP)
        try:
            pid = next(pid for pid in _children(self.pid) if what in Path(f"/proc/{pid}/cmdline").read_text())
            os.killpg(pid, signal.SIGKILL)
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)


@contextmanager
def installed(folder: Path) -> Iterator[Installation]:
    """A product of its own with its data in folder, as long as the block lasts."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("JOBDECK_")}
    environ |= {
        "JOBDECK_DATA_DIR": str(folder / "data"),
        "JOBDECK_JOBS_ROOT": str(_jobs(folder / "jobs")),
        "JOBDECK_PORT": str(_free_port()),
        # Time enough to look at a run that is being cancelled.
        "JOBDECK_CANCEL_GRACE": "40",
    }
    said = folder / "said.log"
    with said.open("wb") as output:
        demo = subprocess.Popen(
            COMMAND,
            env=environ,
            cwd=PROJECT,
            stdout=output,
            stderr=output,
            preexec_fn=ending_with_parent(),  # noqa: PLW1509
        )
    try:
        wait_until(lambda: "Jobdeck serves at" in said.read_text() or demo.poll() is not None)
        if demo.poll() is not None:
            raise NotRunning(said.read_text())
        signs = json.loads((folder / "data" / "demo.json").read_text())
        yield Installation(signs["url"], signs["users"], demo.pid, folder / "jobs")
    finally:
        demo.terminate()
        demo.wait(PATIENCE)


def wait_until(condition: Callable[[], object]) -> None:
    """Come back as soon as condition is true.

    For what a page computes as well: Playwright's own wait_for_function evaluates an expression again and again inside
    the page, which the Content-Security-Policy forbids from the second time on.

    :raises TimeoutError: it has not come true for a minute.
    """
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.05)  # each question costs the product something


def _jobs(folder: Path) -> Path:
    """One folder with all the jobs, and with a file that does not load."""
    for source in JOB_FOLDERS:
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "broken.py").write_text("from webapp.jobs import Job\n\n\nclass Broken(Job:\n    pass\n")
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
