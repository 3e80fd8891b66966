"""The pages of an object at the screen: looked at by axe, filled in by keyboard, and without a script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import barriers
from tests.browser.visitors import NARROW, WIDE

LOOKS: tuple[barriers.Look, ...] = ((WIDE, "light"), (NARROW, "dark"))
OVERHANG = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture
def address(product):
    """The address of the object of a kind that is called so, among those of the demonstration."""

    def found(path: str, **named: str) -> str:
        asked = "&".join(f"{name}={value}" for name, value in named.items())
        answer = product.api("admin", "GET", f"{path}/?{asked}&limit=1")
        return f"/{path}/{answer['results'][0]['id']}/"

    return found


def test_pages_of_objects_keep_nobody_out(visit, address):
    page: Page = visit("ann")
    device, rack = address("dcim/devices", name="ams01-tor-01"), address("dcim/racks", name="ams01-r01")
    wide, narrow = LOOKS[:1], LOOKS[1:]
    for place, looks in (
        (device, LOOKS),
        (f"{device}edit/", narrow),
        (rack, wide),
        (f"{rack}delete/", narrow),
        (address("ipam/prefixes", prefix="10.0.0.0/8"), narrow),
    ):
        page.goto(place)
        assert barriers.found_in(page, looks) == []
        assert page.evaluate(OVERHANG) <= 0


def test_an_object_is_made_and_deleted_by_keyboard_alone(visit):
    page: Page = visit("ann")
    page.goto("/dcim/racks/add/")
    page.get_by_label("Name", exact=False).first.focus()
    page.keyboard.type("keyboard-rack")
    page.get_by_label("Location").focus()
    page.keyboard.type("ams01")
    page.get_by_label("Status").focus()
    page.keyboard.type("Active")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("keyboard-rack")
    expect(page.get_by_text("The rack keyboard-rack is created.")).to_be_visible()
    page.get_by_role("link", name="Delete").press("Enter")
    page.get_by_role("button", name="Delete this rack").press("Enter")
    expect(page.get_by_text("The rack keyboard-rack is deleted.")).to_be_visible()


def test_a_picker_finds_among_thousands_what_another_field_narrows(visit, address):
    page: Page = visit("ann")
    page.goto(f"{address('dcim/devices', name='fra01-router-01')}edit/")
    box = page.get_by_role("combobox", name="Rack")
    box.fill("r2")
    choices = page.get_by_role("listbox", name="Rack: choices").get_by_role("option")
    expect(choices.filter(has_text="fra01-r2").first).to_be_visible()
    expect(choices.filter(has_text="ams01")).to_have_count(0)
    page.keyboard.press("Enter")
    expect(box).to_have_value(re.compile("fra01-r"))


def test_without_a_script_a_reference_is_typed(visit, address):
    page: Page = visit("ann", java_script_enabled=False)
    page.goto(f"{address('dcim/devices', name='fra01-router-02')}edit/")
    page.get_by_label("Rack, if it is not in the list").fill("no such rack")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#id_rack-errors")).to_contain_text("There is no rack")
    page.get_by_label("Rack, if it is not in the list").fill("fra01-r05")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("fra01-router-02 is saved: Rack.")).to_be_visible()


def test_two_people_at_one_object_hear_of_each_other(visit, address):
    place = address("dcim/racks", name="par01-r09")
    first, second = visit("ann"), visit("admin")
    first.goto(f"{place}edit/")
    second.goto(f"{place}edit/")
    for page, serial in ((second, "by-admin"), (first, "by-ann")):
        page.get_by_label("Serial").fill(serial)
        page.get_by_role("button", name="Save").click()
    alert = first.get_by_role("alert")
    expect(alert).to_contain_text("admin has changed this rack since you opened the form")
    expect(alert).to_be_focused()
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_text("is saved: Serial.")).to_be_visible()
