"""Time zones: what they are called, and the one in which a page tells its reader moments."""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from flask import g, has_app_context

DEFAULT: tzinfo = UTC
COOKIE = "zone"
"""In which browsers say theirs."""
NAME = re.compile(r"[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}", re.ASCII)
NO_ZONES = {"Factory", "localtime", "posixrules"}
"""Files beside those of zones."""
REGIONS = ("Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


def called(name: str) -> tzinfo | None:
    """The zone of that IANA name, in just that spelling; None if nobody here knows it."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name) if NAME.fullmatch(name) else None
    except (LookupError, OSError, ValueError):
        return None


def spelled(text: str) -> str | None:
    """The IANA name of the zone that text means: a name or the place in it, whatever the capital letters and spaces;
    None if it means none.
    """
    return _spellings().get("_".join(text.split()).casefold())


def offered() -> list[str]:
    """The names to choose from: those of places, and UTC."""
    return ["UTC", *sorted(name for name in _names() if name.partition("/")[0] in REGIONS)]


@cache
def _names() -> frozenset[str]:
    # Reading the folder takes longer than a page may.
    return frozenset(available_timezones() - NO_ZONES)


@cache
def _spellings() -> dict[str, str]:
    places = {name.rpartition("/")[2]: name for name in offered()}
    return {spelling.casefold(): name for spelling, name in (places | {name: name for name in _names()}).items()}


def read_in(zone: tzinfo) -> None:
    """From now on this request tells its reader moments in zone."""
    g.zone = zone


def readers() -> tzinfo:
    """The zone of who reads the page; UTC where nobody reads one: in the API, in workers, at the shell."""
    zone: tzinfo = g.get("zone", DEFAULT) if has_app_context() else DEFAULT
    return zone


def local(moment: datetime, zone: tzinfo) -> datetime:
    """moment, which is aware, as clocks of zone show it; in UTC in the first and last hours of the calendar."""
    try:
        return moment.astimezone(zone)
    except OverflowError:
        return moment.astimezone(UTC)


def label(moment: datetime) -> str:
    """What the zone of moment is called then: CET; where nobody has a name for it UTC+05:45."""
    name = moment.tzname() or "UTC"
    return name if name[0].isalpha() else f"UTC{name[:3]}:{name[3:] or '00'}"
