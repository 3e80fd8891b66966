"""How pages write times, durations and texts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from webapp.db import utcnow
from webapp.ui import filters

NOON = datetime(2026, 11, 21, 12, 0, 0, 4500, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0.0 s"),
        (0.84, "0.8 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (12.3, "12 s"),
        (59.4, "59 s"),
        (59.6, "1 m 00 s"),
        (64, "1 m 04 s"),
        (3599.7, "1 h 00 m"),
        (7500, "2 h 05 m"),
        (86400, "1 d 0 h"),
        (273600, "3 d 4 h"),
        (-3, "0.0 s"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds, words):
    assert filters.duration(timedelta(seconds=seconds)) == words
    assert filters.duration(seconds) == words


def test_no_duration_is_a_dash():
    assert filters.duration(None) == "–"


@pytest.mark.parametrize(
    ("passed", "words"),
    [
        (timedelta(seconds=3), "just now"),
        (timedelta(seconds=-30), "just now"),
        (timedelta(seconds=46), "1 min ago"),
        (timedelta(minutes=3), "3 min ago"),
        (timedelta(hours=5), "5 h ago"),
        (timedelta(days=6), "6 d ago"),
        (timedelta(days=8), "2026-11-13"),
        (timedelta(hours=-2), "in 2 h"),
    ],
)
def test_a_moment_is_told_by_its_distance_and_by_its_date_after_a_week(passed, words):
    assert filters.distance(passed, NOON - passed) == words


def test_a_distance_has_the_full_moment_beside_it():
    assert filters.ago(NOON) == (
        '<time datetime="2026-11-21T12:00:00.004Z" title="2026-11-21 12:00:00 UTC" data-ago>'
        f"{filters.distance(utcnow() - NOON, NOON)}</time>"
    )


def test_a_moment_in_another_zone_is_shown_in_utc():
    moment = NOON.astimezone(timezone(timedelta(hours=9)))
    assert filters.when(moment) == '<time datetime="2026-11-21T12:00:00.004Z">2026-11-21 12:00:00 UTC</time>'
    assert filters.clock(moment) == (
        '<time datetime="2026-11-21T12:00:00.004Z" title="2026-11-21 12:00:00 UTC">12:00:00.004</time>'
    )


def test_no_moment_is_a_dash():
    assert "–" in filters.when(None)
    assert "–" in filters.ago(None)


@pytest.mark.parametrize(("text", "first"), [("\n  One.\nTwo.", "One."), ("", ""), (None, ""), ("One", "One")])
def test_the_first_line_is_the_first_that_says_something(text, first):
    assert filters.first_line(text) == first


def test_json_is_readable_and_escaped_by_the_page(render):
    shown = render("{{ value|pretty_json }}", value={"name": "größer <b>"})
    assert "größer &lt;b&gt;" in shown


def test_a_countdown_says_the_time_until_a_script_counts():
    assert filters.countdown(NOON) == (
        '<time datetime="2026-11-21T12:00:00.004Z" title="2026-11-21 12:00:00 UTC" data-until>at 12:00:00 UTC</time>'
    )


def test_what_deceives_a_reader_is_shown_as_an_escape():
    assert filters.readable("a\u202ecba\x00\x1b[31m!") == "a\\u202ecba\\x00!"
    assert filters.readable(7) == "7"
