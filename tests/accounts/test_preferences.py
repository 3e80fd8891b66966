"""Small values that pages remember of their users."""

from __future__ import annotations

from functools import partial

import pytest

from tests.faults.racing import Track
from tests.product import on_sqlite
from webapp.accounts import preferences
from webapp.accounts.models import Preference
from webapp.db import db, transaction
from webapp.errors import NotPossible

VIEWS = {"Mine": {"state": ["failed"], "days": 7}, "Nächte": {"open": True, "job": None}}


def test_what_is_put_comes_back_as_json_says_it_and_only_to_its_user(person):
    preferences.put(person("ann"), "views", VIEWS)
    db.session.rollback()
    assert preferences.get(person("ann"), "views") == VIEWS
    assert preferences.get(person("bob"), "views", "none") == "none"
    assert preferences.get(person("ann"), "other") is None


def test_a_later_value_takes_the_place_of_an_earlier_one_and_none_of_both(person):
    for value in ([1, 2], {"a": False}, 0):
        preferences.put(person("ann"), "views", value)
        assert preferences.get(person("ann"), "views", "none") == value
    preferences.put(person("ann"), "views", None)
    preferences.put(person("ann"), "views", None)
    assert preferences.get(person("ann"), "views", "none") == "none"


def test_what_joins_a_transaction_goes_with_it(person):
    with pytest.raises(ZeroDivisionError), transaction():
        preferences.put(person("ann"), "views", 1)
        raise ZeroDivisionError
    assert preferences.get(person("ann"), "views") is None


def test_two_at_once_both_succeed_and_one_value_stays(app, person):
    def put(number: int, who: str) -> None:
        preferences.put(person("ann"), f"round {number}", who)

    with Track(app, 2) as track:
        for number in range(200):
            told = track.race([partial(put, number, who) for who in ("first", "second")])
            assert told == [None, None]
            assert preferences.get(person("ann"), f"round {number}") in ("first", "second")
            db.session.rollback()
            if track.overlaps == 10:
                break
    assert track.overlaps == 10


def test_texts_that_databases_refuse_are_kept_escaped(person):
    preferences.put(person("ann"), "views", {"a\0": "b\ud800"})
    assert preferences.get(person("ann"), "views") == {"a\\x00": "b\\ud800"}


@on_sqlite
def test_what_is_too_large_is_refused_with_its_size(person):
    preferences.put(person("ann"), "views", "ä" * 9_999)
    with pytest.raises(NotPossible, match="20,004 bytes of at most 20,000"):
        preferences.put(person("ann"), "views", "ä" * 10_001)
    assert preferences.get(person("ann"), "views") == "ä" * 9_999


@on_sqlite
def test_a_name_that_is_too_long_is_a_mistake_of_the_program(person):
    with pytest.raises(ValueError, match="at most 100 characters"):
        preferences.put(person("ann"), "n" * 101, 1)
    assert db.session.query(Preference).count() == 0
