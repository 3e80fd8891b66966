"""Pictures of every page: `python -m tests.browser.screenshots FOLDER [DATA_DIR]`.

They are taken of a product that is started for it; or of the demonstration that runs with DATA_DIR, in which case there
are only the pages of the example jobs.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize, expect

from tests import chromium
from tests.browser import tour, visitors
from tests.browser.installation import Installation, installed
from tests.browser.inventory_places import DRY, PREPARE
from tests.browser.visitors import NARROW, WIDE, Visitors
from tests.conftest import private_folder

Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
WIDTHS = (WIDE, NARROW)
LONGEST = 12_000
"""How many pixels of a page are pictured; of a longer one, what is to be seen at first."""


def main(folder: Path, data_dir: Path | None) -> None:
    """Take all pictures that this installation allows."""
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        product = stack.enter_context(_present(data_dir) if data_dir else _private())
        path = chromium.find()
        if path is None:
            raise SystemExit(chromium.NONE)
        visit = Visitors(stack.enter_context(visitors.browser(path)), product)
        take_best(visit, folder)
        if data_dir is None:
            take_all(visit, folder, stack.enter_context(private_folder("script")) / "script")
        print("\n".join(visit.leave()))


def take_best(visit: Visitors, folder: Path) -> None:
    """Those for the README: a form, a run while it goes on, the log of one that failed, what a dry run would change."""
    page = visit("ann")
    page.goto(visit.installation.form("hello.Hello"))
    page.screenshot(path=folder / "form.png")
    page.goto(visit.installation.start("report.SlowReport", seconds=10))
    expect(page.get_by_text("Faro has")).to_be_visible(timeout=30_000)
    page.screenshot(path=folder / "run.png")
    _ended(page, visit.installation.start("checks.SwitchesWithoutConsole"), "Failed")
    expect(page.locator(".line__fold").first).to_be_visible()
    page.screenshot(path=folder / "log.png")
    _ended(page, f"{visit.installation.start(PREPARE, **DRY)}/changes/", "Succeeded")
    expect(page.locator(".run-change").first).to_be_visible()
    page.screenshot(path=folder / "preview.png")


def _ended(page: Page, address: str, how: str) -> None:
    """Open a page of a run once it has ended like that, at its top."""
    page.goto(address)
    expect(page.locator("#run-summary .state")).to_have_text(how, timeout=60_000)
    page.goto(address)


def take_all(visit: Visitors, folder: Path, script: Path) -> None:
    """Every page, wide and narrow, light and dark."""
    pages = tour.Tour(visit.installation, script)
    for name in tour.PLACES:
        page = visit(tour.visitor_of(name, "admin"))
        pages.visit(name, page)
        for width in WIDTHS:
            for theme in THEMES:
                _take(page, folder / f"{name.replace(' ', '-')}-{width['width']}-{theme}.png", width, theme)
        visit.leave()
    pages.leave()
    script.write_text("end")


def _take(page: Page, path: Path, width: ViewportSize, theme: Theme) -> None:
    page.set_viewport_size(width)
    page.emulate_media(color_scheme=theme)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.screenshot(path=path, full_page=height <= LONGEST)


@contextmanager
def _private() -> Iterator[Installation]:
    with private_folder("screenshots") as folder, installed(folder) as product:
        yield product


@contextmanager
def _present(data_dir: Path) -> Iterator[Installation]:
    signs = json.loads((data_dir / "demo.json").read_text())
    yield Installation(signs["url"], signs["users"], pid=0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
