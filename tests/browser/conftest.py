"""Fixtures of the browser tests: one product and one Chromium for all of them, windows for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import visitors
from tests.browser.installation import Installation, installed
from tests.browser.visitors import Visitors
from tests.conftest import private_folder


@pytest.fixture(scope="session")
def product() -> Iterator[Installation]:
    """A whole product: web, workers, scheduler and Redis, with people, example jobs and the tests' jobs."""
    with private_folder("browser") as folder, installed(folder) as installation:
        yield installation


@pytest.fixture(scope="session")
def window(product: Installation, chromium: str) -> Iterator[Browser]:
    """The browser that all windows belong to; it is closed before the product, which would wait for its connections."""
    with visitors.browser(chromium) as started:
        yield started


@pytest.fixture(scope="session")
def _visitors(window: Browser, product: Installation) -> Visitors:
    return Visitors(window, product)


@pytest.fixture
def visit(_visitors: Visitors) -> Iterator[Visitors]:
    """Opens windows: visit("ann") has signed in. No page of the test may have said an error or left the host."""
    yield _visitors
    assert _visitors.leave() == []


class Script:
    """What the job on_screen.Typewriter is to do, step by step."""

    def __init__(self, path: Path, product: Installation) -> None:
        self.path = path
        self.product = product
        self.type(0)

    def start(self, job: str = "Typewriter", user: str = "ann") -> str:
        """The address of a run that follows this script."""
        return self.product.start(f"on_screen.{job}", user=user, script=str(self.path))

    def type(self, lines: int) -> None:
        """Let there be so many lines."""
        self._write(str(lines))

    def end(self) -> None:
        """Let the run end."""
        self._write("end")

    def _write(self, order: str) -> None:
        draft = self.path.with_suffix(".draft")
        draft.write_text(order)
        draft.replace(self.path)


@pytest.fixture
def script(tmp_path: Path, product: Installation) -> Iterator[Script]:
    """The script of a run that writes lines when the test says so; it ends with the test at the latest."""
    made = Script(tmp_path / "script", product)
    yield made
    made.end()
