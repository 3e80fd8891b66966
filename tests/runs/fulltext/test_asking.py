"""What is typed into a search over logs, and what it finds in a line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.runs.fulltext import asking
from webapp.runs.fulltext.words import KNOWN, level, words_of

LINE = "Device Core-SW-017.example.net: Connection timed  out after 30 s (10.20.0.1/24)"


@pytest.mark.parametrize(
    "text",
    [
        "timed",
        "TIME",
        "sw-017",
        "core-sw",
        "017.example",
        "10.20.0.",
        "10.20.0.1/24",
        "timed out connection",
        '"connection timed out"',
        '"connection  timed out"',
        "device -retry",
        '"(10.20"',
        "(timed",
        "sw-017:",
    ],
)
def test_it_finds_words_and_phrases_from_the_beginning_of_a_word(text):
    assert asking.read(text).fits(LINE)
    assert not asking.read(text).problem


@pytest.mark.parametrize(
    "text", ["imed", "out -timed", '"timed out connection"', '"connect"', "sw_017", "0.20.0", "sw-18"]
)
def test_it_finds_nothing_else(text):
    assert not asking.read(text).fits(LINE)


@pytest.mark.parametrize("text", ["", "   ", "-timed", '"', '""', "-", "a", "→", "x y", "\0", "\ud800"])
def test_what_asks_for_nothing_says_why(text):
    assert asking.read(text).problem


def test_accents_and_other_alphabets_know_no_case_either():
    assert asking.read("zürich ΣΊΣΥΦΟΣ").fits("ZÜRICH: Σίσυφος")


@given(st.text(st.characters(exclude_categories=[]), max_size=80) | st.text('-"ab. ', max_size=30))
def test_anything_can_be_read(text):
    asked = asking.read(text)
    asked.fits(text)
    asked.places(text)
    assert len(asking.read(text * 100).text) <= asking.LONGEST_TEXT


@given(st.text(max_size=200))
def test_levelled_texts_are_as_long_as_they_were(text):
    assert len(level(text)) == len(text)


@given(st.text("aB1 .-:/Üß", max_size=60), st.text("aB1.-:/Ü", min_size=2, max_size=6))
def test_the_index_knows_each_line_that_says_what_is_wanted(line, text):
    asked = asking.read(text)
    if asked.problem or not asked.fits(line):
        return
    known = words_of([line])
    for term in asked.wanted:
        for word, more in term.looked_up:
            assert any(each == word or (more and each.startswith(word)) for each in known)


def test_joined_words_are_known_from_each_of_them_on():
    assert words_of(["core-sw-017.example.net up"]) == [
        "017.example.net",
        "core-sw-017.example",
        "example.net",
        "net",
        "sw-017.example.net",
        "up",
    ]
    assert max(map(len, words_of(["x" * 500]))) == 48
    assert KNOWN.findall("...") == []


def test_places_of_what_was_found_do_not_overlap():
    assert asking.read("time timed out").places("timed out") == [(0, 5), (6, 9)]
