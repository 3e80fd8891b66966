"""Two or twenty who want something of a run at the same moment: one outcome each time, and a story without a gap."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.conftest import private_folder
from tests.faults.racing import (
    HeadStart,
    Track,
    assert_stories_are_whole,
    assert_they_met,
    state_on_its_job,
)
from tests.product import take
from tests.sizes import CROWDS, RACES
from webapp import db as database
from webapp.accounts.models import User
from webapp.catalogue.models import DEFAULT_QUEUE, Job, JobQueue
from webapp.db import db, transaction
from webapp.errors import NotPossible
from webapp.runs import pausing, states, steps
from webapp.runs.cancelling import cancel
from webapp.runs.event_models import RunEvent
from webapp.runs.ledger import Fenced, Ledger
from webapp.runs.models import Run, State
from webapp.runs.reconciler import Reconciler, Sighting
from webapp.runs.service import submit

runs = steps.runs
AT_ONCE = 20
EAGER_MS = 8
"""Milliseconds for which SQLite waits for its lock, in ever longer pauses, before it is asked anew."""


@pytest.fixture
def tmp_path():
    """In memory: on a disk each round would wait for it, and nobody for each other."""
    with private_folder("races") as folder:
        yield folder


@pytest.fixture
def track(app):
    """Two lanes."""
    with Track(app, 2) as made:
        yield made


@pytest.fixture
def eager(app):
    """Who waits for SQLite's lock asks for it every few milliseconds; by itself SQLite pauses for up to 100, and of
    twenty most would sleep while the lock is free.
    """

    def begin(cursor: sqlite3.Cursor, statement: str, _parameters: object, _context: object) -> bool:
        if statement != "BEGIN IMMEDIATE":
            return False
        deadline = time.monotonic() + database.BUSY_SECONDS
        cursor.execute(f"PRAGMA busy_timeout = {EAGER_MS}")
        while not begun(cursor, statement):
            assert time.monotonic() < deadline, "database is locked"
        cursor.execute(f"PRAGMA busy_timeout = {database.BUSY_SECONDS * 1000}")
        return True

    def begun(cursor: sqlite3.Cursor, statement: str) -> bool:
        try:
            cursor.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        return True

    if not database.is_sqlite():
        yield
        return
    # What listens belongs to the dialect, which this application shares with those of other tests.
    event.listen(db.engine, "do_execute", begin)
    yield
    event.remove(db.engine, "do_execute", begin)


@pytest.fixture(autouse=True)
def unheard(app):
    """Nobody rings: it would take as long as the races, and no worker is there to hear it."""
    app.extensions["bell"].silent_until = float("inf")


@pytest.fixture
def queued(job, person):
    """Makes so many runs of the class of that name, all Ann's, that wait; gives their numbers."""

    def make(count: int = RACES, name: str = "NoInputs") -> list[int]:
        first = submit(job(name), person("ann"), {}).number
        pattern = {column: value for column, value in row(first)._mapping.items() if column not in ("number", "id")}
        with transaction() as session:
            more = session.scalars(sa.insert(Run).returning(Run.number), [pattern] * (count - 1)).all()
            born = {"n": 1, "to_state": State.QUEUED, "final": False, "attempt": 0, "actor": "ann"}
            session.execute(sa.insert(RunEvent), [{**born, "run_number": number} for number in more])
        return [first, *more]

    return make


def row(number: int) -> Any:
    db.session.rollback()
    return db.session.execute(sa.select(runs).where(runs.c.number == number)).one()


def newest(number: int) -> None:
    """Let the job of run number show it as its last one; belongs inside a transaction."""
    mark = {"last_run_number": number, "last_run_state": State.QUEUED}
    of_run = sa.select(runs.c.job_id).where(runs.c.number == number).scalar_subquery()
    db.session.execute(sa.update(Job).where(Job.id == of_run).values(mark))


def begun(number: int) -> int:
    """Let run number be the last of its job and go on; gives the attempt."""
    with transaction():
        newest(number)
        attempt = states.claim(number, "w")
        states.start(number, attempt, "w")
    return attempt


def cancelled(number: int) -> bool:
    """Whether somebody who cancels the run is told that it was still possible."""
    user = db.session.scalars(sa.select(User).where(User.username == "ann")).one()
    try:
        cancel(db.session.get_one(Run, number), user, "a race")
    except NotPossible:
        return False
    return True


def end(number: int, attempt: int, state: State) -> State | None:
    """What the supervisor of the attempt hears that the run is in once it has brought it to its end."""
    try:
        return Ledger(number, attempt, "w", 0).finish(State.RUNNING, (state, {"reason": "over"}), [], 0)
    except Fenced:
        return None


def test_fault_77_cancel_against_claim(track, queued):
    head = HeadStart()
    for number in queued():
        with transaction():
            newest(number)
        claim, asked = track.race([partial(take, number, "w"), partial(cancelled, number)], head.seconds)
        run = row(number)
        assert asked
        if claim is None:
            assert (run.state, run.attempt) == (State.CANCELLED, 0)
        else:
            assert (run.state, run.attempt, run.cancel_by) == (State.CLAIMED, 1, "ann")
            with transaction():
                states.finish(number, 1, State.CLAIMED, State.CANCELLED, "w", reason="Cancelled by ann.")
        head.won(0 if claim else 1)
        assert state_on_its_job(number) == State.CANCELLED
    assert_stories_are_whole()
    assert_they_met(track, head)


