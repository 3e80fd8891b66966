"""The page of a run, and the log that asks for what comes next."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests import product
from tests.product import on_sqlite, running
from webapp.db import db, transaction, utcnow
from webapp.queue import bell
from webapp.runs import logs, processes, states
from webapp.runs.models import Run, State
from webapp.runs.service import submit


@pytest.fixture
def start(job, person):
    """Submits a run of the class of that name and gives its number."""

    def make(name: str, who: str = "ann", **inputs: object) -> int:
        return submit(job(name), person(who), inputs).number

    return make


@pytest.fixture
def vic(browse):
    return browse("vic")


def seqs(text: str) -> list[int]:
    return [int(seq) for seq in re.findall(r'<li id="L(\d+)"', text)]


def asks(text: str) -> tuple[str, str] | None:
    """The address and the delay of the element that asks again."""
    found = re.search(r'hx-get="([^"]*/log\?after=\d+)&amp;seen=\w+"\s+hx-trigger="load delay:(\w+), again"', text)
    return (found[1], found[2]) if found else None


def say(number: int, attempt: int, count: int, at: float | None = None) -> None:
    moment = utcnow().timestamp() if at is None else at
    product.say(number, attempt, [logs.line(moment, "info", "run", f"said {n}") for n in range(count)])


@on_sqlite
def test_a_finished_run_shows_everything_and_asks_no_more(start, vic, work):
    number = start("Echo", text="<hi> & ok", count=4)
    work()
    text = vic.get(f"/runs/{number}").text
    for words in (
        "Succeeded",
        "Text",
        "&lt;hi&gt; &amp; ok",
        "Job completed",
        "text is &lt;hi&gt;",
    ):
        assert words in text, words
    assert seqs(text) == [1, 2, 3]
    assert asks(text) is None
    assert "<hi>" not in text
    fragment = vic.get(f"/runs/{number}/log?after=2").text
    assert (seqs(fragment), asks(fragment)) == ([3], None)
    assert "<html" not in fragment


@on_sqlite
def test_a_failed_run_shows_why_and_where(start, vic, work):
    failed, raised = start("Fail"), start("Raise")
    work()
    assert "2 things are wrong" in vic.get(f"/runs/{failed}").text
    text = vic.get(f"/runs/{raised}").text
    assert "Errored" in text
    assert "raise ValueError" in text


@on_sqlite
def test_inputs_of_a_sensitive_run_are_not_shown(start, vic, browse):
    number = start("Secretive", password="tell-nobody")
    for who in (vic, browse("admin"), browse("ann")):
        assert "tell-nobody" not in who.get(f"/runs/{number}").text
        text = who.get(f"/runs/{number}/inputs").text
        assert "tell-nobody" not in text
        assert "The inputs of this run are not shown" in text


def test_a_run_whose_job_and_user_are_gone_is_still_shown(start, vic, job, person):
    number = start("Echo", text="hi")
    with transaction() as session:
        session.delete(job("Echo"))
        session.delete(person("ann"))
    text = vic.get(f"/runs/{number}").text
    assert "Echo" in text
    assert "ann" in text
    assert vic.get("/runs/").status_code == 200


@on_sqlite
def test_t216_a_waiting_run_says_what_it_waits_for(app, start, vic):
    number = start("NoInputs")
    assert "No live worker listens to the queue default, and none has lately." in vic.get(f"/runs/{number}").text
    processes.beat("worker", ["default"])
    assert "A worker of the queue default is about to take it." in vic.get(f"/runs/{number}").text
    app.extensions["bell"].silent_until = float("inf")
    assert not bell.ping()
    assert "Redis is away" in vic.get(f"/runs/{number}").text


@on_sqlite
def test_t232_a_log_asks_for_what_comes_after_its_last_line_until_the_run_is_over(start, vic):
    number = start("NoInputs")
    assert asks(vic.get(f"/runs/{number}").text) == (f"/runs/{number}/log?after=0", "200ms")
    attempt = running(number)
    say(number, attempt, 3)
    text = vic.get(f"/runs/{number}/log?after=0").text
    assert (seqs(text), asks(text)) == ([1, 2, 3], (f"/runs/{number}/log?after=3", "200ms"))
    text = vic.get(f"/runs/{number}/log?after=3").text
    assert (seqs(text), asks(text)) == ([], (f"/runs/{number}/log?after=3", "200ms"))
    with transaction():
        states.finish(number, attempt, State.RUNNING, State.SUCCESS, "w")
    answer = vic.get(f"/runs/{number}/log?after=3")
    assert (answer.status_code, seqs(answer.text), asks(answer.text)) == (200, [], None)
    assert "Succeeded" in answer.text


@on_sqlite
def test_a_log_to_which_lines_come_by_the_hundred_is_asked_for_less_often(start, vic):
    number = start("NoInputs")
    attempt = running(number)
    say(number, attempt, 200)
    assert asks(vic.get(f"/runs/{number}/log?after=0").text) == (f"/runs/{number}/log?after=200", "1000ms")
    say(number, attempt, 199)
    assert asks(vic.get(f"/runs/{number}/log?after=200").text) == (f"/runs/{number}/log?after=399", "200ms")


def test_a_quiet_log_asks_less_often_and_a_hidden_one_even_less(start, vic):
    number = start("NoInputs")
    attempt = running(number)
    with transaction() as session:
        session.get_one(Run, number).created_at = utcnow() - timedelta(minutes=5)
    say(number, attempt, 1, at=utcnow().timestamp() - 60)
    assert asks(vic.get(f"/runs/{number}/log?after=1").text)[1] == "1000ms"
    say(number, attempt, 1)
    assert asks(vic.get(f"/runs/{number}/log?after=2").text)[1] == "200ms"
    assert asks(vic.get(f"/runs/{number}/log?after=2", headers={"X-Tab-Hidden": "1"}).text)[1] == "3000ms"


def test_odd_addresses_of_runs_are_not_found_or_read_from_the_start(start, vic):
    number = start("NoInputs")
    say(number, running(number), 2)
    for path in ("0", "99999", "2147483648", "9" * 30, "-1", "x", "1.5", "%00"):
        assert vic.get(f"/runs/{path}").status_code == 404, path
        assert vic.get(f"/runs/{path}/log").status_code == 404, path
    for after in ("x", "-5", "", "9" * 30, "%00"):
        assert seqs(vic.get(f"/runs/{number}/log?after={after}").text) == [1, 2], after
    assert seqs(vic.get(f"/runs/{number}/log?after=2147483647").text) == []


@on_sqlite
def test_fault_103_log_lines_are_text_and_never_markup(start, vic):
    number = start("NoInputs")
    attempt = running(number)
    product.say(
        number,
        attempt,
        [
            logs.line(1e9, "<b>", "<i>", "<script>alert(1)</script>", "<u>", "javascript:alert(1)"),
            logs.line(1e9, "info", "run", ""),
        ],
    )
    text = vic.get(f"/runs/{number}").text
    for markup in ("<script>alert", "<i>", "<u>", "line--<b>", 'href="javascript:'):
        assert markup not in text, markup


@on_sqlite
def test_the_pages_read_only(start, vic, work):
    number = start("NoInputs")
    work()
    db.session.rollback()
    before = db.session.get_one(Run, number).state_version
    for path in ("/runs/", f"/runs/{number}", f"/runs/{number}/log"):
        assert vic.get(path).status_code == 200
        assert vic.client.head(path).status_code == 200
    assert db.session.get_one(Run, number).state_version == before
