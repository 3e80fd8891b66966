"""The Items tab: what failed first, page by page, narrowed by state and name."""

from __future__ import annotations

import re
from html import unescape

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from tests.runs.page.conftest import fresh, words
from webapp.db import transaction
from webapp.runs import states
from webapp.runs.log.models import ItemState, LogGroup
from webapp.runs.models import Run, State
from webapp.runs.page import item_lists
from webapp.runs.page.item_lists import Asked, Place


@pytest.fixture
def items_of(begun):
    """Makes a run that goes on, with an item in each of these states, in order; gives the run."""

    def make(*ends: str) -> Run:
        run = begun()
        rows = [
            {"run_number": run.number, "seq": 10 * n, "attempt": run.attempt, "is_item": True, "path": f"{n}/"}
            | {
                "title": f"sw-{n}",
                "state": ItemState(end),
                "message": f"{end} of {n}",
                "started_us": 0,
                "line_count": n,
            }
            for n, end in enumerate(ends, start=1)
        ]
        counts = {
            "item_count": len(ends),
            "item_failure_count": ends.count("failure"),
            "item_success_count": ends.count("success"),
            "item_skipped_count": ends.count("skipped"),
        }
        with transaction() as session:
            session.execute(sa.insert(LogGroup), rows)
            session.execute(sa.update(Run).where(Run.number == run.number).values(**counts))
        return fresh(run.number)

    return make


def titles(text: str) -> list[str]:
    return re.findall(r'<td class="list__main">(sw-\d+)</td>', text)


@on_sqlite
def test_what_failed_comes_first_then_what_goes_on(items_of, vic):
    run = items_of("success", "skipped", "running", "failure", "success", "failure")
    text = vic.get(f"/runs/{run.number}/items").text
    assert titles(text) == ["sw-4", "sw-6", "sw-3", "sw-1", "sw-2", "sw-5"]
    assert "All 6 2 failed 2 ok 1 skipped 1 running" in words(text)
    assert "failure of 4" in words(text)
    assert re.search(rf'<a id="item-40"[^>]*href="/runs/{run.number}\?at=40#L40"[^>]*>4 lines</a>', text)
    assert 'hx-trigger="news"' in text


def test_ten_thousand_items_come_page_by_page_each_once(items_of, vic):
    kinds = ("success", "failure", "skipped", "running", "success")
    run = items_of(*(kinds[n % 5] for n in range(10_000)))
    asked, seen = Asked(), []
    while True:
        page = item_lists.page(run, asked, 1_000)
        seen += [row.title for row in page.rows]
        if page.after is None:
            break
        asked = Asked(after=page.after)
    assert (len(seen), len(set(seen))) == (10_000, 10_000)
    assert all(int(title[3:]) % 5 == 2 for title in seen[:2_000])
    assert all(int(title[3:]) % 5 == 4 for title in seen[2_000:4_000])
    first = vic.get(f"/runs/{run.number}/items").text
    second = vic.get(unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])).text
    assert titles(first) + titles(second) == seen[:200]
    last = item_lists.page(run, Asked(after=Place(2, 10 * 9_990)))
    assert ([row.title for row in last.rows], last.after) == (
        ["sw-9991", "sw-9993", "sw-9995", "sw-9996", "sw-9998", "sw-10000"],
        None,
    )


@on_sqlite
def test_items_are_narrowed_by_state_and_by_name(items_of, vic):
    run = items_of("success", "failure", "running", "failure", *["success"] * 8)
    for query, found in {
        "state=failure": ["sw-2", "sw-4"],
        "state=running": ["sw-3"],
        "state=interrupted": ["sw-3"],
        "state=skipped": [],
        "q=sw-1": ["sw-1", "sw-10", "sw-11", "sw-12"],
        "q=SW-2": ["sw-2"],
        "q=%25": [],
        "state=failure&q=4": ["sw-4"],
        "after=0-20": ["sw-4", "sw-3", "sw-1", *(f"sw-{n}" for n in range(5, 13))],
        "after=2-110": ["sw-12"],
        "after=9-0": [],
    }.items():
        assert titles(vic.get(f"/runs/{run.number}/items?{query}").text) == found, query
    answer = vic.get(f"/runs/{run.number}/items?state=%3Cb%3Egone")
    assert (answer.status_code, titles(answer.text)) == (400, [])
    assert "This is not understood There is no such state of items: <b>gone ." in words(answer.text)
    assert "No items like that" in vic.get(f"/runs/{run.number}/items?state=skipped").text
    assert "That was all" in vic.get(f"/runs/{run.number}/items?after=9-0").text


@on_sqlite
@pytest.mark.parametrize("after", ["x", "1", "-1-1", "1-", "0-99999999999999999", "²-1", "1-1-1", "%00", "9" * 99])
def test_a_place_that_is_none_is_the_beginning(items_of, vic, after):
    run = items_of("success", "failure")
    assert titles(vic.get(f"/runs/{run.number}/items?after={after}").text) == ["sw-2", "sw-1"]


@on_sqlite
def test_of_a_run_that_is_over_what_had_not_ended_was_interrupted(items_of, vic):
    run = items_of("success", "running")
    with transaction():
        states.finish(run.number, run.attempt, State.RUNNING, State.LOST, "w")
    text = vic.get(f"/runs/{run.number}/items?state=interrupted").text
    assert titles(text) == ["sw-2"]
    assert "1 interrupted" in words(text)
    assert 'hx-trigger="news"' not in text


@on_sqlite
def test_a_run_without_items_says_how_it_could_have_some(begun, vic):
    assert "No items yet" in words(vic.get(f"/runs/{begun().number}/items").text)
