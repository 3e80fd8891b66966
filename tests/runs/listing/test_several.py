"""Several runs of the list: what cancelling and deleting them would do, what it does, and whom it is for."""

from __future__ import annotations

import re
from html import unescape

import sqlalchemy as sa

from tests.product import on_sqlite, running
from tests.runs.listing.conftest import messages, shown
from webapp.db import db, transaction
from webapp.runs import cancelling, pins, states
from webapp.runs.listing import several
from webapp.runs.models import Run, State


def state(number: int) -> State:
    db.session.rollback()
    return db.session.scalar(sa.select(Run.state).where(Run.number == number))


def chosen(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'<input type="hidden" name="id" value="(\d+)">', text)]


def query(*numbers: int) -> str:
    return "&".join(f"id={number}" for number in numbers)


def test_the_question_tells_which_runs_are_cancelled_and_why_the_others_are_not(start, ended, browse, person):
    mine, others, over, stopping = start(who="ann"), start(who="admin"), ended(who="ann"), start(who="ann")
    running(stopping)
    cancelling.cancel(db.session.get(Run, stopping), person("ann"))
    answer = browse("ann").get(f"/runs/cancellation?{query(mine, others, over, stopping, 999)}&list=state%3Dqueued")
    assert answer.status_code == 200
    assert chosen(answer.text) == [mine]
    text = unescape(answer.text)
    for sentence in (
        f"1 is not yours: #{others}.",
        f"1 is over already: #{over}.",
        f"1 is stopping already: #{stopping}.",
        "1 is not there any more, or not for you to see: #999.",
    ):
        assert sentence in text, sentence
    assert "Cancel one run" in text
    assert '<a class="btn btn-plain" href="/runs/?state=queued">' in text
    assert state(mine) is State.QUEUED


def test_what_waits_is_cancelled_at_once_and_what_runs_is_asked_to_stop(start, ended, ann):
    waits, runs, over = start(), start(), ended()
    running(runs)
    ann.get(f"/runs/cancellation?{query(waits, runs, over)}")
    answer = ann.post("/runs/cancellation", {"id": [waits, runs, over], "reason": "wrong day", "list": "state=queued"})
    assert (answer.status_code, answer.location) == (303, "/runs/?state=queued")
    assert [state(number) for number in (waits, runs, over)] == [State.CANCELLED, State.RUNNING, State.SUCCESS]
    assert [db.session.get(Run, number).cancel_reason for number in (waits, runs)] == ["wrong day", "wrong day"]
    assert messages(ann.get("/runs/").text) == [
        f"2 runs were asked to stop: #{runs} and #{waits}.",
        f"Left alone: 1 is over already: #{over}.",
    ]


def test_a_run_that_ends_between_question_and_answer_is_left_alone(start, ann, monkeypatch):
    first, second = start(), start()
    attempt = running(first)
    asked = several.cancellable

    def and_then_it_ends(*arguments):
        found = asked(*arguments)
        with transaction():
            states.finish(first, attempt, State.RUNNING, State.SUCCESS, "w")
        return found

    monkeypatch.setattr(several, "cancellable", and_then_it_ends)
    ann.get("/runs/")
    ann.post("/runs/cancellation", {"id": [first, second]})
    assert [state(first), state(second)] == [State.SUCCESS, State.CANCELLED]
    assert f"1 is over already: #{first}." in " ".join(messages(ann.get("/runs/").text))


@on_sqlite
def test_others_runs_are_not_cancelled_by_a_form_that_somebody_has_made_up(start, browse):
    number = start(who="admin")
    ann = browse("ann")
    ann.get("/runs/")
    ann.post("/runs/cancellation", {"id": [number]})
    assert state(number) is State.QUEUED
    assert messages(ann.get("/runs/").text) == [f"Nothing was cancelled. 1 is not yours: #{number}."]
    sam = browse("sam")
    sam.post("/runs/cancellation", {"id": [number]})
    assert "not for you to see" in messages(sam.get("/runs/").text)[0]


