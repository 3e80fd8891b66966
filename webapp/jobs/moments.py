"""Variables that are days or moments."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from webapp.jobs.variable import Variable

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?([Zz]|[+-]\d{2}:\d{2})?",
    re.ASCII,
)
NO_DAY = "Enter a valid date, like 2026-03-31."
NO_MOMENT = "Enter a valid date and time, like 2026-03-31 14:30."


class DateVar(Variable):
    """A day: a `datetime.date`, as text 2026-03-31."""

    kind = "DateVar"
    own_types = (date,)

    def dump(self, value: Any) -> Any:
        """value as text."""
        return value.isoformat() if isinstance(value, date) else value

    def load(self, stored: Any) -> Any:
        """What dump() was given."""
        return None if stored is None else date.fromisoformat(stored)

    def _read(self, raw: object) -> date | None:
        if raw is None or isinstance(raw, str) and not raw.strip():
            return None
        if isinstance(raw, date) and not isinstance(raw, datetime):
            return raw
        if not isinstance(raw, str) or not DAY.fullmatch(raw.strip()):
            raise ValueError(NO_DAY)
        try:
            return date.fromisoformat(raw.strip())
        except ValueError:
            raise ValueError(NO_DAY) from None


class DateTimeVar(Variable):
    """A moment: an aware `datetime` in UTC, as text 2026-03-31 14:30, with Z, +02:00 or, for UTC, no zone behind it."""

    kind = "DateTimeVar"
    own_types = (datetime,)

    def dump(self, value: Any) -> Any:
        """value as text; a moment that names no zone stays one."""
        return value.isoformat() if isinstance(value, datetime) else value

    def load(self, stored: Any) -> Any:
        """What dump() was given."""
        return None if stored is None else datetime.fromisoformat(stored)

    def _read(self, raw: object) -> datetime | None:
        if raw is None or isinstance(raw, str) and not raw.strip():
            return None
        if not isinstance(raw, datetime):
            raw = _moment(raw)
        try:
            return (raw.replace(tzinfo=UTC) if raw.tzinfo is None else raw).astimezone(UTC)
        except OverflowError:  # the first or last hours of the calendar, elsewhere
            raise ValueError(NO_MOMENT) from None


def _moment(raw: object) -> datetime:
    """
    :raises ValueError: raw is no text of a moment.
    """
    if not isinstance(raw, str) or not MOMENT.fullmatch(raw.strip()):
        raise ValueError(NO_MOMENT)
    try:
        return datetime.fromisoformat(raw.strip().upper())
    except ValueError:
        raise ValueError(NO_MOMENT) from None
