"""Single keys: what they do, the dialog that tells, and that they leave people alone who type or do not want them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_jobs import reach


@pytest.fixture
def page(visit, product) -> Page:
    """Ann's Home, with at least two runs of hers that are over."""
    page = visit("ann", alone=True)
    for _ in range(2):
        page.goto(product.start("plain.NoInputs"))
        expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    page.goto("/")
    return page


def dialog(page: Page):
    return page.get_by_role("dialog", name="Keys")


def rows(page: Page):
    """The links that keys bring the focus to."""
    return page.locator("[data-list-row] .stretched-link")


def test_a_question_mark_tells_the_keys_of_the_page_and_escape_leads_back(page):
    here = rows(page).first
    reach(page, here)
    page.keyboard.press("?")
    expect(dialog(page)).to_be_visible()
    for key, words in (("/", "Search jobs"), ("j", "Next row"), ("o", "Open the row"), ("?", "Show the keys")):
        told = dialog(page).locator("dt", has_text=key).locator("+ dd")
        expect(told.filter(has_text=words)).to_have_count(1)
    expect(dialog(page).get_by_text("Tick the row")).to_have_count(0)  # there is nothing to tick
    page.keyboard.press("j")  # not while it is open
    expect(dialog(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_be_hidden()
    expect(here).to_be_focused()


def test_j_and_k_go_through_the_rows_and_o_opens_one(page):
    first, second = rows(page).all()[:2]
    address = first.get_attribute("href")
    page.keyboard.press("k")
    expect(first).to_be_focused()
    page.keyboard.press("j")
    expect(second).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("k")
    expect(first).to_be_focused()
    page.keyboard.press("o")
    page.wait_for_url(f"**{address}")


def test_they_go_through_the_lists_of_jobs_and_of_objects_as_well(visit):
    page = visit("admin")
    for address in ("/jobs/", "/dcim/devices/"):
        page.goto(address)
        rows = page.locator("#several tbody tr")
        page.locator("#jobs > .group").evaluate_all("all => all.forEach((favourites) => favourites.remove())")
        page.keyboard.press("j")
        page.keyboard.press("j")
        expect(rows.nth(1).locator("a:focus")).to_have_count(1)
        page.keyboard.press("x")
        expect(rows.nth(1).get_by_role("checkbox")).to_be_checked()
        page.keyboard.press(".")
        expect(page.locator("[data-key='.']")).to_be_focused()


def test_keys_that_are_typed_are_text(page):
    page.keyboard.press("/")
    box = page.get_by_role("searchbox", name="Search jobs")
    expect(box).to_be_focused()
    page.keyboard.type("?jko")
    expect(box).to_have_value("?jko")
    expect(dialog(page)).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.press("Alt+j")
    page.keyboard.press("Meta+j")
    expect(page.locator("[data-list-row] :focus")).to_have_count(0)
    page.keyboard.press("j")
    expect(page.locator("[data-list-row] :focus")).to_have_count(1)


def test_who_does_not_want_them_switches_them_off_and_on_again(page):
    page.goto("/account/")
    switch = page.get_by_role("switch", name="Single-key shortcuts")
    expect(switch).to_be_checked()
    try:
        reach(page, switch)
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Single keys are switched off.")).to_be_visible()
        for key in ("?", "/", "j"):
            page.keyboard.press(key)
        expect(dialog(page)).to_be_hidden()
        expect(page.get_by_role("searchbox", name="Search jobs")).not_to_be_focused()
        page.locator("summary", has_text="ann").press("Enter")
        page.get_by_role("button", name="Keys", exact=True).press("Enter")
        expect(dialog(page).get_by_text("switched off for you")).to_be_visible()
        dialog(page).get_by_role("link", name="Switch single keys on or off").press("Enter")
    finally:
        page.goto("/account/")
        switch.check()
        page.get_by_role("button", name="Save keys").click()
    expect(page.get_by_text("Single keys are switched on.")).to_be_visible()
    page.keyboard.press("?")
    expect(dialog(page)).to_be_visible()


def test_pages_add_keys_by_their_html_and_by_scripts(page):
    page.evaluate("""() => {
        window.said = [];
        const main = document.querySelector("main");
        main.insertAdjacentHTML("beforeend", `<button data-key="r" data-key-help="Run again">r</button>
            <button data-key="d" data-key-help="Delete" disabled>d</button>
            <button data-key="." data-key-focus>.</button>
            <ul data-list-keys><li data-list-row><a id="row" href="/runs/">row</a>
            <input type="checkbox" aria-label="row">
            <button data-row-key="c" data-key-help="Cancel">c</button></li></ul>`);
        main.addEventListener("click", ({ target }) => said.push(target.textContent));
        Jobdeck.key("f", "Follow", () => said.push("f"));
        Jobdeck.key("n", "Next", () => said.push("n"), { when: () => said.length > 3 });
    }""")
    for key in "rdnfc":
        page.keyboard.press(key)
    assert page.evaluate("said") == ["r", "f"]
    page.keyboard.press(".")
    assert page.evaluate("document.activeElement.textContent") == "."
    page.locator("#row").focus()
    page.keyboard.press("c")
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name="row")).to_be_checked()
    page.keyboard.press("n")
    assert page.evaluate("said.filter((word) => word)") == ["r", "f", "c", "n"]
    page.keyboard.press("?")
    told = dialog(page).locator("dd").all_text_contents()
    assert {"Run again", "Follow", "Next", "Cancel", "Tick the row"} <= set(told)
    assert "Delete" not in told
