"""The time zone in which people type moments: that of their browser, which its cookie names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from webapp.jobs import moments
from webapp.ui import zones

FIELD = "_zone"
"""In which a form sends the zone that it was shown in."""
LEFT_OUT = "{text} does not exist in {zone}: clocks are put forward that day. Enter a time before or after the gap."
TWICE = "this time comes twice that day: the first is meant"
ANY_MOMENT = moments.DateTimeVar(required=False)


@dataclass(frozen=True)
class Zone:
    """A time zone; unknown is the name of the one that was asked for, where UTC stands in for it."""

    name: str = "UTC"
    clock: tzinfo = UTC
    unknown: str = ""

    def told(self, moment: datetime) -> str:
        """moment, which is aware, as this zone's clocks show it; in UTC where that would not say which moment it is."""
        try:
            local = moment.astimezone(self.clock)
        except OverflowError:  # the first or last hours of the calendar
            return _written(moment.astimezone(UTC)) + "Z"
        return _written(moment.astimezone(UTC)) + "Z" if local.fold else _written(local)

    def meant(self, text: str) -> str:
        """The moment in text, which names no zone, in UTC; any other text as it is.

        :raises ValueError: the clocks of this zone never show it.
        """
        local = _local(text)
        if local is None or self.clock is UTC:
            return text
        try:
            moment = local.replace(tzinfo=self.clock).astimezone(UTC)
            shown = moment.astimezone(self.clock).replace(tzinfo=None)
        except OverflowError:
            raise ValueError(moments.NO_MOMENT) from None
        if shown != local:
            raise ValueError(LEFT_OUT.format(text=text.strip().replace("T", " "), zone=self.name))
        return moment.isoformat()

    def explained(self, text: str) -> str:
        """What the moment in text is in UTC, where that is something else; nothing if text is none."""
        try:
            moment = ANY_MOMENT.parse(self.meant(text))
        except ValueError:
            return ""
        local = _local(text)
        if moment is None or moment.replace(tzinfo=None) == local:
            return ""
        twice = local is not None and local.replace(tzinfo=self.clock, fold=1).astimezone(UTC) != moment
        return f"{_written(moment, ' ')} UTC" + (f" ({TWICE})" if twice else "")


def zone_called(name: str | None) -> Zone:
    """The zone of that IANA name; UTC without one, and in the place of one that nobody knows."""
    if not name:
        return Zone()
    clock = zones.called(name)
    return Zone(name, clock) if clock else Zone(unknown=name[:64])


def _local(text: str) -> datetime | None:
    """The moment in text, if it is one that names no zone."""
    found = moments.MOMENT.fullmatch(text.strip())
    if found is None or found[3]:
        return None
    try:
        return datetime.fromisoformat(text.strip().upper())
    except ValueError:
        return None


def _written(moment: datetime, between: str = "T") -> str:
    exact = "microseconds" if moment.microsecond else "seconds" if moment.second else "minutes"
    return moment.replace(tzinfo=None).isoformat(between, exact)
