"""Queues: paused and resumed without a mouse, and what people who wait see of it meanwhile."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_jobs import reach
from tests.browser.test_live_log import state


@pytest.fixture
def default_queue(visit):
    """The address of the queue `default`, which is not paused after the test."""
    admin = visit("admin")
    admin.goto("/queues/")
    admin.get_by_role("link", name="default", exact=True).click()
    expect(admin.get_by_role("heading", name="default")).to_be_visible()
    address = admin.url
    yield address
    admin.goto(address)
    if admin.get_by_role("button", name="Resume").count():
        admin.get_by_role("button", name="Resume").click()


def test_a_queue_is_paused_by_keyboard_the_run_says_why_and_runs_when_it_is_resumed(visit, product, default_queue):
    admin, ann = visit("admin"), visit("ann")
    admin.goto(default_queue)
    reach(admin, admin.get_by_role("link", name="Pause"))
    admin.keyboard.press("Enter")
    reach(admin, admin.get_by_label("Reason"))
    admin.keyboard.type("moving the rack")
    admin.keyboard.press("Enter")
    resume = admin.get_by_role("button", name="Resume")
    expect(resume).to_be_visible()
    ann.goto(product.form("plain.NoInputs"))
    expect(ann.get_by_text("by admin: moving the rack. A run waits until it is resumed.")).to_be_visible()
    ann.get_by_role("button", name="Run", exact=True).click()
    expect(ann.locator("#run-summary .outcome")).to_contain_text(
        re.compile(r"The queue default is paused since .* UTC by admin: moving the rack\.")
    )
    expect(state(ann)).to_have_text("Queued")
    number = ann.url.rpartition("/")[2]
    expect(admin.get_by_role("link", name=f"#{number}", exact=True)).to_be_visible()
    reach(admin, resume)
    admin.keyboard.press("Enter")
    expect(state(ann)).to_have_text("Succeeded")
    expect(admin.get_by_role("link", name="Pause")).to_be_visible()
    expect(admin.get_by_role("link", name=f"#{number}", exact=True)).to_have_count(0)


def test_a_pause_without_a_reason_is_asked_again_at_the_field(visit):
    admin = visit("admin")
    admin.goto("/queues/")
    admin.get_by_role("link", name="lab", exact=True).click()
    admin.get_by_role("link", name="Pause").click()
    expect(admin.get_by_label("Reason")).to_be_focused()
    admin.keyboard.press("Control+Enter")
    expect(admin.locator("#reason-errors")).to_have_text("This field is required.")
    admin.get_by_role("link", name="Cancel").click()
    expect(admin.get_by_role("link", name="Pause")).to_be_visible()


def test_the_numbers_change_by_themselves_and_the_focus_stays_where_it_is(visit, product):
    vic = visit("vic")
    vic.goto("/queues/")
    row = vic.locator("tr", has=vic.get_by_role("link", name="lab", exact=True)).locator("td").nth(2)
    before = int(row.inner_text())
    link = vic.get_by_role("link", name="lab", exact=True)
    link.focus()
    waits = product.start("plain.Elsewhere", queue="lab")
    expect(row).to_have_text(str(before + 1))
    expect(link).to_be_focused()
    expect(vic.get_by_text("on the queue lab. No live worker listens to it")).to_be_visible()
    ann = visit("ann")
    ann.goto(f"{waits}/cancellation")
    ann.get_by_role("button", name="Cancel this run").click()
    expect(row).to_have_text(str(before))
