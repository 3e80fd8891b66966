"""People at the screen: each with a browser window of their own, which notices everything that a page does wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    ViewportSize,
    sync_playwright,
)

from tests.browser.installation import Installation

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
REFUSED = "Failed to load resource"
"""Chromium says this of every answer from 400 on; which of them are wrong, a test says better."""


@contextmanager
def browser(path: str) -> Iterator[Browser]:
    """Chromium without a screen, as long as the block lasts."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


class Visitors:
    """Opens windows for people, and keeps what went wrong in them."""

    def __init__(self, chromium: Browser, installation: Installation) -> None:
        self.chromium = chromium
        self.installation = installation
        self.wrong: list[str] = []
        self._cookies: dict[str, Any] = {}
        self._open: list[BrowserContext] = []

    def __call__(self, name: str | None = None, *, anew: bool = False, **options: Any) -> Page:
        """A window of its own at the start page, in which the person of that name has signed in (or nobody).

        People share one session among their windows; anew gives them another. Options are those of a browser context.
        """
        options = {"viewport": WIDE, "base_url": self.installation.url, **options}
        if name and not anew:
            options["storage_state"] = self._signed_in(name)
        page = self._window(options)
        if name and anew:
            self.sign_in(page, name)
        return page

    def sign_in(self, page: Page, name: str) -> None:
        """Sign in as the person of that name, at the sign-in page that is open or else is opened."""
        if "/login/" not in page.url:
            page.goto("/login/")
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password").fill(self.installation.users[name]["password"])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/login/" not in url)

    def forgive(self, *texts: str) -> None:
        """Forget what was wrong so far if it mentions one of texts: the test has brought it about."""
        self.wrong = [wrong for wrong in self.wrong if not any(text in wrong for text in texts)]

    def leave(self) -> list[str]:
        """Close all windows; what was wrong in them."""
        for context in self._open:
            context.close()
        wrong, self.wrong, self._open = self.wrong, [], []
        return wrong

    def _signed_in(self, name: str) -> Any:
        if name not in self._cookies:
            page = self._window({"base_url": self.installation.url})
            self.sign_in(page, name)
            self._cookies[name] = page.context.storage_state()
        return self._cookies[name]

    def _window(self, options: dict[str, Any]) -> Page:
        context = self.chromium.new_context(**options)
        context.set_default_timeout(10_000)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.wrong.append(f"exception: {error.error}"))
        context.on("request", self._see_request)
        context.on("response", self._see_response)
        self._open.append(context)
        return context.new_page()

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(REFUSED):
            self.wrong.append(f"{message.type} in the console: {message.text}")

    def _see_request(self, request: Request) -> None:
        if not request.url.startswith((self.installation.url, "data:")):
            self.wrong.append(f"a request that leaves the host: {request.url}")

    def _see_response(self, response: Response) -> None:
        if response.status >= 500 or (response.status >= 400 and "/static/" in response.url):
            self.wrong.append(f"{response.status} for {response.url}")
        if "content-security-policy" not in response.headers:
            self.wrong.append(f"no Content-Security-Policy on {response.url}")
