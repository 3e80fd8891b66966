"""Deciding about jobs instead of their classes, on the edit pages; and deleting a job."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_jobs import reach

ROWS = ".decision"


@pytest.fixture
def subject(product):
    """The address of a job that is as its class says before and after the test."""
    address = product.job("plain.Fail")
    yield address
    path = f"extras/jobs/{address.rpartition('/')[2]}/"
    names = ("grouping", "name", "description", "hidden", "soft_time_limit", "time_limit", "is_singleton")
    product.api("admin", "PATCH", path, {f"{name}_override": False for name in names})


def line(page: Page, label: str):
    return page.locator(ROWS).filter(has=page.locator(".field__label").get_by_text(label, exact=True))


def switch(page: Page, label: str):
    return line(page, label).get_by_role("switch")


def test_an_override_is_made_and_given_back_by_mouse(visit, subject):
    page = visit("admin")
    page.goto(subject)
    page.get_by_role("link", name="Edit", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Fall down")
    expect(switch(page, "Name")).to_be_checked()
    expect(page.locator("#announcement")).to_have_text("Name is overridden")
    page.get_by_label("Hidden", exact=True).select_option("Yes")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fall down")
    expect(page.get_by_text("Fall down is saved. Name: “Fall down”; Hidden: Yes.")).to_be_visible()
    page.goto(f"{subject}/edit")
    expect(line(page, "Name")).to_contain_text("The class says: “Fail”")
    switch(page, "Name").uncheck()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Fail")
    expect(page.get_by_label("Hidden", exact=True)).to_have_value("true")
    switch(page, "Hidden").uncheck()
    expect(page.get_by_label("Hidden", exact=True)).to_have_value("false")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fail")


def test_an_override_is_made_and_given_back_by_keyboard(visit, subject):
    page = visit("admin")
    page.goto(f"{subject}/edit")
    reach(page, switch(page, "Grouping"))
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("Falling")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Grouping: “Falling”")).to_be_visible()
    page.goto(f"{subject}/edit")
    reach(page, switch(page, "Grouping"))
    page.keyboard.press("Space")
    expect(page.get_by_label("Grouping", exact=True)).not_to_have_value("Falling")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("as its class says")).to_be_visible()


def test_queues_come_back_as_the_class_says_them(visit, product):
    page = visit("admin")
    page.goto(f"{product.job('plain.Elsewhere')}/edit")
    page.get_by_role("checkbox", name="lab", exact=True).uncheck()
    expect(switch(page, "Queues")).to_be_checked()
    switch(page, "Queues").uncheck()
    expect(page.get_by_role("checkbox", name="lab", exact=True)).to_be_checked()


def test_wrong_values_are_told_at_their_fields_and_nothing_typed_is_lost(visit, subject):
    page = visit("admin")
    page.goto(f"{subject}/edit")
    page.get_by_label("Hard time limit", exact=True).fill("soon")
    page.get_by_label("Grouping", exact=True).fill("Echo")
    page.get_by_label("Name", exact=True).fill("")
    page.get_by_role("button", name="Save").click()
    summary = page.get_by_role("alert")
    expect(summary).to_contain_text("2 things are not right yet")
    expect(summary).to_be_focused()
    expect(page.get_by_label("Grouping", exact=True)).to_have_value("Echo")
    expect(page.get_by_label("Hard time limit", exact=True)).to_have_attribute("aria-invalid", "true")
    summary.get_by_role("link", name="Hard time limit").click()
    expect(page.get_by_label("Hard time limit", exact=True)).to_be_focused()


def test_whoever_leaves_a_changed_form_is_asked_first(visit, subject):
    page = visit("admin")
    page.goto(f"{subject}/edit")
    page.get_by_label("Name", exact=True).fill("Fall down")
    asked = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_role("link", name="Cancel").click()
    expect(page).to_have_url(re.compile(f"{subject}$"))
    assert asked == ["beforeunload"]


def test_without_a_script_a_value_without_its_switch_is_refused_and_with_it_counts(visit, subject):
    page = visit("admin", java_script_enabled=False)
    page.goto(f"{subject}/edit")
    page.get_by_label("Name", exact=True).fill("Fall down")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#name-errors")).to_contain_text("Tick Override as well")
    switch(page, "Name").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Fall down")


def test_two_administrators_at_once_hear_of_each_other(visit, subject):
    first, second = visit("admin"), visit("admin", alone=True)
    first.goto(f"{subject}/edit")
    second.goto(f"{subject}/edit")
    second.get_by_label("Name", exact=True).fill("Stumble")
    second.get_by_role("button", name="Save").click()
    expect(second.get_by_role("heading", level=1)).to_have_text("Stumble")
    first.get_by_label("Name", exact=True).fill("Fall down")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_role("alert")).to_contain_text("admin has changed this job since you opened the form: Name")
    expect(first.locator("#name-errors")).to_contain_text("Stumble")
    expect(first.get_by_label("Name", exact=True)).to_have_value("Fall down")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_role("heading", level=1)).to_have_text("Fall down")


def test_several_jobs_are_overridden_and_given_back_at_once(visit, product, subject):
    page, ids = visit("admin"), [subject.rpartition("/")[2], product.job("plain.Raise").rpartition("/")[2]]
    address = f"/jobs/edit?id={ids[0]}&id={ids[1]}"
    page.goto(address)
    page.get_by_label("Soft time limit", exact=True).fill("42")
    expect(page.get_by_label("Soft time limit: what to do")).to_have_value("override")
    page.get_by_role("button", name="Change 2 jobs").click()
    expect(page.get_by_text("2 jobs are changed. Soft time limit: 42 s.")).to_be_visible()
    page.goto(address)
    expect(line(page, "Soft time limit")).to_contain_text("42 s (overridden)")
    page.get_by_label("Soft time limit: what to do").select_option("Back to the class")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Soft time limit: as the class says")).to_be_visible()


def test_deleting_asks_first_and_says_what_happens(visit, product):
    page = visit("admin")
    page.goto(product.job("plain.Odd"))
    page.get_by_role("link", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Delete .*\\?"))
    expect(page.get_by_text("Its code is still there")).to_be_visible()
    page.get_by_role("link", name="Keep it").click()
    expect(page).to_have_url(re.compile(f"{product.job('plain.Odd')}$"))
