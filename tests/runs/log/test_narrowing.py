"""Levels, searches, times and groups: what a reader sees of a log, with numbers that never change."""

from __future__ import annotations

import csv
import io
import json
import re
from html import unescape

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.db import transaction
from webapp.runs.log import searching, timing
from webapp.runs.log.models import LogGroup
from webapp.runs.models import State
from webapp.runs.service import submit


def seqs(text: str) -> list[int]:
    return [int(seq) for seq in re.findall(r'<li id="L(\d+)"', text)]


def hits(text: str) -> list[int]:
    return [int(seq) for seq in re.search(r'data-hits="([^"]*)"', text)[1].split()]


@pytest.fixture
def mixed(told):
    run = told()
    levels = ("debug", "info", "success", "warning", "failure", "error", "critical")
    run.say(*((level, f"{level} speaks") for level in levels))
    run.end(State.FAILURE)
    return run


def test_levels_leave_lines_out_and_numbers_as_they_are(mixed, vic):
    for level, found in {
        "": [1, 2, 3, 4, 5, 6, 7],
        "info": [2, 3, 4, 5, 6, 7],
        "warning": [4, 5, 6, 7],
        "error": [5, 6, 7],
        "nonsense": [1, 2, 3, 4, 5, 6, 7],
    }.items():
        text = vic.get(f"/runs/{mixed.number}?level={level}").text
        assert seqs(text) == found, level
    assert "3 lines are not shown" in vic.get(f"/runs/{mixed.number}?level=warning").text
    assert seqs(vic.get(f"/runs/{mixed.number}/log/lines?first=1&last=250&level=error").text) == [5, 6, 7]
    assert seqs(vic.get(f"/runs/{mixed.number}/log?after=4&level=warning").text) == [5, 6, 7]


@on_sqlite
def test_a_level_that_no_line_has_says_so_and_leads_back(told, vic):
    run = told()
    run.count(3)
    run.end()
    text = vic.get(f"/runs/{run.number}?level=error").text
    assert "No line is like that" in text
    assert "Show all 3" in text


def test_a_search_counts_its_hits_and_names_their_lines(told, vic):
    run = told()
    run.say(("info", "Timeout of sw-1"), ("info", "fine"), ("error", "TIMEOUT again"), ("debug", "100% timeout_x"))
    run.end()
    for text, found in {
        "timeout": [1, 3, 4],
        "  timeout ": [1, 3, 4],
        "sw-1": [1],
        "%": [4],
        "_x": [4],
        "nothing": [],
        "'": [],
        '"; DROP TABLE run; --': [],
    }.items():
        answer = vic.get(f"/runs/{run.number}", query_string={"q": text})
        assert (answer.status_code, hits(answer.text)) == (200, found), text
    assert hits(vic.get(f"/runs/{run.number}?q=timeout&level=error").text) == [3]
    assert seqs(vic.get(f"/runs/{run.number}?q=timeout&only=1").text) == [1, 3, 4]
    assert seqs(vic.get(f"/runs/{run.number}?q=timeout").text) == [1, 2, 3, 4]


@on_sqlite
def test_a_search_names_so_many_lines_and_counts_all(told, vic, monkeypatch):
    monkeypatch.setattr(searching, "MOST", 3)
    run = told()
    run.count(8)
    run.end()
    text = vic.get(f"/runs/{run.number}?q=number").text
    assert hits(text) == [1, 2, 3]
    assert "the first 3 can be gone through" in text
    assert ">8</span> lines say" in text


@on_sqlite
def test_a_search_goes_from_hit_to_hit_without_a_script(told, vic):
    run = told()
    run.say(("info", "a hit"), ("info", "-"), ("info", "a hit"), ("info", "a hit"))
    run.end()
    text = vic.get(f"/runs/{run.number}?q=hit").text
    path = unescape(re.search(r'href="([^"]+)" data-hit="1"', text)[1])
    assert path == f"/runs/{run.number}?q=hit&at=3#L3"
    text = vic.get(path.partition("#")[0]).text
    assert unescape(re.search(r'href="([^"]+)" data-hit="-1"', text)[1]).endswith("at=1#L1")
    assert unescape(re.search(r'href="([^"]+)" data-hit="1"', text)[1]).endswith("at=4#L4")


def test_the_next_and_the_last_warning_are_found_from_anywhere(told, vic):
    run = told()
    run.count(20, {5: "warning", 12: "error"})
    place = f"/runs/{run.number}/log/next"
    for query, seq in {"after=0": 5, "after=5": 12, "after=12": None, "before=12": 5, "before=5": None}.items():
        assert vic.get(f"{place}?{query}").json == {"seq": seq}, query
    for query in ("after=x", "before=-1", "after=9999999999999999"):
        assert vic.get(f"{place}?{query}").status_code == 200


