"""What a worker does between runs: signs of life, a look at the database's version, the scheduler's work if need be."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite, running
from webapp.db import SCHEMA, db, schema, transaction, utcnow
from webapp.queue import bell
from webapp.runs import processes
from webapp.runs.models import Run, State
from webapp.runs.process_models import Process
from webapp.runs.service import submit
from webapp.worker.upkeep import Upkeep


@pytest.fixture
def upkeep(app, settings) -> Upkeep:
    return Upkeep("worker", ["default"], 60, settings.data_dir)


@pytest.fixture
def unheard(app, job, person) -> int:
    """A run whose ring was lost."""
    number = submit(job("NoInputs"), person("ann"), {}).number
    app.extensions["redis"].flushall()
    return number


def turn(upkeep: Upkeep) -> None:
    """Everything is due."""
    for chore in upkeep.chores.chores:
        chore.due = 0.0
    upkeep.chores.turn()


def database_is_at(version: str) -> None:
    with transaction() as session:
        session.execute(sa.text("UPDATE alembic_version SET version_num = :version"), {"version": version})


def scheduler(**values: object) -> None:
    processes.beat("scheduler", [])
    with transaction() as session:
        for field, value in values.items():
            setattr(session.get_one(Process, processes.name_of("scheduler")), field, value)


def test_a_worker_gives_signs_of_life_between_runs_and_during_them(upkeep):
    turn(upkeep)
    assert len(processes.serving("default")) == 1
    with transaction() as session:
        session.get_one(Process, processes.name_of("worker")).beat_at = utcnow() - timedelta(hours=1)
    upkeep.beat()
    assert len(processes.serving("default")) == 1


def test_without_a_scheduler_an_idle_worker_rings_again(upkeep, unheard):
    turn(upkeep)
    assert bell.waiting("default") == {unheard}


@on_sqlite
def test_while_a_scheduler_lives_workers_leave_it_to_that(upkeep, unheard):
    scheduler()
    turn(upkeep)
    assert bell.waiting("default") == set()
    processes.leave("scheduler")
    turn(upkeep)
    assert bell.waiting("default") == {unheard}


@pytest.mark.parametrize("gone", [{"schema": "0001"}, {"beat_at": utcnow() - timedelta(minutes=1)}])
def test_a_scheduler_that_does_not_work_counts_for_nothing(upkeep, unheard, gone):
    scheduler(**gone)
    turn(upkeep)
    assert bell.waiting("default") == {unheard}


def test_the_version_of_the_database_is_that_of_this_code(app):
    assert schema() == SCHEMA


@pytest.mark.parametrize("kind", ["worker", "scheduler"])
def test_fault_42_with_another_version_of_the_database_nothing_is_done_and_this_is_said_once(
    settings, unheard, kind, caplog
):
    caplog.set_level(logging.INFO, "webapp.worker")
    upkeep = Upkeep(kind, ["default"], 60, settings.data_dir)
    database_is_at("9999")
    for _ in range(3):
        turn(upkeep)
    assert not upkeep.fits
    assert bell.waiting("default") == set()
    assert caplog.text.count("the database has version 9999, and this process is made for") == 1
    assert processes.alive(kind)[0].schema == SCHEMA
    database_is_at(SCHEMA)
    turn(upkeep)
    assert upkeep.fits
    assert bell.waiting("default") == {unheard}


@on_sqlite
def test_a_database_that_does_not_answer_is_waited_for(upkeep, unheard, monkeypatch, caplog):
    def away(*_args, **_options):
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("connection refused"))

    with monkeypatch.context() as patch:
        patch.setattr(db.session, "execute", away)
        patch.setattr(db.session, "scalar", away)
        turn(upkeep)
    assert "the database does not answer" in caplog.text
    assert "Traceback" not in caplog.text
    turn(upkeep)
    assert bell.waiting("default") == {unheard}


def test_fault_42_no_run_is_claimed_in_a_database_of_another_version(unheard, supervise):
    database_is_at("9999")
    assert supervise(unheard, "worker@test") is None
    assert db.session.get_one(Run, unheard).state == State.QUEUED
    database_is_at(SCHEMA)
    assert supervise(unheard, "worker@test") == State.SUCCESS


def test_who_cannot_give_a_sign_of_life_does_not_judge_others_by_theirs(upkeep, job, person, monkeypatch):
    running(submit(job("NoInputs"), person("ann"), {}).number)
    turn(upkeep)
    assert upkeep.reconciler.sightings

    def locked(*_: object) -> None:
        raise sa.exc.OperationalError("UPDATE", {}, Exception("database is locked"))

    monkeypatch.setattr(processes, "beat", locked)
    monkeypatch.setattr(upkeep.reconciler, "reconcile", lambda: None)
    turn(upkeep)
    assert upkeep.reconciler.sightings == {}
