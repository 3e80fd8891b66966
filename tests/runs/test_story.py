"""The story of a run: everything that happened to it, in words."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from tests import product
from tests.product import on_sqlite, running
from webapp.db import db, transaction, utcnow
from webapp.runs import cancelling, logs, states, story
from webapp.runs.models import Run, State
from webapp.runs.service import submit


@pytest.fixture
def start(job, person):
    """Submits a run of a job, which may be repeated a number of times, and gives its number."""

    def make(attempts: int = 1) -> int:
        number = submit(job("NoInputs"), person("ann"), {}).number
        with transaction() as session:
            run = session.get_one(Run, number)
            run.max_attempts, run.retry_backoff = attempts, 0
        return number

    return make


@pytest.fixture
def vic(browse):
    return browse("vic")


def told(text: str) -> list[str]:
    """The entries of the story, without their times."""
    return [unescape(words) for words in re.findall(r'<td class="list__main events__words">(.*?)</td>', text, re.S)]


def finish(number: int, attempt: int, state: State, **values: object) -> None:
    with transaction():
        states.finish(number, attempt, State.RUNNING, state, "w", **values)


@on_sqlite
def test_an_ordinary_run_has_an_ordinary_story(start, vic):
    number = start()
    finish(number, running(number), State.SUCCESS)
    expected = ["Queued, asked for by ann", "Claimed by w", "Started", "Succeeded"]
    assert told(vic.get(f"/runs/{number}/events").text) == expected


@on_sqlite
def test_the_story_of_a_run_that_was_cancelled_names_everybody(start, vic, person):
    number = start()
    attempt = running(number)
    run = db.session.get_one(Run, number)
    cancelling.cancel(run, person("ann"), "wrong <site>")
    cancelling.kill(run, person("admin"))
    finish(number, attempt, State.CANCELLED, reason="It was killed.")
    assert told(vic.get(f"/runs/{number}/events").text)[3:] == [
        "Cancelling was asked for by ann: wrong <site>",
        "Killing it at once was asked for by admin",
        "Cancelled: It was killed.",
    ]
    waiting = start()
    cancelling.cancel(db.session.get_one(Run, waiting), person("ann"), "typo")
    assert told(vic.get(f"/runs/{waiting}/events").text) == ["Queued, asked for by ann", "Cancelled by ann: typo"]


def test_every_attempt_is_told_and_which_one_is_awaited(start, vic):
    number = start(attempts=3)
    finish(number, running(number), State.ERRORED, reason="ValueError: bad.")
    page = vic.get(f"/runs/{number}/events").text
    assert told(page)[3:] == ["Attempt 1 of 3 did not succeed: ValueError: bad, waits for attempt 2"]
    assert re.search(r"<dt>Attempt</dt><dd>1 of 3</dd>", page)
    finish(number, running(number), State.SUCCESS)
    page = vic.get(f"/runs/{number}/events").text
    assert told(page)[4:] == ["Claimed by w", "Started, attempt 2", "Succeeded"]
    assert re.search(r"<dt>Attempt</dt><dd>2 of 3</dd>", page)


@on_sqlite
def test_a_run_that_waits_for_another_attempt_says_for_which(start, vic):
    number = start(attempts=2)
    finish(number, running(number), State.ERRORED, reason="no")
    with transaction() as session:
        session.get_one(Run, number).start_after = utcnow() + timedelta(hours=1)
    assert "Waits for attempt 2" in vic.get(f"/runs/{number}").text
    page = vic.get(f"/runs/{number}").text
    assert "Nothing of it will happen" not in page


@on_sqlite
def test_what_came_late_stands_beside_the_state(start, vic):
    number = start()
    attempt = running(number)
    with transaction():
        states.lose(number, attempt, 0, "reaper", "Its worker w was not heard of for 60 s.")
        states.note_late(number, attempt, "w", "It had succeeded.")
    page = vic.get(f"/runs/{number}/events").text
    summary = re.search(r'<section id="run-summary".*?</section>', page, re.S)[0]
    assert "Later news: It had succeeded." in summary
    assert told(page)[-2:] == ["Lost: Its worker w was not heard of for 60 s.", "Came late: It had succeeded."]


def test_a_worker_that_vanishes_before_the_start_puts_the_run_back(start, vic):
    number = start()
    with transaction():
        states.requeue(number, states.claim(number, "w"), 0, "reaper", "Its worker vanished.")
    assert told(vic.get(f"/runs/{number}/events").text)[-1] == "Queued again: Its worker vanished."
    assert story.late(db.session.get_one(Run, number)) == []


@on_sqlite
def test_the_story_of_somebody_elses_run_is_not_found(start, browse):
    assert browse("sam").get(f"/runs/{start()}/events").status_code == 404


@on_sqlite
def test_fault_99_lines_that_were_dropped_are_counted_under_the_log(start, vic):
    number = start()
    attempt = running(number)
    line = logs.line(1e9, "info", "run", "said")
    assert "were dropped" not in vic.get(f"/runs/{number}").text
    product.say(number, attempt, [line], dropped=12_345)
    said = "12,345 lines were dropped: a run keeps 100,000 lines or 50 MB"
    assert vic.get(f"/runs/{number}").text.count(said) == 1
    assert vic.get(f"/runs/{number}/log?after=1").text.count(said) == 1
    finish(number, attempt, State.SUCCESS)
    assert vic.get(f"/runs/{number}").text.count(said) == 1
    assert vic.get(f"/runs/{number}/log?after=1").text.count(said) == 1


def test_fault_102_no_escape_reaches_a_page_or_a_client(start, vic, api):
    number = start()
    attempt = running(number)
    colour = "\x1b[1;31m"
    with transaction():
        states.ask_to_cancel(number, "ann", f"{colour}why")
    line = logs.line(
        1e9, "info", f"{colour}group", f"{colour}red\x1b[0m \x1b]8;;http://x\x07", f"{colour}sw1", f"/{colour}"
    )
    product.say(number, attempt, [line])
    pages = [f"/runs/{number}", f"/runs/{number}/log", f"/runs/{number}/events"]
    before = [vic.get(path).text for path in pages]
    finish(number, attempt, State.ERRORED, reason=f"{colour}bad", traceback=f"{colour}trace")
    with transaction():
        states.note_late(number, attempt, "w", f"{colour}late")
    after = [vic.get(path).text for path in pages]
    id = db.session.get_one(Run, number).id
    told = [api("vic").get(f"/api/extras/job-results/{id}/{path}") for path in ("", "logs/")]
    for text in (*before, *after, *(answer.text for answer in told)):
        assert "\x1b" not in text
        assert "\\u001b" not in text
        assert "[1;31m" not in text
    assert "red" in before[0]
    assert told[0].json["traceback"] == "trace"
    assert told[1].json[0]["message"].startswith("red ")
