"""The whole way from the sign-in to the end of a run: without a mouse, and without JavaScript."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.test_jobs import reach
from tests.browser.visitors import NARROW


def test_a_keyboard_is_enough(visit, product):
    page = visit()
    page.goto("/")
    expect(page.get_by_label("User name")).to_be_focused()
    page.keyboard.type("ann")
    page.keyboard.press("Tab")
    page.keyboard.type(product.users["ann"]["password"])
    page.keyboard.press("Enter")
    expect(page).to_have_title("Home · Jobdeck")
    page.wait_for_load_state()  # single keys are there with the scripts, the title before them
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("/")
    expect(page.get_by_label("Search jobs")).to_be_focused()
    page.keyboard.type("slow report")
    page.keyboard.press("Enter")
    expect(page.locator("a.list__name")).to_have_text(["Slow report"])
    reach(page, page.get_by_role("link", name="Run Slow report"))
    page.keyboard.press("Enter")
    reach(page, page.get_by_label("seconds"))
    page.keyboard.press("Control+a")
    page.keyboard.type("1")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_label("strict")).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    expect(page.locator(".line--success").first).to_contain_text("The report is done")
    reach(page, page.locator("summary", has_text="ann"))
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("button", name="Sign out"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("You have signed out.")).to_be_visible()


def test_a_browser_without_javascript_is_enough(visit, product):
    page = visit("ann", anew=True, java_script_enabled=False)
    page.get_by_role("searchbox").fill("hello")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/jobs/\?q=hello$"))
    page.get_by_role("link", name="Run Hello").click()
    page.get_by_label("times").fill("many")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("One thing is not right yet")).to_be_visible()
    page.get_by_label("times").fill("4")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#run-summary h1")).to_contain_text("Hello")
    while "Succeeded" not in page.locator("#run-summary").inner_text():
        page.reload()
    expect(page.locator(".line__text", has_text="Hello, World!")).to_have_count(4)
    page.locator("#tab-result").click()
    expect(page.locator(".tree")).to_contain_text("said: 4")
    page.goto(product.job("hello.Hello"))
    page.get_by_role("link", name="Show the runs of this job").click()
    page.locator("summary", has_text="State").click()
    page.get_by_label("Succeeded").check()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile("state=succeeded"))
    page.locator("summary", has_text="ann").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You have signed out.")).to_be_visible()


def test_a_long_log_can_be_read_to_its_end_without_javascript(visit, product):
    page = visit("ann", java_script_enabled=False)
    page.goto(product.start("plain.Many", lines=700))
    while "Succeeded" not in page.locator("#run-summary").inner_text():
        page.reload()
    for first in (201, 401, 601):
        page.get_by_role("link", name=f"Lines {first} to 702").click()
    expect(page.locator("#L702")).to_be_visible()


def test_on_a_telephone_the_menu_leads_everywhere(visit):
    page = visit("ann", viewport=NARROW, has_touch=True)
    page.goto("/jobs/")
    menu = page.get_by_role("navigation", name="Main menu")
    expect(menu).not_to_be_visible()
    page.locator("summary[aria-label=Menu]").tap()
    expect(menu.get_by_role("link", name="Jobs", exact=True)).to_have_attribute("aria-current", "page")
    menu.get_by_role("link", name="Runs").tap()
    expect(page).to_have_title("Runs · Jobdeck")
    page.locator("summary[aria-label=Menu]").tap()
    page.keyboard.press("Escape")
    expect(menu).not_to_be_visible()
