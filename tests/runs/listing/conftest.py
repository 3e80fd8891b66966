"""What tests of the Runs page share: runs in every state, people who look, and what a page shows."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

import pytest

from tests.product import Page, running
from webapp.db import transaction
from webapp.runs import states
from webapp.runs.models import State
from webapp.runs.service import submit


@pytest.fixture
def start(job, person) -> Callable[..., int]:
    """Submits a run of the class of that name and gives its number."""

    def make(name: str = "NoInputs", who: str = "ann", **inputs: object) -> int:
        return submit(job(name), person(who), inputs).number

    return make


@pytest.fixture
def ended(start) -> Callable[..., int]:
    """The same with a run that is over, in that state."""

    def make(state: State = State.SUCCESS, name: str = "NoInputs", who: str = "ann", **inputs: object) -> int:
        number = start(name, who, **inputs)
        attempt = running(number)
        with transaction():
            states.finish(number, attempt, State.RUNNING, state, "w")
        return number

    return make


@pytest.fixture
def ann(browse) -> Page:
    return browse("ann")


@pytest.fixture
def vic(browse) -> Page:
    return browse("vic")


@pytest.fixture
def admin(browse) -> Page:
    return browse("admin")


def shown(text: str) -> list[int]:
    """The numbers of the runs in the list."""
    return [int(number) for number in re.findall(r'<tr id="run-(\d+)"', text)]


def messages(text: str) -> list[str]:
    """What the page says above all."""
    return [unescape(found) for found in re.findall(r'message__text">([^<]*)<', text)]


def asks(text: str) -> tuple[str, str] | None:
    """Where the page asks for news, and after how long; None if it does not."""
    found = re.search(r'hx-get="(/runs/news[^"]*)" hx-trigger="load delay:(\w+), again"', text)
    return (unescape(found[1]), found[2]) if found else None
