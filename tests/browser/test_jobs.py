"""Finding a job, and switching it on and off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

MENDED = """from webapp.jobs import Job, register_jobs


class Mended(Job):
    def run(self):
        pass


register_jobs(Mended)
"""
LOOKING = 60_000
"""Milliseconds that looking through all job files may take on a busy machine."""


def found(page: Page):
    return page.locator("a.list__name")


def reach(page: Page, target) -> None:
    """Press Tab until target has the focus, which must be visible."""
    for _ in range(60):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {target}")


def test_the_list_follows_the_search_as_one_types_and_so_does_the_address(visit):
    page = visit("ann")
    page.goto("/jobs/")
    page.evaluate("window.kept = true")
    page.get_by_role("searchbox").press_sequentially("slow rep", delay=20)
    expect(found(page)).to_have_text(["Slow report"])
    expect(page).to_have_url(re.compile(r"/jobs/\?q=slow(\+|%20)rep$"))
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.locator("#announcement")).to_have_text("1 job")
    assert page.evaluate("window.kept")
    page.go_back()
    expect(page).to_have_url("/jobs/")
    expect(found(page).filter(has_text="Hello")).to_be_visible()


def test_a_search_that_finds_nothing_says_so_and_leads_back(visit):
    page = visit("ann")
    page.goto("/jobs/")
    page.get_by_role("searchbox").fill("<b>no such</b>")
    expect(page.get_by_text("No job matches “<b>no such</b>”")).to_be_visible()
    page.get_by_role("link", name="Show all jobs").click()
    expect(found(page).filter(has_text="Hello")).to_be_visible()


def test_a_slash_begins_a_search_from_any_page(visit):
    page = visit("vic")
    page.goto("/queues/")
    page.keyboard.press("/")
    page.keyboard.type("greet somebody/")
    expect(page.get_by_role("searchbox")).to_have_value("greet somebody/")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/jobs/\?q=greet(\+|%20)somebody"))
    expect(found(page)).to_have_text(["Hello"])


def test_a_job_is_found_by_what_it_asks_for_and_by_filters_and_the_address_says_how(visit):
    page = visit("ann")
    page.goto("/jobs/")
    page.get_by_role("searchbox").fill("hello shout")
    expect(found(page)).to_have_text(["Hello"])
    page.get_by_text("Filter", exact=True).press("Enter")
    page.get_by_label("Dry run", exact=True).select_option("No")
    expect(page.get_by_text("No job matches “hello shout”")).to_be_visible()
    expect(page).to_have_url("/jobs/?q=hello+shout&dry_run=no")
    page.reload()
    expect(page.get_by_label("Dry run", exact=True)).to_have_value("no")
    page.get_by_label("Dry run", exact=True).select_option("Yes")
    expect(found(page)).to_have_text(["Hello"])
    page.get_by_role("link", name="Remove the filter Dry run: Yes").click()
    expect(page).to_have_url("/jobs/?q=hello+shout")
    page.get_by_label("Sort by").select_option("Name")
    expect(page).to_have_url("/jobs/?q=hello+shout&sort=name")


def test_groups_stay_folded_in_this_browser(visit):
    page = visit("vic", alone=True)
    page.goto("/jobs/")
    hello = page.get_by_role("link", name="Hello", exact=True)
    title = page.locator("summary").filter(has=page.get_by_role("heading", name="Examples"))
    title.click()
    expect(hello).to_be_hidden()
    page.reload()
    expect(title).to_be_visible()
    expect(hello).to_be_hidden()
    title.press("Enter")
    expect(hello).to_be_visible()
    page.get_by_role("button", name="Fold all", exact=True).click()
    page.reload()
    expect(title).to_be_visible()
    expect(found(page).locator("visible=true")).to_have_count(0)
    page.get_by_role("searchbox").fill("greet")
    expect(hello).to_be_visible()
    page.goto("/jobs/")
    page.get_by_role("button", name="Unfold all").press("Enter")
    page.reload()
    expect(hello).to_be_visible()


def test_a_star_keeps_a_job_on_top_by_mouse_and_by_keyboard(visit):
    page = visit("vic")
    page.goto("/jobs/")
    star = page.locator("#several").get_by_role("button", name="Favourite: Slow report")
    favourites = page.locator("details").filter(has=page.get_by_role("heading", name="Favourites"))
    star.scroll_into_view_if_needed()
    before = star.bounding_box()["y"]
    star.click()
    expect(favourites.get_by_role("link", name="Slow report", exact=True)).to_be_attached()
    expect(star).to_have_attribute("aria-pressed", "true")
    assert abs(star.bounding_box()["y"] - before) < 2
    page.reload()
    expect(favourites).to_be_visible()
    star.press("Space")
    expect(favourites).to_have_count(0)
    expect(star).to_be_focused()


def test_stars_and_boxes_work_without_scripts(visit, product, look):
    product.enable("plain.Look", False)
    page = visit("admin", java_script_enabled=False)
    page.goto("/jobs/?q=plain.Look&enabled=no")
    page.get_by_role("button", name="Favourite: Look").click()
    expect(page.get_by_role("button", name="Favourite: Look")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Favourite: Look").click()
    expect(page.get_by_role("button", name="Favourite: Look")).to_have_attribute("aria-pressed", "false")
    page.get_by_label("Choose Look").check()
    page.get_by_role("button", name="Enable").click()
    expect(page.get_by_text("Look is switched on now.")).to_be_visible()
    expect(page).to_have_url("/jobs/?q=plain.Look&enabled=no")


@pytest.fixture
def several(product):
    """Two jobs that are off before the test, and on after it."""
    for name in ("Look", "Talk"):
        product.enable(f"plain.{name}", False)
    yield
    for name in ("Look", "Talk"):
        product.enable(f"plain.{name}", True)


def test_several_are_switched_on_by_keyboard_and_off_by_mouse(visit, several):
    page = visit("admin")
    page.goto("/jobs/?enabled=no&q=plain")
    page.get_by_label("Choose Look").press("Space")
    page.get_by_label("Choose Talk").press("Enter")
    expect(page.get_by_text("1 chosen")).to_be_visible()
    page.get_by_label("Choose Talk").press("Space")
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.keyboard.press(".")
    expect(page.get_by_role("button", name="Enable")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Look, Talk are switched on now.")).to_be_visible()
    page.goto("/jobs/?q=Say+something")
    page.get_by_role("button", name="Choose all shown").click()
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("Talk is switched off now.")).to_be_visible()
    expect(page.get_by_text("Switched off", exact=True)).to_be_hidden()
    page.get_by_role("link", name="Show it").click()
    expect(page.get_by_text("Switched off", exact=True)).to_be_visible()


def test_what_is_chosen_stays_so_while_one_searches_on_and_can_be_edited_or_deleted_together(visit):
    page = visit("admin")
    page.goto("/jobs/?can_run=any")
    page.get_by_label("Choose Look").check()
    page.get_by_role("searchbox").fill("plain.")
    expect(page).to_have_url(re.compile("q=plain"))
    expect(page.get_by_label("Choose Look")).to_be_checked()
    page.get_by_label("Choose Talk").click(modifiers=["Shift"])
    expect(page.locator("[data-chosen]")).to_have_text(re.compile(r"^([3-9]|\d\d) chosen$"))
    page.get_by_role("button", name="Choose none").click()
    expect(page.get_by_role("button", name="Edit…")).to_be_hidden()
    page.get_by_label("Choose Look").check()
    page.get_by_label("Choose Talk").check()
    page.get_by_role("button", name="Edit…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("2 jobs")
    page.go_back()
    page.get_by_label("Choose Look").check()
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Delete")


@pytest.fixture
def mending(product):
    """A file of the product that does not load; the job that it gets is deleted after the test."""
    path = product.jobs_root / "mending.py"
    path.write_text("from webapp.jobs import Jobs\n")
    yield path
    path.unlink()
    product.api("admin", "DELETE", "extras/jobs/mending.Mended/")


def test_a_broken_file_is_seen_with_its_traceback_and_mended(visit, mending):
    page = visit("admin")
    page.goto("/jobs/")
    look = page.get_by_role("button", name="Look for new jobs")
    look.click(timeout=LOOKING)
    expect(page.get_by_text("mending.py:1")).to_be_visible()
    page.get_by_text("mending.py:1").click()
    expect(page.locator(".code").filter(has_text="cannot import name 'Jobs'")).to_be_visible()
    mending.write_text(MENDED)
    look.press("Enter", timeout=LOOKING)
    expect(page.get_by_text("1 job came, switched off")).to_be_visible(timeout=LOOKING)
    expect(page.get_by_text("mending.py:1")).to_be_hidden()
    expect(page.get_by_text("by admin")).to_be_visible()
    page.get_by_role("link", name="Look at").click()
    expect(found(page).filter(has_text="Mended")).to_be_visible()


@pytest.fixture
def look(product):
    """The address of a job that is on before and after the test."""
    yield product.job("plain.Look")
    product.enable("plain.Look", True)


def test_an_administrator_switches_a_job_off_and_on_without_a_mouse(visit, look):
    page, anns = visit("admin"), visit("ann")
    page.goto(look)
    switch = page.get_by_role("switch", name="Enabled")
    expect(switch).to_be_checked()
    reach(page, switch)
    page.keyboard.press("Space")
    expect(page.get_by_text("Look is switched off")).to_be_visible()
    expect(switch).not_to_be_checked()
    anns.goto(look)
    expect(anns.get_by_text("It cannot run")).to_be_visible()
    reach(page, switch)
    page.keyboard.press("Enter")
    expect(switch).to_be_checked()
    anns.reload()
    expect(anns.get_by_role("main").get_by_role("link", name="Run", exact=True)).to_be_visible()


def test_the_form_of_a_job_that_is_off_can_be_read_but_not_sent(visit, product, look):
    product.enable("plain.Look", False)
    runs = product.runs()
    page = visit("ann")
    page.goto(f"{look}/run")
    expect(page.get_by_text("It is switched off.")).to_be_visible()
    run = page.get_by_role("button", name="Run")
    expect(run).to_be_disabled()
    run.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    page.goto("/runs/")
    assert product.runs() == runs


def test_the_page_of_a_job_shows_its_newest_runs(visit, product):
    address = product.start("plain.Fail")
    page = visit("vic")
    page.goto(product.job("plain.Fail"))
    recent = page.get_by_role("region", name="Recent runs")
    expect(recent.get_by_role("link", name=f"#{address.rpartition('/')[2]}", exact=True)).to_be_visible()
    recent.get_by_role("link", name="All runs of this job").click()
    expect(page).to_have_url(re.compile(r"/jobs/[0-9a-f-]+/runs"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Fail")
