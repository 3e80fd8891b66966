"""How many workers serve queues, as a feature above knows it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Flask, current_app

COUNTER = "catalogue.workers"
Counter = Callable[[], Mapping[str, int]]
"""Counts live workers by the names of the queues that they serve."""


def count_with(app: Flask, counter: Counter) -> None:
    """Have a feature above count workers."""
    app.extensions[COUNTER] = counter


def workers() -> Mapping[str, int]:
    """How many live workers serve each queue that has some; asks once."""
    counter: Counter = current_app.extensions[COUNTER]
    return counter()
