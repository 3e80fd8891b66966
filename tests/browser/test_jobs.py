"""Finding a job, and switching it on and off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect


def found(page: Page):
    return page.locator("a.list__name")


def reach(page: Page, target) -> None:
    """Press Tab until target has the focus, which must be visible."""
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}")


def test_the_list_follows_the_search_as_one_types_and_so_does_the_address(visit):
    page = visit("ann")
    page.goto("/jobs/")
    page.evaluate("window.kept = true")
    page.get_by_role("searchbox").press_sequentially("slow rep", delay=20)
    expect(found(page)).to_have_text(["Slow report"])
    expect(page).to_have_url(re.compile(r"/jobs/\?q=slow(\+|%20)rep$"))
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.locator("#announcement")).to_have_text("1 job")
    assert page.evaluate("window.kept")
    page.go_back()
    expect(page).to_have_url("/jobs/")
    expect(found(page).filter(has_text="Hello")).to_be_visible()


def test_a_search_that_finds_nothing_says_so_and_leads_back(visit):
    page = visit("ann")
    page.goto("/jobs/")
    page.get_by_role("searchbox").fill("<b>no such</b>")
    expect(page.get_by_text("No job matches “<b>no such</b>”")).to_be_visible()
    page.get_by_role("link", name="Show all jobs").click()
    expect(found(page).filter(has_text="Hello")).to_be_visible()


def test_a_slash_begins_a_search_from_any_page(visit):
    page = visit("vic")
    page.goto("/runs/")
    page.keyboard.press("/")
    page.keyboard.type("greet/")
    expect(page.get_by_role("searchbox")).to_have_value("greet/")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page).to_have_url("/jobs/?q=greet")
    expect(found(page)).to_have_text(["Hello"])


@pytest.fixture
def look(product):
    """The address of a job that is on before and after the test."""
    yield product.job("plain.Look")
    product.enable("plain.Look", True)


def test_an_administrator_switches_a_job_off_and_on_without_a_mouse(visit, look):
    page, anns = visit("admin"), visit("ann")
    page.goto(look)
    switch = page.get_by_role("switch", name="Enabled")
    expect(switch).to_be_checked()
    reach(page, switch)
    page.keyboard.press("Space")
    expect(page.get_by_text("Look is switched off")).to_be_visible()
    expect(switch).not_to_be_checked()
    anns.goto(look)
    expect(anns.get_by_text("It cannot run")).to_be_visible()
    reach(page, switch)
    page.keyboard.press("Enter")
    expect(switch).to_be_checked()
    anns.reload()
    expect(anns.get_by_role("main").get_by_role("link", name="Run", exact=True)).to_be_visible()


def test_the_form_of_a_job_that_is_off_can_be_read_but_not_sent(visit, product, look):
    product.enable("plain.Look", False)
    runs = product.runs()
    page = visit("ann")
    page.goto(f"{look}/run")
    expect(page.get_by_text("It is switched off.")).to_be_visible()
    run = page.get_by_role("button", name="Run")
    expect(run).to_be_disabled()
    run.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    page.goto("/runs/")
    assert product.runs() == runs


def test_the_page_of_a_job_shows_its_newest_runs(visit, product):
    address = product.start("plain.Fail")
    page = visit("vic")
    page.goto(product.job("plain.Fail"))
    recent = page.get_by_role("region", name="Recent runs")
    expect(recent.get_by_role("link", name=f"#{address.rpartition('/')[2]}", exact=True)).to_be_visible()
    recent.get_by_role("link", name="All runs of this job").click()
    expect(page.get_by_label("Job", exact=True).locator("option:checked")).to_have_text("Fail")


def test_runs_are_narrowed_by_job_and_state_and_the_address_says_how(visit, product):
    product.start("plain.Fail")
    page = visit("vic")
    page.goto("/runs/")
    page.get_by_label("State").select_option("Failed")
    expect(page.locator("#runs .state").filter(has_not_text="Failed")).to_have_count(0)
    expect(page).to_have_url("/runs/?job=&state=failed")
    page.get_by_label("Job", exact=True).select_option("No inputs")
    expect(page.get_by_text("No runs like that")).to_be_visible()
    page.reload()
    expect(page.get_by_text("No runs like that")).to_be_visible()
    page.get_by_role("link", name="Show all runs").click()
    expect(page.locator("#runs .state").first).to_be_visible()
