"""How soon a line that a job logs stands in the page of its run, in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page

from bench import runs
from bench.budgets import Figure, Figures
from bench.product import USER, NotMeasured, Product
from bench.samples import median, ms, p95
from tests import chromium
from tests.browser.visitors import browser

SECONDS = 20
LEAST_LINES = 20
OBSERVE = r"""() => {
    window.delays = [];
    const noted = (list) => requestAnimationFrame(() => {
        const now = Date.now();
        for (const text of list) {
            const logged = /\d{10}\.\d+/.exec(text);
            if (logged) window.delays.push(now / 1000 - Number(logged[0]));
        }
    });
    const seen = new Set();
    const within = (node) => (node.matches?.(".line") ? [node] : [...(node.querySelectorAll?.(".line") ?? [])]);
    const fresh = (line) => !seen.has(line.id) && seen.add(line.id);
    const added = (records) => records.flatMap((record) => [...record.addedNodes]).flatMap(within).filter(fresh);
    new MutationObserver((records) => noted(added(records).map((line) => line.textContent))).observe(
        document.querySelector("#log"), { childList: true, subtree: true });
}"""
"""Job and browser read the same clock. A line is visible with the first frame after it is in the document."""


def measure(product: Product) -> Figures:
    """The job writes the time of each call; the page subtracts it from the time of the frame."""
    path = chromium.find()
    if path is None:
        raise NotMeasured(chromium.NONE)
    number = runs.number_of(runs.post(product.script(), "Clock", seconds=SECONDS))
    with browser(path) as window:
        page = window.new_page(base_url=product.url)
        sign_in(page, product)
        page.goto(f"/runs/{number}")
        page.evaluate(OBSERVE)
        page.get_by_text("Succeeded").first.wait_for(timeout=2000 * SECONDS)
        delays: list[float] = page.evaluate("window.delays")
    if len(delays) < LEAST_LINES:
        raise NotMeasured(f"only {len(delays)} lines were seen")
    yield Figure("visible.median", ms(median(delays)), f"{len(delays)} lines")
    yield Figure("visible.p95", ms(p95(delays)))


def sign_in(page: Page, product: Product) -> None:
    """Sign in as whoever measures."""
    page.goto("/login/")
    page.get_by_label("User name").fill(USER)
    page.get_by_label("Password").fill(product.sign("password"))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/login/" not in url)
