"""The form with every kind of plain input, filled in wrongly and rightly."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

WRONG = {
    "Hostname": ("A!", "Ensure this value has at least 3 characters (it has 2)."),
    "Rack units": ("-1", "Ensure this value is greater than or equal to 0."),
    "Power in kW": ("1.234", "Ensure that there are no more than 2 decimal places."),
    "Maintenance day": ("", "This field is required."),
    "Loopback": ("192.0.2", "Invalid IPv4/IPv6 address format: 192.0.2"),
    "Uplink": ("198.51.100.2", "CIDR mask (e.g. /24) is required."),
    "Prefix": ("203.0.113.5/24", "203.0.113.5/24 is not a valid prefix. Did you mean 203.0.113.0/24?"),
    "Options (JSON)": ('{"mtu": 9100,\n "x": }', "Enter a valid JSON. Expecting value (line 2, column 7)."),
}
RIGHT = {
    "Hostname": "leaf-7",
    "Rack units": "4",
    "Power in kW": "1.25",
    "Maintenance day": "2027-02-01",
    "Loopback": "2001:db8::1",
    "Uplink": "198.51.100.2/30",
    "Prefix": "203.0.113.0/24",
    "Options (JSON)": '{"mtu": 1500}',
}


@pytest.fixture
def form(visit, product) -> Page:
    """Ann before the form of the tour of inputs."""
    page: Page = visit("ann")
    page.goto(product.form("tour.Tour"))
    return page


def test_what_is_wrong_is_told_at_its_field_and_what_is_right_runs(form):
    for label, (text, _) in WRONG.items():
        form.get_by_label(label).fill(text)
    form.get_by_label("Password").fill("hunter2")
    form.get_by_label("dns").check()
    form.get_by_label("VLANs").select_option(["101", "105"])
    form.get_by_label("Window begins").fill("2027-01-31T22:00")
    form.get_by_role("button", name="Run", exact=True).click()
    expect(form.get_by_role("alert")).to_be_focused()
    for label, (text, message) in WRONG.items():
        expect(form.get_by_label(label)).to_have_value(text)
        expect(form.get_by_label(label)).to_have_accessible_description(re.compile(re.escape(message)))
    expect(form.get_by_role("group", name="Addresses 3 to correct")).to_be_visible()
    expect(form.get_by_label("Password")).to_have_value("")
    expect(form.get_by_label("dns")).to_be_checked()
    expect(form.get_by_label("VLANs")).to_have_values(["101", "105"])

    for label, text in RIGHT.items():
        form.get_by_label(label).fill(text)
    form.get_by_label("Password").fill("hunter2")
    form.get_by_role("button", name="Run", exact=True).click()
    expect(form.get_by_text("Saw 16 inputs")).to_be_visible(timeout=20_000)
    expect(form.get_by_text("given, not shown")).to_be_visible()
    for text in ("Address6: 2001:db8::1", "list: [101, 105]", "datetime: 2027-01-31 22:00:00+00:00"):
        expect(form.locator(".line__text", has_text=text)).to_be_visible()
    expect(form.locator("body")).not_to_contain_text("hunter2")
