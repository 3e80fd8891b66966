"""The reconciler rings again for what waits and gives an honest end to what nobody works on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from tests.product import running
from webapp.catalogue import deleting
from webapp.catalogue.models import JobQueue
from webapp.db import DatabaseAway, db, transaction, utcnow
from webapp.queue import bell
from webapp.runs import pausing, processes, reconciler, states, waiting
from webapp.runs.cancelling import cancel
from webapp.runs.event_models import RunEvent
from webapp.runs.models import Run, State
from webapp.runs.process_models import Process
from webapp.runs.reconciler import Reconciler
from webapp.runs.service import submit


class Clock:
    """A monotonic clock that goes on when it is told."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(reconciler, "time", made)
    return made


@pytest.fixture
def start(job, person):
    """Submits a run of a class and gives its number."""

    def make(name: str = "NoInputs", **options: object) -> int:
        return submit(job(name), person("ann"), {}, **options).number

    return make


def watched(clock: Clock, seconds: float, *watches: Reconciler) -> None:
    """Let so much time pass, in which these reconcilers have a round now and then."""
    end = clock.now + seconds
    while clock.now < end:
        clock.now = min(end, clock.now + 20)
        for watch in watches:
            watch.reconcile()


def test_runs_of_a_deleted_job_end_although_no_worker_serves_their_queue(start, job, person, supervise):
    waits, later, paused = start("Elsewhere"), start("Elsewhere"), start("Elsewhere")
    age(later, start_after=-timedelta(days=1))
    pausing.pause(
        db.session.scalars(select(JobQueue).where(JobQueue.name == at(paused).queue)).one(), person("admin"), "x"
    )
    other, going = start(), start("Elsewhere", queue="default")
    attempt = running(going)
    deleting.delete([job("Elsewhere")], person("admin"))
    assert "ends as Errored as soon as a scheduler or an idle worker sees it" in str(waiting.why(at(waits)))
    Reconciler(60).reconcile()
    for number in (waits, later, paused):
        run = at(number)
        assert (run.state, run.reason) == (State.ERRORED, "Not started: its job has been deleted.")
        assert run.ended_at
        event = db.session.scalars(select(RunEvent).where(RunEvent.run_number == number)).all()[-1]
        assert (event.to_state, event.actor) == (State.ERRORED, "reconciler")
    assert (at(other).state, at(going).state) == (State.QUEUED, State.RUNNING)
    assert supervise(waits, "late@worker") is None
    with transaction():
        states.finish(going, attempt, State.RUNNING, State.SUCCESS, "w")


def test_more_runs_of_deleted_jobs_than_one_round_ends_are_ended_in_the_next(start, job, person, monkeypatch):
    monkeypatch.setattr(reconciler, "MOST_ENDS", 2)
    numbers = [start("Elsewhere") for _ in range(3)]
    deleting.delete([job("Elsewhere")], person("admin"))
    watch = Reconciler(60)
    watch.reconcile()
    assert [at(number).state for number in numbers] == [State.ERRORED, State.ERRORED, State.QUEUED]
    watch.reconcile()
    assert at(numbers[2]).state == State.ERRORED


def redis(app):
    return app.extensions["redis"]


def at(number: int) -> Run:
    db.session.rollback()
    return db.session.get_one(Run, number)


def age(number: int, **ago: timedelta) -> None:
    with transaction() as session:
        for field, length in ago.items():
            setattr(session.get_one(Run, number), field, utcnow() - length)


def test_a_ring_that_was_lost_is_rung_again_after_a_while(app, start):
    watch = Reconciler(60)
    watch.reconcile()
    number = start()
    redis(app).delete(bell.queue_key("default"))
    watch.reconcile()
    assert bell.waiting("default") == set()
    age(number, rung_at=reconciler.RING_AGAIN - timedelta(seconds=1))
    watch.reconcile()
    assert bell.waiting("default") == set()
    age(number, rung_at=reconciler.RING_AGAIN + timedelta(seconds=1))
    watch.reconcile()
    assert bell.waiting("default") == {number}
    watch.reconcile()
    assert bell.waiting("default") == {number}


def test_what_still_hangs_in_redis_is_not_rung_twice(start):
    watch = Reconciler(60)
    watch.reconcile()
    number = start()
    age(number, rung_at=reconciler.RING_AGAIN + timedelta(seconds=1))
    watch.reconcile()
    watch.reconcile()
    assert bell.waiting("default") == {number}


