"""The transitions of a run: each is guarded by what must still hold, and leaves an event."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from webapp.db import db, transaction
from webapp.errors import NotPossible
from webapp.runs import states
from webapp.runs.event_models import RunEvent
from webapp.runs.models import FINAL, WORDS, Run, State
from webapp.runs.service import submit


@pytest.fixture
def number(job, person) -> int:
    """A queued run."""
    return submit(job("NoInputs"), person("ann"), {}).number


def at(number: int) -> Run:
    db.session.rollback()
    return db.session.get_one(Run, number)


def story(number: int) -> list[tuple]:
    db.session.rollback()
    rows = db.session.scalars(sa.select(RunEvent).where(RunEvent.run_number == number).order_by(RunEvent.n))
    return [(row.n, row.from_state, row.to_state, row.attempt, row.actor, row.final) for row in rows]


def claimed(number: int) -> int:
    with transaction():
        return states.claim(number, "w")


def running(number: int) -> int:
    attempt = claimed(number)
    with transaction():
        states.start(number, attempt, "w")
    return attempt


def test_a_run_goes_from_queued_to_its_end_and_every_step_is_kept(number):
    attempt = running(number)
    with transaction():
        states.finish(number, attempt, State.RUNNING, State.SUCCESS, "w", result={"a": 1})
    run = at(number)
    assert (run.state, run.result, run.attempt, run.worker) == (State.SUCCESS, {"a": 1}, 1, "w")
    assert run.created_at <= run.claimed_at <= run.started_at <= run.ended_at
    assert story(number) == [
        (1, None, "queued", 0, "ann", False),
        (2, "queued", "claimed", 1, "w", False),
        (3, "claimed", "running", 1, "w", False),
        (4, "running", "success", 1, "w", True),
    ]


def test_nothing_happens_to_a_run_that_is_not_where_the_step_starts_from(number):
    def refused(step, *arguments, **values):
        with pytest.raises(NotPossible), transaction():
            step(*arguments, **values)

    refused(states.start, number, 0, "w")
    refused(states.finish, number, 0, State.RUNNING, State.SUCCESS, "w")
    refused(states.requeue, number, 0, 0, "r", "gone")
    refused(states.lose, number, 0, 0, "r", "gone")
    attempt = claimed(number)
    refused(states.claim, number, "other")
    refused(states.start, number, attempt + 1, "other")
    refused(states.lose, number, attempt, 0, "r", "gone")
    with transaction():
        states.start(number, attempt, "w")
    refused(states.start, number, attempt, "w")
    refused(states.requeue, number, attempt, 0, "r", "gone")
    refused(states.finish, number, attempt + 1, State.RUNNING, State.SUCCESS, "w")
    refused(states.claim, 10**9, "w")
    assert [event[2] for event in story(number)] == ["queued", "claimed", "running"]


@pytest.mark.parametrize("end", FINAL)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_end_is_final(number, end):
    attempt = running(number)
    with transaction():
        states.finish(number, attempt, State.RUNNING, end, "w", reason="so it is")
    for frm in (State.RUNNING, State.CLAIMED, end):
        refusal = sa.exc.IntegrityError if frm is end else NotPossible
        with pytest.raises(refusal), transaction():
            states.finish(number, attempt, frm, State.SUCCESS, "late", reason="no")
    with transaction():
        assert states.beat(number, attempt) is None
    assert (at(number).state, at(number).reason) == (end, "so it is")


def test_two_ends_are_impossible_even_past_the_guards(number):
    attempt = running(number)
    with transaction():
        states.finish(number, attempt, State.RUNNING, State.FAILURE, "w")
    with pytest.raises(sa.exc.IntegrityError), transaction() as session:
        session.add(
            RunEvent(run_number=number, n=99, from_state="x", to_state="success", final=True, attempt=1, actor="w")
        )


def test_a_claim_that_died_waits_again_and_its_attempt_counts_no_more(number):
    first = claimed(number)
    with transaction():
        states.requeue(number, first, 0, "reconciler", "its worker is gone")
    run = at(number)
    assert (run.state, run.worker) == (State.QUEUED, None)
    second = claimed(number)
    assert second == first + 1
    with transaction():
        assert states.beat(number, first) is None
        assert states.beat(number, second) is not None
    with pytest.raises(NotPossible), transaction():
        states.start(number, first, "w")


def test_a_heartbeat_that_moved_saves_a_run_from_being_lost(number):
    attempt = running(number)
    with transaction():
        states.beat(number, attempt)
    with pytest.raises(NotPossible), transaction():
        states.lose(number, attempt, 0, "reconciler", "gone")
    with transaction():
        states.lose(number, attempt, 1, "reconciler", "gone")
    assert (at(number).state, at(number).reason) == (State.LOST, "gone")


def test_a_step_outside_a_transaction_is_a_mistake(number):
    for step in (
        lambda: states.claim(number, "w"),
        lambda: states.beat(number, 0),
        lambda: states.note_late(number, 0, "w", "It came late."),
    ):
        with pytest.raises(RuntimeError, match="inside transaction"):
            step()
    assert at(number).state == State.QUEUED


def test_an_end_that_is_none_is_a_mistake(number):
    attempt = running(number)
    with pytest.raises(ValueError, match="not the end"), transaction():
        states.finish(number, attempt, State.RUNNING, State.QUEUED, "w")
    assert at(number).state == State.RUNNING


def test_the_job_shows_its_newest_run_only(job, person):
    first = submit(job("NoInputs"), person("ann"), {}).number
    second = submit(job("NoInputs"), person("ann"), {}).number
    attempt = running(first)
    with transaction():
        states.finish(first, attempt, State.RUNNING, State.FAILURE, "w")
    record = job("NoInputs")
    assert (record.last_run_number, record.last_run_state) == (second, "queued")
    claimed(second)
    db.session.rollback()
    assert job("NoInputs").last_run_state == "claimed"


def test_every_state_has_a_word():
    assert set(WORDS) == set(State)


def test_a_run_that_somebody_wants_to_stop_does_not_begin(number):
    attempt = claimed(number)
    with transaction():
        states.ask_to_cancel(number, "ann", "a typo")
    with pytest.raises(NotPossible), transaction():
        states.start(number, attempt, "w")
    assert at(number).state == State.CLAIMED
