"""Results and texts that every database takes."""

import json
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum, IntEnum, StrEnum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from webapp.jobs.plain import plain, sayable, storable, text_of, without_colours


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
        ("a\0\ud800", r"a\x00\ud800"),
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


@settings(deadline=None)
@given(st.text(st.sampled_from("\x1b[0;31m\\x\0\x9b\u202e\ud800\n é")) | st.text(st.characters(exclude_categories=[])))
def test_cleaning_twice_is_cleaning_once(text):
    assert storable(storable(text)) == storable(text)
    assert "\x1b" not in without_colours(storable(text))


@pytest.mark.parametrize("text", ["", "Grüezi 🎉", "a\tb\r\nc", "\ufeffBOM and zero\u200bwidth\u200d", "\\x00", "\xa0"])
def test_a_good_text_is_left_alone(text):
    assert storable(text) == without_colours(text) == text


def test_a_number_has_its_text():
    assert text_of(5) == "5"


@pytest.mark.parametrize(
    "code", [*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)], ids=lambda code: f"{code:02x}"
)
def test_control_characters_become_escapes(code):
    assert storable(f"a{chr(code)}b") == f"a\\x{code:02x}b"


@pytest.mark.parametrize(
    "code",
    [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xD800, 0xDBFF, 0xDC00, 0xDFFF],
    ids=lambda code: f"{code:04x}",
)
def test_controls_of_the_writing_direction_and_half_characters_become_escapes(code):
    assert storable(f"a{chr(code)}b") == f"a\\u{code:04x}b"


@pytest.mark.parametrize("colour", ["\x1b[m", "\x1b[0m", "\x1b[1;31m", "\x1b[38;5;208m"])
def test_colours_stay_and_can_be_taken_away(colour):
    assert storable(f"a{colour}b") == f"a{colour}b"
    assert without_colours(f"a{colour}b") == "ab"


@pytest.mark.parametrize("end", ["\x07", "\x1b\\"])
def test_links_to_pages_stay_and_can_be_taken_away(end):
    text = f"a\x1b]8;id=1;https://b.example/c?d=e#f{end}g\x1b]8;;{end}h"
    assert storable(text) == text
    assert without_colours(text) == "agh"


def test_a_line_holds_no_command_to_terminals():
    assert sayable("\x1b]0;title\x07a\x1b]8;;file:///b\x1b\\c\x1b]52;c;cm0=\x07\x00") == r"ac\x00"
    assert sayable("a\x1b]0;no end\nb") == "a\\x1b]0;no end\nb"
    link = "\x1b]8;;http://a/\x07"
    assert sayable(link) == link


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("\x1b[31", r"\x1b[31"),
        ("\x1b\x1b[31m", "\\x1b\x1b[31m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x1b]8;;javascript:x\x1b\\link", r"\x1b]8;;javascript:x\x1b\link"),
        ("\x1b]8;;http://a@evil/\x07link", r"\x1b]8;;http://a@evil/\x07link"),
        ("\x1b]8;;http://a/", r"\x1b]8;;http://a/"),
        ("\x1b[3\x001m", r"\x1b[3\x001m"),
    ],
)
def test_fault_102_other_sequences_of_terminals_become_text(text, expected):
    assert storable(text) == expected
