"""How soon a log asks again: at once while lines flow, rarely when nobody looks, never more than the machine bears."""

from __future__ import annotations

import time
from collections import deque
from datetime import datetime
from threading import Lock

from webapp.db import utcnow
from webapp.runs import logs
from webapp.runs.log.models import LogLine
from webapp.runs.models import Run

FLOWING, RUSHING, QUIET, HIDDEN = 0.2, 1.0, 1.0, 3.0
"""Seconds: while lines flow, while they do by the hundred (what is asked for more often costs the tab more memory than
its reader sees of it), when none came for a while, when nobody looks."""
MANY = 200
"""Lines of an answer that nobody reads one by one."""
FLOWS_FOR = 5.0
"""Seconds after a line during which more are expected."""
ANSWERS = 80
"""Answers in a second that one process gives to those who watch, before it asks all of them for patience."""
SPAN = 2.0
"""Seconds over which they are counted."""


class Crowd:
    """Those who watch logs through this process, by the answers that they got."""

    def __init__(self) -> None:
        self._given: deque[tuple[float, float]] = deque()
        self._lock = Lock()

    def wait(self, wish: float) -> float:
        """The seconds after which one who would ask after `wish` may: longer if there are many."""
        now = time.monotonic()
        with self._lock:
            while self._given and self._given[0][0] < now - SPAN:
                self._given.popleft()
            # Whoever was told to wait d seconds is one of those who watch for d of the SPAN seconds.
            watchers = sum(wait for _, wait in self._given) / SPAN
            wait = min(HIDDEN, max(wish, (watchers + 1) / ANSWERS))
            self._given.append((now, wait))
        return wait


crowd = Crowd()


def delay(run: Run, lines: list[LogLine], *, more: bool, hidden: bool) -> str:
    """When to ask for what follows lines, as htmx reads it; more says whether that is there already."""
    if more and not hidden:
        return _words(FLOWING)
    return _words(crowd.wait(HIDDEN if hidden else _wish(run, lines)))


def _wish(run: Run, lines: list[LogLine]) -> float:
    if len(lines) >= MANY:
        return RUSHING
    return FLOWING if _flows(run, lines) else QUIET


def _flows(run: Run, lines: list[LogLine]) -> bool:
    newest: datetime | None = lines[-1].at if lines else None
    if newest is None and run.last_seq:
        newest = logs.newest(run.number)
    return any(moment and (utcnow() - moment).total_seconds() < FLOWS_FOR for moment in (newest, run.created_at))


def _words(seconds: float) -> str:
    return f"{round(1000 * seconds)}ms"
