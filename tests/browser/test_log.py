"""The log of a run in the hands of a reader: found, folded, followed, linked to, and whole whatever happens."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.installation import wait_until

EVERYTHING = """async () => {
    const found = new Map();
    const settled = () => new Promise((done) => setTimeout(done, 20));
    for (let y = 0; y < document.documentElement.scrollHeight; y += 0.8 * innerHeight) {
        scrollTo(0, y);
        await settled();
        const near = () => [...document.querySelectorAll(".log__block--away")].some((block) => {
            const { top, bottom } = block.getBoundingClientRect();
            return bottom > 0 && top < innerHeight;
        });
        while (near()) await settled();
        for (const line of document.querySelectorAll(".line"))
            found.set(Number(line.id.slice(1)), line.querySelector(".line__text").textContent.trim());
    }
    return [...found].sort(([one], [other]) => one - other);
}"""
"""Go through the whole page; gives the number and the text of each line."""
IN_SIGHT = 'document.elementsFromPoint(400, 300).find((element) => element.matches(".line")).id'
"""The line in the middle of a window that is 600 px high."""
MIDDLE = """(() => {
    const there = document.elementsFromPoint(innerWidth / 2, innerHeight / 2);
    return Number(there.find((element) => element.matches(".line"))?.id.slice(1) ?? 0);
})()"""
"""The line in the middle of the window; 0 while none is there."""
EMPTY = """[...document.querySelectorAll(".log__block--away")].some((block) => {
    const { top, bottom } = block.getBoundingClientRect();
    return bottom > 0 && top < innerHeight;
})"""
"""Whether some of what is in the window has not come yet."""
FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0, true))))"
"""The browser has drawn, and told those who observe what is near."""
CLIPBOARD = "navigator.clipboard.readText()"
LAID_OUT = "blocks => [...new Set(blocks.map((block) => getComputedStyle(block).contentVisibility))]"
"""When blocks are; "auto" is once they come near."""


def everything(page: Page) -> list[list[object]]:
    """Number and text of each line of the log, as one sees them who goes through it, in large steps."""
    page.set_viewport_size({"width": 1200, "height": 4000})
    found: list[list[object]] = page.evaluate(EVERYTHING)
    return found


def state(page: Page):
    return page.locator("#run-summary .state")


def marks(page: Page, *lines: int) -> None:
    """These lines are marked, and no others."""
    marked = page.locator(".line--marked")
    expect(marked).to_have_count(len(lines))
    for place, line in enumerate(lines):
        expect(marked.nth(place)).to_have_id(f"L{line}")


def in_sight(page: Page, seq: int) -> None:
    expect(page.locator(f"#L{seq}")).to_be_in_viewport()


def told(page: Page, address: str) -> list[list[object]]:
    """Number and text of each line, as the database has them."""
    text = page.request.get(f"{address}/log.ndjson").text()
    lines = [json.loads(line) for line in text.splitlines()]
    return [[line["line"], f"{prefix(line['group'])}{line['message']} {line['object']}".strip()] for line in lines]


def prefix(group: str) -> str:
    return "" if group in ("", "run") else f"{group} "


@pytest.fixture
def long(visit, product):
    """The page of a finished run of 5,002 lines."""
    page = visit("ann")
    address = product.ended("plain.Many", lines=5000)
    page.goto(address)
    return page, address


@pytest.fixture
def grouped(visit, product):
    """The page of a finished run with groups, two of which hold errors."""
    page = visit("ann")
    page.goto(product.ended("itemised.Backup"))
    yield page
    page.evaluate("localStorage.removeItem('log-folds')")


def test_a_link_leads_to_a_line_far_away_and_to_several(long):
    page, address = long
    page.goto(f"{address}#L3000")
    in_sight(page, 3000)
    marks(page, 3000)
    page.locator("#L3002 .line__number").click()
    page.locator("#L3005 .line__number").click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile(rf"{address}\?at=3002#L3002-L3005$"))
    marks(page, 3002, 3003, 3004, 3005)
    page.reload()
    in_sight(page, 3002)
    marks(page, 3002, 3003, 3004, 3005)
    page.get_by_label("Level").select_option("Warnings and errors")
    expect(page).to_have_url(re.compile(rf"{address}\?level=warning&at=3002#L3002-L3005$"))
    marks(page, 3002, 3003, 3004, 3005)
    page.evaluate("location.hash = '#L10-L12'")
    in_sight(page, 12)
    marks(page, 10, 11, 12)
    expect(page).to_have_url(re.compile(rf"{address}\?level=warning&at=10#L10-L12$"))
    page.get_by_label("Level").select_option("All levels")
    in_sight(page, 13)
    page.evaluate("location.hash = '#L1000'")
    in_sight(page, 1000)
    marks(page, 1000)


def test_a_link_to_several_lines_opens_the_groups_in_which_any_of_them_stands(grouped):
    grouped.goto(f"{grouped.url}#L4-L8")
    in_sight(grouped, 8)
    marks(grouped, 4, 5, 6, 7, 8)
    expect(grouped).to_have_url(re.compile(r"\?at=4#L4-L8$"))
    grouped.reload()
    in_sight(grouped, 8)
    marks(grouped, 4, 5, 6, 7, 8)


def test_every_place_of_a_long_log_is_there_when_one_comes(long):
    page, address = long
    assert page.locator("ol.log__block").evaluate_all(LAID_OUT) == ["auto"]
    assert everything(page) == told(page, address)


def test_a_search_by_keyboard_goes_from_hit_to_hit(long):
    page, address = long
    page.keyboard.press("/")
    expect(page.get_by_label("Search in the log")).to_be_focused()
    page.keyboard.type("line 49")
    page.keyboard.press("Enter")
    hits = page.locator(".log__hits")
    expect(hits).to_contain_text("1 of 111 lines say “line 49”")
    in_sight(page, 50)
    page.keyboard.press("Enter")
    expect(hits).to_contain_text("2 of 111")
    in_sight(page, 491)
    page.keyboard.press("Shift+Enter")
    expect(hits).to_contain_text("1 of 111")
    page.keyboard.press("Shift+Enter")
    expect(hits).to_contain_text("111 of 111")
    in_sight(page, 5000)
    marked = "[...CSS.highlights.get('hit') ?? []].some((range) => range.toString() === 'line 49')"
    wait_until(lambda: page.evaluate(marked))
    expect(page).to_have_url(re.compile(rf"{address}\?q=line\+49"))
    page.get_by_role("link", name="End the search").click()
    expect(hits).to_have_count(0)


def test_groups_are_folded_by_keyboard_and_found_by_searches(grouped):
    heading = grouped.get_by_role("button", name="sw-1", exact=True)
    expect(heading).to_have_attribute("aria-expanded", "false")
    expect(grouped.locator(".log")).not_to_contain_text("connecting to sw-1")
    heading.focus()
    grouped.keyboard.press("Enter")
    heading = grouped.get_by_role("button", name="sw-1", exact=True)
    expect(heading).to_have_attribute("aria-expanded", "true")
    expect(heading).to_be_focused()
    for expanded in ("false", "true"):
        grouped.keyboard.press("Space")
        expect(heading).to_have_attribute("aria-expanded", expanded)
        expect(heading).to_be_focused()
    grouped.keyboard.press("e")
    expect(grouped.locator(".log")).to_contain_text("connecting to sw-1")
    grouped.keyboard.press("e")
    expect(grouped.locator(".line__fold")).to_have_count(1)
    grouped.keyboard.press("/")
    grouped.keyboard.type("connecting to sw-3")
    grouped.keyboard.press("Enter")
    expect(grouped.locator(".line--hit")).to_contain_text("connecting to sw-3")


def test_warnings_are_gone_through_by_keyboard(grouped):
    errors = [int(id[1:]) for id in grouped.locator(".line--failure").evaluate_all("all => all.map(one => one.id)")]
    assert len(errors) == 2
    for key, expected in (("n", errors[0]), ("n", errors[1]), ("p", errors[0])):
        grouped.keyboard.press(key)
        expect(grouped.locator(".line--marked")).to_have_attribute("id", f"L{expected}")
    grouped.keyboard.press("p")
    expect(grouped.locator("#announcement")).to_have_text("No warning or error above")


def test_links_lead_to_the_first_error_and_from_warning_to_warning(visit, product):
    page = visit("ann")
    address = product.start("itemised.Levels")
    page.goto(address)
    expect(page.locator("#run-summary .state")).to_have_text(re.compile("Succeeded|Failed"))
    page.goto(address)
    warm, warmer = (page.locator(".line", has=page.get_by_text(text, exact=True)) for text in ("warm", "warmer"))
    for line in (warm, warmer):
        page.get_by_role("link", name="Next warning").click()
        expect(line).to_have_class(re.compile("line--marked"))
        expect(line).to_be_in_viewport()


def test_levels_times_and_wrapping_are_chosen_and_stay_in_the_address(grouped):
    grouped.get_by_label("Level").select_option("Errors")
    expect(grouped).to_have_url(re.compile(r"\?level=error$"))
    expect(grouped.locator(".line--info:not(.line--heading)")).to_have_count(0)
    expect(grouped.locator(".log__left-out").first).to_contain_text("not shown")
    for ending in ("txt", "ndjson", "csv"):
        expect(grouped.locator(f"a[download][href$='/log.{ending}?level=error']")).to_have_count(1)
    grouped.keyboard.press("Escape")
    grouped.locator("#content").focus()
    grouped.keyboard.press("t")
    expect(grouped).to_have_url(re.compile(r"level=error&time=elapsed$"))
    expect(grouped.locator(".line time").first).to_have_text(re.compile(r"^-?\d+:\d\d\.\d{3}$"))
    grouped.keyboard.press("w")
    expect(grouped.locator("#log")).to_have_class(re.compile("log--unwrapped"))
    grouped.reload()
    expect(grouped.locator("#log")).to_have_class(re.compile("log--unwrapped"))
    grouped.keyboard.press("w")
    expect(grouped.locator("#log")).not_to_have_class(re.compile("log--unwrapped"))


def test_a_reader_at_the_end_stays_there_and_one_who_goes_up_is_told_what_is_new(visit, script):
    page = visit("ann")
    page.set_viewport_size({"width": 1000, "height": 600})
    page.goto(script.start())
    for lines in (*range(100, 1700, 350), 1850):
        script.type(lines)
        in_sight(page, lines + 1)
    wait_until(lambda: page.locator(".line").count() <= 1000)  # while it goes on, those far away are let go
    expect(page.locator("#L1")).to_have_count(0)
    page.mouse.move(400, 300)
    page.mouse.wheel(0, -1500)
    expect(page.locator("#log-follow")).not_to_be_checked()
    line = page.locator(f"#{page.evaluate(IN_SIGHT)}")
    at = line.bounding_box()["y"]
    script.type(1884)
    expect(page.get_by_role("button", name="34 new lines")).to_be_visible()
    assert line.bounding_box()["y"] == pytest.approx(at, abs=1)  # a pixel is nothing that a reader sees
    page.keyboard.press("f")
    in_sight(page, 1885)
    expect(page.locator("#log-new")).to_be_hidden()
    script.type(1885)
    in_sight(page, 1886)


def test_what_is_in_front_of_the_reader_is_asked_for_first_and_what_he_has_passed_by_is_not(long):
    page, _ = long
    asked = []

    def answer(route):
        asked.append(route)
        if len(asked) > 1:
            route.continue_()

    page.route("**/log/lines?*", answer)
    page.evaluate("scrollTo(0, 0.5 * document.documentElement.scrollHeight)")
    wait_until(lambda: page.evaluate(FRAMES) and asked)
    page.evaluate("scrollTo(0, 0.81 * document.documentElement.scrollHeight)")
    page.evaluate(FRAMES)
    asked[0].continue_()
    wait_until(lambda: page.evaluate(MIDDLE))
    stretches = [[int(n) for n in re.findall(r"(?:first|last)=(\d+)", route.request.url)] for route in asked]
    assert stretches[1][0] <= page.evaluate(MIDDLE) <= stretches[1][1]
    assert all(first > 3000 for first, _ in stretches[1:])


def test_lines_that_did_not_come_are_asked_for_again(long):
    page, _ = long
    failures = [1, 2]

    def answer(route):
        if failures:
            failures.pop()
            route.abort()
        else:
            route.continue_()

    page.route("**/log/lines?*", answer)
    page.evaluate("scrollTo(0, 0.5 * document.documentElement.scrollHeight)")
    wait_until(lambda: page.evaluate(MIDDLE))
    assert not failures
    wait_until(lambda: not page.evaluate(EMPTY))


def test_selected_lines_stay_selected_and_the_end_stays_in_sight_while_blocks_load(long):
    page, _ = long
    page.keyboard.press("G")
    wait_until(lambda: not page.evaluate(EMPTY))
    in_sight(page, 5002)
    wait_until(lambda: page.evaluate("innerHeight + scrollY >= document.documentElement.scrollHeight - 1"))
    page.locator("#L4990 .line__number").focus()
    page.locator("#L4991").evaluate("line => getSelection().selectAllChildren(line)")
    text = page.evaluate("getSelection().toString()")
    page.mouse.wheel(0, -3000)
    wait_until(lambda: page.locator("#L4801").count() and not page.evaluate(EMPTY))
    assert page.evaluate("getSelection().toString()") == text != ""
    expect(page.locator("#L4990 .line__number")).to_be_focused()


def test_a_link_to_a_line_holds_while_the_log_grows(visit, script):
    page = visit("ann")
    address = script.start()
    page.goto(address)
    script.type(600)
    in_sight(page, 601)
    page.goto(f"{address}?at=300#L300")
    in_sight(page, 300)
    script.type(700)
    expect(page.get_by_role("button", name="100 new lines")).to_be_visible()
    in_sight(page, 300)
    marks(page, 300)


def test_fault_113_a_restart_of_the_server_loses_no_line_and_doubles_none(visit, product, script):
    page = visit("ann", alone=True)
    address = script.start()
    page.goto(address)
    script.type(3000)
    in_sight(page, 3001)
    with product.without("gunicorn"):
        script.type(7000)
        expect(page.get_by_text("Reconnecting")).to_be_visible()
    script.type(10_000)
    in_sight(page, 10_001)
    expect(page.get_by_text("Reconnecting")).to_be_hidden()
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    assert everything(page) == told(page, address)
    visit.forgive("ERR_", "sendError", "timeout", "afterRequest")


def take(page: Page, what: str, said: str) -> str:
    """What is in the clipboard once the button in the menu has said so."""
    page.get_by_label("Take the log along").click()
    page.get_by_role("button", name=what).click()
    expect(page.locator("#log-said")).to_have_text(said)
    expect(page.get_by_role("button", name=what)).to_be_hidden()
    return page.evaluate(CLIPBOARD)


def test_lines_are_copied_as_text_as_a_quote_and_as_a_link(visit, grouped):
    grouped.context.grant_permissions(["clipboard-read", "clipboard-write"])
    address = grouped.url
    assert take(grouped, "Copy link", "The link is copied") == address
    take(grouped, "Copy as quote", "Choose lines first: click a line's number, then another one with Shift")
    grouped.locator("#L1 .line__number").click()
    assert re.fullmatch(r"\S+Z info +Running job.*\n", take(grouped, "Copy as text", "The lines are copied"))
    expect(grouped.locator("#announcement")).to_have_text("The lines are copied")
    grouped.locator("#L2 .line__number").click(modifiers=["Shift"])
    link = take(grouped, "Copy link", "The link to the lines is copied")
    assert link == f"{address}?at=1#L1-L2"
    grouped.evaluate("navigator.clipboard.writeText('')")
    grouped.keyboard.press("y")
    wait_until(lambda: grouped.evaluate(CLIPBOARD) == link)
    quote = take(grouped, "Copy as quote", "The lines are copied as a quote")
    first, second, nothing, source = quote.splitlines()
    assert re.fullmatch(r"> \S+Z info +Running job.*", first)
    assert re.fullmatch(r"> \S+Z info +before", second)
    assert (nothing, source) == ("", f"#{address.rpartition('/')[2]} Backup: {link}")


def test_lines_that_are_selected_are_copied_as_text_and_words_as_they_are(grouped):
    grouped.context.grant_permissions(["clipboard-read", "clipboard-write"])
    address = grouped.url
    grouped.goto(f"{address}?folds=open")
    text = grouped.request.get(f"{address}/log.txt").text()
    grouped.locator("#L2 .line__text").dblclick()
    grouped.keyboard.press("Control+c")
    wait_until(lambda: grouped.evaluate(CLIPBOARD) == "before")
    grouped.locator("#L2 time").click(click_count=3)  # selects up to where the next line begins
    grouped.keyboard.press("Control+c")
    wait_until(lambda: grouped.evaluate(CLIPBOARD) == text.splitlines(keepends=True)[1])
    grouped.evaluate("getSelection().selectAllChildren(document.querySelector('.log'))")
    grouped.keyboard.press("Control+c")
    wait_until(lambda: grouped.evaluate(CLIPBOARD) != text.splitlines(keepends=True)[1])
    assert grouped.evaluate(CLIPBOARD) == text


def test_lines_that_do_not_wrap_are_laid_out_only_where_one_looks(long):
    page, _ = long
    page.keyboard.press("w")
    page.locator("#L5 .line__text").evaluate("text => text.append('x'.repeat(4000))")
    log = page.locator(".log")
    log.evaluate("log => { log.scrollLeft = 9000; }")
    wide = log.evaluate("log => [log.scrollLeft, log.scrollWidth]")
    assert wide[0] == 9000
    page.keyboard.press("G")
    last = page.locator("#L5002")
    wait_until(lambda: last.count() and last.evaluate("line => line.getBoundingClientRect().top < innerHeight"))
    hidden = "line => !line.checkVisibility({ contentVisibilityAuto: true })"
    wait_until(lambda: page.locator("#L5").evaluate(hidden))
    assert log.evaluate("log => [log.scrollLeft, log.scrollWidth]") == wide
    page.keyboard.press("w")
    expect(page.locator("#log")).not_to_have_class(re.compile("log--unwrapped"))
