"""/healthz and /readyz: for probes, open to everybody, with names and yes or no only."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp import db as database
from webapp.app import create_app
from webapp.db import db, transaction, utcnow
from webapp.runs import processes
from webapp.runs.process_models import Process


@pytest.fixture
def everything_runs(app):
    """A worker and a scheduler that have just been heard of."""
    processes.beat("worker", ["default"])
    processes.beat("scheduler", [])


@on_sqlite
def test_the_process_says_that_it_is_there(browse):
    answer = browse(None).get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"process": True})


def test_all_is_ready_when_everything_is_there(everything_runs, browse):
    answer = browse(None).get("/readyz")
    assert answer.json == {"database": True, "redis": True, "workers": True, "scheduler": True}
    assert answer.status_code == 200


def test_what_is_missing_is_named(browse):
    answer = browse(None).get("/readyz")
    assert answer.json == {"database": True, "redis": True, "workers": False, "scheduler": False}
    assert answer.status_code == 503


def test_a_process_that_was_not_heard_of_lately_counts_as_gone(everything_runs, browse):
    with transaction() as session:
        for row in session.scalars(sa.select(Process)):
            row.beat_at = utcnow() - 2 * processes.ALIVE
    assert browse(None).get("/readyz").json["workers"] is False


@on_sqlite
def test_redis_away_is_told(everything_runs, app, settings, tmp_path):
    made = create_app(replace(settings, redis_url=f"unix://{tmp_path}/nobody.sock"))
    answer = made.test_client().get("/readyz")
    assert (answer.status_code, answer.json["redis"], answer.json["database"]) == (503, False, True)
    assert made.test_client().get("/healthz").status_code == 200
    with made.app_context():
        db.engine.dispose()


@on_sqlite
def test_a_database_that_does_not_answer_is_told(everything_runs, browse, monkeypatch):
    def away(*_args, **_options):
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("connection refused"))

    monkeypatch.setattr(database.db.session, "execute", away)
    answer = browse(None).get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {"database": False, "redis": True, "workers": False, "scheduler": False}


def test_a_process_leaves_the_registry_in_order_and_old_rows_are_forgotten(app):
    processes.beat("worker", ["lab"])
    with transaction() as session:
        session.get_one(Process, processes.name_of("worker")).name = "worker@elsewhere:1"
    with transaction() as session:
        session.get_one(Process, "worker@elsewhere:1").beat_at = utcnow() - processes.FORGOTTEN - timedelta(seconds=1)
    processes.beat("worker", ["default"])
    assert [row.name for row in db.session.scalars(sa.select(Process))] == [processes.name_of("worker")]
    processes.beat("worker", ["default", "lab"])
    assert len(processes.serving("lab")) == 1
    processes.leave("worker")
    assert processes.serving("lab") == []
