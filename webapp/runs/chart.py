"""How long the last runs of a job took, as numbers that a picture is drawn with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.runs.models import WORDS, State
from webapp.runs.statistics import Statistics, Told
from webapp.ui.filters import duration, full

BARS = 40
FEW = 20
"""Bars that there is room for at least: one alone is not to fill the picture."""
HEIGHT = 120.0
"""Of the longest bar."""
TOP = 20.0
"""Room above it, for marks."""
LEAST = 2.0
GAP = 0.25
"""Of the room of a bar, between it and the next."""
LOOKS = {
    State.QUEUED: ("wait", ""),
    State.CLAIMED: ("busy", ""),
    State.RUNNING: ("busy", ""),
    State.SUCCESS: ("good", ""),
    State.FAILURE: ("bad", "×"),
    State.ERRORED: ("bad", "!"),
    State.TIMED_OUT: ("wait", "T"),
    State.LOST: ("lost", "?"),
    State.CANCELLED: ("calm", "–"),
}
"""Tone, and the mark above the bar, by which states are told apart without their colours."""
OPEN = (State.QUEUED, State.CLAIMED, State.RUNNING)
"""Bars of what is not over are hollow."""


@dataclass(frozen=True)
class Bar:
    """One run; x and width in percent of the picture, y and height in pixels."""

    number: int
    words: str
    x: float
    width: float
    y: float
    height: float
    tone: str
    mark: str
    hollow: bool


@dataclass(frozen=True)
class Key:
    """What one look of a bar means."""

    word: str
    tone: str
    mark: str
    hollow: bool


@dataclass(frozen=True)
class Chart:
    """The oldest run on the left."""

    bars: Sequence[Bar]
    pitch: float
    """Percent of the picture from one bar to the next."""
    height: float
    base: float
    top: float
    longest: str
    """What a bar of the whole height would stand for."""
    median: float | None
    p95: float | None
    keys: Sequence[Key]


def drawn(told: Statistics, now: datetime) -> Chart:
    """The chart of the newest runs, with the lines of these statistics."""
    shown = told.newest[:BARS][::-1]
    lengths = [run.seconds(now) or 0.0 for run in shown]
    longest = max([*lengths, told.median or 0.0, told.p95 or 0.0, 0.1])
    pitch = 100 / max(len(shown), FEW)

    def y(seconds: float | None) -> float | None:
        return None if seconds is None else round(TOP + HEIGHT - HEIGHT * seconds / longest, 1)

    return Chart(
        bars=[_bar(run, place, pitch, longest, now) for place, run in enumerate(shown)],
        pitch=round(pitch, 3),
        height=TOP + HEIGHT + 1,
        base=TOP + HEIGHT,
        top=TOP,
        longest=duration(longest),
        median=y(told.median),
        p95=y(told.p95),
        keys=_keys(shown),
    )


def _bar(run: Told, place: int, pitch: float, longest: float, now: datetime) -> Bar:
    seconds = run.seconds(now)
    height = round(max(LEAST, HEIGHT * (seconds or 0.0) / longest), 1)
    tone, mark = LOOKS[run.state]
    took = "not begun" if seconds is None else duration(seconds)
    return Bar(
        number=run.number,
        words=f"#{run.number} · {WORDS[run.state]} · {took} · {run.user_name} · {full(run.created_at)}",
        x=round((place + GAP / 2) * pitch, 3),
        width=round((1 - GAP) * pitch, 3),
        y=round(TOP + HEIGHT - height, 1),
        height=height,
        tone=tone,
        mark=mark,
        hollow=run.state in OPEN,
    )


def _keys(shown: Sequence[Told]) -> list[Key]:
    present = {run.state for run in shown}
    keys = (Key(WORDS[state], *look, hollow=state in OPEN) for state, look in LOOKS.items() if state in present)
    return list(dict.fromkeys(keys))
