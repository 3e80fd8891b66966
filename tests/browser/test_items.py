"""Progress and items on the page of a run, as they come, and to whoever cannot see them."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect

from tests.browser import barriers

LOOKS = (({"width": 1280, "height": 900}, "light"), ({"width": 390, "height": 800}, "dark"))


def test_items_and_progress_appear_while_the_job_works_on_them(visit, script):
    page = visit("ann")
    page.goto(script.start("Stepper") + "/items")
    items, bar = page.locator("#run-items tbody tr"), page.locator("#run-summary progress[value]")
    expect(page.locator("#run-summary .state")).to_have_text("Running")
    expect(page.get_by_text("No items yet")).to_be_visible()
    expect(bar).to_have_count(0)
    script.type(1)
    expect(page.locator(".progress-of__words")).to_have_text("1 / 4 · sw-1")
    expect(items).to_have_count(1)
    expect(items.first).to_contain_text("ok")
    script.type(3)
    expect(page.locator(".progress-of__words")).to_have_text("3 / 4 · sw-3")
    expect(items).to_have_count(3)
    expect(items.first).to_contain_text("it does not answer")
    assert bar.get_attribute("value") == "3.0"
    expect(page.locator("#tab-items")).to_have_text("Items 3 1 failed")
    page.locator(".crumbs a").first.click()
    expect(page.locator(".list__row").first).to_contain_text("3 / 4 · sw-3")
    page.go_back()
    script.end()
    expect(page.locator("#run-summary .state")).to_have_text("Failed")
    expect(page.locator(".outcome__reason")).to_have_text("1 of 3 items failed. sw-2: it does not answer")
    assert barriers.found_in(page, LOOKS) == []


def test_an_item_leads_to_its_lines(visit, script):
    page = visit("ann")
    page.goto(script.start("Stepper") + "/items")
    script.type(2)
    expect(page.locator("#run-items tbody tr")).to_have_count(2)
    script.end()
    expect(page.locator("#run-summary .state")).to_have_text("Failed")
    page.locator("#run-items tbody tr", has_text="sw-2").get_by_role("link").click()
    heading = page.locator(".line:target")
    expect(heading).to_contain_text("sw-2")
    expect(heading).to_have_class(re.compile(r"line--in-1 line--heading"))
    expect(page.locator(".line--in-2", has_text="it does not answer").first).to_be_visible()


def test_while_items_come_focus_and_place_stay_and_other_tabs_are_left_alone(visit, script):
    page, asked = visit("ann"), []
    page.goto(script.start("Stepper") + "/items")
    script.type(1)
    rows, first = page.locator("#run-items tbody tr"), page.locator("#run-items tbody a").first
    expect(rows).to_have_count(1)
    said = first.get_attribute("id")
    first.focus()
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
    began = time.monotonic()
    for many in (2, 3, 4):
        script.type(many)
        expect(page.locator(".progress-of__words")).to_have_text(f"{many} / 4 · sw-{many}")
    expect(rows).to_have_count(4)
    expect(page.locator("#items-states")).to_contain_text("1 failed")
    assert page.evaluate("document.activeElement.id") == said
    assert asked.count("items") <= 1 + (time.monotonic() - began) / 2
    assert {name for name in asked if not name.startswith("summary")} == {"items"}
    script.end()
    expect(page.locator("#run-summary .state")).to_have_text("Failed")
