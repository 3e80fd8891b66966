"""A log of 100,000 lines in a browser: first byte, any place of it, a search; and one that streams for a minute."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from bench import runs
from bench.budgets import Figure, Figures
from bench.pages import log_of
from bench.product import NotMeasured, Product
from bench.samples import median, ms, p95
from bench.visible import sign_in
from tests import chromium
from tests.browser.visitors import browser
from webapp.db import db, transaction
from webapp.runs.log.models import LogGroup, LogLine
from webapp.runs.models import Run

LINES, IN_A_GROUP = 100_000, 10
TIMES = 11
PLACES = (0.5, 0.9, 0.1, 0.73, 0.31, 0.97, 0.02, 0.62, 0.44, 0.83, 0.19)
"""Of the height of the page: where the reader goes, one after the other, always far from where he was."""
STREAM_SECONDS, STREAM_RATE = 60, 1_000
SEARCHES = ("interface ge-0/0/7 ", "rack 249", "nothing says this")
SCROLL = """(place) => new Promise((done) => {
    const start = performance.now();
    scrollTo(0, place * document.documentElement.scrollHeight);
    const look = () => {
        const there = document.elementsFromPoint(innerWidth / 2, innerHeight / 2);
        if (there.some((element) => element.matches(".line"))) done(performance.now() - start);
        else if (performance.now() - start > 10000) done(10000);
        else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
})"""


def measure(product: Product) -> Figures:
    """One reader; the log of the finished run is written past the supervisor, the other one by a job."""
    path = chromium.find()
    if path is None:
        raise NotMeasured(chromium.NONE)
    with product.app.app_context():
        number, grouped = log_of(LINES), log_of(LINES)
        _group(grouped)
    yield from _server(product, number, grouped)
    with _page(product, path) as page:
        page.goto(f"/runs/{number}")
        page.locator(".line").first.wait_for()
        took = [float(page.evaluate(SCROLL, place)) for place in PLACES]
    yield Figure("long_log.scroll", median(took), f"p95 {p95(took):.0f} ms")
    with _page(product, path) as page:
        yield _streaming(product, page)


def _group(number: int) -> None:
    """Put the lines of a run into groups that went well, of IN_A_GROUP lines each with its heading."""
    heading = (LogLine.seq - 1) // IN_A_GROUP * IN_A_GROUP + 1
    below = sa.and_(LogLine.run_number == number, LogLine.seq != heading)
    common = {"run_number": number, "attempt": 1, "is_item": False, "started_us": 1, "ended_us": 2}
    common |= {"title": "Device", "line_count": IN_A_GROUP - 1}
    headings = range(1, LINES, IN_A_GROUP)
    rows = [{**common, "seq": seq, "path": f"{seq}/", "end_seq": seq + IN_A_GROUP - 1} for seq in headings]
    with transaction() as session:
        session.execute(sa.update(LogLine).where(below).values(path=sa.cast(heading, sa.Text) + "/"))
        session.execute(sa.insert(LogGroup), rows)
        session.execute(sa.update(Run).where(Run.number == number).values(group_count=len(rows)))
    db.session.remove()


def _server(product: Product, number: int, grouped: int) -> Figures:
    client = product.browser()
    client.page(f"/runs/{number}")
    first = [client.ask("GET", f"/runs/{number}").seconds for _ in range(TIMES)]
    yield Figure("long_log.page", ms(median(first)))
    folded = [client.ask("GET", f"/runs/{grouped}").seconds for _ in range(TIMES)]
    yield Figure("long_log.groups", ms(median(folded)), f"{LINES // IN_A_GROUP:,} groups, all folded")
    found = [client.ask("GET", f"/runs/{number}?q={text.replace(' ', '+')}").seconds for text in SEARCHES * 3]
    yield Figure("long_log.search", ms(max(found)), "the slowest of them, as the page is answered")


def _streaming(product: Product, page: Page) -> Figure:
    """The memory of the tab's process, at the most, while a run streams into it."""
    number = runs.number_of(runs.post(product.script(), "Stream", seconds=STREAM_SECONDS, rate=STREAM_RATE))
    page.goto(f"/runs/{number}")
    window = page.context.browser
    if window is None:
        raise NotMeasured("the page belongs to no browser")
    most = 0.0
    while page.locator(".log__ask").count():
        most = max(most, _tab(window))
        page.wait_for_timeout(1000)
    runs.await_end(product, number)
    last = page.locator(".line").last.inner_text()
    shown = page.locator(".line").count()
    return Figure("long_log.tab", most, f"{shown:,} lines held, the last one is {last.split()[0]}")


def _tab(window: Browser) -> float:
    """Megabytes of the largest process that draws pages."""
    session = window.new_browser_cdp_session()
    told = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return max(_memory(int(one["id"])) for one in told if one["type"] == "renderer")


def _memory(pid: int) -> float:
    """Megabytes of a process, what it shares by its share; 0 of one that has just ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(text.split()[1]) for text in lines if text.startswith("Pss:")) / 1000


@contextmanager
def _page(product: Product, path: str) -> Iterator[Page]:
    with browser(path) as window:
        page = window.new_page(base_url=product.url)
        sign_in(page, product)
        yield page
