"""How long the runs of a job usually take: what the page of a run measures it by."""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from uuid import UUID

import sqlalchemy as sa
from flask import current_app

from webapp.db import db, utcnow
from webapp.runs.models import Run, State

LOOKED_AT = 20
"""Successes that are looked at; the newest ones."""
ENOUGH = 5
"""Successes below which nothing is called slow."""
SLACK = 2.0
"""Seconds beyond the median that are never called slow: of short runs the difference says nothing."""
KEPT = 10.0
"""Seconds for which a process remembers what it has found."""
MOST_KEPT = 500
EXTENSION = "usual_durations"
AT_LIMIT, SCALE = 0.8, 1000
"""Where on the bar the limit stands, and how long the bar is."""


@dataclass(frozen=True)
class Usual:
    """How long the last successes of a job took, in seconds."""

    count: int
    median: float
    limit: float | None
    """Of 100 successes, 95 took no longer; None if there are too few to say."""

    def slow(self, seconds: float) -> bool:
        """Whether a run that takes so long is slower than usual."""
        return self.limit is not None and seconds > self.limit


@dataclass(frozen=True)
class Bar:
    """How far a run has come if it takes as long as usual, on a scale of SCALE."""

    elapsed: float
    """Seconds."""
    end: float
    """The seconds that stand at AT_LIMIT."""
    at: int
    median: int
    limit: int | None
    slow: bool

    @property
    def tone(self) -> str:
        return "wait" if self.slow else "busy"


def of(run: Run) -> Usual | None:
    """What is usual for runs like run: of its job, and dry ones if it is one; None if none has succeeded."""
    if run.job_id is None:
        return None
    kept: _Kept = current_app.extensions.setdefault(EXTENSION, _Kept())
    key = (run.job_id, run.dry_run)
    known, usual = kept.get(key)
    if not known:
        usual = _summed_up(_durations(*key))
        kept.put(key, usual)
    return usual


def bar(run: Run, usual: Usual) -> Bar | None:
    """Where run stands on its way; None before it has begun and after it has ended."""
    if run.started_at is None or run.finished:
        return None
    seconds, end = elapsed(run), usual.limit or 2 * max(usual.median, SLACK)
    limit = place(usual.limit, end) if usual.limit else None
    return Bar(seconds, end, place(seconds, end), place(usual.median, end), limit, usual.slow(seconds))


def place(seconds: float, end: float) -> int:
    """Where so many seconds stand on the bar: evenly up to end, then ever closer to a full bar, which none reaches.

    static/run.js moves the bar by the same rule.
    """
    share = AT_LIMIT * seconds / end if seconds <= end else 1 - (1 - AT_LIMIT) * end / seconds
    return min(SCALE - 1, int(SCALE * share))


def elapsed(run: Run) -> float:
    """Seconds since run began, up to now or to its end."""
    start: datetime | None = run.started_at
    return max(0.0, ((run.ended_at or utcnow()) - start).total_seconds()) if start else 0.0


def _durations(job_id: UUID, dry_run: bool) -> list[float]:
    like = sa.and_(Run.job_id == job_id, Run.state == State.SUCCESS, Run.dry_run == dry_run)
    query = sa.select(Run.started_at, Run.ended_at).where(like).order_by(Run.number.desc()).limit(LOOKED_AT)
    return sorted((end - start).total_seconds() for start, end in db.session.execute(query) if start and end)


def _summed_up(took: list[float]) -> Usual | None:
    if not took:
        return None
    median = statistics.median(took)
    p95 = took[math.ceil(0.95 * len(took)) - 1]
    return Usual(len(took), median, max(p95, median + SLACK) if len(took) >= ENOUGH else None)


class _Kept:
    """What a process has found lately."""

    def __init__(self) -> None:
        self._found: dict[tuple[UUID, bool], tuple[float, Usual | None]] = {}
        self._lock = Lock()

    def get(self, key: tuple[UUID, bool]) -> tuple[bool, Usual | None]:
        """Whether it is known, and what it is."""
        until, usual = self._found.get(key, (0.0, None))
        return until > time.monotonic(), usual

    def put(self, key: tuple[UUID, bool], usual: Usual | None) -> None:
        with self._lock:
            if len(self._found) >= MOST_KEPT:
                self._found.clear()
            self._found[key] = (time.monotonic() + KEPT, usual)
