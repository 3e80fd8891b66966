"""The form with every kind of input, filled in wrongly and then rightly: by mouse, and by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

ZONE = "Europe/Amsterdam"
RUN_PAGE = re.compile(r"/runs/\d+$")
WRONG = {
    "Hostname": ("A!", "Ensure this value has at least 3 characters (it has 2)."),
    "Rack units": ("-1", "Ensure this value is greater than or equal to 0."),
    "Power in kW": ("1.234", "Ensure that there are no more than 2 decimal places."),
    "Maintenance day": ("", "This field is required."),
    "Window begins": ("2027-03-28T02:30", f"2027-03-28 02:30 does not exist in {ZONE}"),
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
    "Window begins": "2027-01-31T22:00",
    "Loopback": "2001:DB8::0001",
    "Uplink": "198.51.100.2/30",
    "Prefix": "203.0.113.0/24",
    "Options (JSON)": '{"mtu": 1500}',
}
PLAN = {"name": "plan.csv", "mimeType": "text/csv", "buffer": b"a,b\n1,2\n"}
SAID = (
    "Address6: 2001:db8::1",
    "list: [101, 105]",
    "datetime: 2027-01-31 21:00:00+00:00",
    "str: spine",
    "a secret of 7 characters",
    "2 lines in plan.csv",
)


@pytest.fixture
def form(visit, product) -> Page:
    """Ann, in Amsterdam, before the form of the tour of inputs."""
    return tour(visit, product, ZONE)


def tour(visit, product, zone: str, query: str = "") -> Page:
    """The form of the tour in that time zone, which an earlier page has told."""
    page: Page = visit("ann", timezone_id=zone)
    page.goto("/account/")
    page.goto(product.form("tour.Tour") + query)
    expect(page.get_by_text(f"Time zone: {zone}.")).to_be_visible()
    return page


def vlans(form: Page):
    return form.get_by_role("combobox", name="VLANs")


def chips(form: Page):
    return form.get_by_role("list", name="VLANs: chosen").get_by_role("listitem")


def run(form: Page) -> None:
    form.get_by_role("button", name="Run", exact=True).click()


def test_what_is_wrong_is_told_at_its_field_and_what_is_right_runs(form):
    for label, (text, _) in WRONG.items():
        form.get_by_label(label).fill(text)
    form.get_by_label("Password").fill("hunter2")
    form.get_by_label("Role").select_option("Spine")
    form.get_by_label("dns").check()
    vlans(form).click()
    form.get_by_role("option", name="VLAN 101").click()
    vlans(form).click()
    form.get_by_role("option", name="VLAN 105").click()
    form.get_by_label("Plan").set_input_files(PLAN)
    run(form)
    expect(form.get_by_role("alert")).to_be_focused()
    for label, (text, message) in WRONG.items():
        expect(form.get_by_label(label)).to_have_value(text)
        expect(form.get_by_label(label)).to_have_accessible_description(re.compile(re.escape(message)))
    expect(form.get_by_role("group", name="Addresses 3 to correct")).to_be_visible()
    expect(form.get_by_label("Password")).to_have_value("")
    expect(form.get_by_label("Password")).to_have_accessible_description(re.compile("Enter it again"))
    expect(form.get_by_label("dns")).to_be_checked()
    expect(chips(form)).to_have_count(2)
    expect(form.get_by_text("Kept: plan.csv")).to_be_visible()

    form.get_by_role("alert").get_by_role("link", name="Options (JSON)").click()
    expect(form.get_by_label("Options (JSON)")).to_be_focused()
    assert form.get_by_label("Options (JSON)").evaluate("field => field.value[field.selectionStart]") == "}"
    form.get_by_role("alert").get_by_role("link", name="Prefix").click()
    expect(form.get_by_label("Prefix")).to_be_focused()
    for label, text in RIGHT.items():
        form.get_by_label(label).fill(text)
    form.get_by_label("Password").fill("hunter2")
    run(form)
    expect(form.get_by_text("Saw 22 inputs")).to_be_visible()
    for text in SAID:
        expect(form.locator(".line__text", has_text=text)).to_be_visible()
    expect(form.locator("body")).not_to_contain_text("hunter2")
    form.locator("#tab-inputs").click()
    expect(form.get_by_text("given, not shown")).to_be_visible()
    expect(form.locator("body")).not_to_contain_text("hunter2")


def test_all_of_it_can_be_done_by_keyboard(form):
    keys = form.keyboard

    def to(label: str) -> None:
        field = vlans(form) if label == "VLANs" else form.get_by_label(label)
        for _ in range(15):
            keys.press("Tab")
            if field.evaluate("field => field === document.activeElement"):
                return
        raise AssertionError(f"Tab does not lead to {label}")

    def write(label: str, text: str) -> None:
        to(label)
        keys.press("ControlOrMeta+a")
        keys.insert_text(text)

    form.get_by_label("Hostname").focus()
    keys.press("ControlOrMeta+a")
    keys.insert_text("A!")
    keys.press("ControlOrMeta+Enter")
    expect(form.get_by_role("alert")).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    expect(form.get_by_label("Hostname")).to_be_focused()
    keys.press("ControlOrMeta+a")
    keys.insert_text("leaf-7")
    write("Password", "hunter2")
    write("Rack units", "4")
    write("Power in kW", "1.25")
    to("Urgent")
    keys.press("Space")
    to("Role")
    keys.press("s")
    to("dns")
    keys.press("Space")
    to("VLANs")
    keys.type("101")
    keys.press("Enter")
    keys.press("ArrowDown")
    expect(form.get_by_role("option", name="VLAN 100")).to_be_visible()
    for _ in range(5):
        keys.press("ArrowDown")
    keys.press("Enter")
    expect(chips(form)).to_have_text([re.compile("VLAN 101"), re.compile("VLAN 105")])
    to("Maintenance day")
    keys.type("02012027")
    to("Window begins")
    keys.type("01312027")
    keys.press("Tab")
    keys.type("1000PM")
    write("Loopback", "2001:DB8::0001")
    write("Options (JSON)", '{"mtu": 1500}')
    keys.press("ControlOrMeta+Enter")
    expect(form).to_have_url(RUN_PAGE)
    expect(form.get_by_text("Saw 22 inputs")).to_be_visible()
    for text in SAID[:5]:
        expect(form.locator(".line__text", has_text=text)).to_be_visible()
    expect(form.locator(".line__text", has_text="date: 2027-02-01")).to_be_visible()


def test_an_address_takes_its_normal_form_when_its_field_is_left_and_a_wrong_one_is_told_at_once(form):
    loopback, uplink = form.get_by_label("Loopback"), form.get_by_label("Uplink")
    loopback.fill("2001:DB8:0:0::0001")
    uplink.focus()
    expect(loopback).to_have_value("2001:db8::1")
    uplink.fill("198.51.100.2")
    loopback.focus()
    expect(uplink).to_have_accessible_description(re.compile("CIDR mask .* is required. With its mask."))
    expect(uplink).to_have_attribute("aria-invalid", "true")
    expect(form.locator("#announcement")).to_have_text("CIDR mask (e.g. /24) is required.")
    uplink.fill("198.51.100.2/30")
    loopback.focus()
    expect(uplink).to_have_accessible_description("With its mask.")
    expect(form.locator("[aria-invalid]")).to_have_count(0)


def test_an_answer_never_replaces_what_was_typed_meanwhile(form):
    loopback = form.get_by_label("Loopback")
    held = []

    def hold(route):
        held.append(route)

    form.route("**/run/fields/loopback", hold)
    with form.expect_request("**/run/fields/loopback"):
        loopback.fill("2001:DB8::0001")
        loopback.blur()
    loopback.fill("2001:DB8::0002")
    with form.expect_response("**/run/fields/loopback"):
        held[0].continue_()
    form.evaluate("() => fetch('/healthz').then(() => null)")  # meanwhile the page has seen the answer
    expect(loopback).to_have_value("2001:DB8::0002")


def test_beside_a_moment_stands_what_it_is_in_utc(form):
    begins = form.get_by_label("Window begins")
    begins.fill("2027-07-31T22:00")
    begins.blur()
    expect(begins).to_have_accessible_description(re.compile(f"Time zone: {ZONE}. .*2027-07-31 20:00 UTC"))
    begins.fill("2027-03-28T02:30")
    begins.blur()
    expect(begins).to_have_accessible_description(re.compile("does not exist in Europe/Amsterdam"))


def test_the_form_of_an_earlier_run_shows_its_moment_by_ones_own_clock(visit, product):
    address = product.start("tour.Tour", password="hunter2", begins="2027-07-31T20:00Z")
    page = tour(visit, product, "America/New_York", f"?_from={address.rpartition('/')[2]}")
    expect(page.get_by_label("Window begins")).to_have_value("2027-07-31T16:00")
    expect(page.get_by_label("Window begins")).to_have_accessible_description(re.compile("2027-07-31 20:00 UTC"))


def test_a_wrong_value_in_the_address_is_told_at_its_field(visit, product):
    page = visit("ann")
    page.goto(f"{product.form('tour.Tour')}?rack_units=abc&role=router&hostname=leaf-9")
    expect(page.get_by_role("alert").get_by_role("heading")).to_have_text("2 things are not right yet")
    expect(page.get_by_label("Rack units")).to_have_value("abc")
    expect(page.get_by_label("Rack units")).to_have_accessible_description(re.compile("Enter a whole number."))
    expect(page.get_by_label("Hostname")).to_have_value("leaf-9")
