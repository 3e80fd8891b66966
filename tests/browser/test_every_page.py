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
LOW = """[...document.querySelectorAll(".crumbs a, a.line__object")]
    .filter((link) => [...link.getClientRects()].some(({height}) => height < 24)).map((link) => link.textContent)"""
"""Links within a line, which axe leaves alone: those that are hard to hit."""
CROWD = """button => {
    const crowd = document.createElement("div");
    crowd.append(...["One", "Two"].map((word) => {
        const small = document.createElement("button");
        small.className = "crowded-" + word;
        small.textContent = word;
        small.style.cssText = "display: block; height: 14px; padding: 0; font-size: 10px";
        return small;
    }));
    button.after(crowd);
}"""
"""Puts two buttons below another one, so small that fingers cannot tell them apart."""
ALIKE = """form => {
    const words = ["covered", "uncovered"].map((word) => {
        const paragraph = document.createElement("p");
        paragraph.className = word;
        paragraph.textContent = "These words look alike";
        paragraph.style.cssText = "position: relative; color: #888; background: #777";
        return paragraph;
    });
    const cover = document.createElement("div");
    cover.style.cssText = "position: absolute; inset: 0; background: #fff; z-index: 1";
    words[0].append(cover);
    form.after(...words);
}"""
"""Puts two pale texts below a form, of which the first is covered."""
FAINT_AT_NIGHT = """form => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("[data-bs-theme=dark] .faint { color: #333; background: #222; }");
    document.adoptedStyleSheets = [sheet];
    const words = document.createElement("p");
    words.className = "faint";
    words.textContent = "These words are faint at night";
    form.after(words);
}"""
"""Puts a text below a form that only dark colours make hard to read."""


@pytest.fixture(scope="module")
def places(product, tmp_path_factory):
    """The tour through this product."""
    script = tmp_path_factory.mktemp("tour") / "script"
    going = tour.Tour(product, script)
    yield going
    going.leave()
    script.write_text("end")
    product.enable("plain.Odd", True)


@pytest.mark.parametrize(("name", "role"), VISITS)
def test_nobody_is_kept_out_by_barriers_or_by_a_small_screen(visit, places, name, role):
    page: Page = visit(tour.visitor_of(name, role))
    places.visit(name, page)
    assert barriers.found_in(page, LOOKS) == []
    assert page.evaluate(OVERHANG) <= 0
    assert page.evaluate(LOW) == []


def test_a_barrier_would_be_found(visit):
    page: Page = visit()
    page.goto("/login/")
    page.locator("label").first.evaluate("label => label.remove()")
    page.locator("label").first.evaluate(
        "label => { label.style.color = '#888'; label.style.backgroundColor = '#777'; }"
    )
    page.get_by_role("button", name="Sign in").evaluate(CROWD)
    found = barriers.found_in(page, LOOKS)
    for size, colours in LOOKS:
        assert any(words.startswith(f"{size['width']} {colours}: color-contrast") for words in found), (size, colours)
    assert sum("label at #username" in words for words in found) == 2
    assert sum("target-size at .crowded" in words for words in found) == 4


def test_a_barrier_would_be_found_behind_a_text_that_looks_the_same_and_in_dark_colours_alone(visit):
    page: Page = visit()
    page.goto("/login/")
    page.locator("main form").evaluate(ALIKE)
    page.locator("main form").evaluate(FAINT_AT_NIGHT)
    found = [words.partition(":")[:3:2] for words in barriers.found_in(page, LOOKS)]
    where = {
        name: [look for look, words in found if f"color-contrast at .{name}" in words]
        for name in ("uncovered", "faint")
    }
    assert where["uncovered"] == [f"{size['width']} {colours}" for size, colours in LOOKS]
    assert where["faint"] == ["1440 dark", "390 dark"]
