"""What every page keeps to, in every state that it can be in: accessibility, and room on a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser import barriers, tour

ROLES = ("ann", "admin")
WAYS = dict.fromkeys((name, tour.visitor_of(name, role)) for name in tour.PLACES for role in ROLES)
OVERHANG = "document.documentElement.scrollWidth - innerWidth"
"""By how many pixels the page is wider than the window."""


@pytest.fixture(scope="module")
def places(product, tmp_path_factory):
    """The tour through this product."""
    script = tmp_path_factory.mktemp("tour") / "script"
    yield tour.Tour(product, script)
    script.write_text("end")
    product.enable("plain.Odd", True)


@pytest.mark.parametrize(("name", "who"), WAYS)
def test_nobody_is_kept_out_by_barriers_or_by_a_small_screen(visit, places, name, who):
    page: Page = visit(who)
    places.visit(name, page)
    assert barriers.found_in(page) == []
    assert page.evaluate(OVERHANG) <= 0


def test_a_barrier_would_be_found(visit):
    page: Page = visit()
    page.goto("/login/")
    page.locator("label").first.evaluate("label => label.remove()")
    assert any("label at #username" in words for words in barriers.found_in(page))
