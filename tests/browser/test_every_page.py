"""What every page keeps to, in every state that it can be in: accessibility, and room on a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser import barriers, tour
from tests.browser.visitors import NARROW, WIDE

# An administrator's pages hold all that an operator's do, so between the two all is seen in every way.
LOOKS: dict[str, tuple[barriers.Look, ...]] = {
    "ann": ((WIDE, "dark"), (NARROW, "light")),
    "admin": ((WIDE, "light"), (NARROW, "dark")),
}
OVERHANG = "document.documentElement.scrollWidth - innerWidth"
"""By how many pixels the page is wider than the window."""


@pytest.fixture(scope="module")
def places(product, tmp_path_factory):
    """The tour through this product."""
    script = tmp_path_factory.mktemp("tour") / "script"
    yield tour.Tour(product, script)
    script.write_text("end")
    product.enable("plain.Odd", True)


@pytest.mark.parametrize("role", LOOKS)
@pytest.mark.parametrize("name", tour.PLACES)
def test_nobody_is_kept_out_by_barriers_or_by_a_small_screen(visit, places, name, role):
    page: Page = visit(tour.visitor_of(name, role))
    places.visit(name, page)
    assert barriers.found_in(page, LOOKS[role]) == []
    assert page.evaluate(OVERHANG) <= 0


def test_a_barrier_would_be_found(visit):
    page: Page = visit()
    page.goto("/login/")
    page.locator("label").first.evaluate("label => label.remove()")
    assert any("label at #username" in words for words in barriers.found_in(page, LOOKS["ann"]))
