"""Home, as it is on the screen of somebody who has it open while things happen."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.installation import wait_until


def look(page: Page) -> None:
    """Come back to the window, rather than wait until it asks by itself."""
    page.evaluate("{ document.dispatchEvent(new Event('visibilitychange')); }")


def test_what_starts_ends_and_fails_is_there_without_loading_the_page_again(visit, product, script):
    page = visit("admin", alone=True)
    page.goto("/")
    page.evaluate("window.kept = true")
    going_on, failing = (address.rpartition("/")[2] for address in (script.start(), product.start("plain.Raise")))
    running, failed = page.locator(f"#running-{going_on}"), page.locator(f"#failed-{failing}")
    expect(running).to_be_visible()
    wait_until(lambda: look(page) or failed.count())
    failed.focus()
    script.end()
    wait_until(lambda: look(page) or not running.count())
    expect(failed).to_be_focused()  # although all of it was swapped
    assert page.evaluate("window.kept")


def test_failures_are_marked_as_seen_by_a_key_and_shown_again(visit, product):
    page = visit("admin", alone=True)
    page.goto(product.start("plain.Raise"))
    expect(page.locator("#run-summary .state")).to_have_text("Errored")
    failed = page.locator(f"#failed-{page.url.rpartition('/')[2]}")
    page.goto("/")
    expect(failed).to_be_visible()
    page.reload()
    expect(failed).to_be_visible()
    page.keyboard.press("s")
    expect(page.get_by_text("Nothing has failed since you marked the failures as seen")).to_be_visible()
    page.get_by_role("button", name="Show it again").press("Enter")
    expect(failed).to_be_visible()


def test_everything_but_news_works_without_a_script(visit, product):
    page = visit("ann", java_script_enabled=False)
    page.goto(product.start("plain.Raise"))
    page.get_by_role("link", name="Home").first.click()
    page.get_by_role("button", name="Mark as seen").click()
    expect(page.get_by_role("button", name="Show it again")).to_be_visible()
