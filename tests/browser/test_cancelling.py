"""Cancelling a run: what is said before, what is seen meanwhile, and what is left after."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.installation import wait_until
from tests.browser.test_jobs import reach
from tests.browser.test_live_log import state


def ask(page: Page, reason: str = "") -> None:
    """Go from the page of the run to the question, and answer it."""
    page.get_by_role("link", name="Cancel").click()
    page.get_by_label("Reason").fill(reason)
    page.get_by_role("button", name="Cancel this run").click()


def outcome(page: Page):
    return page.locator("#run-summary .outcome")


def test_fault_77_a_run_that_waits_is_cancelled_at_once(visit, product):
    page = visit("ann")
    address = product.start("plain.Elsewhere", queue="lab")
    page.goto(address)
    expect(state(page)).to_have_text("Queued")
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_text("It has not begun. Nothing of it will happen.")).to_be_visible()
    page.get_by_role("link", name="Keep it waiting").click()
    expect(page).to_have_url(address)
    ask(page, "wrong site")
    expect(page).to_have_url(address)
    expect(state(page)).to_have_text("Cancelled")
    expect(outcome(page)).to_contain_text("Cancelled by ann, before it began: wrong site")
    expect(page.get_by_role("link", name="Cancel")).to_have_count(0)


def test_fault_78_a_run_that_goes_on_gets_time_to_clean_up_and_the_page_counts_it_down(visit, script):
    page = visit("ann")
    address = script.start("Reluctant")
    page.goto(address)
    script.type(3)
    expect(page.locator("#L4")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_text("has 40 s to clean up")).to_be_visible()
    expect(page.get_by_text("Changes and outside effects that it has already made stay")).to_be_visible()
    page.get_by_label("Reason").fill("wrong <site>")
    page.get_by_role("button", name="Cancel this run").click()
    expect(page).to_have_url(address)
    expect(state(page)).to_have_text("Cancelling")
    expect(page).to_have_title(re.compile(r"^Cancelling · "))
    expect(outcome(page)).to_contain_text("Asked by ann")
    expect(outcome(page)).to_contain_text("wrong <site>")
    expect(page.locator(".line", has_text="putting things away")).to_be_visible()
    countdown = page.locator("time[data-until]")
    expect(countdown).to_have_text(re.compile(r"^in \d+ s$"))
    first = int(countdown.inner_text().split()[1])
    assert 0 < first <= 40
    wait_until(lambda: int(countdown.inner_text().split()[1]) < first)
    script.end()
    expect(state(page)).to_have_text("Cancelled")
    expect(page.locator(".line", has_text="all is in its place")).to_be_visible()
    expect(outcome(page)).to_contain_text("Cancelled by ann (wrong <site>).")
    expect(page.locator("#announcement")).to_have_text(re.compile(r"Run #\d+: Cancelled"))
    expect(page.get_by_role("button", name="Kill now")).to_have_count(0)


def test_kill_now_ends_a_job_that_does_not_listen_and_the_keyboard_is_enough(visit, product):
    page = visit("ann")
    page.goto(product.start("plain.Stubborn"))
    expect(page.locator(".line", has_text="deaf from here on")).to_be_visible()
    reach(page, page.get_by_role("link", name="Cancel"))
    page.keyboard.press("Enter")
    reach(page, page.get_by_label("Reason"))
    page.keyboard.type("it does not hear me")
    page.keyboard.press("Enter")
    expect(page.locator("time[data-until]")).to_be_visible()
    page.evaluate("window.kept = true")
    kill = page.get_by_role("button", name="Kill now")
    reach(page, kill)
    page.keyboard.press("Enter")
    expect(state(page)).to_have_text("Cancelled")
    expect(outcome(page)).to_contain_text("Cancelled by ann (it does not hear me).")
    assert page.evaluate("window.kept"), "the page was loaded anew"


def test_the_button_keeps_the_focus_while_the_summary_changes_around_it(visit, script):
    page = visit("ann")
    page.goto(script.start("Reluctant"))
    expect(state(page)).to_have_text("Running")
    reach(page, page.get_by_role("link", name="Cancel"))
    script.type(1)
    expect(page.locator("#L2")).to_be_visible()
    expect(page.get_by_role("link", name="Cancel")).to_be_focused()
    ask(page)
    kill = page.get_by_role("button", name="Kill now")
    kill.focus()
    expect(page.locator("time[data-until]")).to_be_visible()
    expect(kill).to_be_focused()


def test_a_viewer_sees_no_button_and_is_refused(visit, script):
    address = script.start("Reluctant")
    vic, ann = visit("vic"), visit("ann")
    vic.goto(address)
    expect(state(vic)).to_have_text("Running")
    expect(vic.get_by_role("link", name="Cancel")).to_have_count(0)
    refused = vic.goto(f"{address}/cancellation")
    assert refused.status == 403
    expect(vic.get_by_text("the permission extras.cancel_job is missing")).to_be_visible()
    vic.goto(address)
    ann.goto(address)
    ask(ann, "for all to see")
    expect(outcome(vic)).to_contain_text("for all to see")
    expect(state(vic)).to_have_text("Cancelling")
    expect(vic.get_by_role("button", name="Kill now")).to_have_count(0)


def test_without_javascript_the_page_says_the_time_and_the_buttons_work(visit, script):
    page = visit("ann", java_script_enabled=False)
    page.goto(script.start("Reluctant"))
    ask(page, "no script")
    while not page.locator("time[data-until]").count():
        page.reload()
    expect(outcome(page)).to_contain_text(re.compile(r"It is killed at \d\d:\d\d:\d\d UTC"))
    page.get_by_role("button", name="Kill now").click()
    while "Cancelled" not in page.locator("#run-summary").inner_text():
        page.reload()
    page.get_by_role("link", name="Events").click()
    expect(page.locator("#run-events")).to_contain_text("Killing it at once was asked for by ann")


def test_a_run_that_ended_meanwhile_says_so_when_it_is_cancelled(visit, script):
    page = visit("ann")
    address = script.start()
    page.goto(address)
    expect(state(page)).to_have_text("Running")  # with which the header, and the link in it, comes anew
    page.get_by_role("link", name="Cancel").click()
    watching = visit("ann")
    watching.goto(address)
    script.end()
    expect(state(watching)).to_have_text("Succeeded")
    page.get_by_role("button", name="Cancel this run").click()
    expect(page.get_by_text("It is over. There is nothing left to cancel.")).to_be_visible()
    expect(page.locator(".state")).to_have_text("Succeeded")
    page.get_by_role("link", name="Show the run").click()
    expect(page).to_have_url(address)


def test_the_story_is_told_to_the_end_while_one_reads_it(visit, script):
    page = visit("vic")
    page.goto(script.start())
    expect(state(page)).to_have_text("Running")
    page.get_by_role("link", name="Events").click()
    story = page.locator("#run-events")
    expect(story).to_contain_text("Started")
    script.end()
    expect(story).to_contain_text("Succeeded")
    expect(story.locator("tbody tr").first).to_contain_text("Queued, asked for by ann")
