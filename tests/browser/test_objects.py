"""Objects chosen on the form, and what failed tried again, in a browser."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import barriers

LOOKS = (({"width": 390, "height": 800}, "dark"),)


def test_people_are_found_by_typing_and_what_failed_is_tried_again(visit, product):
    page = visit("admin")
    page.goto(product.form("choosing.Visits"))
    people = page.get_by_role("combobox", name="People")
    for name in ("ann", "bob", "vic"):
        people.fill(name)
        page.get_by_role("option", name=name, exact=True).click()
    page.get_by_role("button", name="Run", exact=True).click()
    items, inputs = page.locator("#run-items tbody tr"), page.locator(".inputs__value")
    expect(page.locator("#run-summary .state")).to_have_text("Failed")
    page.locator("#tab-inputs").click()
    expect(inputs).to_contain_text(["ann, bob, vic"])
    page.get_by_role("link", name="Failed items (2)").click()
    expect(items).to_have_count(2)
    page.get_by_role("link", name="All 3").click()
    expect(items).to_have_count(3)
    again = page.get_by_role("button", name="Retry what failed (2)")
    expect(again).to_be_visible()
    assert barriers.found_in(page, LOOKS) == []
    before = page.url
    again.click()
    expect(page).not_to_have_url(before)
    expect(page.locator("#run-summary .state")).to_have_text("Failed")
    page.locator("#tab-items").click()
    expect(items).to_have_count(2)
    page.locator("#tab-inputs").click()
    expect(inputs).to_contain_text(["bob, vic"])


def test_without_a_script_objects_are_chosen_from_the_list(visit, product):
    page = visit("admin", java_script_enabled=False)
    page.goto(product.form("choosing.Visits"))
    page.get_by_label("People").select_option(["ann"])
    page.get_by_role("button", name="Run", exact=True).click()
    page.locator("#tab-inputs").click()
    expect(page.locator(".inputs__value")).to_contain_text(["ann"])
