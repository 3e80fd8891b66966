"""Kept: rows that this process has read before are given again while they are the same, each to one session."""

from __future__ import annotations

from operator import attrgetter

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from webapp.accounts.models import User
from webapp.db import Kept, db, transaction


@pytest.fixture
def ann(person):
    """The id of ann; no session has read anything yet."""
    id = person("ann").id
    db.session.remove()
    return id


@pytest.fixture
def kept():
    """What is kept of users, whose versions are their names here."""
    return Kept(User, attrgetter("username"))


@pytest.fixture
def questions(app):
    """The statements that the database has been asked."""
    asked = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)


def change(id, **values):
    """By somebody else."""
    with db.engine.begin() as connection:
        connection.execute(sa.update(User).where(User.id == id).values(**values))


def test_a_row_of_the_same_version_is_not_asked_for_again(ann, kept, questions):
    for _ in range(3):
        row = kept.get(ann, "ann")
        assert (row.id, row.username) == (ann, "ann")
        assert row in db.session
        db.session.remove()
    assert len([one for one in questions if "password_hash" in one]) == 1


def test_a_row_of_another_version_is_read_anew(ann, kept):
    kept.get(ann, "ann")
    db.session.remove()
    change(ann, username="anna", is_superuser=True)
    for _ in range(2):
        row = kept.get(ann, "anna")
        assert (row.username, row.is_superuser) == ("anna", True)
        db.session.remove()


def test_a_row_that_has_changed_since_its_version_was_told_is_not_kept_for_that_version(ann, kept):
    change(ann, username="anna", is_superuser=True)
    assert kept.get(ann, "ann").is_superuser
    db.session.remove()
    change(ann, username="ann", is_superuser=False)
    assert not kept.get(ann, "ann").is_superuser


def test_what_a_session_has_read_already_is_not_taken_for_another_version(ann, kept):
    before = db.session.get(User, ann)
    assert kept.get(ann, "anna") is before
    db.session.remove()
    change(ann, username="anna")
    assert kept.get(ann, "anna").username == "anna"


def test_each_session_has_its_own(ann, kept):
    kept.get(ann, "ann")
    db.session.remove()
    row = kept.get(ann, "ann")
    row.is_superuser = True
    db.session.expunge(row)
    assert not kept.get(ann, "ann").is_superuser


def test_who_is_gone_is_gone(ann, kept, person):
    assert kept.get(ann, "ann")
    db.session.remove()
    with transaction() as session:
        session.delete(person("ann"))
    assert kept.get(ann, "anna") is None
    assert kept.get(ann, "ann") is None


def test_a_row_from_memory_can_be_changed_and_is_read_again_behind_the_change(ann, kept):
    kept.get(ann, "ann")
    db.session.remove()
    row = kept.get(ann, "ann")
    with transaction():
        row.username = "anna"
    assert row.username == "anna"
    change(ann, username="ann")
    db.session.rollback()
    assert row.username == "ann"
