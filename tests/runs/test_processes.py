"""The registry of processes and its page: who is alive, who is gone, where nobody works."""

from __future__ import annotations

import os
import re
import socket
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite, running
from webapp.config import VERSION
from webapp.db import SCHEMA, db, transaction, utcnow
from webapp.runs import processes
from webapp.runs.models import Run
from webapp.runs.process_models import Process
from webapp.runs.service import submit


def rename(name: str, **values: object) -> None:
    """Let this process's row be that of another one, with values."""
    with transaction() as session:
        row = session.get_one(Process, processes.name_of("worker"))
        for field, value in {"name": name, **values}.items():
            setattr(row, field, value)


def names(rows: list[Process]) -> list[str]:
    return [row.name for row in rows]


def test_a_sign_of_life_says_who_it_is_and_what_it_serves(app):
    processes.beat("worker", ["default", "lab"])
    row = processes.alive("worker")[0]
    assert row.name == f"worker@{socket.gethostname()}:{os.getpid()}"
    assert (row.host, row.pid, row.queues) == (socket.gethostname(), os.getpid(), ["default", "lab"])
    assert (row.version, row.schema, row.left_at) == (VERSION, SCHEMA, None)
    assert processes.alive("scheduler") == []
    assert names(processes.serving("lab")) == [row.name]
    assert processes.serving("elsewhere") == []


def test_a_later_sign_of_life_renews_the_row_and_keeps_its_birth(app):
    processes.beat("worker", ["default"])
    born = processes.alive("worker")[0].started_at
    with transaction() as session:
        session.get_one(Process, processes.name_of("worker")).beat_at = utcnow() - timedelta(hours=1)
    assert processes.alive("worker") == []
    processes.beat("worker", ["default"])
    assert [row.started_at for row in processes.alive("worker")] == [born]


def test_who_leaves_is_gone_at_once_and_remembered(app):
    processes.beat("worker", ["lab"])
    processes.leave("worker")
    assert processes.alive("worker") == []
    assert processes.serving("lab") == []
    assert names(processes.gone(timedelta(days=1))) == [processes.name_of("worker")]
    assert utcnow() - processes.silent_since()["lab"] < timedelta(minutes=1)


def test_another_process_of_the_same_name_begins_anew(app):
    processes.beat("worker", ["lab"])
    with transaction() as session:
        row = session.get_one(Process, processes.name_of("worker"))
        row.started_at = row.beat_at = row.left_at = utcnow() - timedelta(days=3)
    processes.beat("worker", ["default"])
    row = processes.alive("worker")[0]
    assert (row.queues, row.left_at) == (["default"], None)
    assert utcnow() - row.started_at < timedelta(hours=1)


def test_after_a_week_of_silence_a_row_is_forgotten_when_a_process_is_born(app):
    long_ago = utcnow() - timedelta(days=7)
    for name, beat_at in (("old", long_ago - timedelta(seconds=1)), ("recent", long_ago + timedelta(hours=1))):
        processes.beat("worker", ["lab"])
        rename(name, beat_at=beat_at)
    processes.beat("worker", ["default"])
    assert set(db.session.scalars(sa.select(Process.name))) == {"recent", processes.name_of("worker")}


def test_a_worker_made_for_another_version_of_the_database_serves_nothing(app):
    processes.beat("worker", ["default"])
    rename("old", schema="0001")
    assert names(processes.alive("worker")) == ["old"]
    assert processes.serving("default") == []
    assert names(processes.listening()["default"]) == ["old"]


# The page


@pytest.fixture
def start(job, person):
    """Submits a run for ann and gives its number."""
    return lambda name="NoInputs", **options: submit(job(name), person("ann"), {}, **options).number


def page(browse, name: str = "vic") -> str:
    return " ".join(re.sub(r"<svg.*?</svg>", "", browse(name).get("/workers/").text, flags=re.DOTALL).split())


@on_sqlite
def test_the_page_says_that_nobody_works(browse):
    text = page(browse)
    assert "No worker is running" in text
    assert "<code>flask worker</code>" in text
    assert "No scheduler is running" in text
    assert "Gone within a day" not in text


@on_sqlite
def test_the_page_shows_who_works_on_what(browse, start):
    processes.beat("worker", ["default", "lab"])
    processes.beat("scheduler", [])
    number = start()
    running(number)
    with transaction() as session:
        session.get_one(Run, number).worker = processes.name_of("worker")
    text = page(browse)
    for words in (socket.gethostname(), str(os.getpid()), "default, lab", VERSION, "just now"):
        assert words in text
    assert f'<a href="/runs/{number}">#{number} ' in text
    assert "No scheduler is running" not in text


@on_sqlite
def test_who_may_not_see_a_run_reads_only_that_there_is_one(browse, start):
    processes.beat("worker", ["default"])
    number = start()
    running(number)
    with transaction() as session:
        session.get_one(Run, number).worker = processes.name_of("worker")
    text = page(browse, "sam")
    assert "a run of somebody else" in text
    assert f"#{number}" not in text


@on_sqlite
def test_a_worker_that_needs_to_be_restarted_is_told_apart(browse):
    processes.beat("worker", ["default"])
    rename("old", schema="0001")
    assert "Made for another version of the database: restart it." in page(browse)


def test_who_is_gone_stands_apart_for_a_day(browse):
    for name, ago in (("yesterday", timedelta(hours=20)), ("before", timedelta(hours=30))):
        processes.beat("worker", ["lab"])
        rename(name, host=name, beat_at=utcnow() - ago)
    processes.beat("worker", ["default"])
    processes.leave("worker")
    text = page(browse)
    assert "Gone within a day" in text
    assert "yesterday" in text
    assert "lab: last heard of" in text
    assert "default: left" in text
    assert "before" not in text


@on_sqlite
def test_a_queue_on_which_runs_wait_in_vain_is_named(browse, start):
    for _ in range(2):
        start("Elsewhere", queue="lab")
    start()
    processes.beat("worker", ["default"])
    text = page(browse)
    assert "2 runs wait on the queue lab." in text
    assert "Start one: <code>flask worker lab</code>" in text
    assert "on the queue default" not in text
    rename("old", queues=["lab"], schema="0001")
    text = page(browse)
    assert "1 run waits on the queue default." in text
    assert "Its workers are made for another version of the database." in text


def test_a_run_for_later_waits_for_nobody_yet(browse, start):
    with transaction() as session:
        session.get_one(Run, start()).start_after = utcnow() + timedelta(hours=1)
    assert "on the queue" not in page(browse)


@on_sqlite
def test_strangers_are_sent_to_the_sign_in(browse):
    answer = browse(None).get("/workers/")
    assert (answer.status_code, "/login/" in answer.location) == (302, True)


@on_sqlite
def test_the_rail_leads_there(browse):
    assert 'href="/workers/"' in browse("vic").get("/runs/").text
