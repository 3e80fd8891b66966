"""Barriers that keep people out of a page, as axe finds them."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, ViewportSize

FIND = """async (options) => {
    scrollTo(0, 0);  // else what is sticky covers a part of something
    const {violations} = await axe.run({resultTypes: ["violations"], ...options});
    return violations.filter(({impact}) => impact === "serious" || impact === "critical")
        .flatMap(({id, nodes}) => nodes.map(({target, failureSummary}) => `${id} at ${target}: ${failureSummary}`));
}"""
NEVER_SERIOUS = (
    *("empty-table-header", "heading-order", "landmark-one-main", "landmark-unique", "page-has-heading-one", "region"),
)
"""Rules that take long, for something that is left out afterwards."""
OFF_BY_DEFAULT = ("target-size",)
"""Rules of WCAG 2.2, which this version of axe runs only if it is told to."""
ALL = {"rules": {rule: {"enabled": rule in OFF_BY_DEFAULT} for rule in NEVER_SERIOUS + OFF_BY_DEFAULT}}
OF_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}

Look = tuple[ViewportSize, Literal["light", "dark"]]
"""The size of the window, and the colours."""


def found_in(page: Page, looks: tuple[Look, ...]) -> list[str]:
    """The serious and critical ones in page, looked at in each of these ways; the window keeps the last one's size.

    In other colours at the same size nothing but the colours is another thing to look at.
    """
    page.evaluate(Axe().axe_script)
    found, seen = [], None
    for size, colours in looks:
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=colours, reduced_motion="reduce")
        told = page.evaluate(FIND, OF_COLOURS if size == seen else ALL)
        found += [f"{size['width']} {colours}: {words}" for words in told]
        seen = size
    return found
