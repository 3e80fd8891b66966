"""Pages tell moments in the zone of who reads them; what is taken along, and the API, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.product import Page, on_sqlite, running, say
from webapp.accounts import preferences
from webapp.catalogue.models import JobQueue
from webapp.db import db, transaction, utcnow
from webapp.runs import logs, pausing
from webapp.runs.models import Run, State
from webapp.runs.service import submit
from webapp.ui import zones

TWICE = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
"""Half past one in New York, for the first time that night."""
SUMMER = datetime(2026, 7, 1, 18, 20, 3, 250_000, tzinfo=UTC)
LATER = datetime(2099, 12, 31, 2, 0, tzinfo=UTC)


@pytest.fixture
def reader(browse, person):
    """A browser of somebody who reads in that zone."""

    def sign_in(zone: str, who: str = "ann") -> Page:
        preferences.put(person(who), preferences.ZONE, zone)
        return browse(who)

    return sign_in


@pytest.fixture
def ended(job, person):
    """Puts a run into the database that was asked for at that moment and is over; gives its number."""
    ann = person("ann")

    def make(at: datetime) -> int:
        of = job("NoInputs")
        row = {
            **{"id": uuid4(), "job_id": of.id, "job_name": of.name, "class_path": of.class_path, "queue": "default"},
            **{"user_id": ann.id, "user_name": "ann", "state": State.SUCCESS, "sensitive": False, "fingerprint": ""},
            **{"soft_time_limit": 300, "time_limit": 600},
            **{"created_at": at, "started_at": at, "ended_at": at + timedelta(seconds=1)},
        }
        with transaction() as session:
            return session.scalars(sa.insert(Run).returning(Run.number), [row]).one()

    return make


@pytest.fixture
def start(job, person):
    """Submits a run and gives its number."""
    return lambda **more: submit(job("NoInputs"), person("ann"), {}, **more).number


@pytest.fixture
def talk(start):
    """A run that says a line at each of these moments; gives its number."""

    def make(*moments: datetime) -> int:
        number = start()
        lines = [logs.line(at.timestamp(), "info", "run", f"line {n}") for n, at in enumerate(moments)]
        say(number, running(number), lines)
        return number

    return make


def times(text: str) -> list[tuple[str, str, str]]:
    """Of each moment that a page tells: how a machine reads it, its tooltip, its words."""
    found = re.findall(r'<time datetime="([^"]+)"(?: title="([^"]+)")?[^>]*>([^<]*)</time>', text.partition("<main")[2])
    return [(stamp, unescape(title), words) for stamp, title, words in found]


def shown(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'<tr id="run-(\d+)"', text)]


def test_a_run_is_told_in_the_readers_zone_and_for_machines_in_utc(reader, ended):
    number = ended(SUMMER)
    told = times(reader("America/New_York").get(f"/runs/{number}").text)
    utc = "2026-07-01 18:20:03 UTC"
    stamp, both = "2026-07-01T18:20:03.250Z", f"2026-07-01 14:20:03 EDT · {utc}"
    assert told[:2] == [(stamp, both, "2026-07-01 14:20:03 EDT"), (stamp, both, "14:20:03.250")]
    told = times(reader("Asia/Kathmandu", "vic").get(f"/runs/{number}").text)
    both = f"2026-07-02 00:05:03 UTC+05:45 · {utc}"
    assert told[:2] == [(stamp, both, "2026-07-02 00:05:03 UTC+05:45"), (stamp, both, "00:05:03.250")]


@on_sqlite
@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/runs/", "2026-07-02"),
        ("/jobs/{job}/runs", "2026-07-02"),
        ("/search?q=line", "00:05:03.250"),
        ("/runs/{run}/compare?with={other}", "2026-07-02 00:05:03 UTC+05:45"),
    ],
)
def test_lists_and_pages_about_runs_follow(reader, ended, talk, job, address, words):
    run, other = ended(SUMMER), ended(SUMMER)
    talk(SUMMER)
    where = address.format(job=job("NoInputs").id, run=run, other=other)
    told = times(reader("Asia/Kathmandu").get(where, follow_redirects=True).text)
    assert ("2026-07-01T18:20:03.250Z", words) in [(stamp, text) for stamp, _, text in told]
    assert [title for _, title, _ in told if "UTC+05:45 · " not in title] == []


@on_sqlite
def test_events_follow(reader, start):
    started = start()
    told = times(reader("Asia/Kathmandu").get(f"/runs/{started}/events").text)
    assert told
    assert [words for _, _, words in told if not words.endswith(" UTC+05:45")] == []


def test_what_a_run_waits_for_follows_and_the_api_says_it_in_utc_even_to_a_browser(reader, start):
    number = start()
    with transaction() as session:
        run = session.get_one(Run, number)
        run.start_after, id = LATER, run.id
    ann, there, utc = reader("Asia/Kathmandu"), "2099-12-31 07:45:00 UTC+05:45", "2099-12-31 02:00:00 UTC"
    for address in (f"/runs/{number}", "/runs/"):
        assert f"Starts at {there}." in ann.get(address).text
    told = ann.get(f"/api/extras/job-results/{id}/").json
    assert (told["meta"]["waiting"], told["meta"]["start_after"]) == (f"Starts at {utc}.", "2099-12-31T02:00:00Z")


@on_sqlite
def test_a_paused_queue_says_since_when_in_the_readers_zone(reader, start, person):
    default = db.session.scalars(sa.select(JobQueue).where(JobQueue.name == "default")).one()
    pausing.pause(default, person("admin"), "moving")
    assert re.search(
        r"is paused since \S+ \S+ UTC\+05:45 by admin", reader("Asia/Kathmandu").get(f"/runs/{start()}").text
    )


def test_the_log_tells_the_hour_that_comes_twice_apart(reader, talk):
    number = talk(TWICE, TWICE + timedelta(hours=1))
    ann = reader("America/New_York")
    told = times(ann.get(f"/runs/{number}").text)[-2:]
    assert told == [
        ("2026-11-01T05:30:00.000Z", "2026-11-01 01:30:00 EDT · 2026-11-01 05:30:00 UTC", "01:30:00.000"),
        ("2026-11-01T06:30:00.000Z", "2026-11-01 01:30:00 EST · 2026-11-01 06:30:00 UTC", "01:30:00.000"),
    ]


@on_sqlite
@pytest.mark.parametrize("mode", ["elapsed", "relative"])
def test_times_since_something_have_the_moment_in_the_readers_zone_beside_them(reader, talk, mode):
    text = reader("Asia/Kathmandu").get(f"/runs/{talk(SUMMER)}?time={mode}").text
    assert 'title="2026-07-02 00:05:03.250 UTC+05:45 · 2026-07-01 18:20:03.250 UTC"' in text


@on_sqlite
@pytest.mark.parametrize("kind", ["txt", "ndjson", "csv"])
def test_what_is_taken_along_is_in_utc(reader, talk, kind):
    text = reader("Asia/Kathmandu").get(f"/runs/{talk(SUMMER)}/log.{kind}").text
    assert "2026-07-01T18:20:03.250Z" in text
    assert "00:05:03" not in text


def test_days_are_those_of_the_reader(reader, ended):
    late, early = ended(datetime(2026, 11, 2, 4, 59, tzinfo=UTC)), ended(datetime(2026, 11, 2, 5, tzinfo=UTC))
    day = "/runs/?from=2026-11-01&to=2026-11-01"  # which has 25 hours in New York
    before = ended(datetime(2026, 11, 1, 3, 59, tzinfo=UTC))
    assert shown(reader("America/New_York").get(day).text) == [late]
    assert shown(reader("America/New_York").get("/runs/?from=2026-11-02").text) == [early]
    assert shown(reader("America/New_York").get("/runs/?to=2026-10-31").text) == [before]
    assert shown(reader("UTC", "vic").get(day).text) == [before]


@on_sqlite
def test_a_day_whose_first_hour_is_left_out_begins_after_it(reader, ended):
    moment = datetime(2026, 3, 8, 5, tzinfo=UTC)  # midnight in Havana, which is one o'clock
    before, after = ended(moment - timedelta(seconds=1)), ended(moment)
    havana = reader("America/Havana")
    assert shown(havana.get("/runs/?from=2026-03-08").text) == [after]
    assert shown(havana.get("/runs/?to=2026-03-07").text) == [before]


@on_sqlite
@pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York", "Pacific/Kiritimati"])
def test_today_began_at_the_readers_midnight(reader, ended, zone):
    page = reader(zone)
    now = utcnow().astimezone(zones.called(zone))
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
    ended(midnight - timedelta(seconds=1))
    first = ended(midnight)
    assert shown(page.get("/runs/?period=today").text) == [first]


@on_sqlite
@pytest.mark.parametrize(
    ("day", "status"), [("0001-01-01", 400), ("0002-01-01", 200), ("9998-12-31", 200), ("9999-12-31", 400)]
)
def test_the_ends_of_the_calendar_break_no_page(reader, day, status):
    for zone in ("Pacific/Kiritimati", "Pacific/Honolulu"):
        for name in ("from", "to"):
            assert reader(zone).get(f"/runs/?{name}={day}").status_code == status
