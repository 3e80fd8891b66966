"""A tour of every page in every state that it can be in: for axe, for phones, for screenshots."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.installation import Installation, wait_until

ENDED = {
    "run that succeeded": "plain.Talk",
    "run that failed": "on_screen.LongWinded",
    "run with an error": "plain.Raise",
    "run that timed out": "plain.Sleep",
    "run that left": "plain.Leave",
    "run with a secret": "plain.Secretive",
}
INPUTS: dict[str, dict[str, object]] = {"plain.Leave": {"how": "kill"}, "plain.Secretive": {"password": "swordfish"}}
FOR_STRANGERS = ("sign-in", "sign-in refused")
FOR_VIEWERS = ("not allowed",)


class Tour:
    """All pages by name; most are an address, some need a hand to get there."""

    def __init__(self, product: Installation, script: Path) -> None:
        """Start the runs that the tour shows; the one that goes on ends when the file `script` says "end"."""
        self.product = product
        script.write_text("12")
        product.enable("plain.Odd", False)
        self.addresses = {
            "jobs": "/jobs/",
            "no job found": "/jobs/?q=nothing-like-it",
            "job": product.job("hello.Hello"),
            "job with long words": product.job("on_screen.LongWinded"),
            "job that is disabled": product.job("plain.Odd"),
            "form": product.form("hello.Hello"),
            "form with long words": product.form("on_screen.LongWinded"),
            "form without inputs": product.form("plain.NoInputs"),
            "form of a disabled job": product.form("plain.Odd"),
            "form with errors": product.form("hello.Hello"),
            **{name: product.start(job, **INPUTS.get(job, {})) for name, job in ENDED.items()},
            "run that waits": product.start("plain.Elsewhere", queue="lab"),
            "run that goes on": product.start("on_screen.Typewriter", script=str(script)),
            "dry run": product.start("hello.Hello", dryrun=True),
            "runs": "/runs/",
            "no runs like that": "/runs/?state=lost",
            "account": "/account/",
            "not found": "/runs/999999",
            "not allowed": product.form("hello.Hello"),
            "sign-in": "/login/",
            "sign-in refused": "/login/",
        }
        self.ways: dict[str, Callable[[Page], None]] = {
            "form with errors": _fill_in_nonsense,
            "run that goes on": _wait_for_lines,
            "sign-in refused": _be_refused,
        }
        wait_until(self._have_ended)

    def visit(self, name: str, page: Page) -> None:
        """Bring page to the page of that name, complete with what it loads."""
        page.goto(self.addresses[name])
        self.ways.get(name, lambda _page: None)(page)
        expect(page.locator("[hx-trigger=load]")).to_have_count(0)

    def _have_ended(self) -> bool:
        going = self.product.api("admin", "GET", "extras/job-results/?limit=50")["results"]
        waiting = [run["meta"]["state"] for run in going if run["date_done"] is None]
        return sorted(waiting) == ["queued", "running"]


def _fill_in_nonsense(page: Page) -> None:
    page.get_by_label("Name").fill("12 monkeys")
    page.get_by_label("times").fill("often")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".problems")).to_be_visible()


def _wait_for_lines(page: Page) -> None:
    expect(page.locator("#L13")).to_be_visible()


def _be_refused(page: Page) -> None:
    page.get_by_label("User name").fill("mallory")
    page.get_by_label("Password").fill("let me in")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
