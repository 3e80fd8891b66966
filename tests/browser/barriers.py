"""Barriers that keep people out of a page, as axe finds them."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

from tests.browser.visitors import NARROW, WIDE

LOOKS: tuple[tuple[ViewportSize, Literal["light", "dark"], bool], ...] = (
    (WIDE, "light", True),
    (WIDE, "dark", False),
    (NARROW, "light", False),
    (NARROW, "dark", True),
)
"""Windows and colours, and whether everything is looked at there; else contrast alone, which depends on both."""
FIND = """(everything) => axe
    .run({resultTypes: ["violations"], ...(everything ? {} : {runOnly: ["color-contrast"]})})
    .then(({violations}) => violations
        .filter(({impact}) => impact === "serious" || impact === "critical")
        .flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => `${id} at ${target}: ${failureSummary}`)))
"""


def found_in(page: Page) -> list[str]:
    """The serious and critical ones in page, wide and narrow, light and dark; the window is a narrow one afterwards."""
    page.evaluate(Axe().axe_script)
    found = []
    for size, colours, everything in LOOKS:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        found += [f"{size['width']} {colours}: {words}" for words in page.evaluate(FIND, everything)]
    return found
