"""transaction(), on_commit() and the column types, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from webapp.accounts.models import Group, User, UserSession
from webapp.catalogue.models import Job
from webapp.db import (
    WRITING,
    DatabaseAway,
    db,
    is_sqlite,
    on_commit,
    ping,
    transaction,
    utcnow,
    widen,
    within,
    writing,
)


def groups() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(sa.select(Group.name)))


def test_what_a_transaction_writes_is_there_afterwards(app):
    with transaction() as session:
        session.add(Group(name="new"))
    assert "new" in groups()


def test_an_exception_takes_everything_back(app):
    with pytest.raises(ZeroDivisionError), transaction() as session:
        session.add(Group(name="new"))
        session.flush()
        raise ZeroDivisionError
    assert "new" not in groups()
    with transaction() as session:
        session.add(Group(name="later"))
    assert "later" in groups()


def test_one_inside_another_joins_it(app):
    with pytest.raises(ZeroDivisionError), transaction() as session:
        with transaction() as inner:
            assert inner is session
            inner.add(Group(name="inner"))
        assert session.info[WRITING]
        raise ZeroDivisionError
    assert "inner" not in groups()


def test_a_write_outside_is_refused(app, person):
    message = "inside transaction\\(\\) only"
    db.session.add(Group(name="stray"))
    with pytest.raises(RuntimeError, match=message):
        db.session.commit()
    db.session.rollback()
    person("ann").username = "anna"
    with pytest.raises(RuntimeError, match=message):
        db.session.scalars(sa.select(Group)).all()
    db.session.rollback()
    db.session.delete(person("ann"))
    with pytest.raises(RuntimeError, match=message):
        db.session.flush()
    db.session.rollback()
    for statement in (
        sa.update(User).values(username="x"),
        sa.delete(Group),
        sa.insert(Group).values(name="stray"),
    ):
        with pytest.raises(RuntimeError, match=message):
            db.session.execute(statement)
    assert "stray" not in groups()
    assert person("ann").username == "ann"


def add(name: str) -> None:
    writing().execute(sa.insert(Group), {"name": name})


def test_a_single_transaction_is_one_statement_where_statements_are_transactions(app):
    done = []
    with transaction(single=True):
        add("one")
        on_commit(lambda: done.append(groups() >= {"one"}))
    assert done == [True]
    if is_sqlite():
        return
    for more in (lambda: add("two"), lambda: db.session.add(Group(name="two")) or db.session.flush(), widen):
        with pytest.raises(RuntimeError, match="as one statement"), transaction(single=True):
            add(f"first of {more}")
            more()
    assert "two" not in groups()


def test_one_that_turns_out_to_be_more_is_as_any_other(app):
    with pytest.raises(ZeroDivisionError), transaction(single=True) as session:
        widen()
        add("one")
        session.add(Group(name="two"))
        session.flush()
        raise ZeroDivisionError
    assert groups().isdisjoint({"one", "two"})


def test_rows_that_were_changed_before_a_transaction_are_a_mistake(app, person):
    person("ann").username = "anna"
    with pytest.raises(RuntimeError, match="changed outside a transaction"), transaction():
        pass
    db.session.rollback()
    db.session.add(Group(name="stray"))
    with pytest.raises(RuntimeError, match="changed outside a transaction"), transaction():
        pass


def test_what_was_read_before_is_read_again_inside(app, person):
    ann = person("ann")
    assert ann.is_active
    in_a_thread(app, lambda: switch_off("ann"))
    with transaction():
        assert not ann.is_active


def test_what_waits_for_the_commit_happens_after_it_and_only_once(app):
    order = []
    with transaction() as session:
        on_commit(lambda: order.append(("after", in_a_thread(app, groups))))
        with transaction():
            on_commit(lambda: order.append(("second", None)))
        session.add(Group(name="new"))
        order.append(("inside", None))
    assert [step for step, _ in order] == ["inside", "after", "second"]
    assert "new" in order[1][1]
    with transaction():
        pass
    assert len(order) == 3


def test_what_waits_for_a_commit_that_never_comes_never_happens(app):
    order = []
    with pytest.raises(ZeroDivisionError), transaction():
        on_commit(lambda: order.append("after"))
        raise ZeroDivisionError
    with transaction():
        pass
    assert order == []
    with pytest.raises(RuntimeError, match="inside a transaction"):
        on_commit(lambda: None)


def test_what_happens_after_a_commit_may_write_again(app):
    def again():
        with transaction() as session:
            session.add(Group(name="second"))

    with transaction() as session:
        session.add(Group(name="first"))
        on_commit(again)
    assert {"first", "second"} <= groups()


def test_many_that_read_and_then_write_all_succeed(app, person):
    """On SQLite a deferred transaction would fail with BUSY_SNAPSHOT as soon as somebody else wrote in between."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: count_up(app, number), range(40)))
    names = groups()
    assert {f"made by {number}" for number in range(40)} <= names
    if is_sqlite():
        assert sorted(name for name in names if name.startswith("total ")) == sorted(f"total {n}" for n in range(4, 44))


