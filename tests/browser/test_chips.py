"""A long list to choose from: typed, clicked and pasted, and never anything lost in silence."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

PASTE = """(input, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text", text);
    input.dispatchEvent(new ClipboardEvent("paste", {clipboardData, bubbles: true, cancelable: true}));
}"""

DEVICES = """<label for="id_devices">Devices</label>
<select id="id_devices" name="devices" multiple data-chips data-search="/found/"
    data-search-with="hostname password"><option value="null">None of them</option></select>"""
SITES = """<label for="id_sites">Sites</label><select id="id_sites" name="sites" multiple data-chips>
    <option value="1">Ams</option><option value="2">AMS</option><option value="3">Berlin</option>
    <option value="4">Berlin</option><option value="5">rotterdam</option></select>"""
SWAP_IN = """(select, html) => {
    const place = select.closest(".field");
    place.innerHTML = html;
    htmx.trigger(place, "htmx:load");
}"""


@pytest.fixture
def form(visit, product) -> Page:
    """Ann before the form of the tour of inputs."""
    page: Page = visit("ann", alone=True)
    page.goto(product.form("tour.Tour"))
    return page


def vlans(form: Page):
    return form.get_by_role("combobox", name="VLANs")


def chosen(form: Page) -> list[str]:
    """The values that the form would send."""
    values: list[str] = form.locator("select[name=vlans]").evaluate(
        "list => [...list.selectedOptions].map((o) => o.value)"
    )
    return values


def around(box: Locator) -> Locator:
    """The box with its chips, its tools and the sheet for a list."""
    return box.page.locator(".chips").filter(has=box)


def sheet_of(box: Locator) -> Locator:
    return around(box).get_by_label(re.compile("One on each line"))


def cross(form: Page, vlan: int):
    return form.get_by_role("button", name=f"Remove VLAN {vlan}")


def test_chips_are_chosen_and_removed_by_keyboard(form):
    box = vlans(form)
    box.focus()
    expect(box).to_have_attribute("aria-expanded", "false")
    for text in ("104", "vlan 12", "129"):
        form.keyboard.type(text)
        expect(box).to_have_attribute("aria-expanded", "true")
        expect(form.locator(f"#{box.get_attribute('aria-activedescendant')}")).to_contain_text(text[-2:])
        form.keyboard.press("Enter")
        expect(box).to_have_value("")
    assert chosen(form) == ["104", "120", "129"]
    expect(around(box).get_by_text("3 chosen")).to_be_visible()
    form.keyboard.press("Backspace")
    assert chosen(form) == ["104", "120"]
    form.keyboard.press("ArrowLeft")
    expect(cross(form, 120)).to_be_focused()
    form.keyboard.press("ArrowLeft")
    form.keyboard.press("Delete")
    assert chosen(form) == ["120"]
    expect(cross(form, 120)).to_be_focused()
    form.keyboard.press("Space")
    assert chosen(form) == []
    expect(box).to_be_focused()
    form.keyboard.type("10")
    form.keyboard.press("Escape")
    expect(form.get_by_role("listbox")).not_to_be_visible()
    expect(box).to_have_value("10")
    form.keyboard.press("Escape")
    expect(box).to_have_value("")


def test_chips_are_chosen_and_removed_by_mouse(form):
    vlans(form).click()
    form.get_by_role("option", name="VLAN 103").click()
    vlans(form).click()
    expect(form.get_by_role("option", name="VLAN 103")).to_have_attribute("aria-selected", "true")
    form.get_by_role("option", name="VLAN 107").click()
    cross(form, 103).click()
    assert chosen(form) == ["107"]
    vlans(form).fill("no such thing")
    expect(form.get_by_text("No choice fits.")).to_be_visible()
    vlans(form).fill("")
    vlans(form).press("Escape")
    tools = around(vlans(form))
    tools.get_by_role("button", name="Paste a list").click()
    sheet_of(vlans(form)).press("Escape")
    expect(sheet_of(vlans(form))).not_to_be_visible()
    expect(vlans(form)).to_be_focused()
    tools.get_by_role("button", name="Paste a list").click()
    sheet_of(vlans(form)).fill("100\n101")
    sheet_of(vlans(form)).press("Escape")
    expect(sheet_of(vlans(form))).to_have_value("100\n101")
    tools.get_by_role("button", name="Choose these").click()
    assert chosen(form) == ["100", "101", "107"]
    tools.get_by_role("button", name="Clear all").click()
    assert chosen(form) == []
    expect(tools.get_by_text("None chosen")).to_be_visible()


def test_of_a_pasted_list_all_that_is_known_is_chosen_and_the_rest_stays_to_be_corrected(form):
    vlans(form).evaluate(PASTE, "VLAN 101, 102\r\nvlan 103\t104;VLAN 999\n\nlab, 105\n101")
    assert chosen(form) == ["101", "102", "103", "104", "105"]
    sheet = sheet_of(vlans(form))
    expect(sheet).to_have_value("VLAN 999\nlab")
    expect(form.get_by_text("5 of them chosen, 2 not known")).to_be_visible()
    form.get_by_role("button", name="Run", exact=True).click()
    expect(sheet).to_be_focused()
    expect(form.get_by_text("Nothing was chosen for this yet")).to_be_visible()
    sheet.fill("VLAN 109\n")
    around(vlans(form)).get_by_role("button", name="Choose these").click()
    expect(sheet).not_to_be_visible()
    assert chosen(form)[-1] == "109"


def test_a_text_that_stands_for_no_choice_is_told_before_the_form_goes(form):
    vlans(form).fill("VLAN 1")
    form.get_by_role("button", name="Run", exact=True).click()
    expect(vlans(form)).to_be_focused()
    told = around(vlans(form)).locator(".field__errors", has_text="“VLAN 1” is none of the choices.")
    expect(told.locator(".icon")).to_be_visible()
    expect(vlans(form)).to_have_attribute("aria-invalid", "true")
    expect(vlans(form)).to_have_accessible_description(re.compile("none of the choices"))
    expect(around(vlans(form)).locator(".is-invalid")).to_have_count(1)
    vlans(form).press("Escape")
    expect(vlans(form)).to_have_value("")
    expect(told).to_have_count(0)
    expect(around(vlans(form)).locator(".is-invalid")).to_have_count(0)
    vlans(form).fill("VLAN 2")
    form.get_by_label("Notes").focus()
    expect(vlans(form)).to_have_attribute("aria-invalid", "true")
    vlans(form).fill("vlan 111")
    expect(vlans(form)).not_to_have_attribute("aria-invalid", "true")
    form.get_by_label("Notes").focus()
    assert chosen(form) == ["111"]
    expect(vlans(form)).to_have_value("")
    vlans(form).fill("VLAN 111")
    form.get_by_label("Notes").focus()
    expect(vlans(form)).to_have_value("")
    assert chosen(form) == ["111"]


def test_a_name_that_several_choices_have_chooses_none_of_them(form):
    form.locator("select[name=vlans]").evaluate(SWAP_IN, SITES)
    box = form.get_by_role("combobox", name="Sites")
    box.evaluate(PASTE, "AMS\nams\nBerlin\nRotterdam")
    expect(form.get_by_role("button", name=re.compile("Remove"))).to_have_count(2)
    assert form.locator("select[name=sites]").evaluate("list => [...list.selectedOptions].map((o) => o.value)") == [
        "2",
        "5",
    ]
    expect(sheet_of(box)).to_have_value("ams\nBerlin")


def test_choosing_changes_the_form_so_that_leaving_it_is_asked_about(form):
    vlans(form).fill("1")
    assert form.locator("form[data-touched]").count() == 0
    vlans(form).press("Enter")
    form.on("dialog", lambda dialog: dialog.dismiss())
    with form.expect_event("dialog") as asked:
        form.get_by_role("navigation").get_by_role("link", name="Runs").click()
    assert asked.value.type == "beforeunload"
    assert chosen(form) == ["100"]


def test_one_of_many_is_picked_by_typing(visit, product):
    page = visit("ann", alone=True)
    page.goto(product.form("on_screen.LongWinded"))
    box = page.get_by_role("combobox", name="Site")
    expect(box).to_have_value("Site 3 of the network")
    box.click()
    expect(page.get_by_role("option")).to_have_count(40)
    box.fill("site 12")
    box.press("Enter")
    expect(box).to_have_value("Site 12 of the network")
    box.fill("nowhere")
    page.get_by_role("button", name="Run", exact=True).click()
    expect(box).to_be_focused()
    expect(page.get_by_text("“nowhere” is none of the choices.")).to_be_visible()
    box.press("Escape")
    box.press("Escape")
    expect(box).to_have_value("Site 12 of the network")


def test_choices_of_the_server_are_looked_for_and_pasted_lists_resolved(form, product):
    asked = []

    def answer(route):
        asked.append(route.request.post_data)
        labels = "_labels=" in route.request.post_data
        found = [{"value": "7", "label": "sw-7"}, {"value": "8", "label": "sw-8"}]
        told = {"results": found, "unknown": ["sw-9"]} if labels else {"results": found, "more": True}
        route.fulfill(json=told, headers={"Content-Security-Policy": "default-src 'self'"})

    form.route("**/found/**", answer)
    form.get_by_label("Password").fill("hunter2")
    form.locator("select[name=vlans]").evaluate(SWAP_IN, DEVICES)
    box = form.get_by_role("combobox", name="Devices")
    box.fill("sw")
    form.get_by_role("option", name="sw-8").click()
    expect(form.get_by_role("button", name="Remove sw-8")).to_be_visible()
    assert any("_q=sw" in one and "hostname=leaf-1" in one and "loopback" not in one for one in asked)
    box.evaluate(PASTE, "sw-7\nsw-9")
    expect(form.get_by_role("button", name="Remove sw-7")).to_be_visible()
    expect(sheet_of(box)).to_have_value("sw-9")
    assert not any("hunter2" in one for one in asked)
    box.fill("none")
    form.get_by_role("option", name="None of them").click()
    expect(form.get_by_role("button", name="Remove None of them")).to_be_visible()
