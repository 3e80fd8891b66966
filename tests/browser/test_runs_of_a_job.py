"""The runs of a job: the picture, the way from it to a run, and keeping that run."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import barriers
from tests.browser.visitors import WIDE

LOOKS = ((WIDE, "light"), ({"width": 390, "height": 800}, "dark"))


def test_a_bar_leads_to_its_run_which_is_kept_with_one_press_of_a_key(visit, product):
    address = product.start("plain.NoInputs")
    page = visit("ann")
    page.goto(address)
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    page.goto(product.job("plain.NoInputs"))
    page.get_by_role("navigation", name="About this job").get_by_role("link", name="Runs").click()
    expect(page.get_by_text("Median duration")).to_be_visible()
    assert barriers.found_in(page, LOOKS) == []
    page.locator(f'.durations a[href="{address}"]').click()
    page.wait_for_url(f"**{address}")
    page.get_by_role("button", name="Keep it").press("Enter")
    expect(page.get_by_text("Kept by ann since")).to_be_visible()
    expect(page.locator("#pin")).to_be_focused()
    assert barriers.found_in(page, LOOKS) == []
    page.set_viewport_size(WIDE)
    page.reload()
    page.get_by_role("button", name="Stop keeping it").click()
    expect(page.get_by_text("It is deleted after 365 days.")).to_be_visible()


def test_a_run_is_kept_without_a_script(visit, product):
    page = visit("ann", java_script_enabled=False)
    page.goto(product.start("plain.NoInputs"))
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_text("Kept by ann since")).to_be_visible()
