"""A run that is over stays as it is, whoever writes to its row, past all that the application would refuse."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from tests.product import running
from webapp.accounts.models import User
from webapp.catalogue.models import Job
from webapp.db import db, is_sqlite, transaction, utcnow
from webapp.runs import states, steps
from webapp.runs.models import FINAL, Run, State
from webapp.runs.service import submit

runs = steps.runs
OTHERS: dict[str, Any] = {
    "state": State.QUEUED,
    "attempt": 99,
    "ended_at": None,
    "result": {"another": "result"},
    "reason": "another reason",
    "error": {"another": "error"},
    "traceback": "another traceback",
}
"""What somebody might write over the columns that are fixed at the end."""


@pytest.fixture
def over(job, person):
    """Gives the number of a run of Ann's that has ended in that state, with something in every column."""

    def make(state: State) -> int:
        number = submit(job("NoInputs"), person("ann"), {}).number
        attempt = running(number)
        told = {"result": {"a": 1}, "reason": "so it is", "error": {"b": 2}, "traceback": "line 1"}
        with transaction():
            states.finish(number, attempt, State.RUNNING, state, "w", **told)
        return number

    return make


def write(number: int, **values: Any) -> None:
    """Change the row of run number as somebody would who knows the database and nothing of the application."""
    db.session.remove()
    with db.engine.begin() as connection:
        assert connection.execute(sa.update(runs).where(runs.c.number == number).values(**values)).rowcount == 1


def row(number: int) -> Any:
    db.session.remove()
    with db.engine.connect() as connection:
        return connection.execute(sa.select(runs).where(runs.c.number == number)).one()


def refuses(number: int, **values: Any) -> bool:
    """Whether the database refuses to change the row so, in its own words."""
    before = row(number)
    try:
        write(number, **values)
    except sa.exc.IntegrityError as refusal:
        assert "a run that is over does not change" in str(refusal.orig)
        return row(number) == before
    return False


def test_the_trigger_is_there_at_the_newest_migration(app):
    if is_sqlite():
        known = sa.text("SELECT name, tbl_name, 'O' FROM sqlite_master WHERE type = 'trigger'")
    else:
        known = sa.text("SELECT tgname, tgrelid::regclass::text, tgenabled FROM pg_trigger WHERE NOT tgisinternal")
    of_the_index = {("log_words_come", "log_chunk", "O"), ("log_words_go", "log_chunk", "O")} if is_sqlite() else set()
    assert {tuple(trigger) for trigger in db.session.execute(known)} == {("run_is_over", "run", "O"), *of_the_index}


@pytest.mark.parametrize("state", FINAL)
def test_nothing_of_an_end_can_be_written_over(over, state):
    number = over(state)
    assert row(number).state == state
    for column, value in OTHERS.items():
        assert refuses(number, **{column: value}), column
    for column in ("result", "reason", "error", "traceback"):
        assert refuses(number, **{column: None}), column
    for other in set(State) - {state}:
        assert refuses(number, state=other), other
    assert refuses(number, **OTHERS, last_seq=7)


def test_what_was_empty_at_the_end_stays_empty(job, person):
    number = submit(job("NoInputs"), person("ann"), {}).number
    with transaction():
        states.cancel_queued(number, "ann", "")
    assert row(number).result is None
    for column in ("result", "error", "traceback"):
        assert refuses(number, **{column: OTHERS[column]}), column


def test_an_end_does_not_reach_over_to_runs_that_go_on(over, job, person):
    over(State.SUCCESS)
    number = submit(job("NoInputs"), person("ann"), {}).number
    write(number, **OTHERS)
    assert row(number).attempt == 99


def test_counters_of_a_run_that_is_over_still_count(over):
    number = over(State.LOST)
    before = row(number)
    counted = {name: getattr(before, name) + 3 for name in ("state_version", "last_seq", "log_bytes", "info_count")}
    write(number, **counted, rung_at=utcnow(), state=before.state, result=before.result)
    after = row(number)
    assert {name: getattr(after, name) for name in counted} == counted
    assert (after.state, after.result, after.ended_at) == (before.state, before.result, before.ended_at)


@pytest.mark.parametrize("gone", [Job, User])
def test_a_run_that_is_over_outlives_its_job_and_its_user(over, gone):
    number = over(State.SUCCESS)
    before = row(number)
    with transaction() as session:
        session.delete(session.get_one(gone, before.job_id if gone is Job else before.user_id))
    after = row(number)
    assert (after.job_id is None, after.user_id is None) == (gone is Job, gone is User)
    assert (after.state, after.job_name, after.user_name) == (State.SUCCESS, before.job_name, "ann")
    assert db.session.get_one(Run, number).finished
