"""Everybody says for themselves in which time zone pages tell moments."""

from __future__ import annotations

import re

import pytest

from tests.product import Page, on_sqlite
from webapp.accounts import preferences
from webapp.accounts.preferences import UNKNOWN_ZONE

BROWSERS = "Your browser says"


def label(page: Page) -> str:
    """What the top bar calls the zone."""
    return re.search(r"Time zone: </span>([^<]+)</a>", page.get("/jobs/").text)[1]


def choose(page: Page, zone: str):
    return page.post("/account/zone", {"zone": zone})


def test_a_choice_is_kept_for_all_pages_of_the_user_and_of_nobody_else(browse):
    ann, bob = browse("ann"), browse("bob")
    assert label(ann) == "UTC"
    assert choose(ann, "Asia/Kathmandu").location == "/account/"
    assert "Times are shown in Asia/Kathmandu." in ann.get("/account/").text
    assert [label(page) for page in (ann, browse("ann"), bob)] == ["UTC+05:45", "UTC+05:45", "UTC"]
    choose(ann, "UTC")
    assert label(ann) == "UTC"


@on_sqlite
def test_the_label_leads_to_the_choice_and_names_the_zone(browse):
    ann = browse("ann")
    choose(ann, "America/New_York")
    text = ann.get("/").text
    assert re.search(
        r'<a class="topbar__zone" href="/account/#time-zone" title="Times are shown in America/New_York">', text
    )
    assert label(ann) in ("EST", "EDT")
    assert 'id="time-zone"' in ann.get("/account/").text


@on_sqlite
@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("america/new york", "America/New_York"),
        (" amsterdam ", "Europe/Amsterdam"),
        ("utc", "UTC"),
        ("Cuba", "Cuba"),
        ("", "UTC"),
    ],
)
def test_a_zone_may_be_typed_in_any_way(browse, typed, name):
    ann = browse("ann")
    choose(ann, typed)
    text = ann.get("/account/").text
    assert f'name="zone" value="{name}"' in text
    assert '<option value="Europe/Amsterdam"></option>' in text


@on_sqlite
@pytest.mark.parametrize("typed", ["Mars/Base", "../../etc/passwd", "Factory", "Europe", "x" * 5000, "a\0b", "<b>"])
def test_a_zone_that_nobody_knows_is_told_at_the_field_and_nothing_changes(browse, typed):
    ann = browse("ann")
    choose(ann, "Asia/Kathmandu")
    answer = choose(ann, typed)
    assert answer.status_code == 400
    field = re.search(r'<input id="zone".*?</div>', answer.text, re.DOTALL)[0]
    assert UNKNOWN_ZONE in field
    assert 'aria-invalid="true"' in field
    assert "<b>" not in field
    assert label(ann) == "UTC+05:45"


@on_sqlite
def test_a_zone_that_has_gone_meanwhile_is_utc(browse, person):
    preferences.put(person("ann"), preferences.ZONE, "Mars/Base")
    ann = browse("ann")
    assert label(ann) == "UTC"
    assert 'name="zone" value="Mars/Base"' in ann.get("/account/").text


@on_sqlite
def test_the_browsers_zone_is_offered_until_something_is_chosen_and_taken_by_nobody_else(browse, person):
    ann = browse("ann")
    assert BROWSERS not in ann.get("/account/").text
    ann.client.set_cookie("zone", "Europe/Amsterdam")
    text = ann.get("/account/").text
    assert f"{BROWSERS} Europe/Amsterdam." in text
    assert '<input type="hidden" name="zone" value="Europe/Amsterdam">' in text
    assert preferences.get(person("ann"), preferences.ZONE) is None
    assert label(ann) == "UTC"
    choose(ann, "UTC")
    assert BROWSERS not in ann.get("/account/").text


@on_sqlite
@pytest.mark.parametrize("said", ["UTC", "Mars/Base", "<script>"])
def test_a_browser_that_says_nothing_of_use_is_not_believed(browse, said):
    ann = browse("ann")
    ann.client.set_cookie("zone", said)
    assert BROWSERS not in ann.get("/account/").text
