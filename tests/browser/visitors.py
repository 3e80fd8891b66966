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
    expect,
    sync_playwright,
)

from tests.browser.installation import Installation

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--renderer-process-limit=1",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
]
PATIENCE = 30_000
"""Milliseconds within which a page must do, and show, what is expected of it, on a busy machine."""
WIDE: ViewportSize = {"width": 1440, "height": 900}
NARROW: ViewportSize = {"width": 390, "height": 844}
REFUSED = "Failed to load resource"
"""Chromium says this of every answer from 400 on; which of them are wrong, a test says better."""


@contextmanager
def browser(path: str) -> Iterator[Browser]:
    """Chromium without a screen, as long as the block lasts. Whatever is expected of its pages has PATIENCE."""
    expect.set_options(timeout=PATIENCE)
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
        self._profiles: dict[str, BrowserContext] = {}
        self._used: list[tuple[str, Page]] = []
        self._idle: list[tuple[str, Page]] = []
        self._guests: list[BrowserContext] = []

    def __call__(self, name: str | None = None, *, anew: bool = False, alone: bool = False, **options: Any) -> Page:
        """A window in which the person of that name has signed in, or nobody.

        All windows of a person belong to one session and one profile of the browser. With alone, or with options, which
        are those of a browser context, it gets a profile of its own; with anew a session as well.
        """
        if name and not (anew or alone or options):
            return self._window(name)
        if name and not anew:
            options["storage_state"] = self._profile(name).storage_state()
        self._guests.append(self._context(**options))
        page = self._guests[-1].new_page()
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
        """Leave all windows; what was wrong in them."""
        for _, page in self._used:
            if page.locator("[data-live], #runs-news").count():  # it would go on asking for lines
                page.goto("about:blank")
        for guest in self._guests:
            guest.close()
        self._idle += self._used
        wrong, self.wrong, self._used, self._guests = self.wrong, [], [], []
        return wrong

    def _window(self, name: str) -> Page:
        """One of the person's windows that nobody uses, as good as new and sooner there than a new one."""
        found = next((window for window in self._idle if window[0] == name), None)
        if found:
            self._idle.remove(found)
        self._used.append(found or (name, self._profile(name).new_page()))
        page = self._used[-1][1]
        page.set_viewport_size(WIDE)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        return page

    def _profile(self, name: str) -> BrowserContext:
        if name not in self._profiles:
            self._profiles[name] = self._context()
            page = self._profiles[name].new_page()
            self.sign_in(page, name)
            page.close()
        return self._profiles[name]

    def _context(self, **options: Any) -> BrowserContext:
        usual = {"viewport": WIDE, "base_url": self.installation.url, "reduced_motion": "reduce"}
        context = self.chromium.new_context(**{**usual, **options})
        context.set_default_timeout(PATIENCE)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.wrong.append(f"exception: {error.error}"))
        context.on("request", self._see_request)
        context.on("response", self._see_response)
        return context

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
