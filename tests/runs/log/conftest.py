"""Logs to read, and a reader."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from tests import product
from tests.product import running
from webapp.db import transaction
from webapp.runs import logs, states
from webapp.runs.models import State
from webapp.runs.service import submit

START = 1_800_000_000.0


class Told:
    """A run whose worker is the test."""

    def __init__(self, number: int) -> None:
        self.number, self.attempt = number, running(number)

    def say(self, *lines: tuple[str, str], at: float = START) -> None:
        """Log these levels and messages, a second after each other."""
        self.write(logs.line(at + n, level, "run", message) for n, (level, message) in enumerate(lines))

    def write(self, lines: Iterable[logs.Line]) -> None:
        """Log lines."""
        product.say(self.number, self.attempt, list(lines))

    def count(self, lines: int, levels: dict[int, str] | None = None) -> None:
        """Log so many lines, each with its number; levels names those that are not info."""
        self.say(*(((levels or {}).get(n, "info"), f"number {n}") for n in range(1, lines + 1)))

    def end(self, state: State = State.SUCCESS) -> None:
        """The run is over."""
        with transaction():
            states.finish(self.number, self.attempt, State.RUNNING, state, "w")


@pytest.fixture
def told(job, person) -> Callable[[], Told]:
    """Makes a run that says what the test says."""
    return lambda: Told(submit(job("NoInputs"), person("ann"), {}).number)


@pytest.fixture
def vic(browse):
    return browse("vic")
