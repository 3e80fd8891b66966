"""Starting a run again, and comparing it with the one before, by the keyboard alone."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def test_a_failed_run_is_edited_run_again_and_compared_by_keyboard_alone(visit, product):
    page = visit("ann")
    page.goto(product.start("comparing.Nightly", switches=4, broken="ams-sw-03"))
    state = page.locator("#run-summary .state")
    expect(state).to_have_text("Failed")
    number = page.url.rpartition("/")[2]
    page.keyboard.press("r")
    expect(page.get_by_role("heading", name=re.compile(r"Run Nightly backup #\d+ again"))).to_be_visible()
    page.get_by_role("link", name="Edit first").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Broken").focus()
    page.wait_for_load_state()  # Control and Enter are there with the scripts
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.press("Control+Enter")
    expect(state).to_have_text("Succeeded")
    expect(page.locator(".repeats")).to_contain_text(f"Again of #{number}")
    page.get_by_role("link", name="compare with it").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Succeeded instead of failed")).to_be_visible()
    page.wait_for_load_state()  # single keys are there with the scripts
    focused = page.locator(":focus")
    stops = []
    for _ in range(page.locator("[data-difference]").count()):
        page.keyboard.press("n")
        stops.append(focused.get_attribute("id"))
    assert stops == page.locator("[data-difference]").evaluate_all("all => all.map((each) => each.id)")
    assert stops[:2] == ["inputs", "items"]
    expect(focused).to_be_in_viewport()
    expect(focused).to_contain_text(re.compile(r"new.*Job completed", re.S))
    page.keyboard.press("p")
    assert focused.get_attribute("id") == stops[-2]
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Next difference")


def test_with_the_same_inputs_it_takes_two_presses_and_a_dry_run_is_not_made_real_by_them(visit, product):
    page = visit("ann")
    page.goto(product.start("comparing.Nightly", switches=2, dryrun=True))
    expect(page.locator("#run-summary .state")).to_have_text("Succeeded")
    first = page.url
    page.keyboard.press("r")
    page.get_by_role("button", name="Run again with the same inputs").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".repeats")).to_contain_text("Again of")
    assert page.url != first
    expect(page.locator("#run-summary .dry-run")).to_be_visible()
