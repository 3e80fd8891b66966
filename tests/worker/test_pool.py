"""The master of `flask worker`: what becomes of workers that cannot live, and of what a worker used."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.product import settings_for
from webapp.config import PROJECT
from webapp.queue import server

LEAVES_DAEMONS = """
import os, signal, subprocess, sys, time
from webapp.worker.pool import Pool

def daemon():
    return subprocess.Popen(["sleep", "600"], start_new_session=True, stdout=subprocess.DEVNULL).pid

def work():
    if not os.path.exists(sys.argv[1]):
        open(sys.argv[1], "w").write(f"{daemon()} {daemon()}")
        os.kill(os.getpid(), signal.SIGKILL)
    print("again", flush=True)
    time.sleep(600)

def spared(pid):
    return os.path.exists(sys.argv[1]) and open(sys.argv[1]).read().split()[1] == str(pid)

print(daemon(), flush=True)
Pool(work, 1, "test", spared, lambda: None).run()
"""
CANNOT_LIVE = """
import os, sys
from webapp.worker.pool import Pool
def work():
    os.write(1, b"x")
    os._exit(1)
Pool(work, 2, "test", lambda pid: False, lambda: None).run()
"""


def test_workers_that_die_at_once_are_not_started_all_the_time():
    line = [sys.executable, "-c", CANNOT_LIVE]
    with subprocess.Popen(line, stdout=subprocess.PIPE, cwd=PROJECT, bufsize=0) as pool:
        assert pool.stdout is not None
        pool.stdout.read(1)
        since, started = time.monotonic(), 1
        while started < 6:
            started += len(pool.stdout.read(6) or b"")
        assert time.monotonic() - since > 1.0
        pool.terminate()
        assert pool.wait(20) == 0


def test_what_a_killed_worker_leaves_behind_is_killed_and_nothing_else(tmp_path):
    paper = tmp_path / "daemons"
    line = [sys.executable, "-c", LEAVES_DAEMONS, str(paper)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, cwd=PROJECT, text=True) as pool:
        assert pool.stdout is not None
        inherited = int(pool.stdout.readline())
        assert pool.stdout.readline() == "again\n"
        left, spared = map(int, paper.read_text().split())
        wait_for(lambda: not alive(left))
        assert alive(spared)
        assert alive(inherited)
        pool.terminate()
        assert pool.wait(20) == 0
        for pid in (spared, inherited):
            os.kill(pid, signal.SIGKILL)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether the process is there and not just waiting to be buried."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_a_killed_worker_does_not_take_the_embedded_redis_along_and_the_last_one_stops_it(tmp_path, template):
    settings = settings_for(tmp_path, jobs_root=tmp_path / "no_jobs")
    settings.jobs_root.mkdir()
    shutil.copy(template("sqlite").removeprefix("sqlite:///"), settings.database_url.removeprefix("sqlite:///"))
    env = {**os.environ, "JOBDECK_DATA_DIR": str(tmp_path), "JOBDECK_JOBS_ROOT": str(settings.jobs_root)}
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    master = subprocess.Popen([*flask, "worker"], env=env, cwd=PROJECT)
    wait_for(lambda: listening(master.pid))
    redis, [first] = server.server_pid(tmp_path), listening(master.pid)
    assert redis is not None
    assert server.is_server(tmp_path, redis)
    assert not server.is_server(tmp_path, first)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: set(listening(master.pid)) - {first})
    assert server.server_pid(tmp_path) == redis
    master.send_signal(signal.SIGTERM)
    assert master.wait(20) == 0
    wait_for(lambda: not alive(redis))
    assert not server.is_server(tmp_path, redis)


def listening(master: int) -> list[int]:
    """The workers of master that wait for runs."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    return [int(pid) for pid in children if "(Listening" in title(pid)]


def title(pid: str) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
