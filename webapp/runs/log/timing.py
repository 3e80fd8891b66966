"""The time beside a line: of day, since the run has started, or since the line before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo

from markupsafe import Markup

from webapp.db import utcnow
from webapp.runs.log.models import LogLine
from webapp.runs.models import Run
from webapp.ui import zones
from webapp.ui.filters import TO_THE_MILLISECOND, clock, duration, element, told

SECOND, MINUTE, HOUR = 1_000_000, 60_000_000, 3_600_000_000
"""In microseconds, like all lengths here."""
GAP = 10 * SECOND
"""From which on nothing was said for a while."""


def beside(run: Run, lines: Sequence[LogLine], mode: str) -> list[Markup]:
    """What stands beside each of lines, in the same order; mode is one of asked.TIMES."""
    zone = zones.readers()
    if mode == "clock" or not lines:
        return [clock(line.at, zone) for line in lines]
    if mode == "elapsed":
        start = int((run.started_at or run.created_at or utcnow()).timestamp() * SECOND)
        return [_time(line, zone, elapsed(line.at_us - start)) for line in lines]
    before = [None, *(line.at_us for line in lines)]
    return [
        _time(line, zone, relative(None if last is None else line.at_us - last))
        for last, line in zip(before, lines, strict=False)
    ]


def elapsed(length: int) -> str:
    """Microseconds as `0:04.250` or `1:02:04.250`; below zero where clocks disagree."""
    sign, length = ("-", -length) if length < 0 else ("", length)
    hours, rest = divmod(length, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds = f"{rest // SECOND:02}.{rest % SECOND // 1000:03}"
    return f"{sign}{hours}:{minutes:02}:{seconds}" if hours else f"{sign}{minutes}:{seconds}"


def relative(length: int | None) -> str:
    """Microseconds as `+0.250 s`, a gap as `… 32 s`; nothing for the first line of a block."""
    if length is None:
        return ""
    return f"… {duration(length / SECOND)}" if length > GAP else f"{length / SECOND:+,.3f} s"


def _time(line: LogLine, zone: tzinfo, text: str) -> Markup:
    return element(told(line.at, zone), text, to=TO_THE_MILLISECOND)
