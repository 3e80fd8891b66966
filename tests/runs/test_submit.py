"""submit(): the one gate in."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from psycopg import _queries

from tests.product import on_sqlite
from webapp.accounts import service as accounts
from webapp.accounts.models import Permission, User
from webapp.catalogue.models import Job
from webapp.db import db, on_commit, transaction
from webapp.errors import (
    AlreadyUsed,
    InvalidInputs,
    NotAllowed,
    NotEnabled,
    NotInstalled,
    NotPossible,
    UnknownQueue,
)
from webapp.queue import bell
from webapp.runs import checking, envelope, service
from webapp.runs.event_models import RunEvent
from webapp.runs.models import Envelope, Run
from webapp.runs.service import LOCAL, submit


def rows(model) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_a_run_keeps_what_it_needs_whatever_becomes_of_its_job_and_user(job, person, settings):
    number = submit(job("Echo"), person("ann"), {"text": "hi"}).number
    with transaction() as session:
        session.delete(job("Echo"))
        session.delete(person("ann"))
    run = db.session.get_one(Run, number)
    assert (run.job, run.user, run.job_id, run.user_id) == (None, None, None, None)
    assert (run.job_name, run.class_path, run.user_name) == ("Echo", "plain.Echo", "ann")
    assert (run.soft_time_limit, run.time_limit) == (settings.soft_time_limit, settings.time_limit)


def test_a_job_with_limits_of_its_own_runs_under_them(job, person):
    run = submit(job("Sleep"), person("ann"), {})
    assert (run.soft_time_limit, run.time_limit) == (1, 2)


def test_the_first_event_tells_who_started_it(job, person):
    run = submit(job("Echo"), person("ann"), {"text": "hi"})
    (event,) = db.session.scalars(sa.select(RunEvent)).all()
    assert (event.run_number, event.to_state, event.actor, event.from_state) == (run.number, "queued", "ann", None)
    assert (event.n, event.attempt) == (run.state_version, run.attempt)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_the_driver_takes_none_of_the_statements_apart_anew_each_time(job, person, monkeypatch):
    anew, take_apart = [], _queries._query2pg_nocache
    monkeypatch.setattr(_queries, "_query2pg_nocache", lambda *query: anew.append(query) or take_apart(*query))
    submit(job("Echo"), person("ann"), {"text": "hi"}, idem_key="k")
    assert anew == []


def test_workers_are_told_once_the_run_is_in_the_database(job, person):
    run = submit(job("Elsewhere"), person("ann"), {})
    assert bell.waiting("lab") == {run.number}
    assert bell.waiting("default") == set()
    submit(job("NoInputs"), person("ann"), {}, local=True)
    assert bell.waiting(LOCAL) == bell.waiting("default") == set()


def test_nobody_is_told_of_a_run_that_was_rolled_back(job, person):
    with pytest.raises(ZeroDivisionError), transaction():
        submit(job("NoInputs"), person("ann"), {})
        raise ZeroDivisionError
    assert rows(Run) == 0
    assert bell.waiting("default") == set()


@on_sqlite
def test_redis_away_is_no_reason_to_refuse(app, job, person, monkeypatch):
    monkeypatch.setattr(app.extensions["bell"], "silent_until", float("inf"))
    assert submit(job("NoInputs"), person("ann"), {}).number
    assert rows(Run) == 1


@on_sqlite
def test_what_may_not_run_makes_nothing(job, person):
    ann = person("ann")
    for refusal, arguments, options in (
        (NotAllowed, (job("Echo"), person("vic"), {"text": "hi"}), {}),
        (UnknownQueue, (job("Echo"), ann, {"text": "hi"}), {"queue": "nowhere"}),
        (UnknownQueue, (job("Echo"), ann, {"text": "hi"}), {"queue": LOCAL}),
        (InvalidInputs, (job("Echo"), ann, {}), {}),
        (InvalidInputs, (job("Echo"), ann, {"text": "hi"}), {"idem_key": ""}),
        (InvalidInputs, (job("Echo"), ann, {"text": "hi"}), {"idem_key": "x" * 256}),
        (InvalidInputs, (job("Echo"), ann, {"text": "hi"}), {"idem_key": "\ud800"}),
    ):
        with pytest.raises(refusal):
            submit(*arguments, **options)
    with transaction():
        job("Echo").enabled = False
    with pytest.raises(NotEnabled):
        submit(job("Echo"), ann, {"text": "hi"})
    with transaction():
        job("Echo").enabled, job("Echo").installed = True, False
    with pytest.raises(NotInstalled):
        submit(job("Echo"), ann, {"text": "hi"})
    accounts.deactivate(ann)
    with pytest.raises(NotAllowed):
        submit(job("NoInputs"), ann, {})
    assert rows(Run) == rows(RunEvent) == rows(Envelope) == 0
    assert bell.waiting("default") == set()


def test_a_key_stands_for_one_submission_of_one_user(job, person):
    ann, admin = person("ann"), person("admin")
    first = submit(job("Echo"), ann, {"text": "hi"}, idem_key="k")
    number = first.number
    assert submit(job("Echo"), ann, {"text": "hi", "count": "3"}, idem_key="k").number == number
    assert submit(job("Echo"), admin, {"text": "hi"}, idem_key="k").number != number
    for other in (
        lambda: submit(job("Echo"), ann, {"text": "other"}, idem_key="k"),
        lambda: submit(job("NoInputs"), ann, {}, idem_key="k"),
        lambda: submit(job("Echo"), ann, {"text": "hi"}, idem_key="k", local=True),
    ):
        with pytest.raises(AlreadyUsed, match=f"run #{number}"):
            other()
    assert rows(Run) == 2
    assert submit(job("Echo"), ann, {"text": "hi"}).number != submit(job("Echo"), ann, {"text": "hi"}).number


def test_the_fingerprint_of_sensitive_inputs_says_nothing(job, person):
    run = submit(job("Secretive"), person("ann"), {"password": "tell-nobody"}, idem_key="k")
    assert len(run.fingerprint) == 64
    with pytest.raises(AlreadyUsed):
        submit(job("Secretive"), person("ann"), {"password": "other"}, idem_key="k")


def test_sealed_inputs_open_again_and_stand_nowhere_in_the_clear(job, person):
    run = submit(job("Secretive"), person("ann"), {"password": "tell-nobody"})
    assert envelope.inputs_of(run) == {"password": "tell-nobody"}
    for table in db.metadata.sorted_tables:
        for row in db.session.execute(sa.select(table)):
            assert "tell-nobody" not in repr(tuple(row)), table.name


def test_a_run_made_inside_a_larger_transaction_is_told_when_that_is_safe(job, person):
    told = []
    with transaction():
        run = submit(job("NoInputs"), person("ann"), {})
        on_commit(lambda: told.append(run.number))
        assert bell.waiting("default") == set()
    assert bell.waiting("default") == set(told)


@pytest.fixture
def meanwhile(monkeypatch):
    """Lets somebody else change something right after the inputs of a run were checked."""
    check = checking.check

    def let(change):
        def checked(*arguments, **options):
            wanted = check(*arguments, **options)
            db.session.rollback()
            with db.engine.begin() as connection:
                connection.execute(change)
            return wanted

        monkeypatch.setattr(service, "check", checked)

    return let


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (sa.update(Job).values(enabled=False), NotEnabled),
        (sa.update(Job).values(installed=False), NotInstalled),
        (sa.update(Job).values(variables=[]), NotPossible),
        (sa.update(Job).values(task_queues=["lab"]), UnknownQueue),
        (sa.update(Job).values(approval_required=True), NotPossible),
        (sa.update(User).values(is_active=False), NotAllowed),
        (sa.update(Permission).values(enabled=False), NotAllowed),
    ],
)
def test_what_changes_after_the_inputs_were_checked_counts(job, person, meanwhile, change, refusal):
    meanwhile(change)
    with pytest.raises(refusal):
        submit(job("Echo"), person("ann"), {"text": "hi"})
    assert not db.session.scalar(sa.select(sa.func.count()).select_from(Run))


def test_what_changes_in_a_job_beside_its_inputs_keeps_nobody_from_running_it(job, person, meanwhile):
    meanwhile(sa.update(Job).values(description="Another one."))
    assert submit(job("Echo"), person("ann"), {"text": "hi"}).number
