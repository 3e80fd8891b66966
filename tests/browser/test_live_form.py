"""A form in which fields come and go: nothing typed is lost, and focus stays where it is."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect


@pytest.fixture
def page(visit, product) -> Page:
    """Ann before the form of the job that prepares a port."""
    opened: Page = visit("ann", alone=True)
    opened.goto(product.form("ports.PreparePort"))
    return opened


def field(page: Page, name: str):
    return page.locator(f"#id_{name}")


def test_fields_come_and_go_while_somebody_types_elsewhere(page):
    expect(field(page, "vlan")).to_be_visible()
    expect(page.get_by_role("group", name="LAG")).to_have_count(0)
    expect(field(page, "text")).to_have_value("AMS Ethernet1 (access)")
    field(page, "kind").select_option("lag")
    field(page, "port").focus()
    page.keyboard.press("End")
    page.keyboard.type("/2")
    expect(page.get_by_role("group", name="LAG").locator("input[name=lag]")).to_be_visible()
    expect(page.get_by_role("group", name="VLANs")).to_have_count(0)
    expect(field(page, "text")).to_have_value("AMS Ethernet1/2 (lag)")
    expect(page.locator("[data-refresh]")).to_have_text(re.compile("Changed: Description"))
    expect(field(page, "port")).to_be_focused()
    page.keyboard.type("3")
    expect(field(page, "port")).to_have_value("Ethernet1/23")
    expect(field(page, "text")).to_have_value("AMS Ethernet1/23 (lag)")


def test_what_is_typed_while_an_answer_is_on_its_way_stays(page):
    def type_meanwhile(route: Route) -> None:
        if not field(page, "text").input_value().startswith("Min"):
            field(page, "text").fill("Min")
        route.continue_()

    page.route("**/run/fields", type_meanwhile)
    field(page, "site").select_option("BER")
    expect(field(page, "vlan").locator("option")).to_have_text(["---------", "10 Offices", "210 Laboratory"])
    expect(field(page, "text")).to_be_focused()
    page.unroute_all(behavior="wait")
    page.keyboard.press("End")
    page.keyboard.type("e")
    field(page, "kind").select_option("lag")
    field(page, "lag").fill("7")
    expect(field(page, "text")).to_have_value("Mine")
    page.get_by_role("button", name="Run").click()
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    expect(page.get_by_text("channel-group 7").first).to_be_visible()
    expect(page.get_by_text("description Mine").first).to_be_visible()
