"""Days and periods that the filters of the Runs page know, as they are for whoever asks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from webapp.accounts.models import User
from webapp.db import utcnow

PERIODS = {"today": "Today", "24h": "Last 24 hours", "7d": "Last 7 days", "30d": "Last 30 days"}
LENGTHS = {"24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}


def since(period: str, user: User) -> datetime:
    """When a period of PERIODS began for user."""
    now = utcnow()
    return now - LENGTHS[period] if period in LENGTHS else beginning(now.astimezone(user.zone).date(), user)


def day_in(text: str) -> date:
    """The day that text is.

    :raises ValueError: it is none.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.max
    # What comes before the first and after the last of all days, nobody can say.
    if day.year in (date.min.year, date.max.year):
        raise ValueError("Give a day as in 2026-01-31.")
    return day


def beginning(day: date, user: User) -> datetime:
    """When day begins for user: at midnight, or right after the gap where clocks are put forward then."""
    return datetime.combine(day, time(), user.zone).astimezone(UTC)
