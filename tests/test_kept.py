"""Kept: rows that this process has read before are given again while they are the same, each to one session."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from tests.product import on_sqlite
from webapp.accounts.models import User
from webapp.db import Kept, db, transaction

pytestmark = on_sqlite


@pytest.fixture
def ann(person):
    """The id of ann; no session has read anything yet."""
    id = person("ann").id
    db.session.remove()
    return id


@pytest.fixture
def questions(app):
    """The statements that the database has been asked."""
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def rename(id, name):
    """By somebody else."""
    with db.engine.begin() as connection:
        connection.execute(sa.update(User).where(User.id == id).values(username=name))


def test_a_row_of_the_same_version_is_not_asked_for_again(ann, questions):
    kept = Kept(User)
    for _ in range(3):
        row = kept.get(ann, 1)
        assert (row.id, row.username) == (ann, "ann")
        assert row in db.session
        db.session.remove()
    assert len([one for one in questions if "password_hash" in one]) == 1


def test_a_row_of_another_version_is_read_anew(ann):
    kept = Kept(User)
    assert kept.get(ann, 1).username == "ann"
    db.session.rollback()
    rename(ann, "anna")
    assert kept.get(ann, 2).username == "anna"
    db.session.rollback()
    assert kept.get(ann, 2).username == "anna"


def test_what_a_session_has_read_already_is_not_taken_for_another_version(ann):
    kept = Kept(User)
    before = db.session.get(User, ann)
    assert kept.get(ann, 2) is before
    db.session.rollback()
    rename(ann, "anna")
    assert kept.get(ann, 2).username == "anna"


def test_each_session_has_its_own(ann):
    kept = Kept(User)
    kept.get(ann, 1)
    db.session.remove()
    row = kept.get(ann, 1)
    row.username = "anna"
    db.session.expunge(row)
    assert kept.get(ann, 1).username == "ann"


def test_who_is_gone_is_gone(ann, person):
    kept = Kept(User)
    assert kept.get(ann, 1)
    db.session.remove()
    with transaction() as session:
        session.delete(person("ann"))
    assert kept.get(ann, 2) is None
    assert kept.get(ann, 3) is None


def test_a_row_from_memory_can_be_changed_and_is_read_again_behind_the_change(ann):
    kept = Kept(User)
    kept.get(ann, 1)
    db.session.remove()
    row = kept.get(ann, 1)
    with transaction():
        row.username = "anna"
    assert row.username == "anna"
    rename(ann, "ann")
    db.session.rollback()
    assert row.username == "ann"
