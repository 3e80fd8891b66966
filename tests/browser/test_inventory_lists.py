"""The inventory in a browser: finding objects, going through pages, changing several; for all, on every screen."""

from __future__ import annotations

import re
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from tests.browser import barriers
from tests.browser.visitors import NARROW, WIDE

LOOKS: tuple[barriers.Look, ...] = ((WIDE, "light"), (NARROW, "dark"))
OVERHANG = "document.documentElement.scrollWidth - innerWidth"
COVERED = "(focus, bar) => focus.getBoundingClientRect().bottom > bar.getBoundingClientRect().top"
LONG = "ams01-row-3-rack-17-a-name-that-goes-on-for-as-long-as-anybody-may-make-it-" + "x" * 20
NUMBERS = count(1)


@pytest.fixture(scope="module")
def site(product):
    """Sixty racks at a place of their own, one of them with a long name; the name of the place."""

    def make(path: str, *bodies: dict) -> list[dict]:
        return product.api("admin", "POST", path, list(bodies))

    number = next(NUMBERS)
    [kind] = make("dcim/location-types/", {"name": f"Hall {number}"})
    [status] = make("extras/statuses/", {"name": f"In use {number}", "color": "4caf50", "content_types": []})
    name = f"Hall of lists {number}"
    [place] = make("dcim/locations/", {"name": name, "location_type": kind["id"], "status": status["id"]})
    names = [LONG, *(f"list-{n:02}" for n in range(59))]
    make("dcim/racks/", *({"name": each, "location": place["id"], "status": status["id"]} for each in names))
    return name


def inspect(page: Page) -> None:
    """Nothing keeps anybody out, and nothing is wider than the screen."""
    assert barriers.found_in(page, LOOKS) == []
    assert page.evaluate(OVERHANG) <= 0
    page.set_viewport_size(WIDE)


def test_objects_are_found_narrowed_and_gone_through_without_loading_pages_anew(visit, site):
    page: Page = visit("ann")
    page.goto("/inventory/")
    inspect(page)
    page.keyboard.press("/")
    page.keyboard.type(site)
    expect(page.get_by_role("heading", name="Locations")).to_be_visible()
    inspect(page)
    page.goto("/dcim/racks/")
    page.evaluate("window.same = true")
    page.get_by_label("Location").select_option(site)
    expect(page.locator(".count")).to_contain_text("60 racks")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    assert download.value.path().read_text().count(site) == 60
    expect(page).to_have_url(re.compile(r"/dcim/racks/\?location=[^&]+$"))
    inspect(page)
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".list__name")).to_have_count(10)
    page.get_by_role("link", name="Previous").click()
    expect(page.locator(".list__name")).to_have_count(50)
    page.keyboard.press("/")
    page.keyboard.type("list-0")
    expect(page.locator(".count")).to_contain_text("10 racks for “list-0”")
    page.get_by_role("link", name="More filters").click()
    page.get_by_label("Serial").fill("nowhere")
    page.get_by_label("Serial").press("Enter")
    expect(page.get_by_text("No rack matches")).to_be_visible()
    assert page.evaluate("window.same")
    inspect(page)
    page.get_by_role("link", name="Remove the filter Serial contains: nowhere").click()
    expect(page.locator(".count")).to_contain_text("10 racks")
    # Whoever types on asks anew.
    visit.forgive("sendAbort", "afterRequest")


def test_whoever_has_only_a_keyboard_is_not_thrown_back_or_left_behind_the_bar(visit, site):
    page: Page = visit("admin")
    page.goto(f"/dcim/racks/?location={site}")
    page.get_by_role("link", name="More filters").press("Enter")
    expect(page.locator(".filters__more").locator("input, select").first).to_be_focused()
    page.get_by_role("link", name="Next").press("Enter")
    expect(page.locator(".list__name")).to_have_count(10)
    expect(page.locator(".list__name").first).to_be_focused()
    page.set_viewport_size({"width": 1440, "height": 500})
    page.get_by_role("checkbox", name="Choose").first.press("Space")
    bar = page.locator(".several__bar")
    for name in page.locator(".list__name").all():
        name.focus()
        assert page.evaluate(f"({COVERED})(document.activeElement, document.querySelector('.several__bar'))") is False
    page.keyboard.press(".")
    expect(bar.get_by_role("button", name="Edit…")).to_be_focused()


def test_several_are_chosen_by_keyboard_looked_at_changed_and_deleted(visit, site):
    page: Page = visit("admin")
    page.goto(f"/dcim/racks/?location={site}&sort=-label")
    boxes = page.get_by_role("checkbox", name="Choose list-")
    boxes.nth(0).focus()
    page.keyboard.press("Space")
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.get_by_text("3 chosen")).to_be_visible()
    inspect(page)
    page.get_by_role("button", name="Edit…").click()
    inspect(page)
    page.get_by_label("Serial", exact=True).fill("S-1")
    expect(page.get_by_role("checkbox", name="Set Serial")).to_be_checked()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="Change 3 racks?")).to_be_visible()
    inspect(page)
    page.get_by_role("button", name="Change 3 racks").click()
    expect(page.get_by_text("3 racks are changed: Serial.")).to_be_visible()
    page.goto(f"/dcim/racks/?location={site}")
    page.get_by_role("button", name="Choose all shown").click()
    page.get_by_label("All 60 that fit").check()
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("heading", name="Delete 60 racks?")).to_be_visible()
    inspect(page)
    page.get_by_role("button", name="Delete 60 racks").click()
    expect(page.get_by_text("60 racks are deleted.")).to_be_visible()
    expect(page.get_by_text("No rack is like that")).to_be_visible()
