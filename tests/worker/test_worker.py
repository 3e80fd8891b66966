"""`flask worker` and `flask scheduler` as processes of their own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from redis import Redis

from tests.faults.apart import is_gone
from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.catalogue.models import Job, JobQueue
from webapp.config import PROJECT, Settings
from webapp.db import SCHEMA, db, transaction
from webapp.queue import bell
from webapp.runs import pausing, processes
from webapp.runs.models import Run, State
from webapp.runs.service import submit

PATIENCE = 40
USUAL = ["-m", "flask"]
WATCHFUL = """
from flask.cli import main
from webapp.runs import processes
processes.BEAT_SECONDS = 1.0
main()
"""
"""The same, but it compares versions every second instead of every five."""


def wait_for(condition: Callable[[], object]) -> object:
    """What condition gives, once it is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
    return found


@pytest.fixture
def start(app: Flask, settings: Settings, tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts a command of `flask` as a process with the test's settings; all of them are gone after the test."""
    env = {
        **os.environ,
        "JOBDECK_DATA_DIR": str(settings.data_dir),
        "JOBDECK_JOBS_ROOT": str(few_jobs(settings.jobs_root, tmp_path / "few_jobs")),
        "JOBDECK_DATABASE_URL": settings.database_url,
        "JOBDECK_REDIS_URL": settings.redis_url or "",
        "JOBDECK_LOST_AFTER": "5",
    }
    started: list[subprocess.Popen[bytes]] = []

    def process(*words: str, program: Sequence[str] = USUAL, **settings: str) -> subprocess.Popen[bytes]:
        with (tmp_path / "output").open("ab") as output:
            line = [sys.executable, *program, "--app", "wsgi", *words]
            told = env | {f"JOBDECK_{name.upper()}": value for name, value in settings.items()}
            started.append(subprocess.Popen(line, env=told, cwd=PROJECT, stdout=output, stderr=output))
        return started[-1]

    yield process
    for one in started:
        with suppress(ProcessLookupError):
            one.terminate()
    for one in started:
        try:
            one.wait(PATIENCE)
        finally:
            one.kill()


def few_jobs(root: Path, folder: Path) -> Path:
    """What these tests run: whoever starts reads all that there is."""
    folder.mkdir()
    for name in ("plain.py", "leftovers.py"):
        shutil.copy(root / name, folder)
    return folder


@pytest.fixture
def reloaded(app: Flask) -> Callable[[int], Run]:
    def give(number: int) -> Run:
        db.session.rollback()
        return db.session.get_one(Run, number, populate_existing=True)

    return give


def workers() -> list[str]:
    db.session.rollback()
    return [process.name for process in processes.alive("worker")]


def pid_of(name: str) -> int:
    return int(name.rpartition(":")[2])


def title(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().strip("\0")


@contextmanager
def stopped(redis_url: str) -> Iterator[None]:
    """Redis neither answers nor refuses, as a machine that hangs."""
    pid = Redis.from_url(redis_url).info("server")["process_id"]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_worker_runs_what_is_submitted_and_says_who_it_is(start, job, person, reloaded):
    start("worker")
    name = wait_for(workers)[0]
    number = submit(job("NoInputs"), person("ann"), {}).number
    wait_for(lambda: reloaded(number).finished)
    run = reloaded(number)
    assert (run.state, run.worker) == (State.SUCCESS, name)
    wait_for(lambda: title(pid_of(name)).startswith("jobdeck: worker default"))


@on_sqlite
def test_a_worker_serves_the_queues_that_it_is_told(start, job, person, reloaded):
    start("worker", "lab", "other")
    lab = submit(job("Elsewhere"), person("ann"), {}, queue="lab").number
    elsewhere = submit(job("NoInputs"), person("ann"), {}).number
    wait_for(lambda: reloaded(lab).finished)
    assert reloaded(elsewhere).state == State.QUEUED


@on_sqlite
def test_each_process_of_a_worker_works_on_its_own_run(start, job, person, reloaded):
    start("worker", "--processes", "2")
    numbers = [submit(job("Sleep"), person("ann"), {"seconds": 60, "catch": True}).number for _ in range(2)]
    wait_for(lambda: all(reloaded(number).state == State.RUNNING for number in numbers))
    assert len({reloaded(number).worker for number in numbers}) == 2


@on_sqlite
def test_a_worker_that_is_asked_to_stop_ends_its_run_first(start, job, person, reloaded):
    worker = start("worker")
    number = submit(job("Sleep"), person("ann"), {"seconds": 60, "catch": True}).number
    wait_for(lambda: reloaded(number).state == State.RUNNING)
    worker.terminate()
    assert worker.wait(PATIENCE) == 0
    assert reloaded(number).state == State.SUCCESS
    assert workers() == []


@on_sqlite
def test_rq_fact_3_a_killed_worker_takes_its_job_along_is_replaced_and_its_run_is_lost(start, job, person, reloaded):
    start("worker")
    start("scheduler")
    name = wait_for(workers)[0]
    number = submit(job("Deaf"), person("ann"), {}).number
    wait_for(lambda: reloaded(number).state == State.RUNNING)
    process = wait_for(lambda: below(f"jobdeck: job #{number}"))
    os.kill(pid_of(name), signal.SIGKILL)
    wait_for(lambda: is_gone(process))
    following = submit(job("NoInputs"), person("ann"), {}).number
    wait_for(lambda: reloaded(following).state == State.SUCCESS)
    wait_for(lambda: reloaded(number).finished)
    run = reloaded(number)
    assert run.state == State.LOST
    assert run.reason.startswith("Its worker has not been heard of for 5 s.")


def below(wanted: str) -> int | None:
    """A process of that title below this one: runs of other tests, which go on meanwhile, have the same numbers."""
    known = parents()
    return next((pid for pid in known if is_ours(pid, known) and is_titled(pid, wanted)), None)


def parents() -> dict[int, int]:
    """The parent of each process."""
    known = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            known[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    return known


def is_ours(pid: int, known: dict[int, int]) -> bool:
    while pid in known and pid != os.getpid():
        pid = known[pid]
    return pid == os.getpid()


def is_titled(pid: int, wanted: str) -> bool:
    with suppress(OSError):
        return title(pid) == wanted
    return False


@on_sqlite
def test_fault_27_a_run_that_is_submitted_while_redis_hangs_starts_when_it_is_back(
    start, app, settings, job, person, reloaded, redis_url
):
    bell.init_app(app, settings)  # impatient, as in the web process
    start("worker")
    start("scheduler")
    wait_for(workers)
    with stopped(redis_url):
        number = submit(job("NoInputs"), person("ann"), {}).number
        assert reloaded(number).state == State.QUEUED
    wait_for(lambda: reloaded(number).state == State.SUCCESS)


@on_sqlite
def test_fault_24_a_run_whose_ring_was_lost_is_rung_again(start, job, person, reloaded, redis_url):
    number = submit(job("NoInputs"), person("ann"), {}).number
    Redis.from_url(redis_url).flushall()
    start("worker")
    start("scheduler")
    wait_for(lambda: reloaded(number).state == State.SUCCESS)


@on_sqlite
def test_without_a_scheduler_an_idle_worker_rings_for_what_waits_and_ends_what_is_lost(
    start, job, person, reloaded, redis_url
):
    number = submit(job("NoInputs"), person("ann"), {}).number
    Redis.from_url(redis_url).flushall()
    start("worker", "--processes", "2")
    wait_for(lambda: reloaded(number).state == State.SUCCESS)
    lost = submit(job("Deaf"), person("ann"), {}).number
    wait_for(lambda: reloaded(lost).state == State.RUNNING)
    os.kill(pid_of(reloaded(lost).worker), signal.SIGKILL)
    wait_for(lambda: reloaded(lost).state == State.LOST)


@on_sqlite
def test_fault_42_a_worker_made_for_another_version_of_the_database_takes_no_run(
    start, job, person, reloaded, tmp_path
):
    start("worker", program=["-c", WATCHFUL])
    first = submit(job("NoInputs"), person("ann"), {}).number
    wait_for(lambda: reloaded(first).finished)
    database_is_at("9999")
    wait_for(lambda: "the database has version 9999" in (tmp_path / "output").read_text())
    number = submit(job("NoInputs"), person("ann"), {}).number
    assert len(workers()) == 1
    assert reloaded(number).state == State.QUEUED
    assert bell.waiting("default") == {number}
    database_is_at(SCHEMA)
    wait_for(lambda: reloaded(number).state == State.SUCCESS)


@on_sqlite
def test_a_worker_leaves_what_waits_in_a_paused_queue_until_somebody_resumes_it(start, job, person, reloaded):
    lab = db.session.scalars(sa.select(JobQueue).where(JobQueue.name == "lab")).one()
    pausing.pause(lab, person("admin"), "the rack is being moved")
    start("worker", "lab", "default")
    waits = submit(job("Elsewhere"), person("ann"), {}, queue="lab").number
    passes = submit(job("NoInputs"), person("ann"), {}).number
    wait_for(lambda: reloaded(passes).finished)
    assert bell.waiting("lab") == set()  # heard first, as its worker prefers that queue
    assert (reloaded(waits).state, reloaded(waits).attempt) == (State.QUEUED, 0)
    pausing.resume(lab, person("admin"))
    wait_for(lambda: reloaded(waits).state == State.SUCCESS)


def database_is_at(version: str) -> None:
    with transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = :version"), {"version": version})


@on_sqlite
def test_rq_fact_7_a_killed_worker_leaves_no_daemon_of_its_job_behind(start, job, person, reloaded, tmp_path):
    start("worker")
    paper = tmp_path / "daemon"
    record = catalogue.by_class_path("leftovers.Daemon")
    number = submit(record, person("ann"), {"file": str(paper)}).number
    daemon = int(wait_for(lambda: paper.exists() and paper.read_text()))
    assert Path(f"/proc/{daemon}").exists()
    os.kill(pid_of(reloaded(number).worker), signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{daemon}").exists())


@on_sqlite
def test_fault_29_a_forged_job_in_redis_runs_nothing(start, job, person, reloaded, redis_url, tmp_path):
    trap = tmp_path / "sprung"
    client = Redis.from_url(redis_url)
    call = f'["os.system", null, ["touch {trap}"], {{}}]'
    for id in ("run_1_abcdef", "forged"):
        client.hset(f"rq:job:{id}", mapping={"data": call, "created_at": "2026-01-01T00:00:00Z", "origin": "default"})
        client.rpush("rq:queue:default", id)
    start("worker")
    number = submit(job("NoInputs"), person("ann"), {}).number
    wait_for(lambda: reloaded(number).state == State.SUCCESS)
    assert not trap.exists()


@on_sqlite
def test_the_scheduler_is_known_while_it_lives(start, app):
    scheduler = start("scheduler")

    def known():
        db.session.rollback()
        return processes.alive("scheduler")

    assert title(pid_of(wait_for(known)[0].name)) == "jobdeck: scheduler"
    scheduler.terminate()
    assert scheduler.wait(PATIENCE) == 0
    assert not known()


FRESH = """
from webapp.jobs import Job, register_jobs

class Fresh(Job):
    '''Not seen before.'''
    def run(self):
        pass

register_jobs(Fresh)
"""


def fresh() -> Job | None:
    db.session.rollback()
    return db.session.scalar(sa.select(Job).where(Job.job_class_name == "Fresh"))


@on_sqlite
def test_a_worker_that_starts_brings_the_records_in_line_with_its_files(start, app, tmp_path):
    root = tmp_path / "jobs"
    root.mkdir()
    (root / "fresh.py").write_text(FRESH)
    start("worker", jobs_root=str(root))
    found = wait_for(fresh)
    assert (found.installed, found.enabled) == (True, False)
    wait_for(workers)