def test_fault_78_cancel_against_finish(track, queued):
    head = HeadStart()
    for number in queued():
        attempt = begun(number)
        ended, asked = track.race(
            [partial(end, number, attempt, State.SUCCESS), partial(cancelled, number)], head.seconds
        )
        run = row(number)
        assert (ended, run.state, run.reason) == (State.SUCCESS, State.SUCCESS, "over")
        assert (run.cancel_by == "ann") == asked
        head.won(1 if asked else 0)
        assert state_on_its_job(number) == State.SUCCESS
    assert_stories_are_whole()
    assert_they_met(track, head)


def test_fault_78_cancel_against_an_end_that_would_be_repeated(track, queued):
    head, numbers = HeadStart(), queued()
    with transaction():
        db.session.execute(sa.update(runs).values(max_attempts=2))
    for number in numbers:
        attempt = begun(number)
        ended, asked = track.race(
            [partial(end, number, attempt, State.ERRORED), partial(cancelled, number)], head.seconds
        )
        run = row(number)
        assert asked
        # Asked first: no other attempt. Asked later: the other attempt never begins.
        assert (ended, run.state) in ((State.ERRORED, State.ERRORED), (State.QUEUED, State.CANCELLED))
        head.won(1 if ended is State.ERRORED else 0)
        assert state_on_its_job(number) == run.state
    assert_stories_are_whole()
    assert_they_met(track, head)


def the_queue() -> JobQueue:
    return db.session.scalars(sa.select(JobQueue).where(JobQueue.name == DEFAULT_QUEUE)).one()


def somebody() -> User:
    return db.session.scalars(sa.select(User).where(User.username == "admin")).one()


def paused(number: int) -> State:
    """The state of the run at the moment when whoever pauses its queue is told that it is paused."""
    pausing.pause(the_queue(), somebody(), "a race")
    return row(number).state


def test_pause_against_claim(track, queued):
    head, rounds = HeadStart(), RACES // 2
    for number in queued(rounds):
        with transaction():
            newest(number)
        claim, then = track.race([partial(take, number, "w"), partial(paused, number)], head.seconds)
        assert then == row(number).state == (State.CLAIMED if claim else State.QUEUED)
        assert take(number, "late") is None
        head.won(0 if claim else 1)
        pausing.resume(the_queue(), somebody())
        taken = claim or take(number, "w")
        assert taken is not None
        with transaction():
            states.finish(number, 1, State.CLAIMED, State.CANCELLED, "w", reason="Cancelled by ann.")
    assert_stories_are_whole()
    assert_they_met(track, head, rounds)


def test_fault_62_double_submit_with_the_same_key(track, job, person):
    ids = job("NoInputs").id, person("ann").id

    def press(key: str) -> tuple[int, bool]:
        run = submit(db.session.get_one(Job, ids[0]), db.session.get_one(User, ids[1]), {}, idem_key=key)
        return run.number, run.replayed

    head = HeadStart()
    for number in range(RACES):
        key = f"key {number}"
        first, second = track.race([partial(press, key)] * 2, head.seconds)
        assert first[0] == second[0]
        assert {first[1], second[1]} == {False, True}
        head.won(1 if first[1] else 0)
        assert state_on_its_job(first[0]) == State.QUEUED
        with transaction():
            states.cancel_queued(first[0], "ann", "")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Run)) == RACES
    assert_stories_are_whole()
    assert_they_met(track, head)


def test_two_reapers(track, queued, caplog):
    def reap(number: int, attempt: int, heartbeat: int) -> int:
        watch = Reconciler(60, looked_at=time.monotonic())
        watch.sightings[number, attempt] = Sighting(heartbeat, time.monotonic() - 61, moved=True)
        watch.reconcile()
        return threading.get_ident()

    head = HeadStart()
    for number in queued():
        attempt, heartbeat = begun(number), row(number).heartbeat
        watches = track.race([partial(reap, number, attempt, heartbeat)] * 2, head.seconds)
        run = row(number)
        assert (run.state, run.deaths) == (State.LOST, 1)
        [told] = [record for record in caplog.records if f"run #{number}, " in record.message]
        head.won(watches.index(told.thread))
        assert state_on_its_job(number) == State.LOST
        caplog.clear()
    assert_stories_are_whole()
    assert_they_met(track, head)


@pytest.mark.timeout(300)
def test_fault_80_twenty_singletons_at_once(app, eager, queued):
    words = "Job 'Singleton' is a singleton and already running."
    winners, refused = Counter(), sa.and_(runs.c.state == State.ERRORED, runs.c.reason == words)
    waiting = queued(CROWDS * AT_ONCE, "Singleton")
    with Track(app, AT_ONCE) as track:
        for first in range(0, len(waiting), AT_ONCE):
            numbers = waiting[first : first + AT_ONCE]
            with transaction():
                newest(numbers[-1])
            taken = track.race([partial(take, number, "w") for number in numbers])
            [place] = [place for place, claim in enumerate(taken) if claim]
            ours, winner = runs.c.number.in_(numbers), numbers[place]
            db.session.rollback()
            ended = db.session.scalars(sa.select(runs.c.number).where(ours, refused)).all()
            assert set(ended) == set(numbers) - {winner}
            assert (row(winner).state, row(winner).slot) == (State.CLAIMED, 1)
            with transaction():
                states.finish(winner, 1, State.CLAIMED, State.SUCCESS, "w")
            assert state_on_its_job(numbers[-1]) == row(numbers[-1]).state
            winners[place] += 1
    assert_stories_are_whole()
    assert track.overlaps > CROWDS // 2
    assert len(winners) > AT_ONCE // 4
