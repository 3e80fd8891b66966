"""The page of a run, while it goes on and after."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.installation import wait_until

LINES = "li.line"
WORDS_AFTER = "element => getComputedStyle(element, '::after').content"
NOT_ALOUD = "line => line.closest('[aria-live], [role=status], [role=alert]').matches('[role=log][aria-live=off]')"


def state(page: Page):
    return page.locator("#run-summary .state")


def numbers(page: Page) -> list[int]:
    return [int(text) for text in page.locator(".line__number").all_text_contents()]


def seconds(duration: Locator) -> float:
    return float(duration.inner_text().split()[0])


def test_lines_appear_one_by_one_while_the_job_runs(visit, script):
    page = visit("ann")
    page.goto(script.start())
    page.evaluate("window.kept = true")
    for count in range(1, 6):
        script.type(count)
        expect(page.locator(LINES).last).to_contain_text(f"typed line {count}")
        expect(page.locator(LINES, has_text="typed line")).to_have_count(count)
        expect(state(page)).to_have_text("Running")
    expect(page.locator("ol.log__block")).to_have_count(1)  # which holds all that has come line by line
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    assert page.evaluate("window.kept"), "the page was loaded anew"
    assert numbers(page) == list(range(1, len(numbers(page)) + 1))


def test_a_group_that_ends_tells_those_who_watch_how_long_it_was_and_what_is_in_it(visit, script):
    page = visit("ann")
    page.goto(script.start("Chapter"))
    script.type(2)
    heading = page.locator(".line--heading")
    expect(heading).to_have_text(re.compile("Chapter$"))
    expect(page.locator(LINES, has_text="typed line 2")).to_be_visible()
    script.end()
    expect(heading).to_have_text(re.compile(r"Chapter \d+\.\d s 3 lines$"))
    expect(page.locator(".log__ended")).to_have_count(0)


def test_state_duration_title_and_result_keep_up_with_the_run(visit, script):
    page = visit("ann")
    page.goto(script.start())
    expect(state(page)).to_have_text("Running")
    expect(page).to_have_title(re.compile(r"^Running · #\d+ Typewriter · Jobdeck$"))
    duration = page.locator(".summary__length")
    expect(duration).to_have_text(re.compile(r"\d s"))
    shown = seconds(duration)
    # Not each second need be shown: what the server says comes between what the page counts.
    wait_until(lambda: seconds(duration) > shown)
    expect(page.locator("#tab-result")).to_have_class(re.compile("empty"))
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    expect(page).to_have_title(re.compile(r"^Succeeded · #\d+ Typewriter · Jobdeck$"))
    expect(page.locator("#announcement")).to_have_text(re.compile(r"Run #\d+: Succeeded"))
    expect(duration).to_have_text(re.compile(r"\d\.\d s"))
    expect(page.locator("#tab-result")).not_to_have_class(re.compile("empty"))
    page.locator("#tab-result").click()
    expect(page.locator("#run-result .tree")).to_contain_text("lines: 0")


def test_the_state_and_the_first_error_are_said_aloud_in_one_place_and_no_line_is(visit, script):
    page = visit("ann")
    page.goto(script.start("Stepper"))
    script.type(2)
    aloud = page.get_by_role("status").filter(has_text=re.compile(r"\S"))
    expect(aloud).to_have_text([re.compile(r"^Run #\d+: Running, with errors in its log$")])
    expect(aloud).to_have_attribute("aria-live", "polite")
    expect(page.locator("[aria-live=polite]")).to_have_count(1)
    expect(page.locator("[aria-live=assertive], [role=alert]")).to_have_count(0)
    failed = page.locator(LINES, has_text="it does not answer").first
    expect(failed).to_be_visible()
    assert failed.evaluate(NOT_ALOUD)


def test_a_box_to_follow_says_so_once_there_is_nothing_to_follow(visit, script):
    page = visit("ann")
    address = script.start()
    page.goto(address)
    follow = page.get_by_label("Follow")
    expect(follow).to_be_checked()
    script.type(2)
    expect(page.locator("#L3")).to_be_visible()
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    expect(follow).to_be_disabled()
    expect(follow).not_to_be_checked()
    expect(page.locator(".log__check", has=follow)).to_have_text("Follow (over)")
    page.goto(address)
    expect(follow).to_have_count(0)


def test_only_new_lines_below_what_is_in_sight_are_told_until_they_are_seen(visit, script):
    page = visit("ann")
    page.set_viewport_size({"width": 1200, "height": 700})
    page.goto(script.start())
    script.type(2)
    expect(page.locator("#L3")).to_be_in_viewport()
    page.get_by_label("Follow").uncheck()
    script.type(4)
    expect(page.locator("#L5")).to_be_in_viewport()
    fresh = page.locator("#log-new")
    expect(fresh).to_be_hidden()
    script.type(100)
    expect(fresh).to_have_text(re.compile(r"^\s*\d\d new lines$"))
    page.get_by_label("Level").select_option("Errors")
    expect(page.locator(LINES)).to_have_count(0)
    expect(fresh).to_be_hidden()
    page.get_by_label("Level").select_option("All levels")
    expect(fresh).to_be_visible()
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    expect(fresh).to_be_visible()
    page.mouse.move(600, 500)
    page.mouse.wheel(0, 9000)
    expect(page.locator(LINES).last).to_be_in_viewport()
    expect(fresh).to_be_hidden()


def test_nothing_is_asked_any_more_once_the_run_is_over(visit, script):
    page = visit("ann", alone=True)
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(script.start())
    expect(state(page)).to_have_text("Running")
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    assert any("/log?" in url for url in asked)
    page.clock.run_for("01:00")  # files and items are asked for once more
    page.wait_for_load_state("networkidle")
    asked.clear()
    for _ in range(5):
        page.clock.run_for("01:00")
    assert page.evaluate("document.readyState") == "complete"
    assert asked == []


@pytest.mark.parametrize(
    ("job", "word", "reason"),
    [
        ("plain.Fail", "Failed", "2 things are wrong"),
        ("plain.Raise", "Errored", "ValueError: ('bad rack', 7)"),
        ("plain.Sleep", "Timed out", "It was stopped after its soft time limit of 1 s."),
    ],
)
def test_a_run_that_did_not_succeed_says_why_before_all_else(visit, product, job, word, reason):
    page = visit("vic")
    page.goto(product.start(job))
    expect(state(page)).to_have_text(word)
    outcome = page.locator("#run-summary .outcome")
    expect(outcome.locator(".outcome__reason")).to_have_text(reason)
    tops = [place.bounding_box()["y"] for place in (outcome, page.locator(".log"))]
    assert tops == sorted(tops)
    assert tops[0] < page.viewport_size["height"] / 3


def test_the_traceback_is_one_click_away(visit, product):
    page = visit("ann")
    page.goto(product.start("plain.Raise"))
    expect(state(page)).to_have_text("Errored")
    page.get_by_text("Traceback", exact=True).click()
    expect(page.locator(".outcome details")).to_contain_text('raise ValueError("bad rack", 7)')
    expect(page.locator(".outcome details .code")).to_be_visible()


def test_a_run_that_waits_says_for_what(visit, product):
    page = visit("ann")
    page.goto(product.start("plain.Elsewhere", queue="lab"))
    expect(state(page)).to_have_text("Queued")
    expect(page.get_by_text("No live worker listens to the queue lab")).to_be_visible()


def test_a_session_that_ended_elsewhere_leaves_the_log_as_it_is_and_says_so(visit, script):
    page = visit("ann", anew=True)
    elsewhere = visit(storage_state=page.context.storage_state())
    address = script.start()
    page.goto(address)
    script.type(3)
    expect(page.locator("#L4")).to_be_visible()
    elsewhere.goto("/account/")
    elsewhere.locator("summary", has_text="ann").click()
    elsewhere.get_by_role("button", name="Sign out").click()
    expect(page.locator("#flash")).to_contain_text("You are not signed in any more.")
    expect(page.locator(LINES)).to_have_count(4)
    expect(page.locator("#run-summary h1")).to_be_visible()
    script.type(5)
    page.locator("#flash").get_by_role("link", name="Sign in").click()
    visit.sign_in(page, "ann")
    expect(page).to_have_url(address)
    expect(page.locator("#L6")).to_be_visible()
    visit.forgive("401")


def away(page: Page) -> None:
    """Wait until the page says that the server does not answer."""
    expect(page.locator("html")).to_have_class(re.compile("offline"))
    assert "the server does not answer" in page.locator(".log__ask").evaluate(WORDS_AFTER)


def test_no_line_is_lost_or_doubled_when_the_network_goes_away_for_a_moment(visit, script):
    page = visit("ann", alone=True)
    page.goto(script.start())
    script.type(5)
    expect(page.locator("#L6")).to_be_visible()
    page.context.set_offline(True)
    script.type(25)
    away(page)
    page.context.set_offline(False)
    expect(page.locator("#L26")).to_be_visible()
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    assert numbers(page) == list(range(1, len(numbers(page)) + 1))
    visit.forgive("ERR_", "sendError", "afterRequest")
