"""Views of the Runs page with names: those of everybody, and one's own."""

from __future__ import annotations

import re
import threading
from html import unescape

import pytest

from tests.product import on_sqlite
from tests.runs.listing.conftest import messages, shown
from webapp.accounts import preferences
from webapp.db import db
from webapp.runs.listing import asked, saved


def tabs(text: str) -> dict[str, str]:
    """Address by name of the views above the list."""
    found = re.findall(r'<a class="views__view" href="([^"]*)"[^>]*>([^<]*?)\s*(?:<span|</a>)', text)
    return {unescape(name): unescape(href) for href, name in found}


def at_hand(text: str) -> str | None:
    found = re.search(r'<a class="views__view" href="[^"]*" aria-current="page"[^>]*>([^<]*?)\s*(?:<|$)', text)
    return unescape(found[1]) if found else None


@pytest.fixture
def save(ann):
    def make(name: str, query: str = "state=queued&user=ann"):
        ann.get(f"/runs/?{query}")
        return ann.post("/runs/views", {"list": query, "name": name})

    return make


@on_sqlite
def test_everybody_has_the_same_first_views_and_the_one_at_hand_is_marked(start, vic):
    start()
    text = vic.get("/runs/").text
    assert list(tabs(text)) == ["All", "Mine", "Running", "Waiting", "Failed in 24 h"]
    for name, address in tabs(text).items():
        page = vic.get(address)
        assert (page.status_code, at_hand(page.text)) == (200, name)
    assert at_hand(vic.get("/runs/?period=24h&state=unsuccessful&before=7").text) == "Failed in 24 h"
    assert at_hand(vic.get("/runs/?q=x").text) is None


@on_sqlite
def test_filters_are_kept_under_a_name_that_stands_above_the_list(start, ann, vic, save):
    number = start()
    answer = save(" My   queue ", "user=ann&state=queued&before=9")
    assert answer.status_code == 303
    text = ann.get(answer.location).text
    assert tabs(text)["My queue"] == "/runs/?state=queued&user=ann"
    assert (at_hand(text), shown(text)) == ("My queue", [number])
    assert "Save this view" not in text
    assert "My queue" not in tabs(vic.get("/runs/").text)


@on_sqlite
def test_a_view_is_called_otherwise_and_deleted(ann, save):
    save("One")
    address = unescape(
        re.search(r'class="views__edit" href="([^"]*)"', ann.get("/runs/?state=queued&user=ann").text)[1]
    )
    text = ann.get(address).text
    assert "It shows runs with State: Queued, User: ann. Only you see it." in text
    assert ann.post(address, {"name": "Two"}).location == "/runs/?state=queued&user=ann"
    assert "Two" in tabs(ann.get("/runs/").text)
    assert ann.post(address, {"name": "Two"}).status_code == 303
    assert ann.post(f"{address}/deletion").location == "/runs/?state=queued&user=ann"
    assert "Two" not in tabs(ann.get("/runs/").text)
    for again in (ann.get(address), ann.post(address, {"name": "x"}), ann.post(f"{address}/deletion")):
        assert again.status_code == 404


@on_sqlite
def test_the_views_of_others_are_not_there(ann, vic, save):
    save("One")
    address = re.search(r'class="views__edit" href="([^"]*)"', ann.get("/runs/?state=queued&user=ann").text)[1]
    vic.get("/runs/")
    assert vic.get(address).status_code == 404
    assert vic.post(f"{address}/deletion").status_code == 404
    assert "One" in tabs(ann.get("/runs/").text)


@on_sqlite
def test_a_name_that_does_not_do_is_refused_in_words(ann, save):
    save("One")
    save("Other", "state=lost")
    address = re.search(r'class="views__edit" href="([^"]*)"', ann.get("/runs/?state=lost").text)[1]
    for name, problem in {
        "": "Give the view a name.",
        " \n ": "Give the view a name.",
        "x" * 41: "Give at most 40 characters.",
        "all": "There is a view “all” already.",
        "ONE": "There is a view “ONE” already.",
    }.items():
        ann.post("/runs/views", {"list": "state=failed", "name": name})
        assert messages(ann.get("/runs/").text) == [problem]
        answer = ann.post(address, {"name": name})
        assert (answer.status_code, problem in answer.text) == (400, True), name


@on_sqlite
def test_nothing_wrong_and_not_too_much_is_kept(ann, save):
    save("All of it", "")
    assert messages(ann.get("/runs/").text) == ["This shows all runs, as the view “All” does. Narrow the list first."]
    save("Wrong", "state=nothing")
    assert messages(ann.get("/runs/").text) == ["There is no such state."]
    for number in range(saved.MOST + 1):
        ann.post("/runs/views", {"list": f"q={number}x", "name": f"View {number}"})
    assert messages(ann.get("/runs/").text)[-1:] == ["You have 20 views, and cannot have more. Delete one first."]


@on_sqlite
def test_a_hostile_name_is_text(ann, save):
    save("<script>1</script>")
    text = ann.get("/runs/").text
    assert "<script>1" not in text
    assert "&lt;script&gt;1" in text


@on_sqlite
def test_views_that_are_together_too_long_are_refused_in_words(ann, save, monkeypatch):
    save("One")
    address = re.search(r'class="views__edit" href="([^"]*)"', ann.get("/runs/?state=queued&user=ann").text)[1]
    monkeypatch.setattr(preferences, "MOST_BYTES", 90)
    save("Two", "state=lost")
    assert "more than can be remembered for you" in messages(ann.get("/runs/").text)[0]
    answer = ann.post(address, {"name": "A name of forty characters, or nearly so"})
    assert (answer.status_code, "more than can be remembered for you" in answer.text) == (400, True)
    assert list(tabs(ann.get("/runs/").text))[5:] == ["One"]


@on_sqlite
def test_filters_that_are_too_long_are_dropped_and_not_cut(ann, save, start):
    number = start()
    query = "state=queued&q=" + "%20" * (asked.LONGEST_ADDRESS // 3) + "x"
    assert save("Long", query).location == "/runs/"
    assert messages(ann.get("/runs/").text) == ["These filters are too long to be kept as a view."]
    ann.get(f"/runs/{number}")
    text = ann.get("/runs/cancellation", query_string={"id": number, "list": query}).text
    assert 'name="list" value=""' in text
    assert ann.post("/runs/cancellation", {"list": query}).location == "/runs/"


def test_views_that_several_windows_save_at_once_are_all_kept(app, person):
    names = {f"View {n}" for n in range(18)}

    def save(some) -> None:
        with app.app_context():
            for name in some:
                saved.save(name, asked.parse("state=lost"), person("ann"))
            db.session.remove()

    windows = [threading.Thread(target=save, args=(sorted(names)[n::6],)) for n in range(6)]
    for window in windows:
        window.start()
    for window in windows:
        window.join()
    db.session.rollback()
    assert {view.name for view in saved.views(person("ann"))} == names
