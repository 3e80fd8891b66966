"""Barriers that keep people out of a page, as axe finds them."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

FIND = """() => axe.run({resultTypes: ["violations"]}).then(({violations}) => violations
    .filter(({impact}) => impact === "serious" || impact === "critical")
    .flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => `${id} at ${target}: ${failureSummary}`)))
"""

Look = tuple[ViewportSize, Literal["light", "dark"]]
"""The size of the window, and the colours."""


def found_in(page: Page, looks: tuple[Look, ...]) -> list[str]:
    """The serious and critical ones in page, looked at in each of these ways; the window keeps the last one's size."""
    page.evaluate(Axe().axe_script)
    found = []
    for size, colours in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        found += [f"{size['width']} {colours}: {words}" for words in page.evaluate(FIND)]
    return found
