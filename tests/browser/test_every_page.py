"""What every page keeps to, in every state that looks different: accessibility, and room on a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser import barriers, tour
from tests.browser.visitors import NARROW, WIDE

LOOKS: tuple[barriers.Look, ...] = ((WIDE, "light"), (WIDE, "dark"), (NARROW, "dark"), (NARROW, "light"))
# An administrator's pages hold all that an operator's do, but for these: of one's own earlier runs, of what one lacks.
# They come last, when Ann has runs.
VISITS = [
    *((name, "admin") for name, place in tour.PLACES.items() if not place.pictured),
    *((name, "ann") for name in ("access to a job", "form", "form with errors")),
]
OVERHANG = "document.documentElement.scrollWidth - innerWidth"
"""By how many pixels the page is wider than the window."""


@pytest.fixture(scope="module")
def places(product, tmp_path_factory):
    """The tour through this product."""
    script = tmp_path_factory.mktemp("tour") / "script"
    yield tour.Tour(product, script)
    script.write_text("end")
    product.enable("plain.Odd", True)


@pytest.mark.parametrize(("name", "role"), VISITS)
def test_nobody_is_kept_out_by_barriers_or_by_a_small_screen(visit, places, name, role):
    page: Page = visit(tour.visitor_of(name, role))
    places.visit(name, page)
    assert barriers.found_in(page, LOOKS) == []
    assert page.evaluate(OVERHANG) <= 0


def test_a_barrier_would_be_found(visit):
    page: Page = visit()
    page.goto("/login/")
    page.locator("label").first.evaluate("label => label.remove()")
    page.locator("label").first.evaluate(
        "label => { label.style.color = '#888'; label.style.backgroundColor = '#777'; }"
    )
    found = barriers.found_in(page, LOOKS)
    for size, colours in LOOKS:
        assert any(words.startswith(f"{size['width']} {colours}: color-contrast") for words in found), (size, colours)
    assert sum("label at #username" in words for words in found) == 2
