"""A database that is down, locked, full, shared by many or left open: what people see, and what stays whole."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.faults.apart import eventually
from tests.product import running, say
from tests.runs.test_database_away import away
from webapp import db as database
from webapp.accounts.models import User, UserSession
from webapp.catalogue import service as catalogue
from webapp.catalogue.models import Job
from webapp.db import db, is_sqlite, transaction, utcnow
from webapp.queue import bell
from webapp.runs import logs, states
from webapp.runs.forks import Forks
from webapp.runs.models import Run, State
from webapp.runs.service import submit
from webapp.runs.supervisor import supervise

SCRIPTS_PATIENCE = 8.0
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


@pytest.fixture
def impatient(monkeypatch):
    """SQLite waits for a writer as long as somebody who tests likes to wait."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.3)


@contextmanager
def down(url: str) -> Iterator[None]:
    """The database takes nothing from anybody."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
        connection.close()
        return
    plain = url.replace("postgresql+psycopg", "postgresql")
    name = sa.make_url(plain).database
    with psycopg.connect(plain.replace(f"/{name}", "/postgres"), autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def test_fault_33_a_form_that_meets_a_database_that_is_down_keeps_what_was_typed(impatient, browse, job, settings):
    ann, path = browse("ann"), f"/jobs/{job('Echo').id}/run"
    ann.get(path)
    db.session.remove()
    with down(settings.database_url):
        answer = ann.post(path, {"text": "typed <by> hand", "_idem_key": "this form"})
        assert answer.status_code == 503
        assert "The database does not answer" in answer.text
        assert 'name="text" value="typed &lt;by&gt; hand"' in answer.text
        assert answer.headers["Retry-After"]
        assert "Traceback" not in answer.text
    assert count(Run) == 0
    assert bell.waiting("default") == set()
    ann.get(path)
    assert ann.post(path, {"text": "typed <by> hand", "_idem_key": "this form"}).status_code == 302
    assert count(Run) == 1


def test_fault_33_a_script_that_meets_a_database_that_is_down_is_told_to_come_again(impatient, api, job, settings):
    ann, path = api("ann"), f"/api/extras/jobs/{job('NoInputs').id}/run/"
    db.session.remove()
    with down(settings.database_url):
        answer = ann.post(path, json={}, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json) == (503, {"detail": "The database does not answer."})
    assert answer.headers["Retry-After"]
    assert count(Run) == 0
    assert ann.post(path, json={}, headers={"Idempotency-Key": "k"}).status_code == 201
    assert count(Run) == 1


@on_postgresql
@pytest.mark.parametrize("way", ["stopped", "locked"])
def test_fault_33_a_database_that_is_there_and_does_not_answer_keeps_nobody_waiting_for_good(
    app, api, job, settings, way
):
    ann, path, answers = api("ann"), f"/api/extras/jobs/{job('NoInputs').id}/run/", []
    assert ann.post(path, json={}).status_code == 201
    db.session.remove()

    def post() -> None:
        with app.app_context():
            answers.append(ann.post(path, json={}).status_code)

    script = threading.Thread(target=post)
    with away(settings.database_url, way):
        script.start()
        script.join(SCRIPTS_PATIENCE)
        seen = list(answers)
    script.join()
    assert seen == [503]


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


@on_sqlite
@pytest.mark.parametrize("pragma", ["query_only = ON", "max_page_count = 1"])
def test_fault_40_a_full_or_read_only_disk_refuses_what_is_new_and_shows_what_is_there(
    app, browse, job, person, pragma, settings
):
    number = submit(job("NoInputs"), person("ann"), {}).number
    ann, path = browse("ann"), f"/jobs/{job('Echo').id}/run"
    with transaction() as session:  # so that requests want to note when somebody was last seen
        session.execute(sa.update(UserSession).values(last_seen_at=utcnow() - timedelta(hours=1)))
    wanted = {"text": "x" * 20, "note": "a long note " * 1000}

    def hamper(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    db.session.remove()
    db.engine.dispose()
    event.listen(db.engine, "connect", hamper)
    for _ in range(20):  # until the last page is full
        answer = ann.post(path, {**wanted, "_idem_key": os.urandom(4).hex()})
        if answer.status_code != 302:
            break
    assert answer.status_code == 503
    assert "typed" not in answer.text
    for page in ("/", "/runs/", f"/runs/{number}", f"/runs/{number}/log", "/jobs/", path):
        assert ann.get(page).status_code in (200, 302), page
    event.remove(db.engine, "connect", hamper)
    db.session.remove()
    db.engine.dispose()
    assert ann.post(path, wanted).status_code == 302
    assert db.session.scalar(sa.text("PRAGMA integrity_check")) == "ok"


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
    assert count(User) > 0
    vic = browse("vic")
    for path in (f"/runs/{number}", f"/runs/{number}/log", f"/runs/{number}/story", "/runs/"):
        page = vic.get(path)
        assert page.status_code == 200
    assert "ann" in vic.get(f"/runs/{number}").text