def test_many_that_hang_in_redis_do_not_keep_a_lost_one_from_being_rung(app, start, monkeypatch):
    monkeypatch.setattr(reconciler, "MOST_RINGS", 3)
    watch = Reconciler(60)
    watch.reconcile()
    waiting = [start() for _ in range(4)]
    lost = start("Elsewhere")
    redis(app).delete(bell.queue_key("lab"))
    for number in (*waiting, lost):
        age(number, rung_at=reconciler.RING_AGAIN + timedelta(seconds=1))
    for _ in range(2):
        watch.reconcile()
    assert bell.waiting("lab") == {lost}
    assert redis(app).llen(bell.queue_key("default")) == 4


def test_fault_24_a_redis_that_lost_its_memory_is_told_everything_at_once(app, start):
    watch = Reconciler(60)
    watch.reconcile()
    numbers = {start(), start()}
    redis(app).flushall()
    watch.reconcile()
    assert bell.waiting("default") == numbers
    assert redis(app).llen(bell.queue_key("default")) == 2


def test_while_redis_is_away_nothing_breaks_and_afterwards_all_are_rung_at_once(app, start, clock):
    watch = Reconciler(60)
    watch.reconcile()
    app.extensions["bell"].silent_until = float("inf")
    number = start()
    watch.reconcile()
    app.extensions["bell"].silent_until = 0.0
    assert bell.waiting("default") == set()
    watch.reconcile()
    assert bell.waiting("default") == {number}


def test_what_is_not_queued_or_runs_locally_is_not_rung(app, start):
    running(start())
    start(local=True)
    redis(app).flushall()
    Reconciler(60).reconcile()
    assert redis(app).keys("rq:queue:*") == []


def test_rq_fact_4_a_running_attempt_without_a_sign_of_life_is_lost_and_says_so(start, clock):
    number = start()
    attempt = running(number)
    watch = Reconciler(60)
    watch.reconcile()
    watched(clock, 59, watch)
    assert at(number).state == State.RUNNING
    watched(clock, 2, watch)
    run = at(number)
    assert run.state == State.LOST
    assert run.reason == "Its worker has not been heard of for 60 s."
    event = db.session.scalars(select(RunEvent).where(RunEvent.run_number == number, RunEvent.final)).one()
    assert (event.actor, event.attempt) == ("reconciler", attempt)


def test_a_sign_of_life_starts_the_count_anew(start, clock):
    number = start()
    attempt = running(number)
    watch = Reconciler(60)
    watch.reconcile()
    for _ in range(4):
        watched(clock, 59, watch)
        with transaction():
            states.beat(number, attempt)
        watch.reconcile()
    assert at(number).state == State.RUNNING


def test_a_claim_that_died_before_the_job_began_waits_again(start, clock):
    number = start()
    with transaction():
        states.claim(number, "w")
    watch = Reconciler(60)
    watch.reconcile()
    watched(clock, 61, watch)
    run = at(number)
    assert (run.state, run.worker, run.attempt) == (State.QUEUED, None, 1)


def test_a_reconciler_that_has_just_begun_blames_nobody(start, clock):
    number = start()
    running(number)
    age(number, claimed_at=timedelta(days=1), started_at=timedelta(days=1))
    Reconciler(60).reconcile()
    assert at(number).state == State.RUNNING


def test_two_reconcilers_at_once_do_no_harm(start, clock):
    number = start()
    running(number)
    both = [Reconciler(60), Reconciler(60)]
    watched(clock, 90, *both)
    assert at(number).state == State.LOST
    assert len(db.session.scalars(select(RunEvent).where(RunEvent.run_number == number, RunEvent.final)).all()) == 1


def test_a_local_run_whose_command_is_gone_ends(start, clock):
    number, young = start(local=True), start(local=True)
    age(number, created_at=timedelta(seconds=61))
    Reconciler(60).reconcile()
    run = at(number)
    assert (run.state, run.reason) == (State.ERRORED, "The command that was to run it ended before it began.")
    assert at(young).state == State.QUEUED


@pytest.mark.parametrize("kind", [sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.InternalError, DatabaseAway])
def test_an_outage_of_the_database_says_nothing_about_the_workers(start, clock, monkeypatch, kind):
    number = start()
    running(number)
    watch = Reconciler(60)
    watch.reconcile()
    watched(clock, 59, watch)

    def away(*_args, **_options):
        raise kind("SELECT", {}, Exception("server closed the connection"))

    with monkeypatch.context() as patch:
        patch.setattr(db.session, "execute", away)
        with pytest.raises(kind):
            watch.reconcile()
    watched(clock, 59, watch)
    assert at(number).state == State.RUNNING
    watched(clock, 30, watch)
    assert at(number).state == State.LOST


