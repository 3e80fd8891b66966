"""The Runs page in a browser, by keyboard: finding runs, what happens while it is open, several at once, views."""

from __future__ import annotations

import re
from itertools import count

import pytest
from playwright.sync_api import Locator, Page, expect

NUMBERS = count(1)


@pytest.fixture
def listed(product, script):
    """A run that goes on and one that waits, of somebody with a name of their own in the address; their numbers."""
    waits = product.start("plain.Elsewhere", queue="lab")
    goes_on = script.start()
    return number_of(goes_on), number_of(waits)


def number_of(address: str) -> int:
    return int(address.rpartition("/")[2])


def row(page: Page, number: int) -> Locator:
    return page.locator(f"#run-{number}")


def go_to(page: Page, number: int) -> None:
    """Go down the list with j until that run is the current one."""
    for _ in range(60):
        page.keyboard.press("j")
        if page.evaluate("document.activeElement.id") == f"to-{number}":
            return
    raise AssertionError(f"j does not lead to #{number}")


def test_runs_are_found_by_typing_and_choosing_and_the_address_says_how(visit, product):
    number = number_of(product.start("plain.Fail"))
    page = visit("vic")
    page.goto("/runs/")
    page.evaluate("window.same = true")
    page.keyboard.press("/")
    page.keyboard.type("fail")
    expect(page).to_have_url(re.compile(r"/runs/\?q=fail$"))
    expect(row(page, number)).to_be_visible()
    page.locator("summary", has_text="State").press("Enter")
    page.get_by_role("checkbox", name="Running").check()
    page.get_by_role("checkbox", name="Timed out").check()
    expect(page.get_by_text("No runs like that")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/runs/\?q=fail&state=running&state=timed_out$"))
    page.keyboard.press("Escape")
    assert page.evaluate("window.same")
    page.get_by_role("link", name="Remove the filter State: Running").click()
    page.get_by_role("link", name="Remove the filter State: Timed out").click()
    expect(row(page, number)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.press("Control+a")
    page.keyboard.type(f"#{number}")
    page.keyboard.press("Enter")
    page.wait_for_url(f"/runs/{number}")
    # Whoever types on asks anew.
    visit.forgive("sendAbort", "afterRequest")


def test_rows_change_where_they_stand_and_what_is_chosen_and_current_stays(visit, product, listed, script):
    goes_on, waits = listed
    page = visit("ann")
    page.goto("/runs/")
    expect(row(page, goes_on).locator(".state")).to_have_text("Running")
    go_to(page, goes_on)
    page.keyboard.press("x")
    page.evaluate(f"window.same = document.getElementById('run-{goes_on}')")
    newer = number_of(product.start("plain.NoInputs"))
    pill = page.get_by_role("link", name=re.compile("new run"))
    expect(pill).to_be_visible()
    expect(page.locator("#announcement")).to_have_text(re.compile("new run"))
    expect(row(page, newer)).to_have_count(0)
    script.end()
    expect(row(page, goes_on).locator(".state")).to_have_text("Succeeded")
    assert page.evaluate(f"window.same === document.getElementById('run-{goes_on}')")
    expect(page.locator(f"#to-{goes_on}")).to_be_focused()
    expect(row(page, goes_on).get_by_role("checkbox")).to_be_checked()
    page.keyboard.press("n")
    expect(row(page, newer)).to_be_visible()
    expect(pill).to_have_count(0)
    expect(row(page, goes_on).get_by_role("checkbox")).to_be_checked()
    expect(page.locator("[data-chosen]")).to_have_text("1 chosen")


def test_the_list_goes_on_asking_when_the_server_was_away(visit, product, listed, script):
    goes_on, _ = listed
    page = visit("vic")
    page.route("**/runs/news*", lambda route: route.abort())
    with page.expect_event("requestfailed"):
        page.goto("/runs/")
    page.unroute("**/runs/news*")
    script.end()
    expect(row(page, goes_on).locator(".state")).to_have_text("Succeeded")
    visit.forgive("sendError", "afterRequest", "ERR_FAILED")


def test_keys_open_cancel_and_begin_anew(visit, listed):
    goes_on, waits = listed
    page = visit("ann")
    page.goto("/runs/")
    go_to(page, waits)
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    for words in ("Cancel the run", "Run it again", "Find runs", "Failed in 24 h", "Next row"):
        expect(dialog).to_contain_text(words)
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    page.wait_for_url(f"/runs/{waits}/cancellation")
    page.go_back()
    go_to(page, goes_on)
    page.keyboard.press("o")
    page.wait_for_url(f"/runs/{goes_on}")
    page.goto("/runs/")
    go_to(page, waits)
    page.keyboard.press("r")
    page.wait_for_url(f"/runs/{waits}/again")
    page.goto("/runs/")
    page.keyboard.press("f")
    page.wait_for_url("/runs/?state=unsuccessful&period=24h")


def test_several_runs_are_cancelled_by_keyboard(visit, product):
    numbers = [number_of(product.start("plain.Elsewhere", queue="lab")) for _ in range(2)]
    over = number_of(product.start("plain.NoInputs"))
    page = visit("ann")
    page.goto("/runs/")
    expect(row(page, over).locator(".state")).to_have_text("Succeeded")
    for number in (over, *reversed(numbers)):
        go_to(page, number)
        page.keyboard.press("x")
        page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    expect(page.locator("[data-chosen]")).to_have_text("3 chosen")
    page.keyboard.press(".")
    expect(page.get_by_role("button", name="Cancel…")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Cancel 2 runs?")
    expect(page.get_by_text(f"1 is over already: #{over}.")).to_be_visible()
    page.get_by_label("Reason").fill("not today")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"2 runs were asked to stop: #{numbers[1]} and #{numbers[0]}.")).to_be_visible()
    for number in numbers:
        expect(row(page, number).locator(".state")).to_have_text("Cancelled")


def test_filters_get_a_name_that_is_changed_and_forgotten(visit):
    name = f"Mine of the lab {next(NUMBERS)}"
    page = visit("ann")
    page.goto("/runs/?mine=yes&queue=lab")
    page.locator("summary", has_text="Save this view").press("Enter")
    page.get_by_label("Name of the view").fill(name)
    page.keyboard.press("Enter")
    views = page.get_by_role("navigation", name="Views")
    expect(views.get_by_role("link", name=name, exact=True)).to_have_attribute("aria-current", "page")
    page.goto("/runs/")
    views.get_by_role("link", name=name, exact=True).press("Enter")
    expect(page).to_have_url("/runs/?mine=yes&queue=lab")
    views.get_by_role("link", name="Rename or delete").press("Enter")
    page.get_by_label("Name").fill(f"{name}!")
    page.keyboard.press("Enter")
    views.get_by_role("link", name="Rename or delete").press("Enter")
    page.get_by_role("button", name="Delete the view").press("Enter")
    expect(page.get_by_text(f"The view “{name}!” is deleted.")).to_be_visible()
    expect(views.get_by_role("link", name=f"{name}!")).to_have_count(0)


def test_everything_works_without_javascript(visit, product):
    number = number_of(product.start("plain.Elsewhere", queue="lab"))
    page = visit("ann", java_script_enabled=False)
    page.goto("/runs/")
    page.locator("summary", has_text="State").click()
    page.get_by_role("checkbox", name="Queued").check()
    page.get_by_role("button", name="Show").click()
    expect(page.locator("#runs .state").filter(has_not_text="Queued")).to_have_count(0)
    row(page, number).get_by_role("checkbox").check()
    page.get_by_role("button", name="Cancel…").click()
    page.get_by_role("button", name="Cancel one run").click()
    expect(page.get_by_text(f"One run was asked to stop: #{number}.")).to_be_visible()
