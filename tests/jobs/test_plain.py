"""Results and texts that every database takes."""

import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum, IntEnum, StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.jobs.plain import plain, storable, text_of


class Mood(Enum):
    GOOD = ("very", 1)


class Number(IntEnum):
    ONE = 1


class Word(StrEnum):
    YES = "yes"


@dataclass
class Point:
    x: int


class Broken:
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __str__


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"b", "a"}, ["a", "b"]),
        ((1, (2,)), [1, [2]]),
        ({1: {None: True}}, {"1": {"None": True}}),
        (OrderedDict(a=1), {"a": 1}),
        (float("nan"), None),
        (float("-inf"), None),
        (ValueError("wrong"), "wrong"),
        (Point(1), "Point(x=1)"),
        (Broken(), "<Broken>"),
        ({Broken: 1}, {str(Broken): 1}),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00"),
        (date(2026, 1, 2), "2026-01-02"),
        (Mood.GOOD, ["very", 1]),
        (Number.ONE, 1),
        (Word.YES, "yes"),
        ("a\0\ud800", "a\ufffd\ufffd"),
        (b"x", "b'x'"),
    ],
)
def test_a_value_becomes_what_json_can_say(value, expected):
    assert plain(value) == expected


def test_truth_values_stay_what_they_are():
    assert [type(value) for value in plain([True, False, 1, 0.5])] == [bool, bool, int, float]


def test_an_endless_number_of_digits_becomes_text():
    assert json.dumps(plain(10**10_000)).startswith('"0x')


def test_what_contains_itself_comes_to_an_end():
    loop: list[object] = [1]
    loop.append(loop)
    assert plain(loop) == [1, "[1, [...]]"]


def test_what_is_too_deep_becomes_text():
    deep: object = 1
    for _ in range(20_000):
        deep = [deep]
    json.dumps(plain(deep))


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.floats() | st.text() | st.binary() | st.integers(),
        lambda x: st.lists(x) | st.dictionaries(st.integers() | st.text(), x),
    )
)
def test_whatever_comes_back_is_strict_json(value):
    json.dumps(plain(value), allow_nan=False).encode()


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=[])))
def test_a_storable_text_can_be_encoded_and_has_no_nul(text):
    assert "\0" not in storable(text)
    storable(text).encode()


def test_a_good_text_is_left_alone():
    assert storable("Grüezi 🎉") == "Grüezi 🎉"
    assert text_of(5) == "5"
