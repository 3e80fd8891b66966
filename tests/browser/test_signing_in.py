"""Coming in, what each role finds, and going out."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect


def run_button(page: Page):
    return page.get_by_role("main").get_by_role("link", name="Run", exact=True)


def enable_switch(page: Page):
    return page.get_by_role("switch", name="Enabled")


@pytest.mark.parametrize(
    ("name", "runs", "switches"),
    [("admin", True, True), ("ann", True, False), ("bob", False, False), ("vic", False, False)],
)
def test_each_role_signs_in_and_finds_what_it_may_do(visit, product, name, runs, switches):
    page = visit(name, anew=True)
    expect(page).to_have_title("Home · Jobdeck")
    expect(page.get_by_role("navigation", name="Main", exact=True).get_by_role("link")).to_have_text(
        ["Jobdeck", "Home", "Inventory", "Jobs", "Runs", "Changes", "Queues", "Workers"]
    )
    page.goto("/jobs/")
    expect(page.get_by_role("link", name="Run Hello")).to_have_count(1 if runs else 0)
    page.goto(product.job("hello.Hello"))
    expect(run_button(page)).to_have_count(1 if runs else 0)
    expect(page.get_by_text("You may look at this job, but not run it")).to_have_count(0 if runs else 1)
    expect(enable_switch(page)).to_have_count(1 if switches else 0)
    assert page.goto(product.form("hello.Hello")).status == (200 if runs else 403)
    address = product.start("hello.Hello")  # the first run may have moved to the second page by now
    page.goto("/runs/")
    expect(page.get_by_role("link", name=f"#{address.rpartition('/')[2]}", exact=True)).to_be_visible()


def test_only_who_can_mend_a_job_file_is_told_that_it_does_not_load(visit):
    page = visit("admin")
    page.goto("/jobs/")
    trouble = page.get_by_role("region", name="1 job file does not load")
    expect(trouble).to_contain_text("broken.py:4")
    page = visit("ann")
    page.goto("/jobs/")
    expect(page.get_by_text("does not load")).to_have_count(0)


def test_a_wrong_password_says_so_and_keeps_the_name(visit, product):
    page = visit()
    page.goto("/login/")
    page.get_by_label("User name").fill("ann")
    page.get_by_label("Password").fill("not it")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("password")
    expect(page.get_by_label("User name")).to_have_value("ann")
    expect(page.get_by_label("Password")).to_have_value("")
    expect(page.get_by_label("Password")).to_be_focused()
    visit.sign_in(page, "ann")
    expect(page).to_have_title("Home · Jobdeck")


def test_who_follows_a_link_signs_in_and_arrives_there(visit):
    page = visit()
    page.goto("/runs/?state=succeeded")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    visit.sign_in(page, "vic")
    expect(page).to_have_url("/runs/?state=succeeded")


def test_after_signing_out_nothing_is_shown_any_more_not_even_by_the_back_button(visit):
    page = visit("ann", anew=True)
    page.goto("/account/")
    expect(page.get_by_text("this browser")).to_be_visible()
    page.locator("summary", has_text="ann").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You have signed out.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.goto("/jobs/")
    expect(page).to_have_url("/login/?next=/jobs/")


def test_colours_follow_the_system_until_one_chooses_and_stay_chosen(visit):
    page = visit("ann", color_scheme="dark")
    page.goto("/jobs/")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.locator("summary", has_text="ann").click()
    page.get_by_role("button", name="Dark").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.goto("/runs/")
    expect(root).to_have_attribute("data-bs-theme", "dark")
    page.locator("summary", has_text="ann").click()
    page.get_by_role("button", name="Auto").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
