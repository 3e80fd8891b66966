"""What has failed since somebody was here last: nothing goes away before they have seen it."""

from __future__ import annotations

import re
from html import unescape

import sqlalchemy as sa

from tests.product import on_sqlite
from tests.runs.home.conftest import parts
from webapp.catalogue.models import Job
from webapp.db import transaction, utcnow
from webapp.runs.home import failures, seen
from webapp.runs.models import State


def failed(page) -> list[int]:
    """The numbers of the runs that Home says have failed."""
    return [int(number) for number in re.findall(r'id="failed-(\d+)"', page.get("/").text)]


def mark(page) -> None:
    """Press the button with which one has seen them."""
    until = unescape(re.search(r'name="until" value="([^"]+)"', page.get("/").text)[1])
    answer = page.post("/home/seen", {"until": until})
    assert (answer.status_code, answer.location) == (303, "/")


def test_every_way_of_failing_counts_by_job_and_a_cancelled_run_did_not_fail(browse, ended, job):
    ways = (State.FAILURE, State.ERRORED, State.TIMED_OUT, State.LOST)
    first = [ended(state, minutes=60 - n, reason=f"because {n}") for n, state in enumerate(ways)]
    dry = ended(State.ERRORED, of="Talk", minutes=10, dry_run=True)
    for state in (State.SUCCESS, State.CANCELLED):
        ended(state)
    text = browse("ann").get("/").text
    told = parts(text)["failed"]
    assert told.startswith("Failed in the last 24 hours 5 Mark as seen Errored Talk")
    assert "dry run" in told
    assert f"Lost No inputs #{first[3]} because 3 Before that #{first[2]} , #{first[1]} , #{first[0]} bob" in told
    assert failed(browse("ann")) == [dry, *reversed(first)]
    assert f'href="/runs/{dry}"' in text


def test_of_many_failures_of_a_job_some_are_named_and_the_others_a_link_away(browse, ended, job):
    numbers = ended.several([(State.ERRORED, "Talk", 90 - n, {}) for n in range(18)])
    page = browse("ann")
    text = page.get("/").text
    found = re.search(r'href="([^"]+)">and 14 more<', text)
    assert failed(page) == numbers[:-5:-1]
    there = page.get(unescape(found[1]))
    assert there.status_code == 200
    assert all(f'href="/runs/{number}"' in there.text for number in numbers)


def test_runs_of_jobs_that_are_gone_stand_under_their_names_and_renamed_ones_together(browse, ended, job):
    ended.several([(State.ERRORED, None, 9, {"job_name": name}) for name in ("Gone", "Gone", "Lost and gone")])
    ended.several([(State.ERRORED, "Talk", 5, {"job_name": name}) for name in ("Talk", "Old name")])
    told = parts(browse("ann").get("/").text)["failed"]
    assert [told.count(f"Errored {name} #") for name in ("Gone", "Lost and gone")] == [1, 1]
    assert told.count("Errored Talk #") + told.count("Errored Old name #") == 1


@on_sqlite
def test_a_job_that_has_succeeded_since_says_so(browse, ended, job):
    ended(of="Talk", minutes=30), ended(of="Echo", minutes=20)
    for name, number, state in (("Talk", 900, State.SUCCESS), ("Echo", 901, State.ERRORED)):
        with transaction() as session:
            values = {"last_run_number": number, "last_run_state": state, "last_run_at": utcnow()}
            session.execute(sa.update(Job).where(Job.id == job(name).id).values(**values))
    told = parts(browse("ann").get("/").text)["failed"]
    assert "Has succeeded since: #900" in told
    assert "#901" not in told


@on_sqlite
def test_who_is_here_for_the_first_time_is_told_of_the_last_day(browse, ended):
    ended(minutes=25 * 60)
    recent = ended(minutes=23 * 60)
    assert failed(browse("ann")) == [recent]


@on_sqlite
def test_loading_the_page_again_takes_nothing_away(browse, ended, clock):
    number = ended()
    ann = browse("ann")
    for _ in range(3):
        assert failed(ann) == [number]
        clock.later(minutes=20)
    assert failed(ann) == [number]


@on_sqlite
def test_reading_for_an_hour_takes_nothing_away_nor_does_another_device(browse, ended, clock):
    number = ended()
    ann = browse("ann")
    assert failed(ann) == [number]
    for _ in range(4):
        clock.later(minutes=15)
        ann.get(f"/runs/{number}")
    assert failed(browse("ann")) == [number]
    assert failed(ann) == [number]


@on_sqlite
def test_a_new_visit_begins_with_what_has_failed_since_the_last_look(browse, ended, clock):
    ended()
    ann = browse("ann")
    assert len(failed(ann)) == 1
    clock.later(minutes=10)
    ann.get("/account/")
    unseen = ended()  # while she is here, but not looking
    clock.later(hours=9)
    new = ended()
    ann = browse("ann")
    assert failed(ann) == [new, unseen]
    assert parts(ann.get("/").text)["failed"].startswith("Failed since you were here last 2 ")
    clock.later(minutes=2)
    assert failed(ann) == [new, unseen]


