"""Processes that are killed, stopped, starved and doubled: the first rows of the catalogue."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.faults.apart import Apart, command, eventually, family_of, is_gone
from tests.product import on_sqlite
from webapp.db import AWAY, db, mapping, transaction, within
from webapp.queue import bell
from webapp.runs import supervisor
from webapp.runs.event_models import Happening
from webapp.runs.forks import Forks
from webapp.runs.models import FINAL, Run, State
from webapp.runs.supervisor import supervise


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    monkeypatch.setattr(supervisor, "BEAT_SECONDS", 0.1)


def supervised(number: int) -> State | None:
    return supervise(number, "worker@apart")


def test_fault_1_a_killed_supervisor_takes_everything_below_it_along_and_its_run_is_lost(
    apart, start, at, watch_until, paper
):
    number = start("Holding", file=paper)
    worker = apart(lambda: supervised(number))
    family = family_of(paper)
    worker.tell(signal.SIGKILL)
    for pid in family.values():
        eventually(lambda pid=pid: is_gone(pid))
    assert at(number).state == State.RUNNING
    watch_until(number)
    run = at(number)
    assert (run.state, run.attempt, run.starts) == (State.LOST, 1, 1)
    assert run.reason.startswith("Its worker has not been heard of for 1 s.")


@on_sqlite
def test_fault_2_a_job_that_asks_for_too_much_memory_has_errored(start, at):
    number = start("Hungry", how="limited")
    assert supervised(number) == State.ERRORED
    assert at(number).error["exc_type"] == "MemoryError"


@on_sqlite
def test_fault_2_a_killed_job_is_lost_at_once_with_the_signal_and_its_memory(start, at):
    number = start("Hungry", how="killed")
    assert supervised(number) == State.LOST
    said = re.fullmatch(
        r"Its process was killed by signal 9 \(often: out of memory\)\. It had used ([\d,]+) MB of memory\.",
        at(number).reason,
    )
    assert said
    assert int(said[1].replace(",", "")) > 100


@on_sqlite
def test_fault_2_a_killed_fork_server_costs_its_worker_one_run(settings, start, at, paper, tmp_path):
    number = start("Holding", file=paper)
    with command(settings, tmp_path / "output", "worker"):
        family = family_of(paper)
        worker = at(number).worker
        os.kill(family["forks"], signal.SIGKILL)
        eventually(lambda: at(number).finished)
        run = at(number)
        assert (run.state, run.reason) == (
            State.LOST,
            "The process that watched over it was killed, and the job with it.",
        )
        following = start("Brief", file=tmp_path / "following", milliseconds=0)
        eventually(lambda: at(following).finished)
        assert (at(following).state, at(following).worker) == (State.SUCCESS, worker)
        assert is_gone(family["job"])
        eventually(lambda: is_gone(family["daemon"]))


def stopped_between_writes(worker: Apart, number: int) -> bool:
    """Whether the worker of run number is stopped by now, and holds no lock for which everybody else would wait."""
    worker.tell(signal.SIGSTOP)
    try:
        with within(1.0), transaction() as session:
            session.scalar(sa.select(Run.number).where(Run.number == number).with_for_update())
    except AWAY:
        worker.tell(signal.SIGCONT)
        return False
    return True


def test_fault_6_a_worker_that_was_stopped_for_too_long_comes_late(apart, start, at, events, watch_until, paper):
    number = start("Holding", file=paper)
    worker = apart(lambda: supervised(number))
    job = family_of(paper)["job"]
    eventually(lambda: stopped_between_writes(worker, number))
    watch_until(number)
    Path(f"{paper}.go").touch()
    eventually(lambda: is_gone(job))
    worker.tell(signal.SIGCONT)
    assert worker.end() == 0
    run = at(number)
    assert (run.state, run.result) == (State.LOST, None)
    happened = events(number)
    late = [event for event in happened if event.kind == Happening.CAME_LATE]
    assert ["success" in event.reason for event in late] == [True]
    assert [event.to_state for event in happened if event.to_state in FINAL and event not in late] == [State.LOST]


def test_fault_7_what_was_acknowledged_before_a_kill_is_there_afterwards(apart, settings, start, paper):
    def submit() -> None:
        with paper.open("ab", buffering=0) as acknowledged:
            while True:
                acknowledged.write(b"%d\n" % start("Brief", file=paper))

    process = apart(submit)
    eventually(lambda: paper.exists() and paper.read_bytes().count(b"\n") >= 20)
    process.tell(signal.SIGKILL)
    process.end()
    acknowledged = {int(line) for line in paper.read_text().splitlines()}
    assert acknowledged <= set(db.session.scalars(sa.select(Run.number)))
    if settings.database_url.startswith("sqlite"):
        assert db.session.scalar(sa.text("PRAGMA synchronous")) == 2  # FULL: a power cut takes no commit back
        with sqlite3.connect(settings.database_url.removeprefix("sqlite:///")) as file:
            assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        file.close()


@on_sqlite
def test_fault_8_a_worker_that_is_shut_down_waits_a_while_and_then_cancels(settings, start, at, paper, tmp_path):
    short, long = (start("Holding", file=tmp_path / name) for name in ("short", "long"))
    told = {"DRAIN_SECONDS": "2", "CANCEL_GRACE": "5"}
    with command(settings, tmp_path / "output", "worker", "--processes", "2", **told) as worker:
        for name in ("short", "long"):
            family_of(tmp_path / name)
        worker.terminate()
        (tmp_path / "short.go").touch()
        eventually(lambda: worker.poll() is not None)
    assert worker.returncode == 0
    assert at(short).state == State.SUCCESS
    assert at(long).state == State.CANCELLED
    assert at(long).reason.startswith("Its worker was shut down and could wait no longer than 2 s.")


def test_fault_10_a_run_that_is_rung_fifty_times_starts_once(settings, start, at, events, paper, tmp_path):
    number = start("Brief", file=paper, milliseconds=500)
    assert bell.ring_all([(number, "default")] * 50)
    with command(settings, tmp_path / "output", "worker", "--processes", "2"):
        eventually(lambda: at(number).finished and bell.waiting("default") == set())
    assert len(paper.read_text().splitlines()) == 1
    assert [event.to_state for event in events(number)] == [State.QUEUED, State.CLAIMED, State.RUNNING, State.SUCCESS]


@on_sqlite
def test_fault_12_a_run_that_kills_the_fork_server_is_given_up_after_three_of_them(start, at, paper):
    number = start("Poison", victim="forks", file=paper)
    forks = Forks("worker@test")
    try:
        while not at(number).finished:
            supervise(number, "worker@test", forks=forks)
            assert len(paper.read_text().splitlines()) <= 3
        assert at(number).state in (State.LOST, State.ERRORED)
        following = start("Brief", file=paper, milliseconds=0)
        assert supervise(following, "worker@test", forks=forks) == State.SUCCESS
    finally:
        forks.close()


def test_fault_12_a_run_that_kills_its_supervisor_is_given_up_after_three_of_them(apart, start, at, watch_until, paper):
    number = start("Poison", victim="supervisor", file=paper)
    while not at(number).finished:
        assert apart(lambda: supervised(number)).end() == -signal.SIGKILL
        assert len(paper.read_text().splitlines()) <= 3
        watch_until(number, lambda run: run.state != State.RUNNING, after=0.5)
    run = at(number)
    assert (run.state, run.starts, run.deaths) == (State.LOST, 3, 3)


class Misled(datetime):
    """A clock that is wrong."""

    by = timedelta()

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + cls.by


@on_sqlite
@pytest.mark.parametrize("hours", [-1, 1])
def test_fault_22_a_worker_whose_clock_is_wrong_loses_no_run(apart, start, at, events, watch_until, paper, hours):
    number = start("Brief", file=paper, milliseconds=2000)

    def mistaken() -> None:
        right = time.time
        Misled.by = timedelta(hours=hours)
        mapping.datetime = Misled
        time.time = lambda: right() + 3600 * hours
        supervised(number)

    worker = apart(mistaken)
    watch_until(number, after=1.0)
    assert worker.end() == 0
    run = at(number)
    assert (run.state, run.attempt) == (State.SUCCESS, 1)
    assert abs((run.started_at - run.created_at).total_seconds()) > 3000