@on_sqlite
def test_times_are_of_day_since_the_start_or_since_the_line_before(told, vic):
    run = told()
    run.count(3)
    run.end()
    assert "08:00:01.000</time>" in vic.get(f"/runs/{run.number}").text
    assert "+1.000 s</time>" in vic.get(f"/runs/{run.number}?time=relative").text
    assert re.search(r"\d:\d\d\.\d{3}</time>", vic.get(f"/runs/{run.number}?time=elapsed").text)


def test_lengths_are_written_alike():
    assert timing.elapsed(4_250_000) == "0:04.250"
    assert timing.elapsed(3_724_250_999) == "1:02:04.250"
    assert timing.elapsed(-1_500_000) == "-0:01.500"
    assert timing.relative(250_000) == "+0.250 s"
    assert timing.relative(-3_000_000) == "-3.000 s"
    assert timing.relative(10_000_000) == "+10.000 s"
    assert [timing.relative(length * 1_000_000) for length in (32, 64)] == ["… 32 s", "… 1 m 04 s"]
    assert timing.relative(None) == ""


@pytest.fixture
def grouped(app, person, supervise):
    """The run of Backup: lines 1 and last outside; sw-1 went well, sw-2 and sw-4 failed."""
    number = submit(catalogue.by_class_path("itemised.Backup"), person("ann"), {}).number
    supervise(number, "worker@test")
    return number


def folds(text: str) -> dict[str, str]:
    """Title of each heading, and whether it is open."""
    found = re.findall(r'line__fold" href="[^"]*" aria-expanded="(\w+)" role="button">([^<]+)<', text)
    return {title: expanded for expanded, title in found if title != "Connect"}


@on_sqlite
def test_what_went_well_is_folded_and_what_did_not_is_open(grouped, vic):
    text = vic.get(f"/runs/{grouped}").text
    assert folds(text) == {
        "Access switches": "true",
        "sw-1": "false",
        "sw-2": "true",
        "sw-3": "false",
        "sw-4": "true",
    }
    assert "connecting to sw-1" not in text
    assert "no room on sw-2" in text.partition('id="log-view"')[2]


@on_sqlite
def test_a_group_is_opened_and_folded_by_its_heading(grouped, vic):
    text = vic.get(f"/runs/{grouped}").text
    for title in ("sw-1", "sw-2"):
        address = unescape(re.search(rf'line__fold" href="([^"]+)"[^>]*>{title}<', text)[1])
        turned = vic.get(address.partition("#")[0]).text
        assert folds(turned)[title] != folds(text)[title]
        back = unescape(re.search(rf'line__fold" href="([^"]+)"[^>]*>{title}<', turned)[1])
        assert folds(vic.get(back.partition("#")[0]).text) == folds(text)


@on_sqlite
def test_all_groups_are_opened_and_folded_at_once(grouped, vic):
    everything = seqs(vic.get(f"/runs/{grouped}?folds=open").text)
    assert everything == list(range(1, len(everything) + 1))
    assert set(folds(vic.get(f"/runs/{grouped}?folds=closed").text).values()) == {"false"}
    few = seqs(vic.get(f"/runs/{grouped}?folds=closed").text)
    assert 1 < len(few) < len(everything) / 2


@on_sqlite
def test_a_line_in_a_folded_group_opens_it_when_it_is_asked_for(grouped, vic):
    text = vic.get(f"/runs/{grouped}?folds=open").text
    seq = int(re.search(r'id="L(\d+)"(?:(?!<li).)*connecting to sw-1<', text, re.DOTALL)[1])
    assert f'id="L{seq}"' not in vic.get(f"/runs/{grouped}").text
    opened = vic.get(f"/runs/{grouped}?at={seq}").text
    assert f'id="L{seq}"' in opened
    assert folds(opened)["sw-1"] == "true"
    assert folds(opened)["sw-3"] == "false"


@on_sqlite
def test_a_search_finds_what_is_folded_and_opens_it(grouped, vic):
    text = vic.get(f"/runs/{grouped}?q=connecting+to+sw-3").text
    [seq] = hits(text)
    assert f'id="L{seq}" class="line line--info line--in line--in-3 line--hit"' in text


@on_sqlite
def test_levels_show_the_headings_above_what_is_left(grouped, vic):
    text = vic.get(f"/runs/{grouped}?level=error").text.partition('id="log-view"')[2]
    titles = re.findall(r'line__title">([^<]+)<', text)
    assert titles == ["Access switches", "sw-2", "sw-4"]
    assert "no room on sw-2" in text
    assert "sw-1" not in text


@on_sqlite
def test_blocks_leave_out_what_is_folded_however_much_that_is(grouped, vic):
    text = vic.get(f"/runs/{grouped}/log/lines?first=1&last=1000").text
    assert seqs(text) == seqs(vic.get(f"/runs/{grouped}").text)