def test_who_was_stopped_itself_begins_its_observation_afresh(start, clock):
    number = start()
    running(number)
    watch = Reconciler(60)
    watch.reconcile()
    watched(clock, 40, watch)
    clock.now += 31
    watch.reconcile()
    assert at(number).state == State.RUNNING
    watched(clock, 59, watch)
    assert at(number).state == State.RUNNING
    watched(clock, 2, watch)
    assert at(number).state == State.LOST


def test_a_lost_run_says_when_its_heartbeat_was_last_seen_to_change(start, clock):
    number = start()
    attempt = running(number)
    watch = Reconciler(60)
    watch.reconcile()
    with transaction():
        states.beat(number, attempt)
    watched(clock, 81, watch)
    last = utcnow() - timedelta(seconds=61)
    assert f"The last sign of life came at {last:%Y-%m-%d %H:%M}" in at(number).reason


def test_a_lost_run_says_when_its_worker_was_last_heard_of_before_anybody_watched(start, clock):
    number = start()
    with transaction():
        attempt = states.claim(number, processes.name_of("worker"))
        states.start(number, attempt, "w")
    processes.beat("worker", ["default"])
    with transaction() as session:
        session.get_one(Process, processes.name_of("worker")).beat_at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    watched(clock, 100, Reconciler(60))
    assert "The last sign of life came at 2026-01-02 03:04:05 UTC." in at(number).reason


def test_fault_79_a_lost_run_that_somebody_had_cancelled_says_so(start, clock, person):
    number = start()
    running(number)
    cancel(at(number), person("ann"))
    watched(clock, 100, Reconciler(60))
    run = at(number)
    assert run.state == State.LOST
    assert "ann had asked to cancel it" in run.reason


def test_fault_12_a_run_with_which_three_workers_vanished_is_not_tried_again(start, clock):
    number = start()
    watch = Reconciler(60)
    for _ in range(3):
        with transaction():
            states.claim(number, "w")
        watched(clock, 100, watch)
    assert at(number).state == State.ERRORED


def test_a_run_for_later_is_not_rung_before_and_at_once_when_its_time_has_come(app, start):
    watch = Reconciler(60)
    watch.reconcile()
    number = start()
    redis(app).delete(bell.queue_key("default"))
    age(number, rung_at=timedelta(seconds=1), start_after=timedelta(hours=-1))
    watch.reconcile()
    redis(app).flushall()
    watch.reconcile()
    assert bell.waiting("default") == set()
    age(number, start_after=timedelta())
    watch.reconcile()
    assert bell.waiting("default") == {number}
    redis(app).delete(bell.queue_key("default"))
    watch.reconcile()
    assert bell.waiting("default") == set()


def test_a_run_whose_places_are_all_taken_is_not_rung_before_one_is_free(app, job, person):
    first, second = (submit(job("Exclusive"), person("ann"), {"site": "lab"}).number for _ in range(2))
    with transaction():
        attempt = states.claim(first, "w", slot=1)
        states.start(first, attempt, "w")
    redis(app).flushall()
    watch = Reconciler(60)
    watch.reconcile()
    assert bell.waiting("default") == set()
    with transaction():
        states.finish(first, attempt, State.RUNNING, State.SUCCESS, "w")
    age(second, rung_at=reconciler.RING_AGAIN + timedelta(seconds=1))
    redis(app).delete(bell.queue_key("default"))
    watch.reconcile()
    assert bell.waiting("default") == {second}


def test_a_second_singleton_is_rung_as_it_ends_when_it_is_claimed(app, job, person):
    first, second = (submit(job("Singleton"), person("ann"), {}).number for _ in range(2))
    with transaction():
        states.claim(first, "w", slot=1)
    redis(app).flushall()
    Reconciler(60).reconcile()
    assert bell.waiting("default") == {second}


def test_a_reaper_that_had_to_wait_for_the_database_blames_nobody(start, clock, monkeypatch):
    number = start()
    running(number)
    watch = Reconciler(60)
    for _ in range(4):
        watch.reconcile()
        clock.now += 20
    lose = states.lose

    def after_a_lock(*arguments):
        clock.now += 2
        lose(*arguments)

    monkeypatch.setattr(states, "lose", after_a_lock)
    watch.reconcile()
    assert at(number).state == State.RUNNING
    assert watch.sightings == {}