def count_up(app, number: int) -> None:
    """Writes what it has read; on SQLite nobody else writes between the two."""
    with app.app_context():
        db.session.scalars(sa.select(Job)).all()
        with transaction() as session:
            made = (
                session.scalar(sa.select(sa.func.count()).select_from(Group).where(Group.name.not_like("total%"))) or 0
            )
            session.add(Group(name=f"made by {number}"))
            if is_sqlite():
                session.add(Group(name=f"total {made}"))


def test_reading_does_not_wait_for_a_writer(app):
    with transaction() as session:
        session.add(Group(name="new"))
        session.flush()
        assert "new" not in in_a_thread(app, groups)


def test_moments_come_back_aware_and_in_utc(app, person):
    tokyo = datetime(2031, 5, 4, 7, 30, tzinfo=timezone(timedelta(hours=9)))
    with transaction() as session:
        session.add(UserSession(token_hash="x", user_id=person("ann").id, expires_at=tokyo))
    row = db.session.scalars(sa.select(UserSession)).one()
    assert (row.expires_at, row.expires_at.tzinfo) == (tokyo, UTC)
    assert abs(row.created_at - utcnow()) < timedelta(minutes=1)
    assert utcnow().tzinfo is UTC


def test_a_job_keeps_json_as_it_was(app, job):
    odd = [{"name": "ü\U0001f600", "default": None, "n": 1.5, "deep": [{"x": [True, 2**40]}]}]
    with transaction():
        job("Echo").variables = odd
    assert job("Echo").variables == odd


def test_sqlite_keeps_what_it_was_told_and_minds_foreign_keys(app):
    if not is_sqlite():
        assert ping()
        return
    settings = {
        name: db.session.execute(sa.text(f"PRAGMA {name}")).scalar() for name in ("journal_mode", "synchronous")
    }
    assert settings == {"journal_mode": "wal", "synchronous": 2}
    assert db.session.execute(sa.text("PRAGMA foreign_keys")).scalar() == 1


def test_a_user_that_goes_takes_their_sessions_and_memberships_along(app, person):
    with transaction() as session:
        session.add(UserSession(token_hash="x", user_id=person("ann").id, expires_at=utcnow()))
    with transaction() as session:
        session.execute(sa.delete(User).where(User.username == "ann"))
    assert db.session.scalars(sa.select(UserSession)).all() == []


def switch_off(name: str) -> None:
    with transaction() as session:
        session.execute(sa.update(User).where(User.username == name).values(is_active=False))


def in_a_thread(app, act):
    """What act gives in another thread, which has a connection of its own."""

    def there():
        with app.app_context():
            return act()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(there).result()


def test_a_limit_that_passes_behind_a_commit_leaves_no_transaction_open(app):
    session = db.session()
    with pytest.raises(DatabaseAway), within(60):
        session.info[WRITING] = True
        raise DatabaseAway
    assert WRITING not in session.info
