"""Searching a log in a browser: what the page shows is found and marked there, in just these letters, and mapped."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.installation import wait_until

MARKED = "[...CSS.highlights.get('hit') ?? []].map((range) => range.toString())"


@pytest.fixture
def printed(visit, product):
    """The page of a finished run of 400 lines; three of them say something, with colours and a carriage return."""
    lines = [f"filler {n}" for n in range(400)]
    lines[20] = "in \x1b[31mtime\x1b[0mout \x1b[1mof\x1b[0m sw-1"
    lines[200] = "10%\rTimeout at 30%"
    lines[390] = "timeout of SW-1"
    address = product.ended("printing.Printing", steps=json.dumps([["print", "\n".join(lines)]]))
    page = visit("ann")
    page.goto(address)
    return page


def search(page: Page, text: str) -> None:
    page.get_by_label("Search in the log").fill(text)
    page.keyboard.press("Enter")
    expect(page.locator(".log__hits")).to_contain_text(f"“{text}”")


def test_a_hit_is_marked_though_its_colour_changes(printed):
    search(printed, "TIMEOUT OF SW")
    expect(printed.locator(".log__hits")).to_contain_text("1 of 2 lines say")
    expect(printed.locator(".line--hit").first).to_be_in_viewport()
    wait_until(lambda: printed.evaluate(f"{MARKED}.includes('timeout of sw')"))


def test_the_switch_for_letters_narrows_and_widens_a_search_at_once(printed):
    search(printed, "timeout")
    hits = printed.locator(".log__hits")
    expect(hits).to_contain_text("1 of 3 lines say")
    printed.get_by_label("Match case").check()
    expect(hits).to_contain_text("1 of 2 lines say")
    expect(printed).to_have_url(re.compile(r"[?&]case=1"))
    printed.get_by_label("Only hits").check()
    expect(printed.locator(".line")).to_have_count(2)
    expect(printed.locator("a[download]").first).to_have_attribute("href", re.compile("case=1"))
    printed.get_by_label("Match case").uncheck()
    expect(printed.locator(".line")).to_have_count(3)
    expect(printed.locator("a[download]").first).not_to_have_attribute("href", re.compile("case=1"))


def test_a_search_goes_on_with_the_run(visit, script):
    page = visit("ann")
    address = script.start()
    script.type(1)
    page.goto(f"{address}?q=line+2&only=1")
    hits, strip = page.locator(".log__hits"), page.locator(".log__minimap i")
    expect(hits).to_contain_text("No line says “line 2”")
    script.type(20)
    expect(hits).to_contain_text("2 lines say “line 2”")
    expect(page.locator(".line--hit .line__text")).to_have_text(["typed line 2", "typed line 20"])
    expect(strip).to_have_count(2)
    page.get_by_label("Search in the log").press("Enter")
    expect(hits).to_contain_text("1 of 2")
    expect(hits).to_have_attribute("aria-live", "polite")
    script.type(21)
    expect(hits).to_contain_text("1 of 3")
    expect(hits).to_have_attribute("aria-live", "off")
    expect(strip).to_have_count(3)
    wait_until(lambda: page.evaluate(f"{MARKED}.length === 3"))
    for place in (2, 3):
        page.get_by_role("link", name="Next", exact=True).click()
        expect(hits).to_contain_text(f"{place} of 3")
    expect(page.locator(".line--marked .line__text")).to_have_text("typed line 21")
    script.end()
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    expect(hits).to_contain_text("3 of 3")


def test_a_strip_shows_where_the_hits_are_and_leads_there(printed):
    strip = printed.locator(".log__minimap")
    expect(strip).to_be_hidden()
    search(printed, "timeout")
    expect(strip.locator("i")).to_have_count(3)
    expect(strip).to_have_attribute("aria-hidden", "true")
    place = strip.bounding_box()
    printed.mouse.click(place["x"] + place["width"] / 2, place["y"] + place["height"] * 0.95)
    expect(printed.locator(".line--marked")).to_contain_text("timeout of SW-1")
    expect(printed.locator(".line--marked")).to_be_in_viewport()
    expect(printed.locator(".log__hits")).to_contain_text("3 of 3")
    printed.get_by_role("link", name="End the search").click()
    expect(strip).to_be_hidden()
