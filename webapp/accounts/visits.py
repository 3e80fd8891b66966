"""Visits: what somebody does without a pause of half an hour, on whatever devices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from webapp.db import Json

PAUSE = timedelta(minutes=30)
NAME = "visit"
"""Of the preference that keeps it."""


@dataclass(frozen=True)
class Visit:
    """When a visit began, and when something was done in it last, to about a minute."""

    began: datetime
    last: datetime

    def kept(self) -> Json:
        """The visit as a preference."""
        return [self.began.isoformat(), self.last.isoformat()]


NEVER = Visit(datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))


def going_on(kept: Json, now: datetime) -> Visit:
    """The visit to which what is done now belongs: the one that was kept, or a new one."""
    before = _read(kept)
    return Visit(before.began if now - before.last < PAUSE else now, now)


def is_news(kept: Json, visit: Visit, every: timedelta) -> bool:
    """Whether visit is to be kept: what was kept is older than that."""
    return visit.last - _read(kept).last > every


def _read(kept: Json) -> Visit:
    return Visit(*map(datetime.fromisoformat, kept)) if kept else NEVER
