"""What a search in a log finds: what the page shows, with letters in whatever case or just these."""

from __future__ import annotations

import random
import re
from html import unescape

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.db import db
from webapp.runs.fulltext.words import level
from webapp.runs.log import searching
from webapp.runs.log.models import LogLine
from webapp.runs.log.text import seen

RED, PLAIN = "\x1b[31m", "\x1b[0m"
LINK, END = "\x1b]8;;http://a/aA\x07", "\x1b]8;;\x1b\\"
PIECES = (RED, PLAIN, LINK, END, "\r", "\r\n", "\n", *"aAbéÉß%_\\1m[*?]^", "\u200b")


def hits(vic, run, text: str, **more: str) -> list[int]:
    page = vic.get(f"/runs/{run.number}", query_string={"q": text, **more}).text
    return [int(seq) for seq in re.search(r'data-hits="([^"]*)"', page)[1].split()]


@pytest.fixture
def coloured(told):
    run = told()
    run.say(
        ("info", f"time{RED}out{PLAIN} of sw-1"),
        ("info", "10%\r20%\rdone: 30%"),
        ("info", "failed: no\rok"),
        ("info", "first\r\nsecond line\r\n"),
        ("info", "Timeout"),
    )
    run.end()
    return run


def test_what_the_page_shows_is_found_and_what_was_written_over_is_not(coloured, vic):
    for text, found in {
        "timeout": [1, 5],
        "timeout of": [1],
        "31m": [],
        "[0m": [],
        "done: 30%": [2],
        "20%": [],
        "okiled": [3],
        "failed": [],
        "second line": [4],
    }.items():
        assert hits(vic, coloured, text) == found, text


def test_lines_that_are_narrowed_to_hits_are_those_that_are_found(coloured, vic):
    text = vic.get(f"/runs/{coloured.number}?q=okiled&only=1").text
    assert re.findall(r'<li id="L(\d+)"', text) == ["3"]
    assert vic.get(f"/runs/{coloured.number}/log.ndjson?q=timeout").text.count("\n") == 2
    assert vic.get(f"/runs/{coloured.number}/log.ndjson?q=timeout&case=1").text.count("\n") == 1


def test_case_counts_for_those_who_ask_for_it(told, vic):
    run = told()
    run.say(
        *(("info", text) for text in ("Ärger with SW-1", "ärger with sw-1", "ÄRGER WITH SW-1", "Straße", "STRASSE"))
    )
    run.end()
    for text, any_case, exact in (
        ("ärger", [1, 2, 3], [2]),
        ("Ärger", [1, 2, 3], [1]),
        ("sw-1", [1, 2, 3], [2]),
        ("WITH", [1, 2, 3], [3]),
        ("straße", [4], []),
        ("strasse", [5], []),
    ):
        assert hits(vic, run, text) == any_case, text
        assert hits(vic, run, text, case="1") == exact, text


def test_both_databases_find_the_same(told, app):
    some = random.Random(7)
    messages = ["".join(some.choices(PIECES, k=some.randint(0, 12))) for _ in range(600)]
    run = told()
    run.say(*(("info", message) for message in messages))
    lines = sa.select(LogLine.message).where(LogLine.run_number == run.number).order_by(LogLine.seq)
    stored = db.session.scalars(lines).all()
    for text in {"".join(some.choices(PIECES[7:], k=some.randint(1, 3))) for _ in range(60)}:
        for exact in (False, True):
            alike = str if exact else level
            wanted = {seq for seq, message in enumerate(stored, 1) if alike(text) in alike(seen(message))}
            found = sa.select(LogLine.seq).where(LogLine.run_number == run.number)
            assert set(db.session.scalars(found.where(searching.contains(text, exact=exact)))) == wanted, text


@on_sqlite
def test_the_switch_stays_in_the_address_in_ways_and_in_files(told, vic):
    run = told()
    run.say(("info", "a Hit"), ("info", "a hit"), ("info", "a Hit"), ("error", "a Hit"))
    run.end()
    text = vic.get(f"/runs/{run.number}?q=Hit&case=1&only=1").text
    assert re.search(r'name="case" value="1" checked', text)
    [way] = re.findall(r'href="([^"]+)" data-hit="1"', text)
    assert unescape(way) == f"/runs/{run.number}?q=Hit&case=1&only=1&at=3#L3"
    assert f"/runs/{run.number}/log.csv?q=Hit&amp;case=1" in text
    assert "case=1" in re.search(r'class="line__number" href="([^"]+)"', text)[1]
    assert "case=1" not in re.search(r'href="([^"]+)"[^>]*>(?:<svg.*?</svg>)? End the search', text, re.DOTALL)[1]
    assert "with these small and capital letters" in vic.get(f"/runs/{run.number}?q=HIT&case=1").text


@on_sqlite
def test_of_many_hits_the_first_in_each_part_of_the_log_are_told(told, vic, monkeypatch):
    monkeypatch.setattr(searching, "MOST", 3)
    monkeypatch.setattr(searching, "STRETCHES", 4)
    run = told()
    run.count(11, {})
    run.end()
    text = vic.get(f"/runs/{run.number}?q=number").text
    assert re.search(r'data-places="([^"]*)"', text)[1] == "1 3 6 9"
    assert re.search(r'data-of="([^"]*)"', text)[1] == "11"
    assert re.search(r'data-places="([^"]*)"', vic.get(f"/runs/{run.number}?q=number+11").text)[1] == ""


def test_lines_that_are_deleted_while_a_search_counts_them_are_not_found(told, vic, monkeypatch):
    monkeypatch.setattr(searching, "MOST", 3)
    run = told()
    run.count(11, {})
    run.end()

    @sa.event.listens_for(db.engine, "before_cursor_execute")
    def delete(connection, _cursor, statement, *_):
        if "min(log_line.seq)" in statement:
            connection.connection.cursor().execute("DELETE FROM log_line")

    assert hits(vic, run, "number") == []
