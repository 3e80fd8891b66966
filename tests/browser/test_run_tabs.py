"""The tabs of the page of a run, by keyboard; what its browser tab says of it; and files that must not do anything."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.installation import wait_until
from tests.browser.test_jobs import reach
from tests.browser.test_live_log import state

LABELS = ("Log", "Items", "Changes", "Files", "Result", "Inputs", "Events")


def has_icon(page: Page, name: str) -> None:
    """The browser tab shows it."""
    expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile(name))


def test_the_digits_lead_to_the_tabs_and_so_does_the_tabulator(visit, product):
    page = visit("ann")
    address = product.ended("showing.Report")
    page.goto(address)
    expect(state(page)).to_have_text("Succeeded")
    for digit, label in enumerate(LABELS, start=1):
        page.keyboard.press(str(digit))
        expect(page.locator(".tabs--run [aria-current=page]")).to_contain_text(label)
        page.wait_for_load_state()  # single keys are there with the scripts, the tabs before them
        expect(state(page)).to_have_text("Succeeded")
    reach(page, page.locator("#tab-files"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}/files")
    reach(page, page.get_by_role("link", name="config.json", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator("#preview-text")).to_contain_text('"site": "AMS"')
    expect(page.locator("#tab-files")).to_have_attribute("aria-current", "page")


def test_the_browser_tab_says_how_the_run_goes_on_every_tab(visit, script):
    page = visit("ann")
    page.goto(script.start() + "/inputs")
    expect(state(page)).to_have_text("Running")
    expect(page).to_have_title(re.compile(r"^Running · #\d+ Typewriter"))
    has_icon(page, "favicon-busy")
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    expect(page).to_have_title(re.compile(r"^Succeeded · #\d+ Typewriter"))
    expect(page.locator("#announcement")).to_have_text(re.compile(r"Run #\d+: Succeeded"))
    has_icon(page, "favicon-good")


def test_nothing_that_a_file_holds_runs(visit, product):
    page = visit("ann")
    address = product.ended("showing.Report")
    for name in ("devices.csv", "config.json", "notes.md", "drawing.svg", "page.html"):
        page.goto(f"{address}/files")
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.locator(".preview")).to_contain_text("<script>document.title = 'taken over'</script>")
        expect(page).not_to_have_title("taken over")
    page.goto(f"{address}/files")
    page.get_by_role("link", name="photo.png", exact=True).click()
    expect(page.locator(".preview img")).to_have_js_property("naturalWidth", 120)


def test_the_browser_tab_of_a_preview_begins_with_the_name_of_the_file(visit, product):
    page = visit("ann")
    address = product.ended("showing.Report")
    page.goto(f"{address}/files")
    page.get_by_role("link", name="config.json", exact=True).click()
    expect(page).to_have_title(re.compile(r"^config\.json · Succeeded · #\d+ Report · Jobdeck$"))
    plain = visit("ann", java_script_enabled=False)
    plain.goto(page.url)
    expect(plain).to_have_title(page.title())


def test_whoever_asked_is_notified_of_the_end_even_on_another_tab(visit, script):
    page = visit("ann", alone=True, permissions=["notifications"])
    page.add_init_script(
        "window.Notification = class { static permission = 'granted';"
        " static requestPermission = async () => 'granted';"
        " constructor(title) { (window.said ??= []).push(title); } };"
    )
    address = script.start()
    page.goto(address)
    button = page.get_by_role("button", name="Notify me when it ends")
    reach(page, button)
    page.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-pressed", "true")
    page.goto(f"{address}/events")
    expect(button).to_have_attribute("aria-pressed", "true")
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    wait_until(lambda: page.evaluate("window.said?.length === 1"))
    assert re.fullmatch(r"Succeeded · #\d+ Typewriter", page.evaluate("said[0]"))
    expect(button).to_be_hidden()


def test_a_result_is_copied_as_json_and_unfolds_without_a_script(visit, product):
    page = visit("ann", alone=True, permissions=["clipboard-read", "clipboard-write"])
    address = product.ended("showing.Report")
    page.goto(address)
    expect(state(page)).to_have_text("Succeeded")
    page.keyboard.press("5")
    page.get_by_role("button", name="Copy as JSON").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText().then((text) => JSON.parse(text).checked)") == 300
    plain = visit("ann", java_script_enabled=False)
    plain.goto(f"{address}/result")
    expect(plain.locator(".tree")).to_contain_text("speed: 1000")
    plain.locator(".tree__branch summary").first.click()
    expect(plain.get_by_text("speed:").first).to_be_hidden()


def test_the_summary_on_another_tab_finds_the_server_again(visit, script):
    page = visit("ann", alone=True)
    page.goto(script.start() + "/events")
    expect(state(page)).to_have_text("Running")
    page.context.set_offline(True)
    expect(page.get_by_text("The server does not answer.")).to_be_visible()
    page.context.set_offline(False)
    script.end()
    expect(state(page)).to_have_text("Succeeded")
    expect(page.locator("#run-events tbody tr")).to_have_count(4)
    expect(page.get_by_text("The server does not answer.")).to_have_count(0)
    visit.forgive("ERR_", "sendError", "afterRequest")


def test_changes_are_on_their_tab_while_the_run_goes_on(visit, product, tmp_path):
    flag = tmp_path / "flag"
    device = product.object("dcim/devices", name="par01-tor-03").strip("/").rpartition("/")[2]
    given = {"device": device, "inside": False, "dryrun": False}
    page = visit("ann")
    page.goto(product.start("changing.Waiting", flag=str(flag), **given) + "/changes/")
    expect(page.locator("#tab-changes")).to_have_text("Changes 1")
    expect(page.locator("#changes")).to_contain_text("par01-tor-03")
    expect(state(page)).to_have_text("Running")
    flag.touch()
    expect(state(page)).to_have_text("Succeeded")
