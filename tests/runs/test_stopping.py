"""Runs that end before their time: cancelled, shut down, killed; and those that are tried again."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.db import db, transaction
from webapp.errors import NotPossible
from webapp.runs import cancelling, logs, states, supervisor
from webapp.runs.event_models import RunEvent
from webapp.runs.models import Run, State
from webapp.runs.service import submit


@pytest.fixture(autouse=True)
def brisk(monkeypatch):
    monkeypatch.setattr(supervisor, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(supervisor, "STOPPING_BEAT_SECONDS", 0.1)


@pytest.fixture
def settle(app, monkeypatch):
    """Changes settings for the test."""

    def change(**values: object) -> None:
        monkeypatch.setitem(app.extensions, "settings", replace(app.extensions["settings"], **values))

    return change


@pytest.fixture
def start(job, person):
    """Submits a run of a class as Ann, and gives its number."""

    def make(name: str, **inputs: object) -> int:
        return submit(job(name), person("ann"), inputs).number

    return make


def at(number: int) -> Run:
    db.session.rollback()
    return db.session.get_one(Run, number, populate_existing=True)


def messages(number: int) -> list[str]:
    return [line.message for line in logs.after(number, 0, 1_000)]


def story(number: int) -> list[str]:
    return list(
        db.session.scalars(sa.select(RunEvent.to_state).where(RunEvent.run_number == number).order_by(RunEvent.n))
    )


def once(act):
    """Calls act at the first line that the job itself has logged."""
    done = []

    def on_lines(lines):
        if not done and any(line.grouping == "run" for line in lines):
            done.append(True)
            act()

    return on_lines


def test_a_cancelled_job_cleans_up_and_its_run_says_who_wanted_it(start, person, supervise):
    number = start("Cancellable")
    cancel = once(lambda: cancelling.cancel(at(number), person("ann"), "a typo"))
    assert supervise(number, "w", on_lines=cancel) == State.CANCELLED
    run = at(number)
    assert run.reason == "Cancelled by ann (a typo). Its job ended when it was told to."
    assert "cleaned up" in messages(number)
    assert run.kill_at is not None


@on_sqlite
def test_fault_13_a_job_that_does_not_heed_is_killed_after_its_time(start, person, settle, supervise):
    settle(cancel_grace=1)
    number = start("Stubborn")
    cancel = once(lambda: cancelling.cancel(at(number), person("ann")))
    assert supervise(number, "w", on_lines=cancel) == State.CANCELLED
    assert at(number).reason == "Cancelled by ann. Its job was killed when its 1 s were over."


def test_somebody_may_not_want_to_wait(start, person, supervise):
    number = start("Stubborn")

    def both():
        cancelling.cancel(at(number), person("ann"))
        cancelling.kill(at(number), person("admin"))

    assert supervise(number, "w", on_lines=once(both)) == State.CANCELLED
    assert at(number).reason == "Cancelled by ann. Its job was killed at once, as was asked for."


def test_a_run_that_is_cancelled_while_its_code_is_loaded_never_begins(start, person, monkeypatch, supervise):
    number = start("Cancellable")
    taken = supervisor.claims.take

    def take(*arguments):
        claim = taken(*arguments)
        cancelling.cancel(at(number), person("ann"))
        return claim

    monkeypatch.setattr(supervisor.claims, "take", take)
    assert supervise(number, "w") == State.CANCELLED
    assert at(number).reason == "Cancelled by ann, before it began."
    assert State.RUNNING not in story(number)


@on_sqlite
def test_a_worker_that_is_shut_down_gives_its_run_some_time(start, settle, supervise):
    settle(drain_seconds=0)
    number = start("Cancellable")
    stop = []
    assert (
        supervise(number, "w", on_lines=once(lambda: stop.append(True)), stopping=lambda: bool(stop)) == State.CANCELLED
    )
    assert at(number).reason.startswith("Its worker was shut down and could wait no longer than 0 s.")


def test_a_flaky_job_is_tried_again_until_it_succeeds(start, tmp_path, supervise):
    number = start("Flaky", file=str(tmp_path / "counter"))
    assert [supervise(number, "w") for _ in range(3)] == [State.QUEUED, State.QUEUED, State.SUCCESS]
    run = at(number)
    assert (run.attempt, run.starts, run.deaths) == (3, 3, 0)
    assert story(number).count("queued") == 3
    seqs = [line.seq for line in logs.after(number, 0, 1_000)]
    assert seqs == list(range(1, run.last_seq + 1))


def test_a_retry_waits_for_its_time(start, tmp_path, supervise):
    number = start("Flaky", file=str(tmp_path / "counter"))
    with transaction() as session:
        session.get_one(Run, number).retry_backoff = 60
    assert supervise(number, "w") == State.QUEUED
    assert supervise(number, "w") is None
    assert at(number).start_after > at(number).started_at


def test_a_run_that_was_asked_to_stop_is_not_tried_again(start, person, tmp_path):
    number = start("Flaky", file=str(tmp_path / "counter"))
    with transaction():
        attempt = states.claim(number, "w")
        states.start(number, attempt, "w")
        states.ask_to_cancel(number, "ann", "")
        assert states.finish(number, attempt, State.RUNNING, State.ERRORED, "w", reason="no") == State.ERRORED


def test_a_second_singleton_ends_in_the_words_of_the_reference(start, supervise):
    first, second = start("Singleton"), start("Singleton")
    with transaction():
        states.claim(first, "w", slot=1)
    assert supervise(second, "w") is None
    run = at(second)
    assert (run.state, run.reason) == (State.ERRORED, f"Job '{run.job_name}' is a singleton and already running.")
    assert run.error["exc_type"] == "RunJobTaskFailed"
    assert messages(second) == [run.reason]


def test_runs_of_another_key_do_not_wait(start, supervise):
    first, same, other = start("Exclusive", site="ams"), start("Exclusive", site="ams"), start("Exclusive", site="fra")
    with transaction():
        states.claim(first, "w", slot=1)
    assert supervise(same, "w") is None
    assert at(same).state == State.QUEUED
    with transaction() as session:
        session.get_one(Run, other).inputs = {**at(other).inputs, "seconds": 0}
    assert supervise(other, "w") == State.SUCCESS


def test_of_two_that_reject_and_came_at_once_the_later_ends_and_names_the_other(start, job, supervise):
    with transaction():
        job("Rejecting").concurrency = {"limit": 2, "key": "", "on_conflict": "reject"}
    first, second = start("Rejecting"), start("Rejecting")
    with transaction() as session:
        for number in (first, second):
            session.get_one(Run, number).concurrency_limit = 1
    with transaction():
        states.claim(first, "w", slot=1)
    assert supervise(second, "w") is None
    assert at(second).reason == f"Not started: run #{first} is still going on, and its job allows only one at a time."


def test_a_run_that_replaces_cancels_the_others(start):
    waiting, going = start("Replacing"), None
    going = waiting
    with transaction():
        states.claim(going, "w", slot=1)
    newer = start("Replacing")
    newest = start("Replacing")
    assert at(going).cancel_reason == f"run #{newer} takes its place"
    assert at(newer).state == State.CANCELLED
    assert at(newest).state == State.QUEUED


def test_a_slot_that_two_claims_want_goes_to_one(start):
    first, second = start("Exclusive", site="ams"), start("Exclusive", site="ams")
    with transaction():
        states.claim(first, "w", slot=1)
    with pytest.raises(sa.exc.IntegrityError), transaction():
        states.claim(second, "other", slot=1)
    assert at(second).state == State.QUEUED


def test_a_run_replaces_only_as_many_as_there_is_no_room_for(start, job):
    with transaction():
        job("Replacing").concurrency = {"limit": 2, "key": "", "on_conflict": "replace"}
    first, second, third = start("Replacing"), start("Replacing"), start("Replacing")
    assert [at(number).state for number in (first, second, third)] == [State.CANCELLED, State.QUEUED, State.QUEUED]


@on_sqlite
def test_a_local_run_has_one_attempt(job, person, tmp_path, supervise):
    run = submit(job("Flaky"), person("ann"), {"file": str(tmp_path / "counter")}, local=True)
    assert run.max_attempts == 1
    assert supervise(run.number, "w") == State.ERRORED


@on_sqlite
def test_an_attempt_that_is_followed_by_another_leaves_its_traceback_in_the_log(start, tmp_path, supervise):
    number = start("Flaky", file=str(tmp_path / "counter"))
    assert supervise(number, "w") == State.QUEUED
    assert [message for message in messages(number) if message.startswith("Traceback")]


@on_sqlite
def test_a_clean_up_that_fails_is_said_where_everybody_looks(start, person, supervise):
    number = start("Untidy")
    cancel = once(lambda: cancelling.cancel(at(number), person("ann")))
    assert supervise(number, "w", on_lines=cancel) == State.CANCELLED
    assert at(number).reason == (
        "Cancelled by ann. Its job ended when it was told to. Its clean-up failed: RuntimeError: the door is locked"
    )


@on_sqlite
def test_a_run_that_may_be_repeated_outlives_the_worker_that_leaves(start, settle, supervise):
    settle(drain_seconds=0)
    number = start("Cancellable")
    with transaction() as session:
        session.get_one(Run, number).max_attempts = 2
    stop = []
    leave = once(lambda: stop.append(True))
    assert supervise(number, "w", on_lines=leave, stopping=lambda: bool(stop)) == State.QUEUED


def test_a_run_that_would_be_rejected_is_refused_at_once(start):
    first = start("Rejecting")
    with pytest.raises(NotPossible, match=f"Run #{first} of this kind is not over yet"):
        start("Rejecting")
