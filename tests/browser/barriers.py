"""Barriers that keep people out of a page, as axe finds them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize, expect

SCRIPT = f"{Axe().axe_script}\n{Path(__file__).with_suffix('.js').read_text()}\nundefined"
"""axe, and what asks it; undefined in the end, for a function would be called at once."""

Look = tuple[ViewportSize, Literal["light", "dark"]]
"""The size of the window, and the colours."""


def found_in(page: Page, looks: tuple[Look, ...]) -> list[str]:
    """The serious and critical ones in page, looked at in each of these ways; the window keeps the last one's size.

    In other colours at the same size nothing but the colours is another thing to look at.
    """
    page.evaluate(SCRIPT)
    found, seen = [], None
    for size, colours in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        # A script of the page brings the colours a moment later.
        expect(page.locator("html")).to_have_css("color-scheme", colours)
        told = page.evaluate("(all) => barriersOf(all)", size != seen)
        found += [f"{size['width']} {colours}: {words}" for words in told]
        seen = size
    return found
