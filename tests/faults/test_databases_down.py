"""A database that is down, does not answer, or takes nothing new: what people are told, and what stays whole."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.product import on_sqlite
from tests.runs.test_database_away import away
from webapp.accounts.models import UserSession
from webapp.db import connections, db, transaction, utcnow
from webapp.queue import bell
from webapp.runs.models import Run
from webapp.runs.service import submit

SCRIPTS_PATIENCE = 8.0
on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


def count() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Run)) or 0


@pytest.fixture
def impatient(monkeypatch):
    """SQLite waits for a writer as long as somebody who tests likes to wait."""
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.3)


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
    assert count() == 0
    assert bell.waiting("default") == set()
    ann.get(path)
    assert ann.post(path, {"text": "typed <by> hand", "_idem_key": "this form"}).status_code == 302
    assert count() == 1


def test_fault_33_a_script_that_meets_a_database_that_is_down_is_told_to_come_again(impatient, api, job, settings):
    ann, path = api("ann"), f"/api/extras/jobs/{job('NoInputs').id}/run/"
    db.session.remove()
    with down(settings.database_url):
        answer = ann.post(path, json={}, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json) == (503, {"detail": "The database does not answer."})
    assert answer.headers["Retry-After"]
    assert count() == 0
    assert ann.post(path, json={}, headers={"Idempotency-Key": "k"}).status_code == 201
    assert count() == 1


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
