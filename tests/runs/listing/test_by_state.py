"""The numbers per state above the list: what they count, where they lead, and how far they look."""

from __future__ import annotations

import re
from html import unescape

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite, running
from tests.runs.listing.conftest import asks, shown
from webapp.db import transaction, utcnow
from webapp.runs.listing import by_state, listing, views
from webapp.runs.models import Run, State


def numbers(text: str) -> dict[str, str]:
    """What they say, by state."""
    return {unescape(word): count for word, count in re.findall(r"</span> ([A-Z][a-z ]+) <b>([\d,]+)</b></a>", text)}


def leads(text: str, value: str) -> str:
    """Where the number of a state leads."""
    return unescape(re.search(rf'id="state-{value}"[^>]* href="([^"]*)"', text)[1])


def test_there_is_a_number_for_each_state_that_occurs_and_it_leads_to_its_runs(start, ended, vic):
    queued, goes_on = start(), start()
    running(goes_on)
    failed = [ended(State.FAILURE), ended(State.FAILURE)]
    ended(State.SUCCESS), ended(State.LOST), ended(State.CANCELLED)
    text = vic.get("/runs/").text
    assert numbers(text) == {
        "Queued": "1",
        "Running": "1",
        "Succeeded": "1",
        "Failed": "2",
        "Lost": "1",
        "Cancelled": "1",
    }
    assert sorted(shown(vic.get(leads(text, "failed")).text)) == failed
    assert shown(vic.get(leads(text, "queued")).text) == [queued]


def test_they_count_what_the_other_filters_leave_and_lead_back(ended, vic):
    ended(State.FAILURE, "Echo", text="x"), ended(State.SUCCESS, "Echo", text="x"), ended(State.SUCCESS)
    text = vic.get("/runs/?q=echo&state=failed").text
    assert numbers(text) == {"Succeeded": "1", "Failed": "1"}
    assert leads(text, "succeeded") == "/runs/?q=echo&state=succeeded"
    assert leads(text, "failed") == "/runs/?q=echo"
    assert re.findall(r'id="state-(\w+)"[^>]*aria-current="true"', text) == ["failed"]
    assert numbers(vic.get("/runs/?state=nothing").text) == {}


@on_sqlite
def test_whoever_sees_only_their_own_runs_gets_numbers_of_those(ended, browse, person):
    mine, _ = ended(State.FAILURE), ended(State.FAILURE)
    with transaction() as session:
        session.execute(sa.update(Run).where(Run.number == mine).values(user_id=person("sam").id))
    assert numbers(browse("sam").get("/runs/").text) == {"Failed": "1"}


@on_sqlite
def test_runs_that_are_being_deleted_do_not_count(ended, vic):
    gone, _ = ended(State.FAILURE), ended(State.SUCCESS)
    with transaction() as session:
        session.execute(sa.update(Run).where(Run.number == gone).values(let_go_at=utcnow()))
    assert numbers(vic.get("/runs/").text) == {"Succeeded": "1"}


def test_of_many_runs_the_newest_are_counted_and_it_is_said_so(ended, start, vic, monkeypatch):
    ended(State.LOST), ended(State.FAILURE), ended(State.FAILURE), start(), start()
    monkeypatch.setattr(views, "PAGE", 1)
    for most, told in ((5, {"Queued": "2", "Failed": "2", "Lost": "1"}), (3, {"Queued": "2", "Failed": "1"})):
        monkeypatch.setattr(by_state, "MOST", most)
        text = vic.get("/runs/").text
        assert numbers(text) == told
        assert ("Newest 3:" in text) is (most == 3)


@on_sqlite
def test_a_list_that_is_there_as_a_whole_is_counted_without_a_question(ended, vic, monkeypatch):
    ended(), ended(State.FAILURE)
    monkeypatch.setattr(listing, "by_state", lambda *_: pytest.fail("asked"))
    assert numbers(vic.get("/runs/").text) == {"Succeeded": "1", "Failed": "1"}


@on_sqlite
def test_they_change_while_the_page_is_open(start, vic):
    number = start()
    page = vic.get("/runs/").text
    assert numbers(page) == {"Queued": "1"}
    running(number)
    news = vic.get(asks(page)[0]).text
    assert numbers(news) == {"Running": "1"}
    assert re.search(r'id="run-states"[^>]*hx-swap-oob="true"', news)
