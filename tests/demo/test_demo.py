"""`flask demo`, which `make demo` calls, as the process that it is."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from webapp.config import PROJECT

PATIENCE = 40


def wait_for(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


def command(data_dir: Path, *words: str, database_url: str = "") -> subprocess.Popen[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("JOBDECK_")}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "wsgi", "demo", *words],
        env={**env, "JOBDECK_DATA_DIR": str(data_dir), "JOBDECK_PORT": "8700", "JOBDECK_DATABASE_URL": database_url},
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


class Demo:
    """A running demonstration, and a script that uses it as Ann."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.process = command(data_dir)

    @property
    def told(self) -> dict[str, Any]:
        """What demo.json says."""
        return json.loads((self.data_dir / "demo.json").read_text())

    def ask(self, method: str, path: str, body: object = None, who: str = "ann") -> dict[str, Any] | None:
        """The JSON answer; None while nothing answers."""
        connection = HTTPConnection(urlsplit(self.told["url"]).netloc, timeout=5)
        headers = {"Authorization": f"Token {self.told['users'][who]['token']}"}
        try:
            connection.request(method, path, body and json.dumps(body), headers)
            return json.loads(connection.getresponse().read())
        except (OSError, HTTPException, ValueError):
            return None
        finally:
            connection.close()

    def is_ready(self) -> bool:
        answer = self.ask("GET", "/readyz")
        return bool(answer) and all(answer.values())

    def run(self) -> str:
        """The end of a new run of the example job: its status."""
        body = {"data": {"person": "Ann"}}
        made = wait_for(lambda: (self.ask("POST", "/api/extras/jobs/Hello/run/", body) or {}).get("job_result"))
        path = urlsplit(made["url"]).path
        result = wait_for(lambda: (found := self.ask("GET", path)) and found.get("date_done") and found)
        return result["status"]["value"]

    def pids(self, title: str) -> list[int]:
        """The processes of this demonstration whose command line has title in it."""
        return [pid for pid in descendants(self.process.pid) if title in command_line(pid)]

    def stop(self) -> str:
        """End it as Ctrl-C does; gives what it printed."""
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=PATIENCE)[0]


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def descendants(pid: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(path.read_text().rpartition(")")[2].split()[1]) == pid:
                child = int(path.parent.name)
                found += [child, *descendants(child)]
    return found


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    made = Demo(tmp_path_factory.mktemp("demo"))
    try:
        wait_for(lambda: (made.data_dir / "demo.json").exists() and made.is_ready())
        yield made
    finally:
        if made.process.poll() is None:
            made.stop()


def test_it_tells_scripts_where_it_is_and_how_to_sign_in(demo):
    assert set(demo.told["users"]) == {"admin", "ann", "bob", "vic"}
    for name, sign in demo.told["users"].items():
        assert re.fullmatch(r"[0-9a-f]{40}", sign["token"]), name
        assert len(sign["password"]) >= 8
    assert (demo.data_dir / "demo.json").stat().st_mode & 0o077 == 0


def test_its_users_have_their_roles(demo):
    body = {"data": {"person": "World"}}
    started = set()
    for name in demo.told["users"]:
        answer = wait_for(lambda who=name: demo.ask("POST", "/api/extras/jobs/Hello/run/", body, who=who))
        started |= {name} if "job_result" in answer else set()
    assert started == {"admin", "ann"}


@pytest.mark.parametrize(
    "title",
    ["redis-server", "gunicorn: master", "gunicorn: worker", "(master)", "jobdeck: worker", "jobdeck: scheduler"],
)
def test_whatever_is_killed_a_new_run_succeeds(demo, title):
    for pid in wait_for(lambda: demo.pids(title)):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert demo.run() == "SUCCESS"
    wait_for(lambda: demo.pids(title))


def test_a_second_checkout_beside_it_runs_its_own_and_ends(demo, tmp_path):
    process = command(tmp_path, "--once")
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, said
    assert "Hello, World!" in said
    assert "Run #1: Succeeded" in said
    assert json.loads((tmp_path / "demo.json").read_text())["url"] != demo.told["url"]
    assert demo.run() == "SUCCESS"


def test_a_second_one_on_the_same_data_directory_is_refused(demo):
    process = command(demo.data_dir, "--once")
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "A demonstration runs in" in said
    assert demo.run() == "SUCCESS"


def test_a_database_that_does_not_answer_is_said_in_a_sentence(tmp_path):
    process = command(tmp_path, "--once", database_url=f"postgresql://nobody@/none?host={tmp_path}")
    said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert "Error: The database does not answer" in said
    assert "Traceback" not in said


def test_it_ends_with_everything_that_it_started(demo):
    """The last test of the demonstration of all of them."""
    wait_for(lambda: demo.is_ready() and len(descendants(demo.process.pid)) >= 7)
    pids = descendants(demo.process.pid)
    said = demo.stop()
    assert demo.process.returncode == 0, said
    wait_for(lambda: not any(command_line(pid) for pid in pids))
