"""Groups of a log as their reader has left them: in the next run of the job, and where a browser remembers nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_live_log import state

FORBIDDEN = (
    "Object.defineProperty(window, 'localStorage',"
    " { get() { throw new DOMException('The user said no', 'SecurityError'); } });"
)
FULL = (
    "localStorage.setItem('log-folds', '[[1, 2], \"as nobody writes it\"]');"
    " Storage.prototype.setItem = () => { throw new DOMException('Full', 'QuotaExceededError'); };"
)


@pytest.fixture
def ann(visit) -> Iterator[Page]:
    """A window of Ann's, which knows nothing of what she has chosen in others."""
    yield visit("ann", alone=True)


def read(page: Page, product, *, asked: str = "") -> str:
    """Look at the log of a new run, asked for like that, and give its address."""
    address = product.start("itemised.Backup")
    page.goto(address)
    expect(state(page)).to_have_text("Failed")
    page.goto(address + asked)
    return address


def group(page: Page, title: str):
    return page.get_by_role("button", name=title, exact=True)


def test_a_group_that_a_reader_has_turned_is_so_in_the_next_run_of_the_job(ann, product):
    read(ann, product)
    group(ann, "sw-1").click()
    expect(group(ann, "sw-1")).to_have_attribute("aria-expanded", "true")
    group(ann, "sw-2").click()
    expect(group(ann, "sw-2")).to_have_attribute("aria-expanded", "false")
    address = read(ann, product)
    expect(group(ann, "sw-1")).to_have_attribute("aria-expanded", "true")
    expect(group(ann, "sw-2")).to_have_attribute("aria-expanded", "false")
    expect(group(ann, "sw-3")).to_have_attribute("aria-expanded", "false")  # as it went
    expect(group(ann, "sw-4")).to_have_attribute("aria-expanded", "true")
    expect(ann).to_have_url(address)
    group(ann, "sw-1").click()
    expect(group(ann, "sw-1")).to_have_attribute("aria-expanded", "false")
    ann.keyboard.press("n")  # leads into a group that is folded
    expect(ann.locator(".line--marked .line__text")).to_contain_text("no room on sw-2")


def test_what_was_chosen_for_all_groups_holds_until_it_is_taken_back(ann, product):
    read(ann, product)
    group(ann, "sw-1").click()
    expect(group(ann, "sw-1")).to_have_attribute("aria-expanded", "true")
    ann.get_by_label("Groups").select_option("All folded")
    expect(ann.locator(".line__fold")).to_have_count(1)
    address = read(ann, product)
    expect(ann.locator(".line__fold")).to_have_count(1)
    expect(ann.get_by_label("Groups")).to_have_value("closed")
    ann.goto(f"{address}?folds=open")  # what the address says comes first
    expect(group(ann, "Connect").first).to_have_attribute("aria-expanded", "true")
    ann.goto(address)
    expect(ann.locator(".line__fold")).to_have_count(1)
    ann.get_by_label("Groups").select_option("Folded as it went")
    expect(group(ann, "sw-1")).to_have_attribute("aria-expanded", "false")
    assert ann.evaluate("localStorage.getItem('log-folds')") == "[]"


def test_only_so_much_is_remembered(ann, product):
    read(ann, product)
    ann.evaluate("""() => {
        const turned = Array.from({ length: 300 }, (_, number) => [`Group ${number} ${"ü".repeat(20)}`, "open"]);
        const jobs = Array.from({ length: 60 }, (_, number) => [`job ${number}`, { all: "open", turned: [] }]);
        const { job } = document.getElementById("log").dataset;
        localStorage.setItem("log-folds", JSON.stringify([...jobs, [job, { all: "", turned }]]));
    }""")
    group(ann, "sw-1").click()
    expect(group(ann, "sw-1")).to_have_attribute("aria-expanded", "true")
    kept = ann.evaluate("JSON.parse(localStorage.getItem('log-folds'))")
    assert len(kept) == 30
    assert len(kept[-1][1]["turned"]) < 40
    assert kept[-1][1]["turned"][-1] == ["sw-1", "open"]
    read(ann, product)
    expect(group(ann, "sw-1")).to_have_attribute("aria-expanded", "true")


@pytest.mark.parametrize("wrong", [FORBIDDEN, FULL], ids=["forbidden", "full"])
def test_a_browser_that_may_remember_nothing_shows_everything_all_the_same(ann, product, wrong):
    ann.add_init_script(wrong)
    read(ann, product)
    group(ann, "sw-1").click()
    expect(group(ann, "sw-1")).to_have_attribute("aria-expanded", "true")
    ann.keyboard.press("w")
    expect(ann.locator("#log")).to_have_class(re.compile("log--unwrapped"))
    ann.get_by_label("Level").select_option("Errors")
    expect(ann.locator(".log__left-out").first).to_be_visible()
    ann.locator("summary", has_text="ann").click()
    ann.get_by_role("button", name="Dark").click()
    expect(ann.locator("html")).to_have_attribute("data-bs-theme", "dark")
