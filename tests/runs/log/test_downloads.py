"""The log to take along."""

from __future__ import annotations

import csv
import io
import json

import pytest

from tests.product import on_sqlite
from webapp.runs import logs
from webapp.runs.log import downloads


@pytest.fixture
def run(told):
    made = told()
    made.write(
        [
            logs.line(1_800_000_000.25, "info", "run", "plain"),
            logs.line(1_800_000_001, "warning", "check", "two\nlines", "sw-1", "/devices/1"),
            logs.line(1_800_000_002, "error", "run", '\x1b[31mred\x1b[0m, "quoted"'),
            logs.line(1_800_000_003, "info", "run", "=1+1"),
        ]
    )
    made.end()
    return made


@on_sqlite
def test_text_has_a_line_for_each_line(run, vic):
    answer = vic.get(f"/runs/{run.number}/log.txt")
    assert answer.text == (
        "2027-01-15T08:00:00.250Z info     plain\n"
        "2027-01-15T08:00:01.000Z warning  two\n    lines [sw-1]\n"
        '2027-01-15T08:00:02.000Z error    red, "quoted"\n'
        "2027-01-15T08:00:03.000Z info     =1+1\n"
    )
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="run-{run.number}.txt"'


@on_sqlite
def test_links_that_nobody_can_follow_there_tell_their_addresses(told, vic):
    run = told()
    run.say(("info", "\x1b]8;;https://ci.example/7\x1b\\build 7\x1b]8;;\x1b\\ is done"))
    run.end()
    said = "build 7 (https://ci.example/7) is done"
    assert vic.get(f"/runs/{run.number}/log.txt").text.endswith(f" {said}\n")
    assert list(csv.reader(io.StringIO(vic.get(f"/runs/{run.number}/log.csv").text)))[1][-1] == said
    assert "\x1b]8;;https" in json.loads(vic.get(f"/runs/{run.number}/log.ndjson").text)["message"]


@on_sqlite
def test_ndjson_says_what_the_job_has_said(run, vic):
    rows = [json.loads(line) for line in vic.get(f"/runs/{run.number}/log.ndjson").text.splitlines()]
    assert [row["line"] for row in rows] == [1, 2, 3, 4]
    assert rows[1] == {
        **{"line": 2, "time": "2027-01-15T08:00:01.000Z", "level": "warning", "group": "check"},
        **{"object": "sw-1", "object_url": "/devices/1", "message": "two\nlines"},
    }
    assert rows[2]["message"] == '\x1b[31mred\x1b[0m, "quoted"'


@on_sqlite
def test_a_table_holds_no_formulas(run, vic):
    rows = list(csv.reader(io.StringIO(vic.get(f"/runs/{run.number}/log.csv").text)))
    assert rows[0] == ["line", "time", "level", "group", "object", "message"]
    assert [row[-1] for row in rows[1:]] == ["plain", "two\nlines", 'red, "quoted"', "'=1+1"]


def test_filters_and_ranges_hold_for_what_is_taken_along(run, vic, monkeypatch):
    monkeypatch.setattr(downloads, "WINDOW", 2)
    for query, count in {
        "": 4,
        "level=warning": 2,
        "q=RED": 1,
        "first=2&last=3": 2,
        "first=9": 0,
    }.items():
        answer = vic.get(f"/runs/{run.number}/log.ndjson?{query}")
        assert len(answer.text.splitlines()) == count, query


@on_sqlite
def test_what_means_nothing_is_refused_before_a_script_takes_it_for_the_whole(run, vic):
    for query in ("level=abc", "first=abc", "last=-1", "last=99999999999"):
        answer = vic.get(f"/runs/{run.number}/log.txt?{query}")
        assert answer.status_code == 400, query
        assert "Say the number of a line." in answer.text or "Say one of info, warning, error." in answer.text


@on_sqlite
def test_what_one_may_not_see_one_may_not_take_along(run, browse):
    assert browse(None).get(f"/runs/{run.number}/log.txt").status_code in (302, 401)
    assert browse("vic").get(f"/runs/{run.number + 1}/log.txt").status_code == 404
    assert browse("vic").get(f"/runs/{run.number}/log.pdf").status_code == 404
