"""Cancelling as people see it: what is said beforehand, who may, what the page of the run says meanwhile and after."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from tests.product import on_sqlite, running
from webapp.accounts.permissions import known
from webapp.db import db, transaction, utcnow
from webapp.runs import cancelling, states
from webapp.runs.models import Run, State
from webapp.runs.service import submit


@pytest.fixture
def start(job, person):
    """Submits a run of the class of that name and gives its number."""

    def make(name: str = "NoInputs", who: str = "ann", **inputs: object) -> int:
        return submit(job(name), person(who), inputs).number

    return make


def row(number: int) -> Run:
    db.session.rollback()
    return db.session.get_one(Run, number)


def finish(number: int, attempt: int, state: State, **values: object) -> None:
    with transaction():
        states.finish(number, attempt, State.RUNNING, state, "w", **values)


def told_when(number: int, attempt: int, seconds: float) -> None:
    """Let the worker tell the job, and say when it will kill it."""
    with transaction():
        states.beat(number, attempt, {"kill_at": utcnow() + timedelta(seconds=seconds)})


def words(text: str) -> str:
    """What a reader sees of a page, with single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text.partition("<body")[2] or text)).split())


def summary(text: str) -> str:
    return words(re.search(r'<section id="run-summary".*?</section>', text, re.S)[0])


def test_fault_77_a_queued_run_is_cancelled_at_once_and_never_starts(start, browse, work):
    number, ann = start(), browse("ann")
    assert f'href="/runs/{number}/cancellation"' in ann.get(f"/runs/{number}").text
    page = words(ann.get(f"/runs/{number}/cancellation").text)
    assert "It has not begun. Nothing of it will happen." in page
    answer = ann.post(f"/runs/{number}/cancellation", {"reason": " wrong site "})
    assert (answer.status_code, answer.location) == (302, f"/runs/{number}")
    assert (row(number).state, row(number).cancel_by, row(number).cancel_reason) == ("cancelled", "ann", "wrong site")
    assert work() == []
    page = summary(ann.get(f"/runs/{number}").text)
    assert "Cancelled by ann, before it began: wrong site" in page
    assert "asked to cancel it" not in page  # which its reason says
    assert page.count("wrong site") == 1


def test_fault_78_a_running_run_says_who_wants_it_to_stop_and_when_it_is_killed(start, browse):
    number, ann = start(), browse("ann")
    attempt = running(number)
    page = words(ann.get(f"/runs/{number}/cancellation").text)
    assert f"Its job is told to stop and has {cancelling.grace()} s to clean up." in page
    assert "Then it and everything that it started is killed." in page
    assert "Changes and outside effects that it has already made stay" in page
    assert "What it has logged stays" in page
    assert ann.post(f"/runs/{number}/cancellation", {"reason": "<b>wrong</b>"}).status_code == 302
    page = ann.get(f"/runs/{number}").text
    assert "&lt;b&gt;wrong&lt;/b&gt;" in page
    assert re.search(r"Cancelling .* Asked by ann \d\.\d s ago: <b>wrong</b> Its worker is being told\.", summary(page))
    assert f'href="/runs/{number}/cancellation"' not in page
    told_when(number, attempt, 30)
    page = ann.get(f"/runs/{number}").text
    assert re.search(r"It is killed at \d\d:\d\d:\d\d UTC \.", summary(page))
    assert "data-until" in page
    assert "Kill now" in page
    finish(number, attempt, State.CANCELLED, reason="Cancelled by ann: wrong. It ended by itself.")
    page = ann.get(f"/runs/{number}").text
    assert "Cancelled by ann: wrong. It ended by itself." in summary(page)
    assert "Kill now" not in page


def test_kill_now_is_written_down_and_said(start, browse):
    number, ann = start(), browse("ann")
    attempt = running(number)
    assert ann.post(f"/runs/{number}/kill").status_code == 409
    ann.post(f"/runs/{number}/cancellation")
    told_when(number, attempt, 30)
    for _ in range(2):
        answer = ann.post(f"/runs/{number}/kill")
        assert (answer.status_code, answer.location) == (302, f"/runs/{number}")
    assert row(number).kill_requested_at is not None
    assert "Its worker kills it now, and everything that it started." in summary(ann.get(f"/runs/{number}").text)


@on_sqlite
def test_kill_now_that_comes_after_the_end_shows_the_end(start, browse):
    number, ann = start(), browse("ann")
    attempt = running(number)
    ann.post(f"/runs/{number}/cancellation")
    finish(number, attempt, State.CANCELLED)
    assert ann.post(f"/runs/{number}/kill").location == f"/runs/{number}"
    assert "Cancelled" in ann.post(f"/runs/{number}/kill", headers={"HX-Request": "true"}).text
    assert row(number).kill_requested_at is None


@on_sqlite
def test_htmx_gets_the_region_that_has_changed(start, browse):
    number, ann = start(), browse("ann")
    running(number)
    ann.get(f"/runs/{number}")
    htmx = {"HX-Request": "true"}
    for path in ("cancellation", "kill"):
        answer = ann.post(f"/runs/{number}/{path}", headers=htmx)
        assert answer.status_code == 200
        assert answer.text.startswith('<section id="run-summary"')
        assert "hx-swap-oob" not in answer.text
        assert "Cancelling" in answer.text
    assert "Its worker kills it now" in answer.text


