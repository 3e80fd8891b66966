"""The master of `flask worker`: what becomes of workers that cannot live, and of what a worker used."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.product import settings_for
from webapp.config import PROJECT
from webapp.queue import server

CANNOT_LIVE = """
import os, sys
from webapp.worker.pool import Pool
def work():
    os.write(1, b"x")
    os._exit(1)
Pool(work, 2, "test").run()
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


def test_the_last_worker_stops_the_embedded_redis(tmp_path):
    settings = settings_for(tmp_path)
    env = {**os.environ, "JOBDECK_DATA_DIR": str(tmp_path), "JOBDECK_JOBS_ROOT": str(settings.jobs_root)}
    flask = [sys.executable, "-m", "flask", "--app", "wsgi"]
    subprocess.run([*flask, "post-upgrade"], env=env, cwd=PROJECT, check=True, capture_output=True)
    worker = subprocess.Popen([*flask, "worker"], env=env, cwd=PROJECT)
    deadline = time.monotonic() + 20
    while (pid := server.server_pid(tmp_path)) is None:
        assert time.monotonic() < deadline, "Redis was not started"
        time.sleep(0.02)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, "Redis goes on"
        time.sleep(0.02)