@on_sqlite
def test_a_tab_that_nobody_looks_at_neither_sees_failures_nor_keeps_a_visit_going(browse, ended, clock):
    old = ended()
    ann = browse("ann")
    assert failed(ann) == [old]
    new = []
    for _ in range(3):
        clock.later(minutes=20)
        new.insert(0, ended())
        assert ann.get(f"/runs/{old}/log", headers={"X-Tab-Hidden": "1"}).status_code == 200
        assert ann.get("/home/live", headers={"X-Tab-Hidden": "1"}).status_code in (200, 204)
    assert failed(ann) == new


@on_sqlite
def test_a_visit_without_a_look_at_home_takes_nothing_away(browse, ended, clock):
    ann = browse("ann")
    assert failed(ann) == []
    clock.later(hours=2)
    number = ended()
    ann.get("/runs/")
    clock.later(hours=2)
    assert failed(ann) == [number]


def test_what_is_marked_as_seen_is_gone_and_only_that_and_can_be_shown_again(browse, ended, clock):
    first = ended(minutes=120)
    ann, bob = browse("ann"), browse("bob")
    text = ann.get("/").text
    clock.later(seconds=5)
    second = ended()  # between the page and the press
    ann.post("/home/seen", {"until": unescape(re.search(r'name="until" value="([^"]+)"', text)[1])})
    assert failed(ann) == [second]
    assert parts(ann.get("/").text)["failed"].startswith("Failed and not seen yet 1 Mark as seen")
    assert failed(bob) == [second, first]
    mark(ann)
    assert failed(ann) == []
    assert (
        "Nothing has failed since you marked the failures as seen, just now ." in parts(ann.get("/").text)["Failures"]
    )
    assert ann.post("/home/unseen").location == "/"
    assert failed(ann) == [second, first]


@on_sqlite
def test_what_is_marked_while_the_page_is_made_stays_marked(browse, ended, clock, person, monkeypatch):
    ann = browse("ann")
    for first in (True, False):
        clock.later(minutes=5)
        number = ended()
        if not first:
            assert failed(ann) == [number]
            clock.later(minutes=5)
        renew = seen.preferences.renew

        def marked_before(*told, renew=renew) -> None:
            seen.mark(person("ann"), clock.now())
            renew(*told)

        with monkeypatch.context() as patch:
            patch.setattr(seen.preferences, "renew", marked_before)
            ann.get("/")
        assert failed(ann) == []


def test_nothing_that_is_sent_by_hand_breaks_the_page_or_hides_the_future(browse, ended, clock):
    ann = browse("ann")
    wrong = ("", "soon", "2026-13-01", "9" * 500, "\ud800", "2026-01-01T00:00:00+99:99", "a\0")
    for until in wrong:
        assert ann.post("/home/seen", {"until": until.encode("utf-8", "replace")}).status_code == 400, until
    for until in ("0001-01-01T00:00:00+00:00", "2020-01-01"):
        assert ann.post("/home/seen", {"until": until}).status_code == 303
    number = ended()
    assert failed(ann) == [number]
    assert ann.post("/home/seen", {"until": "9999-12-31T23:59:59+00:00"}).status_code == 303
    clock.later(seconds=1)
    assert failed(ann) == []
    later = ended()
    assert failed(ann) == [later]
    assert ann.client.post("/home/seen", data={"until": "2026-01-01T00:00:00+00:00"}).status_code == 400
    assert browse(None).post("/home/seen").status_code in (302, 400, 401)


@on_sqlite
def test_very_many_failures_are_counted_so_far_and_many_jobs_linked(browse, ended, monkeypatch):
    monkeypatch.setattr(failures, "JOBS", 2)
    ended.several([(State.ERRORED, of, 60, {}) for of in ("Talk", "Echo", "Sleep", "Fail")])
    ended.several([(State.ERRORED, "NoInputs", 5, {}) for _ in range(1_050)])
    text = browse("ann").get("/").text
    assert parts(text)["failed"].startswith("Failed in the last 24 hours 1,000+")
    assert "and 997 more" in text


@on_sqlite
def test_jobs_beyond_those_with_room_are_a_link_away(browse, ended, monkeypatch):
    monkeypatch.setattr(failures, "JOBS", 2)
    ended.several([(State.ERRORED, of, 60 - n, {}) for n, of in enumerate(("Talk", "Echo", "Sleep", "Fail"))])
    text = browse("ann").get("/").text
    assert 'href="/runs/?state=unsuccessful">and 2 more jobs<' in text
    assert "Talk" not in parts(text)["failed"]


@on_sqlite
def test_a_script_with_a_token_sees_the_page_too_and_takes_nothing_away_from_its_user(api, browse, ended, clock):
    script, ann = api("ann"), browse("ann")
    assert failed(ann) == []
    number = ended()
    assert f'id="failed-{number}"' in script.get("/").text
    clock.later(hours=2)
    assert f'id="failed-{number}"' in script.get("/").text
    assert failed(ann) == [number]
