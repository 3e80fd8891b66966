"""What of a long log is there when its page opens, what comes later, and how soon."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.product import on_sqlite
from webapp.runs.log import blocks, pace, reading
from webapp.runs.log import views as log_views
from webapp.runs.models import State


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Blocks of ten lines, as a log of thousands would take seconds to write."""
    for place in (blocks, reading, log_views, log_views.opening):
        monkeypatch.setattr(place, "SIZE", 10)
    monkeypatch.setattr(log_views.opening, "AROUND", 2)
    monkeypatch.setattr(log_views, "FAR", 40)
    monkeypatch.setattr(log_views, "NEWEST", 10)
    monkeypatch.setattr(log_views, "WINDOW", 20)


def seqs(text: str) -> list[int]:
    return [int(seq) for seq in re.findall(r'<li id="L(\d+)"', text)]


def gaps(text: str) -> list[list[tuple[int, int, int]]]:
    """First and last number and count of each block that is not there yet, by the gaps in which they are."""
    return [
        [tuple(map(int, block.split(","))) for block in found.split()]
        for found in re.findall(r'data-blocks="([^"]+)"', text)
    ]


def test_a_finished_run_opens_at_its_first_line(told, vic):
    run = told()
    run.count(45)
    run.end()
    text = vic.get(f"/runs/{run.number}").text
    assert seqs(text) == list(range(1, 11))
    assert gaps(text) == [[(11, 20, 10), (21, 30, 10), (31, 40, 10), (41, 45, 5)]]
    assert "data-live" not in text.partition('id="log-view"')[2]


def test_a_running_one_at_its_newest(told, vic):
    run = told()
    run.count(45)
    text = vic.get(f"/runs/{run.number}").text
    assert seqs(text) == list(range(41, 46))
    assert re.search(rf'hx-get="/runs/{run.number}/log\?after=45&amp;seen=\w+"', text)


def test_a_failed_one_at_its_first_error(told, vic):
    run = told()
    run.count(45, {25: "failure", 38: "error"})
    run.end(State.FAILURE)
    text = vic.get(f"/runs/{run.number}").text
    assert seqs(text) == list(range(21, 31))
    assert [len(blocks) for blocks in gaps(text)] == [2, 2]
    assert f'href="/runs/{run.number}?at=25#L25"' in text


@on_sqlite
def test_a_line_that_is_asked_for_is_there_with_its_neighbours(told, vic):
    run = told()
    run.count(45)
    run.end()
    assert seqs(vic.get(f"/runs/{run.number}?at=35").text) == list(range(31, 41))
    assert seqs(vic.get(f"/runs/{run.number}?at=30").text) == list(range(21, 41))
    for at in ("999", "2147483647"):
        assert seqs(vic.get(f"/runs/{run.number}?at={at}").text) == list(range(41, 46))
    for at in ("0", "-1", "x", "", "9" * 30, "%00"):
        assert seqs(vic.get(f"/runs/{run.number}?at={at}").text) == list(range(1, 11)), at


def test_each_block_is_to_be_had_by_itself_and_together_they_are_the_log(told, vic):
    run = told()
    run.count(45)
    run.end()
    text = vic.get(f"/runs/{run.number}").text
    found = seqs(text)
    for first, last, count in gaps(text)[0]:
        block = vic.get(f"/runs/{run.number}/log/lines?first={first}&last={last}").text
        assert len(seqs(block)) == count
        found += seqs(block)
    assert found == list(range(1, 46))


@on_sqlite
def test_a_block_has_an_end_however_much_is_asked_for(told, vic):
    run = told()
    run.count(60)
    run.end()
    answer = vic.get(f"/runs/{run.number}/log/lines?first=1&last=2147483647").text
    assert seqs(answer) == list(range(1, 21))
    assert 'data-last="20"' in answer
    assert seqs(vic.get(f"/runs/{run.number}/log/lines?first=50&last=3").text) == []


@on_sqlite
def test_one_who_is_far_behind_gets_the_newest_lines_first(told, vic):
    run = told()
    run.count(100)
    text = vic.get(f"/runs/{run.number}/log?after=5").text
    assert seqs(text) == list(range(91, 101))
    [missing] = gaps(text)
    assert (missing[0][0], missing[-1][1]) == (6, 90)
    assert "log?after=100&" in text
    near = vic.get(f"/runs/{run.number}/log?after=70").text
    assert seqs(near) == list(range(71, 91))
    assert "log?after=90&" in near


@on_sqlite
def test_the_summary_comes_along_only_when_it_is_news(told, vic):
    run = told()
    run.count(3)
    text = vic.get(f"/runs/{run.number}/log?after=0").text
    assert "run-summary" in text
    ask = unescape(re.search(r'hx-get="([^"]+)"', text.partition("log__ask")[2])[1])
    assert "run-summary" not in vic.get(ask).text
    run.say(("warning", "look"))
    assert "run-summary" in vic.get(ask).text


def test_many_who_watch_are_asked_for_patience_and_few_are_not(monkeypatch):
    moment = [1000.0]
    monkeypatch.setattr(pace.time, "monotonic", lambda: moment[0])
    alone = pace.Crowd()
    for _ in range(50):
        assert alone.wait(0.2) == 0.2
        moment[0] += 0.2
    many = pace.Crowd()
    due = [moment[0] + n / 300 for n in range(300)]
    answers = []
    while moment[0] < due[0] + 10 and len(answers) < 10_000:
        next_one = min(range(300), key=due.__getitem__)
        moment[0] = due[next_one]
        due[next_one] += many.wait(0.2)
        answers.append(moment[0])
    late = [at for at in answers if at > answers[-1] - 5]
    assert len(late) / 5 < 1.5 * pace.ANSWERS
    assert len(late) / 5 > 0.5 * pace.ANSWERS
