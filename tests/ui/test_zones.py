"""Time zones: their names, what they are called at a moment, and where they come from."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from webapp.ui import filters, zones

SUMMER, WINTER = datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 12, 1, 12, tzinfo=UTC)
LORD_HOWE = datetime(2026, 4, 4, 15, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "summer", "winter"),
    [
        ("UTC", "UTC", "UTC"),
        ("Europe/Amsterdam", "CEST", "CET"),
        ("America/New_York", "EDT", "EST"),
        ("Asia/Kathmandu", "UTC+05:45", "UTC+05:45"),
        ("America/Sao_Paulo", "UTC-03:00", "UTC-03:00"),
        ("Australia/Lord_Howe", "UTC+10:30", "UTC+11:00"),
    ],
)
def test_a_zone_is_called_as_people_there_do_or_by_its_distance(name, summer, winter):
    zone = zones.called(name)
    assert [zones.label(moment.astimezone(zone)) for moment in (SUMMER, WINTER)] == [summer, winter]


@pytest.mark.parametrize(
    "name", ["", "Mars/Base", "europe/amsterdam", "../zoneinfo/UTC", "Europe", "/etc/passwd", "a\0"]
)
def test_what_is_no_zone_is_none(name):
    assert zones.called(name) is None


def test_every_name_that_is_offered_is_a_zone():
    assert zones.offered()[0] == "UTC"
    assert {"America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati"} < set(zones.offered())
    assert [name for name in zones.offered() if zones.called(name) is None or zones.spelled(name) != name] == []


def test_zones_are_there_where_the_system_has_none():
    code = "from webapp.ui import zones; print(zones.called('America/New_York'), len(zones.offered()) > 400)"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONTZPATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "America/New_York True\n"


def test_nobody_reads_in_another_zone_than_utc_unless_a_request_says_so(bare_app):
    assert zones.readers() is UTC
    with bare_app.app_context():
        zones.read_in(zones.called("Asia/Kathmandu"))
        assert str(zones.readers()) == "Asia/Kathmandu"
    with bare_app.app_context():
        assert zones.readers() is UTC


@pytest.fixture
def at_lord_howe(bare_app):
    """A reader on an island that puts its clocks back by half an hour."""
    with bare_app.app_context():
        zones.read_in(zones.called("Australia/Lord_Howe"))
        yield


@pytest.mark.usefixtures("at_lord_howe")
def test_moments_are_told_in_the_readers_zone_and_in_utc_beside_it():
    both = "2026-04-05 01:45:00 UTC+10:30 · 2026-04-04 15:15:00 UTC"
    tag = f'<time datetime="2026-04-04T15:15:00.000Z" title="{both}"'
    assert filters.when(LORD_HOWE) == f"{tag}>2026-04-05 01:45:00 UTC+10:30</time>"
    assert filters.clock(LORD_HOWE) == f"{tag}>01:45:00.000</time>"
    assert filters.countdown(LORD_HOWE) == f"{tag} data-until>at 01:45:00 UTC+10:30</time>"
    assert filters.ago(LORD_HOWE) == f"{tag} data-ago>2026-04-05</time>"
    assert filters.iso(LORD_HOWE) == "2026-04-04T15:15:00.000Z"


@pytest.mark.usefixtures("at_lord_howe")
def test_the_half_hour_that_comes_twice_is_told_apart():
    before = LORD_HOWE.replace(hour=14, minute=45)
    assert filters.full(before) == "2026-04-05 01:45:00 UTC+11:00"
    assert filters.full(LORD_HOWE) == "2026-04-05 01:45:00 UTC+10:30"


@pytest.mark.usefixtures("at_lord_howe")
def test_the_last_hours_of_the_calendar_are_told_in_utc():
    assert filters.full(datetime.max.replace(tzinfo=UTC)) == "9999-12-31 23:59:59 UTC"
