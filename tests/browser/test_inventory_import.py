"""Importing objects in a browser, by keyboard: a mistake, its correction, and what comes of it."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import barriers

LOOKS = (({"width": 1440, "height": 900}, "light"), ({"width": 390, "height": 800}, "dark"))
WRONG = "name,color,content_types\nSpare part,9e9e9e,dcim.device\nLab device,9e9e9e,dcim.devices\n"


def test_an_import_with_a_mistake_is_corrected_and_done_by_keyboard(visit, product):
    page = visit("admin")
    page.goto(f"{product.url}/extras/tags/import/")
    page.get_by_label("Lines, the names of fields first").focus()
    page.keyboard.insert_text(WRONG)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    problems = page.get_by_role("alert")
    expect(problems).to_be_focused()
    expect(problems).to_contain_text("Line 3")
    assert barriers.found_in(page, LOOKS) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    selected = "() => { const { value, selectionStart, selectionEnd } = document.activeElement; "
    selected += "return value.slice(selectionStart, selectionEnd); }"
    assert page.evaluate(selected) == "Lab device,9e9e9e,dcim.devices"
    page.keyboard.insert_text("Lab device,9e9e9e,dcim.device")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What would be done")).to_be_focused()
    expect(page.locator(".import__plan tbody tr")).to_have_count(2)
    assert barriers.found_in(page, LOOKS) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{product.url}/extras/tags/")
    expect(page.get_by_text("2 created, 0 changed.")).to_be_visible()
    expect(page.get_by_role("link", name="Lab device")).to_be_visible()
