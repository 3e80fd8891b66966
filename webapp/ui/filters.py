"""How pages write times, durations and texts. Times are in the zone of the reader, and say so."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, tzinfo

from flask import Flask
from markupsafe import Markup

from webapp.db import Json, utcnow
from webapp.jobs.plain import text_of, without_colours
from webapp.ui import zones
from webapp.ui.markdown import markdown

NOTHING = Markup('<span class="nothing">–</span>')
MINUTE, HOUR, DAY = 60, 3600, 86400
RECENT = 45
"""Seconds within which something is "just now"."""
LONG_AGO = 7 * DAY
"""Seconds after which a date says more than a distance."""
TO_THE_SECOND, TO_THE_MILLISECOND = 19, 23
"""Characters of a moment that is told to that."""
Told = tuple[str, str, str]
"""A moment to the millisecond, `2026-01-31 12:00:00.004`, in UTC and in a zone, and what that is called then."""


def init_app(app: Flask) -> None:
    """Give templates the filters."""
    said = (
        when,
        ago,
        clock,
        zone,
        duration,
        seconds,
        first_line,
        iso,
        pretty_json,
        readable,
        without_colours,
        countdown,
        size,
        markdown,
    )
    for filter_ in said:
        app.jinja_env.filters[filter_.__name__] = filter_


def told(value: datetime, zone: tzinfo | None = None) -> Told:
    """value as clocks of zone show it, else those of the reader."""
    # Pages have hundreds of them: formatting one text once is a third of the work.
    utc = value.astimezone(UTC).isoformat(" ", "milliseconds")
    zone = zone or zones.readers()
    if zone is UTC:
        return utc, utc, "UTC"
    here = zones.local(value, zone)
    return utc, here.isoformat(" ", "milliseconds"), zones.label(here)


def element(moment: Told, text: str, more: str = "", to: int = TO_THE_SECOND) -> Markup:
    """A text of ours about moment, which is in the tooltip in full, unless the text says that already; in UTC as well,
    of which no hour comes twice.
    """
    utc, here, zone = moment
    words = f"{utc[:to]} UTC" if zone == "UTC" else f"{here[:to]} {zone} · {utc[:to]} UTC"
    title = "" if words == text else f' title="{words}"'
    return Markup(f'<time datetime="{utc[:10]}T{utc[11:23]}Z"{title}{more}>{text}</time>')


def when(value: datetime | None) -> Markup:
    """The moment in full, to the second."""
    return element(told(value), full(value)) if value else NOTHING


def full(value: datetime) -> str:
    """The moment as text, to the second."""
    _, here, zone = told(value)
    return f"{here[:TO_THE_SECOND]} {zone}"


def ago(value: datetime | None) -> Markup:
    """How long ago the moment is, or its date after a week; the moment in full as a tooltip."""
    return element(told(value), distance(utcnow() - value, value), " data-ago") if value else NOTHING


def clock(value: datetime, zone: tzinfo | None = None) -> Markup:
    """The time of day to the millisecond, the date as a tooltip; in zone, else in that of the reader."""
    moment = told(value, zone)
    return element(moment, moment[1][11:TO_THE_MILLISECOND])


def countdown(value: datetime) -> Markup:
    """When the moment comes: the time of day, which a script turns into the seconds that are left."""
    utc, here, zone = told(value)
    return element((utc, here, zone), f"at {here[11:TO_THE_SECOND]} {zone}", " data-until")


def zone(value: datetime) -> str:
    """What the zone of the reader is called at that moment."""
    return told(value)[2]


def distance(passed: timedelta, moment: datetime) -> str:
    """What `ago` says for a moment that lies `passed` back (or ahead, if negative)."""
    length = abs(passed.total_seconds())
    if length < RECENT:
        return "just now"
    if length >= LONG_AGO:
        return told(moment)[1][:10]
    words = _rough(length)
    return f"{words} ago" if passed > timedelta() else f"in {words}"


def duration(value: timedelta | float | None) -> str:
    """A length of time in at most two units: 0.8 s, 12 s, 1 m 04 s, 2 h 05 m, 3 d 4 h."""
    if value is None:
        return "–"
    length = seconds(value)
    if length < 9.95:
        return f"{length:.1f} s"
    whole = round(length)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} m {whole % MINUTE:02} s"
    if whole < DAY:
        return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} m"
    return f"{whole // DAY} d {whole % DAY // HOUR} h"


def seconds(value: timedelta | float) -> float:
    """A length of time in seconds, never below zero."""
    return max(0.0, value.total_seconds() if isinstance(value, timedelta) else float(value))


def first_line(text: str | None) -> str:
    """The first line of text that is not blank, or nothing."""
    return next((line.strip() for line in (text or "").splitlines() if line.strip()), "")


def iso(value: datetime) -> str:
    """The moment as machines write it, to the millisecond."""
    return value.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def readable(value: object) -> str:
    """value as text that does not deceive who reads it: controls, those of the writing direction too, as escapes."""
    return without_colours(text_of(value))


def pretty_json(value: Json) -> str:
    """value as indented JSON, with letters as they are."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def size(value: int) -> str:
    """A number of bytes in the unit that suits it: 17 B, 1.5 kB, 20 MB."""
    if value < 1000:
        return f"{value} B"
    number, unit = value / 1000, "kB"
    for larger in ("MB", "GB"):
        if number < 999.5:
            break
        number, unit = number / 1000, larger
    return f"{number:.1f} {unit}" if number < 9.95 else f"{number:.0f} {unit}"


def _rough(length: float) -> str:
    if length < HOUR:
        return f"{max(1, round(length / MINUTE))} min"
    if length < DAY:
        return f"{round(length / HOUR)} h"
    return f"{round(length / DAY)} d"