def test_a_line_that_is_asked_for_is_shown_under_filters_too(mixed, vic):
    assert seqs(vic.get(f"/runs/{mixed.number}?level=error&at=2").text) == [2, 5, 6, 7]
    assert seqs(vic.get(f"/runs/{mixed.number}?q=critical&only=1&at=2").text) == [2, 7]
    for path in ("", "/log/lines"):
        assert seqs(vic.get(f"/runs/{mixed.number}{path}?level=error&at=2&to=4").text) == [2, 3, 4, 5, 6, 7]
        assert seqs(vic.get(f"/runs/{mixed.number}{path}?level=error&at=2&to=1").text) == [2, 5, 6, 7]


def test_who_searches_while_the_run_goes_on_is_told_what_has_been_found_since(told, vic, monkeypatch):
    monkeypatch.setattr(searching, "MOST", 3)
    run = told()
    run.say(("info", "a hit"), ("info", "-"))
    ask = r'hx-get="([^"]+)"\s+hx-trigger="load'
    found = []
    for lines in (["hit", "-", "hit"], ["-"], ["hit", "hit"]):
        page = found[-1] if found else vic.get(f"/runs/{run.number}?q=hit").text
        run.say(*(("info", line) for line in lines))
        found.append(vic.get(unescape(re.search(ask, page)[1])).text)
    assert hits(found[0]) == [3, 5]
    assert "data-hits" not in found[1]
    assert hits(found[2]) == []  # as three are named already
    assert 'data-places="7"' in found[2]
    for answer, total in ((found[0], 3), (found[2], 5)):
        assert re.search(rf'log__hit-place">{total}</span> lines say', answer)


def test_nothing_that_is_searched_for_makes_the_page_fail(mixed, vic):
    for text in ("\0", "a\0b", "\ufeff", "\ud800".encode("utf-8", "surrogatepass"), "%", "\\", "é" * 300):
        for place in ("", "/log.txt", "/log/lines"):
            answer = vic.get(f"/runs/{mixed.number}{place}", query_string={"q": text, "only": "1"})
            assert answer.status_code == 200, (text, place)


@on_sqlite
def test_letters_of_all_languages_are_found_in_whatever_case(told, vic):
    run = told()
    run.say(("info", "ÄRGER"), ("info", "Ärger"), ("info", "ärger"))
    run.end()
    for text in ("ärger", "ÄRGER", "Ärger"):
        assert hits(vic.get(f"/runs/{run.number}", query_string={"q": text}).text) == [1, 2, 3], text


@on_sqlite
def test_groups_of_which_nobody_knows_how_they_went_are_open(grouped, vic):
    with transaction() as session:
        session.execute(sa.update(LogGroup).values(line_count=0, warning_count=0, error_count=0))
    assert set(folds(vic.get(f"/runs/{grouped}").text).values()) == {"true"}


@on_sqlite
def test_a_group_that_one_has_seen_begin_stays_open_when_it_ends(grouped, vic):
    everything = seqs(vic.get(f"/runs/{grouped}?folds=open").text)
    text = vic.get(f"/runs/{grouped}?folds=open").text
    heading = int(re.search(r'id="L(\d+)" class="[^"]*line--heading"(?:(?!<li).)*>sw-1<', text, re.DOTALL)[1])
    seen = vic.get(f"/runs/{grouped}/log?after={heading}").text
    following = [seq for seq in everything if seq > heading]
    assert seqs(seen)[0] == following[0]
    assert "connecting to sw-1" not in vic.get(f"/runs/{grouped}").text
    assert seqs(vic.get(f"/runs/{grouped}/log?after={heading - 1}").text)[:2] != [heading, heading + 1]


@on_sqlite
def test_files_for_programs_hold_only_lines_of_the_level_and_those_for_people_the_headings_above(grouped, vic):
    page = seqs(vic.get(f"/runs/{grouped}?level=error").text)
    place = f"/runs/{grouped}/log"
    table = list(csv.DictReader(io.StringIO(vic.get(f"{place}.csv?level=error").text)))
    lines = [json.loads(line) for line in vic.get(f"{place}.ndjson?level=error").text.splitlines()]
    assert [line["line"] for line in lines] == [int(row["line"]) for row in table]
    assert [line["level"] for line in lines] == ["failure", "failure"]
    assert {line["line"] for line in lines} < set(page)
    said = re.findall(r"^\S+Z (?:info|failure) +(.*)$", vic.get(f"{place}.txt?level=error").text, re.MULTILINE)
    assert len(said) == len(page)
    assert [text for text in said if text in ("Access switches", "sw-1", "sw-2", "sw-4")] == [
        "Access switches",
        "sw-2",
        "sw-4",
    ]
