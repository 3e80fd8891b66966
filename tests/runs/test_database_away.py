"""While the database is locked or stopped runs go on, limits hold, and nothing that was said is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from tests.faults.apart import is_gone
from tests.worker.test_worker import below, parents
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.runs import closing, held_files, logs, reports, spool, states
from webapp.runs.event_models import Happening, RunEvent
from webapp.runs.log.models import LogLine
from webapp.runs.models import Run, State
from webapp.runs.service import submit

WAYS = ["locked", "stopped"]
NOTHING, JOB_IS_GONE, GIVEN_UP = "nothing", "the job is gone", "its supervisor has given up"


@contextmanager
def away(url: str, way: str) -> Iterator[None]:
    """The database lets nobody write, or as a process does not answer at all."""
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as connection:
            connection.execute("BEGIN EXCLUSIVE" if way == "locked" else "BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
        connection.close()
        return
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql")) as connection:
        if way == "locked":
            connection.execute("LOCK TABLE run, log_line IN ACCESS EXCLUSIVE MODE")
            yield
            return
        postmaster = int(Path(f"/proc/{connection.info.backend_pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(postmaster, signal.SIGSTOP)  # first: it makes no more of them
    family = [postmaster, *children_of(postmaster)]
    for pid in family:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def children_of(pid: int) -> list[int]:
    # Not what Linux lists as a process's children: while one of them ends, as ours does here, it leaves out others.
    return [child for child, parent in parents().items() if parent == pid]


@pytest.fixture
def run_while_away(app, person, settings, tmp_path, supervise):
    """Runs a job of hostile.py during which the database goes away for some seconds, or until something has happened
    if that is sooner; gives the run and its beats.
    """

    def to_the_end(
        name: str, way: str, absence: float, until: str = NOTHING, **inputs: object
    ) -> tuple[Run, list[float]]:
        beats, given_up = tmp_path / "beats", threading.Event()
        number = submit(
            catalogue.by_class_path(f"hostile.{name}"), person("ann"), {"file": str(beats), **inputs}
        ).number

        def interfere() -> None:
            while not beats.exists():
                time.sleep(0.01)
            process = below(f"jobdeck: job #{number}")
            assert process is not None
            with away(settings.database_url, way):
                deadline = time.monotonic() + absence
                while time.monotonic() < deadline and not happened(process):
                    time.sleep(0.05)

        def happened(process: int) -> bool:
            if until == JOB_IS_GONE:
                return is_gone(process)
            return until == GIVEN_UP and given_up.is_set()

        other = threading.Thread(target=interfere)
        other.start()
        try:
            supervise(number, "worker@test")
        finally:
            given_up.set()
            other.join()
        times = [float(line) for line in beats.read_text().split()]
        return db.session.get_one(Run, number, populate_existing=True), times

    return to_the_end


def messages(run: Run) -> list[str]:
    return [line.message for line in logs.after(run.number, 0, 200_000)]


@pytest.mark.parametrize("way", WAYS)
def test_fault_14_the_hard_limit_holds_while_the_database_is_away(run_while_away, way):
    run, beats = run_while_away("Beating", way, 4.0, JOB_IS_GONE)
    assert run.state == State.TIMED_OUT
    assert run.reason == "It was stopped after its time limit of 2 s."
    assert beats[-1] - beats[0] < 3.5


@pytest.mark.parametrize("way", WAYS)
def test_fault_34_lines_wait_for_the_database_and_come_in_order(run_while_away, monkeypatch, way):
    monkeypatch.setattr(spool, "IN_MEMORY", 50)
    run, _ = run_while_away("Chatting", way, 2.0, seconds=3, lines=40)
    assert run.state == State.SUCCESS
    said = [message for message in messages(run) if message.startswith("line ")]
    assert len(said) > 1_000
    assert said == [f"line {number}" for number in range(1, len(said) + 1)]
    seqs = db.session.scalars(
        sa.select(LogLine.seq).where(LogLine.run_number == run.number).order_by(LogLine.seq)
    ).all()
    assert list(seqs) == list(range(1, run.last_seq + 1))


@pytest.mark.parametrize("way", WAYS)
def test_fault_35_an_end_is_offered_until_the_database_takes_it(run_while_away, way):
    run, beats = run_while_away("Chatting", way, 3.0, seconds=1)
    assert run.state == State.SUCCESS
    assert len(beats) > 10


def test_a_run_that_excludes_others_stops_itself_before_another_may_begin(app, run_while_away, monkeypatch):
    monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], lost_after=2))
    run, beats = run_while_away("Exclusively", "locked", 4.0, JOB_IS_GONE)
    assert run.state == State.LOST
    assert run.reason.startswith("Its worker could not reach the database for ")
    assert beats[-1] - beats[0] < 3.0


def test_fault_36_what_could_not_be_told_is_kept_on_disk_and_brought_in_later(run_while_away, settings, monkeypatch):
    monkeypatch.setattr(closing, "PATIENCE", 0.5)
    monkeypatch.setattr(closing, "MOST_SECONDS", 0.5)
    run, _ = run_while_away("Chatting", "locked", 4.0, GIVEN_UP, seconds=1)
    assert run.state == State.RUNNING
    assert [path.name for path in held_files.folder(settings.data_dir).iterdir()] == [
        f"{run.number}-{run.attempt}.jsonl"
    ]
    reports.bring_in(settings.data_dir)
    run = db.session.get_one(Run, run.number, populate_existing=True)
    assert run.state == State.SUCCESS
    assert messages(run)[-1] == "Job completed"
    assert list(held_files.folder(settings.data_dir).iterdir()) == []


def test_fault_36_what_comes_after_the_run_was_given_up_is_told_beside_its_state(run_while_away, settings, monkeypatch):
    monkeypatch.setattr(closing, "PATIENCE", 0.5)
    monkeypatch.setattr(closing, "MOST_SECONDS", 0.5)
    run, _ = run_while_away("Chatting", "locked", 4.0, GIVEN_UP, seconds=1)
    with transaction():
        states.lose(run.number, run.attempt, run.heartbeat, "reconciler", "Nobody knows.")
    reports.bring_in(settings.data_dir)
    run = db.session.get_one(Run, run.number, populate_existing=True)
    assert (run.state, run.reason) == (State.LOST, "Nobody knows.")
    assert messages(run)[-1] == "Job completed"
    late = db.session.scalars(sa.select(RunEvent).where(RunEvent.kind == Happening.CAME_LATE)).one()
    assert late.reason is not None
    assert late.reason.endswith("By its worker's account the attempt ended as: success.")
