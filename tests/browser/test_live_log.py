"""The page of a run, while it goes on and after."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

LINES = "li.line"
WORDS_AFTER = "element => getComputedStyle(element, '::after').content"
TO_THE_END = "scrollTo(0, document.documentElement.scrollHeight)"


def state(page: Page):
    return page.locator("#run-summary .state")


def numbers(page: Page) -> list[int]:
    return [int(text) for text in page.locator(".line__number").all_text_contents()]


def test_lines_appear_one_by_one_while_the_job_runs(visit, script):
    page = visit("ann")
    page.goto(script.start())
    page.evaluate("window.kept = true")
    for count in range(1, 6):
        script.type(count)
        expect(page.locator(LINES).last).to_contain_text(f"typed line {count}")
        expect(page.locator(LINES, has_text="typed line")).to_have_count(count)
        expect(state(page)).to_have_text("Running")
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    assert page.evaluate("window.kept"), "the page was loaded anew"
    assert numbers(page) == list(range(1, len(numbers(page)) + 1))


def test_state_duration_title_and_result_keep_up_with_the_run(visit, script):
    page = visit("ann")
    page.goto(script.start())
    expect(state(page)).to_have_text("Running")
    expect(page).to_have_title(re.compile(r"^Running · #\d+ Typewriter · Jobdeck$"))
    duration = page.locator(".summary__length")
    expect(duration).to_have_text("1 s")
    expect(duration).to_have_text("2 s")
    expect(page.locator(".result")).to_have_count(0)
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    expect(page).to_have_title(re.compile(r"^Succeeded · #\d+ Typewriter · Jobdeck$"))
    expect(page.locator("#announcement")).to_have_text(re.compile(r"Run #\d+: Succeeded"))
    expect(duration).to_have_text(re.compile(r"\d\.\d s"))
    expect(page.locator(".result")).to_contain_text('"lines": 0')


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
    expect(page.get_by_text('raise ValueError("bad rack", 7)')).to_be_visible()


def test_a_run_that_waits_says_for_what(visit, product):
    page = visit("ann")
    page.goto(product.start("plain.Elsewhere", queue="lab"))
    expect(state(page)).to_have_text("Queued")
    expect(page.get_by_text("No live worker listens to the queue lab")).to_be_visible()


def test_a_link_to_a_line_leads_to_it_and_marks_it(visit, product):
    page = visit("ann")
    address = product.start("plain.Many", lines=200)
    page.goto(address)
    expect(state(page)).to_have_text("Succeeded")
    page.goto("about:blank")
    page.goto(f"{address}#L150")
    line = page.locator("#L150")
    expect(line).to_be_in_viewport()
    plain = page.locator("#L151").evaluate("line => getComputedStyle(line).backgroundColor")
    expect(line).not_to_have_css("background-color", plain)
    page.locator("#L153").get_by_role("link").click()
    expect(page).to_have_url(f"{address}#L153")


def test_a_long_log_comes_in_pieces_as_one_reads_on(visit, product):
    page = visit("ann")
    address = product.start("plain.Many", lines=1200)
    page.goto(address)
    expect(state(page)).to_have_text("Succeeded", timeout=20_000)
    page.goto(address)
    expect(page.locator(LINES)).to_have_count(500)
    for last in (1000, 1202):
        page.evaluate(TO_THE_END)
        expect(page.locator(LINES)).to_have_count(last)
    assert numbers(page) == list(range(1, 1203))


def test_a_reader_at_the_end_of_the_log_stays_there_and_one_further_up_is_left_in_peace(visit, script):
    page = visit("ann")
    page.set_viewport_size({"width": 1000, "height": 500})
    page.goto(script.start())
    script.type(100)
    expect(page.locator("#L101")).to_be_attached()
    page.evaluate(TO_THE_END)
    for lines in (140, 500, 900):
        script.type(lines)
        expect(page.locator(f"#L{lines + 1}")).to_be_in_viewport()
    page.evaluate("scrollTo(0, 100)")
    script.type(940)
    expect(page.locator("#L941")).to_be_attached()
    assert page.evaluate("scrollY") == 100


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


def test_fault_113_no_line_is_lost_or_doubled_when_the_server_goes_away_for_a_moment(visit, product, script):
    page = visit("ann")
    page.goto(script.start())
    script.type(5)
    expect(page.locator("#L6")).to_be_visible()
    with product.without("gunicorn"):
        script.type(25)
        away(page)
    script.type(40)
    expect(page.locator("#L41")).to_be_visible(timeout=20_000)
    expect(page.locator("html")).not_to_have_class(re.compile("offline"))
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    assert numbers(page) == list(range(1, len(numbers(page)) + 1))
    visit.forgive("ERR_", "sendError", "timeout", "afterRequest")


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
