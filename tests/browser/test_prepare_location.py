"""From a dry run to its preview, to the run, to what it has made, and back to the run."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

RUN_PAGE = re.compile(r"/runs/\d+$")


def fill_in(page: Page, address: str, *, dry: bool) -> None:
    """Fill in the form for a new location below Europe, and send it."""
    page.goto(address)
    page.get_by_role("textbox", name="Name").fill("bru01")
    page.get_by_label("Parent").select_option("Europe")
    page.get_by_label("Dry run").set_checked(dry)
    page.get_by_role("button", name=re.compile("^(Run|Dry run)$")).click()
    expect(page).to_have_url(RUN_PAGE)
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")


def told(page: Page) -> list[str]:
    """What the page of a run says of each object, read from the list of all of them."""
    entries = page.locator(".run-change")
    expect(entries.first).to_be_visible()
    texts = [re.sub(r"\s+", " ", text).strip() for text in entries.all_text_contents()]
    return [text.replace("Would be created", "Created") for text in texts]


def test_what_the_dry_run_shows_is_made_and_leads_from_a_device_to_its_run(visit, product):
    page = visit("ann")
    form = product.form("new_location.PrepareLocation")
    fill_in(page, form, dry=True)
    page.get_by_role("link", name="See what would have changed").click()
    preview = page.locator("#changes-counts")
    expect(preview).to_contain_text("This was a dry run: nothing was changed.")
    expect(preview).to_contain_text("11 devices")
    planned = told(page)
    fill_in(page, form, dry=False)
    run = page.url
    page.locator("#tab-changes").click()
    expect(page.locator("#changes-counts")).to_contain_text("11 devices")
    assert told(page) == planned
    page.get_by_role("link", name="bru01-tor-01", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("bru01-tor-01")
    page.get_by_role("link", name="Changes", exact=True).last.click()
    entry = page.locator(".changes__entry")
    expect(entry).to_have_count(1)
    expect(entry).to_contain_text("Created")
    entry.get_by_role("link", name=re.compile(r"#\d+")).click()
    expect(page).to_have_url(run)
