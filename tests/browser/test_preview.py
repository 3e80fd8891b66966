"""What a run changes, or would change, on its page while it goes on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect


@pytest.fixture
def flag(tmp_path: Path) -> Iterator[Path]:
    """The file for which a run waits; it is there at the end of the test at the latest."""
    path = tmp_path / "flag"
    yield path
    path.touch()


@pytest.fixture
def waiting(product, flag) -> Callable[[bool], str]:
    """Starts a run that changes a device and then waits; gives back the address of its page."""
    device = product.object("dcim/devices", name="par01-tor-02").strip("/").rpartition("/")[2]

    def start(dry: bool) -> str:
        return product.start("changing.Waiting", device=device, flag=str(flag), inside=False, dryrun=dry)

    return start


def test_the_preview_of_a_dry_run_appears_on_the_open_page_when_the_run_ends(visit, waiting, flag):
    page = visit("ann")
    address = waiting(True)
    page.goto(address)
    expect(page.locator(".log")).to_contain_text("Waiting")
    page.goto(f"{address}/changes/")
    page.evaluate("window.kept = true")
    preview = page.locator("main")
    expect(preview).not_to_contain_text("This was a dry run")
    flag.touch()
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    expect(page.get_by_role("link", name="Preview 1")).to_have_attribute("aria-current", "page")
    expect(page.locator("#changes-counts")).to_contain_text("This was a dry run: nothing was changed.")
    expect(preview).to_contain_text(re.compile(r"Would be changed\s*1 device"))
    expect(preview).to_contain_text("par01-tor-02")
    assert page.evaluate("window.kept"), "the page was loaded anew"


def test_what_a_run_has_changed_appears_on_the_open_page(visit, waiting, flag):
    page = visit("ann")
    address = waiting(False)
    page.goto(address)
    expect(page.locator(".log")).to_contain_text("Waiting")
    page.goto(f"{address}/changes/")
    flag.touch()
    expect(page.locator("#changes-counts")).to_contain_text(re.compile(r"Changed\s*1 device"))
    expect(page.locator("#changes")).to_contain_text("par01-tor-02")
    expect(page.locator("#tab-changes")).to_have_text("Changes 1")
