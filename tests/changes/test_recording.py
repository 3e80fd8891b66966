"""Who changed what, when, from what to what: written by every transaction that changes a recorded row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.accounts.models import Group
from webapp.catalogue import records, refreshing, turns
from webapp.catalogue.models import OVERRIDABLE, Job, JobQueue
from webapp.changes import acting
from webapp.changes.models import Action, Change
from webapp.db import db, is_sqlite, transaction, utcnow
from webapp.runs.service import submit


def changes(row: object | None = None) -> list[Change]:
    """All of them in their order, or those of a row, after what the template has left."""
    db.session.rollback()
    query = sa.select(Change).order_by(Change.number)
    return list(db.session.scalars(query if row is None else query.where(Change.row_id == str(row.id))))


@pytest.fixture
def echo(job):
    """A job whose past is forgotten."""
    with transaction() as session:
        session.execute(sa.delete(Change))
    return job("Echo")


def test_a_change_tells_the_fields_that_changed_with_what_they_were(echo, person):
    with acting(person("ann")), transaction():
        echo.time_limit, echo.enabled, echo.overridden = 90, True, ["time_limit"]
    [change] = changes()
    assert (change.kind, change.row_id, change.row_name, change.action) == (
        "extras.job",
        str(echo.id),
        "Echo",
        Action.UPDATE,
    )
    assert change.before == {"time_limit": 0, "overridden": []}
    assert change.after == {"time_limit": 90, "overridden": ["time_limit"]}
    assert (change.user_id, change.user_name, change.run_number) == (person("ann").id, "ann", None)
    assert abs((change.at - utcnow()).total_seconds()) < 60


@on_sqlite
def test_a_value_that_nobody_has_read_is_known_all_the_same(echo):
    db.session.expire_all()
    with transaction():
        echo.time_limit = 5
    assert changes()[0].before == {"time_limit": 0}


@on_sqlite
def test_what_a_transaction_does_in_several_steps_is_one_change(echo):
    with transaction() as session:
        for limit in (10, 20, 30):
            echo.time_limit = limit
            session.flush()
    [change] = changes()
    assert (change.before, change.after) == ({"time_limit": 0}, {"time_limit": 30})


@on_sqlite
def test_what_is_changed_and_changed_back_leaves_nothing(echo):
    with transaction() as session:
        echo.name = str(echo.id)
        session.flush()
        echo.name, echo.enabled = "Echo", echo.enabled
    assert changes() == []


def test_a_name_that_is_given_up_for_a_moment_does_not_show(echo, job):
    talk = job("Talk")
    with turns.alone():
        records.rename({echo: "Talk", talk: "Echo"})
    assert [(one.row_name, one.before, one.after) for one in changes()] == [
        ("Talk", {"name": "Echo"}, {"name": "Talk"}),
        ("Echo", {"name": "Talk"}, {"name": "Echo"}),
    ]


def test_a_new_row_is_told_with_all_its_fields_and_so_is_one_that_is_deleted(echo):
    with transaction() as session:
        queue = JobQueue(name="attic", paused_at=utcnow(), pause_reason="storm")
        session.add(queue)
    with transaction() as session:
        session.delete(queue)
    made, deleted = changes(queue)
    assert (made.action, made.before, deleted.action, deleted.after) == (Action.CREATE, None, Action.DELETE, None)
    assert made.after == deleted.before
    assert made.after.keys() == {"name", "description", "queue_type", "paused_at", "pause_reason"}
    assert made.after["paused_at"].startswith(str(utcnow().year))
    assert deleted.row_name == "attic"


def test_a_deleted_row_is_told_as_it_was_before_the_transaction(echo):
    with transaction() as session:
        echo.name = "Late"
        session.flush()
        session.delete(echo)
    [change] = changes()
    assert change.before["name"] == "Echo"
    assert change.before.keys() >= {*OVERRIDABLE, "enabled", "installed", "keep_days", "keep_runs", "overridden"}


@on_sqlite
def test_what_is_made_and_deleted_in_one_transaction_was_never_there(echo):
    with transaction() as session:
        queue = JobQueue(name="attic")
        session.add(queue)
        session.flush()
        session.delete(queue)
    assert changes() == []


def test_what_is_rolled_back_leaves_nothing_not_even_for_the_next_transaction(echo):
    with pytest.raises(ZeroDivisionError), transaction() as session:
        echo.time_limit = 5
        session.add(JobQueue(name="attic"))
        session.flush()
        raise ZeroDivisionError
    with transaction():
        echo.enabled = False
    [change] = changes()
    assert change.after == {"enabled": False}


def test_a_savepoint_that_is_rolled_back_leaves_nothing_and_one_that_is_kept_does(echo, job):
    with transaction() as session:
        echo.time_limit = 5
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            echo.time_limit, job("Talk").enabled = 7, False
            session.add(JobQueue(name="attic"))
            session.flush()
            session.delete(job("Fail"))
            session.flush()
            raise ZeroDivisionError
        with session.begin_nested():
            echo.soft_time_limit = 3
    [change] = changes()
    assert change.after == {"time_limit": 5, "soft_time_limit": 3}


@on_sqlite
def test_nested_transactions_are_one_change(echo):
    with transaction():
        echo.time_limit = 5
        with transaction():
            echo.soft_time_limit = 3
    assert [change.after for change in changes()] == [{"time_limit": 5, "soft_time_limit": 3}]


@on_sqlite
def test_who_is_appointed_first_counts_also_if_they_leave_before_the_commit(echo, job, person):
    with transaction():
        with acting(person("bob")):
            echo.time_limit = 5
        with acting(None, "nightly cleanup", run_number=7):
            job("Talk").time_limit = 6
        job("Fail").time_limit = 8
    told = [(change.user_name, change.user_id, change.run_number) for change in changes()]
    assert told == [("bob", person("bob").id, None), ("nightly cleanup", None, 7), ("the shell", None, None)]


@on_sqlite
def test_nobody_acts_without_a_name(app):
    with pytest.raises(ValueError, match="has a name"), acting(None):
        pass


@on_sqlite
def test_who_is_signed_in_changes_and_so_does_who_sends_a_token(echo, browse, api, person):
    browse("admin").post(f"/jobs/{echo.id}/enablement", {"enabled": "false"})
    api("admin").patch(f"/api/extras/jobs/{echo.id}/", json={"enabled": True})
    told = [(change.user_id, change.user_name, change.after) for change in changes()]
    admin = person("admin").id
    assert told == [(admin, "admin", {"enabled": False}), (admin, "admin", {"enabled": True})]


def test_a_change_outlives_the_user(echo, person):
    with acting(person("ann")), transaction():
        echo.time_limit = 5
    with transaction() as session:
        session.delete(person("ann"))
    [change] = changes()
    assert (change.user_id, change.user_name) == (None, "ann")


@on_sqlite
def test_what_is_not_recorded_leaves_nothing(echo, person):
    with transaction() as session:
        echo.last_run_number, echo.line = 7, 8
        session.add(Group(name="new"))
        person("ann").is_active = False
    submit(echo, person("admin"), {"text": "x"})
    assert changes() == []


@on_sqlite
def test_a_refresh_acts_by_the_name_of_whoever_asked_for_it(app, settings, tmp_path):
    folder = tmp_path / "jobs"
    folder.mkdir()
    text = (
        "from webapp.jobs import Job, register_jobs\n\n\nclass One(Job):\n    class Meta:\n"
        "        has_sensitive_variables = False\n        time_limit = {limit}\n\n"
        "    def run(self):\n        pass\n\n\n"
        "register_jobs(One)\n"
    )
    with transaction() as session:
        for row in session.scalars(sa.select(Job)):
            session.delete(row)
        session.flush()
        session.execute(sa.delete(Change))
    for limit in (60, 90):
        (folder / "one.py").write_text(text.format(limit=limit))
        refreshing.refresh(folder, by="post-upgrade")
    refreshing.refresh(folder, by="post-upgrade")
    (folder / "one.py").unlink()
    refreshing.refresh(folder, by="worker 7")
    told = [change for change in changes() if change.kind == "extras.job" and change.row_name == "One"]
    assert [(change.user_id, change.user_name, change.action) for change in told] == [
        (None, "post-upgrade", Action.CREATE),
        (None, "post-upgrade", Action.UPDATE),
        (None, "worker 7", Action.UPDATE),
    ]
    assert [change.after for change in told[1:]] == [{"time_limit": 90}, {"installed": False}]
    assert told[0].after["time_limit"] == 60


def test_many_rows_cost_one_statement(echo):
    said: list[str] = []

    def listen(_connection, _cursor, statement, parameters, _context, many):
        if "INTO change" in statement:
            said.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    with transaction() as session:
        session.add_all(JobQueue(name=f"queue {number}") for number in range(60))
    assert len(changes()) == 60
    assert len(said) == 1


def test_two_who_change_the_same_row_leave_a_chain(app, echo):
    """Nobody's `before` is somebody else's past: each takes turns."""

    def change(limit: int) -> None:
        with app.app_context():
            row = db.session.get_one(Job, id)
            with turns.alone():
                row.time_limit = limit

    id = echo.id
    db.session.rollback()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(change, range(1, 11)))
    told = changes()
    assert [one.after for one in told[:-1]] == [one.before for one in told[1:]]
    assert len(told) == 10 or is_sqlite()
