"""How far a job has come, as it says itself."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import SupportsFloat

from webapp.jobs.plain import text_of, without_colours

LONGEST_TEXT = 200
MOST = 1e15


@dataclass(frozen=True)
class Progress:
    """done of total; total is None where nobody knows it."""

    done: float
    total: float | None
    text: str = ""


Tell = Callable[[Progress], object]
"""Takes the progress of a job; called from whichever thread tells it."""


def nowhere(_progress: Progress) -> None:
    """Tell progress to nobody: what a job does that nobody runs."""


def progress_of(done: object, total: object, text: object) -> Progress:
    """What an author, or the process of a job, says; a total of nothing is none.

    :raises TypeError: done or total is no number.
    :raises ValueError: one is infinite, or so large that nobody could read it.
    """
    most = 0.0 if total is None else _number(total, "total")
    words = " ".join(without_colours(text_of("" if text is None else text)).split())
    return Progress(_number(done, "done"), most or None, words[:LONGEST_TEXT])


def _number(value: object, name: str) -> float:
    if isinstance(value, str | bytes) or not isinstance(value, SupportsFloat):
        raise TypeError(f"progress(): {name} should be a number, not {type(value).__name__}")
    number = float(value)
    if not math.isfinite(number) or abs(number) > MOST:
        raise ValueError(f"progress(): {name} should be a number of at most {MOST:.0e}, not {number}")
    return max(0.0, number)
