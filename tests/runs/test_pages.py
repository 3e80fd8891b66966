"""The Runs page, the page of a run, and the log that asks for what comes next."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from html import unescape

import pytest

from tests import product
from tests.product import on_sqlite, running
from webapp.catalogue import deleting
from webapp.db import db, transaction, utcnow
from webapp.queue import bell
from webapp.runs import logs, processes, states, views
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


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r'href="/runs/(\d+)"', text)]


def seqs(text: str) -> list[int]:
    return [int(seq) for seq in re.findall(r'<li id="L(\d+)"', text)]


def asks(text: str) -> tuple[str, str] | None:
    """The address and the delay of the element that asks again."""
    found = re.search(r'hx-get="([^"]*/log\?after=\d+)"\s+hx-trigger="load delay:(\w+), again"', text)
    return (found[1], found[2]) if found else None


def say(number: int, attempt: int, count: int, at: float | None = None) -> None:
    moment = utcnow().timestamp() if at is None else at
    product.say(number, attempt, [logs.line(moment, "info", "run", f"said {n}") for n in range(count)])


def test_runs_stand_newest_first(start, vic):
    made = [start("NoInputs"), start("Echo", text="hi"), start("NoInputs")]
    assert numbers(vic.get("/runs/").text) == made[::-1]


@on_sqlite
def test_runs_of_deleted_jobs_say_so_and_are_found_together(start, vic, job, person, work):
    gone, waits, other = start("Echo", text="hi"), start("Fail"), start("NoInputs")
    assert "have been deleted" not in vic.get("/runs/").text
    work()
    deleting.delete([job("Echo"), job("Fail")], person("admin"))
    assert "its job has been deleted" in vic.get(f"/runs/{gone}").text
    assert "its job has been deleted" not in vic.get(f"/runs/{other}").text
    link = re.search(r'<option value="(\w+)" >Jobs that have been deleted</option>', vic.get("/runs/").text)[1]
    text = vic.get(f"/runs/?job={link}").text
    assert numbers(text) == [waits, gone]
    assert f'<option value="{link}" selected>' in text
    assert numbers(vic.get(f"/runs/?job={link}&state=succeeded").text) == [gone]


def test_runs_are_narrowed_by_job_and_by_state(start, vic, job):
    queued, failed = start("NoInputs"), start("Echo", text="hi")
    lost, claimed = start("NoInputs"), start("NoInputs")
    with transaction():
        states.finish(failed, states.claim(failed, "w"), State.CLAIMED, State.FAILURE, "w")
        states.finish(lost, states.claim(lost, "w"), State.CLAIMED, State.TIMED_OUT, "w")
        states.claim(claimed, "w")
    id = job("NoInputs").id
    for query, found in {
        f"job={id}": [claimed, lost, queued],
        f"job={uuid.uuid4()}": [],
        "job=nothing": [],
        "job=%00": [],
        "state=queued": [queued],
        "state=running": [claimed],
        "state=failed": [failed],
        "state=timed_out": [lost],
        "state=nothing": [],
        "state=%00": [],
        f"job={id}&state=failed": [],
        f"before={lost}": [failed, queued],
        "before=x": [claimed, lost, failed, queued],
        "before=-1": [claimed, lost, failed, queued],
        "before=99999999999999999999": [claimed, lost, failed, queued],
        "before=2147483647": [claimed, lost, failed, queued],
    }.items():
        answer = vic.get(f"/runs/?{query}")
        assert (answer.status_code, numbers(answer.text)) == (200, found), query
    assert "No runs like that" in vic.get("/runs/?state=cancelled").text


@on_sqlite
def test_the_filters_offer_every_word_once_and_keep_what_was_chosen(start, vic, job):
    start("NoInputs")
    text = vic.get(f"/runs/?state=timed_out&job={job('Echo').id}").text
    offered = re.findall(r'<option value="(\w+)"[^>]*>([A-Z][\w ]+)</option>', text.partition('id="filter-state"')[2])
    assert offered == [
        *(("queued", "Queued"), ("running", "Running"), ("succeeded", "Succeeded"), ("failed", "Failed")),
        *(("errored", "Errored"), ("timed_out", "Timed out"), ("lost", "Lost"), ("cancelled", "Cancelled")),
    ]
    assert 'value="timed_out" selected' in text
    assert f'value="{job("Echo").id}" selected' in text


def test_older_runs_are_a_page_further(start, vic, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    made = [start("NoInputs") for _ in range(5)][::-1]
    path, seen = "/runs/", []
    for _ in range(3):
        text = vic.get(path).text
        seen.append(numbers(text))
        older = re.search(r'rel="next" href="([^"]+)"', text)
        path = unescape(older[1]) if older else ""
    assert seen == [made[:2], made[2:4], made[4:]]
    assert path == ""


def test_a_job_shows_its_own_last_runs(start, vic, job, monkeypatch):
    monkeypatch.setattr(views, "RECENT", 2)
    made = [start("NoInputs") for _ in range(3)]
    start("Echo", text="hi")
    text = vic.get(f"/jobs/{job('NoInputs').id}/runs/recent").text
    assert numbers(text) == made[:0:-1]
    assert "<html" not in text


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
        text = who.get(f"/runs/{number}").text
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


def test_a_quiet_log_asks_less_often_and_a_hidden_one_even_less(start, vic):
    number = start("NoInputs")
    attempt = running(number)
    with transaction() as session:
        session.get_one(Run, number).created_at = utcnow() - timedelta(minutes=5)
    say(number, attempt, 1, at=utcnow().timestamp() - 60)
    assert asks(vic.get(f"/runs/{number}/log?after=1").text)[1] == "1s"
    say(number, attempt, 1)
    assert asks(vic.get(f"/runs/{number}/log?after=2").text)[1] == "200ms"
    assert asks(vic.get(f"/runs/{number}/log?after=2", headers={"X-Tab-Hidden": "1"}).text)[1] == "3s"


@on_sqlite
def test_a_long_log_comes_in_windows(start, vic, monkeypatch):
    monkeypatch.setattr(views, "WINDOW", 4)
    number = start("NoInputs")
    attempt = running(number)
    say(number, attempt, 10)
    first = vic.get(f"/runs/{number}").text
    assert (seqs(first), asks(first)) == ([1, 2, 3, 4], (f"/runs/{number}/log?after=4", "200ms"))
    with transaction():
        states.finish(number, attempt, State.RUNNING, State.SUCCESS, "w")
    seen, path = [], f"/runs/{number}/log?after=0"
    while path:
        text = vic.get(path).text
        seen += seqs(text)
        more = re.search(r'hx-get="([^"]*/log\?after=\d+)"\s+hx-trigger="revealed"', text)
        path = more[1] if more else ""
    assert seen == list(range(1, 11))
    assert seqs(vic.get(f"/runs/{number}?after=8").text) == [9, 10]


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
