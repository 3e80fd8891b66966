"""The tabs of the page of a run, for the tour: each once with something on it, the previews of files, and what a run
looks like that starts, has come some way, or says nothing for longer than usual."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.place import Place

REPORT = "showing.Report"


def _preview(name: str) -> Callable[[Page], None]:
    def look(page: Page) -> None:
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", name=name)).to_be_visible()

    return look


def _unfold(page: Page) -> None:
    page.locator(".tree details").evaluate_all("all => all.forEach((each) => { each.open = true; })")


def _see_it_start(page: Page) -> None:
    expect(page.get_by_text("Getting the code")).to_be_visible()


def _see_how_far_it_is(page: Page) -> None:
    expect(page.get_by_text("3 / 4")).to_be_visible()


def _wait_for_a_sign_of_life(page: Page) -> None:
    expect(page.get_by_text("slower than usual")).to_be_visible()
    expect(page.get_by_text("Last sign of life")).to_be_visible()


PLACES = {
    "run that starts": Place(run="loading.Heavy", holds="loading.hold", brief=True, then=_see_it_start),
    "run with progress": Place(run="on_screen.Stepper", brief=True, types="3", then=_see_how_far_it_is),
    "run that is slow and says nothing": Place(
        run="on_screen.Hush", brief=True, types="0", after=5, then=_wait_for_a_sign_of_life
    ),
    "items of a run": Place(run="itemised.Backup", tab="/items", ends="Failed"),
    "no items": Place(run="hello.Hello", tab="/items", ends="Succeeded", pictured=True),
    "files of a run": Place(run=REPORT, tab="/files", ends="Succeeded"),
    "table in a file": Place(run=REPORT, tab="/files", ends="Succeeded", then=_preview("devices.csv")),
    "picture in a file": Place(run=REPORT, tab="/files", ends="Succeeded", then=_preview("photo.png")),
    "text in a file": Place(run=REPORT, tab="/files", ends="Succeeded", then=_preview("long.txt")),
    "no preview": Place(run=REPORT, tab="/files", ends="Succeeded", then=_preview("dump.bin"), pictured=True),
    "result of a run": Place(run=REPORT, tab="/result", ends="Succeeded", then=_unfold),
    "inputs of a run": Place(run="tour.Tour", inputs={"password": "swordfish"}, tab="/inputs", ends="Succeeded"),
    "inputs that are secret": Place(run="plain.Secretive", inputs={"password": "x"}, tab="/inputs", ends="Succeeded"),
    "events of a run": Place(run="on_screen.LongWinded", tab="/events", ends="Failed"),
}