@on_sqlite
def test_the_summary_is_swapped_whenever_something_of_the_cancelling_changes(start, browse):
    number, ann = start(), browse("ann")
    attempt = running(number)
    seen = []

    def version() -> None:
        seen.append(re.search(r'data-version="([^"]*)"', ann.get(f"/runs/{number}/log").text)[1])

    version()
    version()
    assert seen[0] == seen[1]
    ann.post(f"/runs/{number}/cancellation")
    version()
    told_when(number, attempt, 30)
    version()
    ann.post(f"/runs/{number}/kill")
    version()
    finish(number, attempt, State.CANCELLED)
    version()
    assert len(set(seen)) == 5


@on_sqlite
def test_a_run_that_is_over_cannot_be_cancelled_and_the_page_says_how_it_ended(start, browse):
    number, ann = start(), browse("ann")
    finish(number, running(number), State.SUCCESS)
    for answer, status in (
        (ann.get(f"/runs/{number}/cancellation"), 200),
        (ann.post(f"/runs/{number}/cancellation"), 409),
    ):
        page = words(answer.text)
        assert answer.status_code == status
        assert "Succeeded" in page
        assert "It is over. There is nothing left to cancel." in page
        assert f'href="/runs/{number}">Show the run' in answer.text
        assert "Cancel this run" not in page
    assert row(number).cancel_requested_at is None
    assert "Cancel" not in summary(ann.get(f"/runs/{number}").text)


def test_asking_twice_changes_nothing_and_the_first_one_stays(start, browse):
    number, ann, admin = start(), browse("ann"), browse("admin")
    running(number)
    ann.post(f"/runs/{number}/cancellation", {"reason": "first"})
    assert "ann has already asked it to stop." in words(admin.get(f"/runs/{number}/cancellation").text)
    assert admin.post(f"/runs/{number}/cancellation", {"reason": "second"}).status_code == 302
    assert (row(number).cancel_by, row(number).cancel_reason) == ("ann", "first")


@on_sqlite
def test_a_run_that_was_faster_says_that_somebody_had_asked(start, browse):
    number, ann = start(), browse("ann")
    attempt = running(number)
    ann.post(f"/runs/{number}/cancellation", {"reason": "too late"})
    finish(number, attempt, State.SUCCESS)
    page = summary(ann.get(f"/runs/{number}").text)
    assert "Succeeded" in page
    assert "ann asked to cancel it" in page
    assert "too late" in page


@on_sqlite
def test_who_started_it_may_and_anybody_else_needs_the_permission(start, browse):
    number = start()
    running(number)
    paths = (f"/runs/{number}/cancellation", f"/runs/{number}/kill")
    for who in ("bob", "vic"):
        page = browse(who)
        text = page.get(f"/runs/{number}").text
        assert "/cancellation" not in text
        assert page.get(paths[0]).status_code == 403
        for path in paths:
            answer = page.post(path)
            assert answer.status_code == 403
            assert "extras.cancel_job is missing" in words(answer.text)
    sam = browse("sam")
    assert [sam.get(paths[0]).status_code, *(sam.post(path).status_code for path in paths)] == [404, 404, 404]
    assert row(number).cancel_requested_at is None
    assert browse("admin").post(paths[0], {"reason": "maintenance"}).status_code == 302
    assert row(number).cancel_by == "admin"
    assert "Kill now" not in browse("vic").get(f"/runs/{number}").text
    assert "Asked by admin" in words(browse("vic").get(f"/runs/{number}").text)
    assert known("extras.cancel_job")


@on_sqlite
def test_a_run_that_is_not_there_is_not_found(browse):
    ann = browse("ann")
    for number in ("0", "99999", "x"):
        assert ann.get(f"/runs/{number}/cancellation").status_code == 404
        assert ann.post(f"/runs/{number}/cancellation").status_code == 404
        assert ann.post(f"/runs/{number}/kill").status_code == 404
        assert ann.get(f"/runs/{number}/story").status_code == 404


def test_a_reason_has_at_most_500_characters_and_stays_when_it_is_refused(start, browse):
    number, ann = start(), browse("ann")
    ann.get(f"/runs/{number}/cancellation")
    refused = ann.post(f"/runs/{number}/cancellation", {"reason": "<" * 501})
    assert refused.status_code == 400
    assert "Give at most 500 characters." in refused.text
    assert 'aria-invalid="true"' in refused.text
    assert "&lt;" * 501 in refused.text
    assert row(number).state == State.QUEUED
    assert ann.post(f"/runs/{number}/cancellation", {"reason": "a\0b" + "x" * 400}).status_code == 302
    assert "\0" not in row(number).cancel_reason


@on_sqlite
def test_cancelling_needs_the_token_of_the_session(start, browse):
    number, ann = start(), browse("ann")
    for path in ("cancellation", "kill"):
        assert ann.client.post(f"/runs/{number}/{path}").status_code == 400
    assert row(number).state == State.QUEUED


@on_sqlite
def test_looking_at_the_question_changes_nothing(start, browse):
    number, ann = start(), browse("ann")
    before = row(number).state_version
    for _ in range(2):
        assert ann.get(f"/runs/{number}/cancellation").status_code == 200
    assert (row(number).state, row(number).state_version) == (State.QUEUED, before)


@on_sqlite
def test_a_run_that_is_cancelling_says_so_in_lists(start, browse):
    number, ann = start(), browse("ann")
    running(number)
    ann.post(f"/runs/{number}/cancellation")
    listed = re.search(r"<table.*</table>", ann.get("/runs/").text, re.S)[0]
    assert "Cancelling" in words(listed)