@on_sqlite
def test_a_reason_that_is_too_long_is_said_at_its_field(start, ann):
    number = start()
    ann.get("/runs/")
    answer = ann.post("/runs/cancellation", {"id": [number], "reason": "x" * 501})
    assert answer.status_code == 400
    assert "Give at most 500 characters." in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert chosen(answer.text) == [number]
    assert state(number) is State.QUEUED


def test_runs_that_are_over_are_deleted_and_the_others_are_not(ended, start, admin, person):
    over, failed, kept, waits = ended(), ended(State.FAILURE), ended(), start()
    pins.pin(db.session.get(Run, kept), person("admin"))
    text = unescape(admin.get(f"/runs/deletion?{query(over, failed, kept, waits)}").text)
    assert chosen(text) == [failed, over]
    assert f"1 is not over: #{waits}." in text
    assert f"1 is kept: #{kept}." in text
    answer = admin.post("/runs/deletion", {"id": [over, failed, kept, waits, over]})
    assert answer.status_code == 303
    text = admin.get("/runs/").text
    assert shown(text) == [waits, kept]
    assert messages(text) == [
        f"2 runs were deleted: #{failed} and #{over}.",
        f"Left alone: 1 is not over: #{waits}. 1 is kept: #{kept}.",
    ]
    db.session.rollback()
    assert db.session.get(Run, over) is None


@on_sqlite
def test_who_may_not_delete_is_refused_and_sees_no_button(ended, browse):
    number = ended()
    for name, status in (("ann", 403), ("vic", 403), ("admin", 200)):
        page = browse(name)
        assert page.get(f"/runs/deletion?id={number}").status_code == status
        assert ("/runs/deletion" in page.get("/runs/").text) is (status == 200)
    ann = browse("ann")
    ann.get("/runs/")
    assert ann.post("/runs/deletion", {"id": [number]}).status_code == 403
    assert state(number) is State.SUCCESS


@on_sqlite
def test_only_who_can_do_something_can_choose(start, browse):
    start()
    assert 'name="id"' in browse("ann").get("/runs/").text
    assert 'name="id"' not in browse("vic").get("/runs/").text


@on_sqlite
def test_nothing_and_too_much_are_refused_in_words(start, admin):
    start()
    for path in ("/runs/cancellation", "/runs/deletion"):
        for numbers in ("", "id=x&id=-1&id=99999999999999999999&id=%00"):
            assert admin.get(f"{path}?{numbers}").status_code == 303, path
            assert messages(admin.get("/runs/").text) == ["Choose some runs first."]
        answer = admin.get(f"{path}?{query(*range(1, several.MOST + 2))}")
        assert answer.status_code == 409
        assert f"These are {several.MOST + 1} runs; at most {several.MOST} can be chosen at once." in answer.text
        assert admin.get(f"{path}?{query(1, 99)}&list={'x' * 5000}").status_code == 200


@on_sqlite
def test_many_numbers_are_told_shortly(start, ann):
    made = [start() for _ in range(15)]
    ann.get("/runs/")
    ann.post("/runs/cancellation", {"id": made})
    [told] = messages(ann.get("/runs/").text)
    assert told.startswith("15 runs were asked to stop: #15, #14, ")
    assert told.endswith(" #4 and 3 more.")


@on_sqlite
def test_a_list_says_which_rows_keys_can_cancel_and_run_again(start, ended, browse):
    waits, over, of_admin = start(), ended(), start(who="admin")
    text = browse("ann").get("/runs/").text
    marks = {int(number): rest for number, rest in re.findall(r'<tr id="run-(\d+)"(.*?)>\n', text, re.S)}
    assert ["data-cancels" in marks[number] for number in (waits, over, of_admin)] == [True, False, False]
    assert all("data-runs-again" in mark for mark in marks.values())
    assert "data-runs-again" not in browse("vic").get("/runs/").text
