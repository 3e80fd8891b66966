"""The tabs of a job's page, on a telephone and without a mouse."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser import barriers
from tests.browser.visitors import NARROW


@pytest.fixture
def look(product):
    """The address of a job that is on before and after the test."""
    yield product.job("plain.Look")
    product.enable("plain.Look", True)


def test_who_switched_a_job_off_can_be_read_two_taps_away(visit, look):
    page: Page = visit("admin")
    page.set_viewport_size(NARROW)
    page.goto(look)
    page.get_by_role("switch", name="Enabled").click()
    expect(page.get_by_label("State").get_by_text("switched off")).to_be_visible()
    tabs = page.get_by_role("navigation", name="About this job")
    expect(tabs.locator("[aria-current=page]")).to_have_text("Details")
    tabs.get_by_role("link", name="Changes").click()
    expect(page).to_have_url(f"{look}/changes")
    expect(tabs.locator("[aria-current=page]")).to_have_text("Changes")
    newest = page.get_by_role("listitem").filter(has_text="UTC").first
    expect(newest).to_contain_text("admin")
    expect(newest).to_contain_text("Switched off")


def test_who_may_do_what_unfolds_without_a_mouse(visit, look):
    page: Page = visit("admin")
    page.goto(f"{look}/access")
    changing = page.locator("summary").filter(has_text="Change it")
    expect(page.get_by_role("cell", name="ann", exact=True)).to_be_visible()
    changing.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details[open]").filter(has_text="Change it").get_by_role("cell", name="admin")).to_be_visible()


def test_a_viewer_learns_which_permission_is_missing(visit, look):
    page: Page = visit("vic")
    page.goto(look)
    page.get_by_role("link", name="what is missing").click()
    expect(page.get_by_text("The permission extras.run_job is missing.")).to_be_visible()
    assert barriers.found_in(page, ((NARROW, "dark"),)) == []
