"""A database that many share, that is left open, or whose rows go while they are needed: nobody disturbs anybody."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.faults.apart import eventually
from tests.product import on_sqlite, running, say
from webapp.catalogue import service as catalogue
from webapp.catalogue.models import Job
from webapp.db import db, is_sqlite, transaction
from webapp.runs import logs, states
from webapp.runs.forks import Forks
from webapp.runs.models import Run, State
from webapp.runs.service import submit
from webapp.runs.supervisor import supervise

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


WRITERS, WRITES = 8, 25


@on_sqlite
def test_fault_37_eight_processes_that_write_disturb_nobody(apart, app, api, job):
    ann, path = api("ann"), f"/api/extras/jobs/{job('NoInputs').id}/run/"
    number = ann.post(path, json={}).json["job_result"]["meta"]["number"]
    attempt = running(number)

    def write() -> None:
        with app.app_context():
            for _ in range(WRITES):
                with transaction():
                    assert states.beat(number, attempt) is not None

    writers = [apart(write) for _ in range(WRITERS)]
    assert [ann.post(path, json={}).status_code for _ in range(20)] == [201] * 20
    assert [writer.end() for writer in writers] == [0] * WRITERS
    db.session.rollback()
    assert db.session.get_one(Run, number).heartbeat == WRITERS * WRITES


@on_postgresql
def test_fault_38_a_deadlock_of_two_is_nobodys_failure(app, api, job, person):
    """A run that replaces another locks its job and then the other; the other's end locks them the other way round."""
    old = submit(job("Replacing"), person("ann"), {}).number
    attempt = running(old)
    ann, path = api("ann"), f"/api/extras/jobs/{job('Replacing').id}/run/"
    held, ended, answers = threading.Event(), [], []

    def end() -> None:
        with app.app_context():
            with transaction():
                states.beat(old, attempt)
                held.set()
                eventually(somebody_waits)
                states.finish(old, attempt, State.RUNNING, State.SUCCESS, "w")
            ended.append(old)

    def replace() -> None:
        held.wait(10)
        with app.app_context():
            answers.append(ann.post(path, json={}).status_code)

    both = [threading.Thread(target=act) for act in (end, replace)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert (ended, answers) == ([old], [201])
    db.session.rollback()
    assert db.session.get_one(Run, old).state == State.SUCCESS


def somebody_waits() -> bool:
    waits = sa.text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with db.engine.connect() as connection:
        return bool(connection.scalar(waits))


def inodes(pid: int) -> set[int]:
    """Of everything that a process has open."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.add(entry.stat().st_ino)
        except FileNotFoundError:
            continue
    return found


def connections(settings) -> set[int]:
    """The inodes by which the files or the socket of this process's connection are known, of which one is open."""
    if is_sqlite():
        db.session.execute(sa.text("SELECT 1"))
        path = settings.database_url.removeprefix("sqlite:///")
        return {Path(f"{path}{end}").stat().st_ino for end in ("", "-wal", "-shm") if Path(f"{path}{end}").exists()}
    return {os.fstat(db.session.connection().connection.driver_connection.fileno()).st_ino}


def test_fault_39_neither_a_fork_server_nor_a_job_has_the_database_open(app, job, person, settings, tmp_path):
    paper = tmp_path / "paper"
    waiting = catalogue.by_class_path("faults_of_data.Waiting")
    number = submit(waiting, person("ann"), {"file": str(paper)}).number
    before, seen = connections(settings), {}
    assert before <= inodes(os.getpid())

    forks = Forks("test")
    try:
        server = forks.server()

        def look() -> None:
            if paper.exists() and not seen:
                [child] = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
                ours = connections(settings)
                assert ours <= inodes(os.getpid())
                for who, pid in (("server", server.pid), ("job", int(child))):
                    seen[who] = inodes(pid) & (before | ours)
                Path(f"{paper}.go").touch()

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("webapp.runs.supervisor.BEAT_SECONDS", 0.1)
            assert supervise(number, "w", forks=forks, on_beat=look) == State.SUCCESS
    finally:
        forks.close()
    assert seen == {"server": set(), "job": set()}


def test_fault_43_between_polls_no_transaction_is_open(app, browse, job, person, settings):
    number = submit(job("NoInputs"), person("ann"), {}).number
    attempt, vic = running(number), browse("vic")
    for turn in range(25):
        say(number, attempt, [logs.line(time.time(), "info", "run", f"line {turn}")])
        assert vic.get(f"/runs/{number}/log?after={turn}").status_code == 200
    db.session.remove()
    if is_sqlite():
        with sqlite3.connect(settings.database_url.removeprefix("sqlite:///")) as connection:
            # A reader in the middle of a transaction would keep the log from being emptied.
            assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)
        connection.close()
        return
    open_ones = "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(settings.database_url.replace("postgresql+psycopg", "postgresql")) as connection:
        found = {state for (state,) in connection.execute(open_ones)}
    assert found == {"idle"}


def test_fault_44_a_run_whose_job_and_user_are_deleted_meanwhile_finishes_and_is_shown(
    app, job, person, browse, tmp_path
):
    paper = tmp_path / "paper"
    waiting = catalogue.by_class_path("faults_of_data.Waiting")
    number = submit(waiting, person("ann"), {"file": str(paper)}).number

    def remove() -> None:
        if not paper.exists() or Path(f"{paper}.go").exists():
            return
        with transaction() as session:
            session.delete(session.get_one(Job, db.session.get_one(Run, number).job_id))
            session.delete(person("ann"))
        Path(f"{paper}.go").touch()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("webapp.runs.supervisor.BEAT_SECONDS", 0.1)
        assert supervise(number, "w", on_beat=remove) == State.SUCCESS
    run = db.session.get_one(Run, number, populate_existing=True)
    assert (run.job_id, run.user_id, run.result) == (None, None, "done")
    vic = browse("vic")
    for path in (f"/runs/{number}", f"/runs/{number}/log", f"/runs/{number}/events", "/runs/"):
        page = vic.get(path)
        assert page.status_code == 200
    assert "ann" in vic.get(f"/runs/{number}").text
