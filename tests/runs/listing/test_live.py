"""What the Runs page asks for while it is open: rows that change, runs that come, and when there is nothing to say."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from tests import product
from tests.product import on_sqlite, running
from tests.runs.listing.conftest import asks, shown
from webapp.db import db, transaction, utcnow
from webapp.runs import cancelling, logs, states
from webapp.runs.listing import live, views
from webapp.runs.models import Run, State


@pytest.fixture
def window(vic):
    """Opens the list and gives what asks for news of it, time after time."""

    class Window:
        def open(self, path: str = "/runs/") -> Window:
            self.text = vic.get(path).text
            return self

        def look(self, **headers: str) -> Window:
            self.text = vic.get(asks(self.text)[0], headers=headers).text
            return self

        @property
        def rows(self) -> list[int]:
            return shown(self.text)

        @property
        def new(self) -> str | None:
            found = re.search(r'id="runs-new".*?</svg> ([^<]*)</a>', self.text, re.S)
            return found[1] if found else None

        @property
        def delay(self) -> str | None:
            asking = asks(self.text)
            return asking[1] if asking else None

    return Window()


def end(number: int, attempt: int, state: State = State.SUCCESS) -> None:
    with transaction():
        states.finish(number, attempt, State.RUNNING, state, "w")


def test_a_run_that_moves_on_comes_anew_and_those_that_are_over_do_not(start, ended, window):
    over, queued, goes_on = ended(), start(), start()
    attempt = running(goes_on)
    window.open().look()
    assert window.rows == [goes_on, queued]
    running(queued)
    window.look()
    assert "Running" in window.text.partition(f'id="run-{queued}"')[2]
    end(goes_on, attempt, State.FAILURE)
    window.look()
    assert window.rows == [goes_on, queued]
    assert "Failed" in window.text.partition(f'id="run-{goes_on}"')[2].partition("</tr>")[0]
    assert "data-cancels" not in window.text.partition(f'id="run-{goes_on}"')[2].partition(">")[0]
    assert 'id="tally-failed" class="views__tally views__tally--some" hx-swap-oob="true">1<' in window.text
    running(start())
    assert window.look().rows == [queued]
    assert over not in window.rows


def test_nothing_but_the_next_question_comes_while_nothing_happens(start, window, monkeypatch):
    moment = utcnow()
    monkeypatch.setattr(live, "utcnow", lambda: moment)
    number = start()
    attempt = running(number)
    window.open().look()
    before = window.text
    window.look()
    assert (window.rows, window.new, window.delay) == ([], None, "3s")
    assert len(window.text) < 400 < len(before)
    product.say(number, attempt, [logs.line(utcnow().timestamp(), "warning", "run", "careful")])
    assert window.look().rows == [number]


@on_sqlite
def test_that_nothing_happens_takes_two_questions_besides_who_asks(start, window, statements, monkeypatch):
    moment = utcnow()
    monkeypatch.setattr(live, "utcnow", lambda: moment)
    running(start())
    window.open().look()
    statements.clear()
    window.look()
    of_runs = [text for text in statements if re.search(r"FROM run\b|FROM run_event", text)]
    assert len(of_runs) == 2, statements


@on_sqlite
def test_why_a_run_waits_is_looked_at_anew_after_a_while(start, window, monkeypatch):
    moment = [utcnow()]
    monkeypatch.setattr(live, "utcnow", lambda: moment[0])
    number = start()
    window.open().look()
    assert window.look().rows == []
    moment[0] += timedelta(seconds=live.ANEW_SECONDS)
    assert window.look().rows == [number]


@on_sqlite
@pytest.mark.parametrize(
    ("query", "at_once"),
    [
        *[("", True), ("state=queued&state=running", True), ("user=ann&job=ID", True), ("mine=yes", True)],
        *[
            ("q=inputs", False),
            ("queue=default&user=ann", False),
            ("dry=no&state=running", False),
            ("to=2100-01-01", False),
        ],
    ],
)
def test_numbers_per_state_that_take_long_to_count_come_after_a_while(start, ann, job, monkeypatch, query, at_once):
    moment = [utcnow()]
    monkeypatch.setattr(live, "utcnow", lambda: moment[0])
    number = start()
    text = ann.get(f"/runs/?{query.replace('ID', str(job('NoInputs').id))}").text
    for happens in (lambda: None, lambda: running(number)):
        happens()
        text = ann.get(asks(text)[0]).text
        assert ('id="run-states"' in text) is at_once
    moment[0] += timedelta(seconds=live.ANEW_SECONDS)
    assert re.search(r'id="state-running".*<b>1</b>', ann.get(asks(text)[0]).text)


@on_sqlite
def test_new_runs_are_counted_and_not_put_into_the_list(start, ended, window):
    start()
    window.open()
    assert window.look().new is None
    start()
    assert window.look().new == "1 new run"
    start()
    window.look()
    assert window.new == "2 new runs"
    assert 'data-announcement="2 new runs"' in window.text
    assert window.open().look().new is None


def test_only_runs_that_fit_the_filters_are_new_ones(start, ended, window, job):
    waits = start()
    window.open("/runs/?state=unsuccessful")
    start()
    assert window.look().new is None
    end(waits, running(waits), State.FAILURE)
    assert window.look().new == "1 new run"


@on_sqlite
def test_what_happens_to_runs_of_older_pages_is_not_new(start, window, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    oldest = start()
    start(), start()
    window.open()
    running(oldest)
    assert window.look().new is None


@on_sqlite
def test_many_new_runs_are_not_counted_to_the_end(window, start, monkeypatch):
    monkeypatch.setattr(live, "MOST_NEW", 2)
    window.open()
    for _ in range(4):
        start()
    assert window.look().new == "3 new runs"


@on_sqlite
def test_it_asks_less_often_when_nothing_goes_on_and_when_nobody_looks(start, window):
    assert window.open().delay == "5s"
    assert window.look().delay == "5s"
    running(start())
    assert window.open().delay == "3s"
    assert window.look(**{"X-Tab-Hidden": "1"}).delay == "30s"


@on_sqlite
def test_older_pages_and_days_that_are_over_do_not_ask(ended, window):
    ended()
    assert window.open("/runs/?before=100").delay is None
    assert window.open("/runs/?to=2020-01-01").delay is None
    assert window.open("/runs/?to=2100-01-01").delay == "5s"
    assert window.open("/runs/?log=nothing").delay is None


@on_sqlite
def test_one_sees_no_news_of_runs_that_one_may_not_see(start, browse):
    number = start()
    sam = browse("sam")
    text = sam.get(f"/runs/news?open={number}&shown=&since=0&seen=").text
    assert shown(text) == []
    assert "new run" not in text
    assert 'id="tally-waiting" class="views__tally" hx-swap-oob="true">0<' in text


@on_sqlite
def test_an_address_that_somebody_has_made_up_is_answered(start, vic):
    start()
    for query in (
        *("", "open=x&shown=-1&since=a&floor=.&seen=%00", "open=99999999999999999999&shown=%00", "state=nothing"),
        "open=" + ".".join(map(str, range(1, 500))),
        "since=99999999999999999999&floor=4000000000",
    ):
        assert vic.get(f"/runs/news?{query}").status_code == 200, query


@on_sqlite
def test_a_run_that_is_asked_to_stop_says_so(start, window, person):
    number = start()
    running(number)
    window.open().look()
    cancelling.cancel(db.session.get(Run, number), person("admin"))
    text = window.look().text
    assert "Cancelling" in text
    assert unescape(asks(text)[0]).count(f"open={number}") == 1
