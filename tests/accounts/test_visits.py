"""Visits: what somebody does without a long pause, on whatever device."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from webapp.accounts import credentials, preferences, visits
from webapp.accounts.models import UserSession
from webapp.db import db, utcnow


@pytest.fixture
def later(monkeypatch):
    """Lets time pass for sessions."""
    passed = timedelta()

    def let(**by: float) -> None:
        nonlocal passed
        passed += timedelta(**by)
        monkeypatch.setattr(credentials, "utcnow", lambda: utcnow() + passed)

    return let


def seen(token: str):
    """The visit to which it belongs that the browser with token asks for something now."""
    db.session.rollback()
    return credentials.user_of_session(token).visit


def test_a_visit_goes_on_across_devices_and_ends_with_a_pause(person, later):
    laptop, phone = (credentials.begin_session(person("ann"), device, 1) for device in ("laptop", "phone"))
    later(minutes=2)
    began = seen(laptop).began
    for token in (phone, laptop, phone):
        later(minutes=25)
        assert seen(token).began == began
    later(minutes=31)
    assert seen(laptop).began - began > timedelta(minutes=100)


def test_a_visit_is_nobody_elses_and_goes_with_its_user(person, later):
    ann, bob = (credentials.begin_session(person(name), "laptop", 1) for name in ("ann", "bob"))
    later(minutes=2)
    began = seen(ann).began
    later(minutes=25)
    own = seen(bob).began
    assert own > began
    db.session.rollback()
    assert preferences.get(person("bob"), "visit")[0] == own.isoformat()


def test_what_a_page_asks_for_that_nobody_looks_at_belongs_to_no_visit_but_is_a_use_of_the_session(person, later):
    laptop = credentials.begin_session(person("ann"), "laptop", 1)
    later(minutes=2)
    began = last_seen = seen(laptop).began
    for _ in range(3):
        later(minutes=15)
        db.session.rollback()
        assert credentials.user_of_session(laptop, looked_at=False).visit == visits.NEVER
        db.session.rollback()
        before, last_seen = last_seen, db.session.scalar(sa.select(UserSession.last_seen_at))
        assert last_seen - before > timedelta(minutes=14)
    assert seen(laptop).began - began > timedelta(minutes=40)
