"""The page of a run on a small screen: one row for the toolbar, and tabs of which one sees that there are more."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.installation import wait_until
from tests.browser.visitors import NARROW, WIDE

SETTINGS = ("Only hits", "Level", "Time", "Groups")
IN_SIGHT = "link => { const { left, right } = link.getBoundingClientRect(); return left >= 0 && right <= innerWidth; }"
FADES = "list => getComputedStyle(list).maskImage.includes('gradient') && list.scrollWidth > list.clientWidth"


@pytest.fixture(scope="module")
def address(product) -> str:
    """Where a run with groups is that is over."""
    started: str = product.ended("itemised.Backup")
    return started


def rows(page: Page) -> float:
    """How many fields the toolbar is high."""
    heights = [page.locator(each).bounding_box()["height"] for each in (".log__toolbar", "#log-search")]
    return heights[0] / heights[1]


def test_all_but_the_search_is_behind_a_word(visit, address):
    page = visit("ann")
    page.set_viewport_size(NARROW)
    page.goto(address)
    assert rows(page) < 2
    for label in SETTINGS:
        expect(page.get_by_label(label, exact=True)).to_be_hidden()
    page.get_by_text("View", exact=True).click()
    page.get_by_label("Level").select_option("Errors")
    expect(page.locator(".log__left-out").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Level")).to_be_hidden()
    assert rows(page) < 2
    page.set_viewport_size(WIDE)
    for label in SETTINGS:
        expect(page.get_by_label(label, exact=True)).to_be_visible()
    expect(page.get_by_text("View", exact=True)).to_be_hidden()


def test_it_needs_no_script(visit, address):
    page = visit("ann", java_script_enabled=False)
    page.set_viewport_size(NARROW)
    page.goto(address)
    assert rows(page) < 2
    page.get_by_text("View", exact=True).click()
    page.get_by_label("Level").select_option("Errors")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(re.compile("level=error"))
    expect(page.locator(".log__left-out").first).to_be_visible()


@pytest.mark.parametrize("tab", ["", "/result", "/events"])
def test_the_current_tab_is_in_sight_and_the_others_fade_out(visit, address, tab):
    page = visit("ann")
    page.set_viewport_size(NARROW)
    page.goto(address + tab)
    assert page.locator(".tabs--run .tabs__list").evaluate(FADES)
    wait_until(lambda: page.locator(".tabs--run [aria-current]").evaluate(IN_SIGHT))
