"""What has happened to a list of runs since it was shown.

Many people have the page open, so that nothing has happened is found out by two short questions: the number of the
newest event of all runs, and how far those runs of the list have come that were not over.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import url_for

from webapp.accounts.models import User
from webapp.accounts.permissions import visible
from webapp.db import db, utcnow
from webapp.runs import events, key_inputs, waiting
from webapp.runs.event_models import RunEvent
from webapp.runs.listing import asked as names
from webapp.runs.listing.asked import Asked
from webapp.runs.listing.by_state import ByState, by_state, is_quick
from webapp.runs.listing.days import day_in
from webapp.runs.listing.listing import SHOWN, Listing
from webapp.runs.listing.narrowing import Narrowed, narrowed
from webapp.runs.listing.tallies import Tallies, tallies
from webapp.runs.models import Run
from webapp.runs.waiting import Reasons
from webapp.ui.pages import LARGEST, PAGE

SECONDS, QUIET_SECONDS, HIDDEN_SECONDS = 3, 5, 30
"""Between two looks: while runs of the list go on, while none does, and while nobody looks."""
ANEW_SECONDS = 30
"""After which what no event tells of is looked at as well: why a run waits changes with workers, and with time."""
OVERLAP = 200
"""Events of which one may have been written by then and be seen only later."""
MOST_EVENTS = 2_000
"""So far back runs are looked for that have come or changed since the list was shown."""
MOST_NEW = 99

# What may change of a run in a list.
COURSE = (
    *(Run.number, Run.state_version, Run.worker, Run.warning_count, Run.error_count),
    *(Run.progress_done, Run.progress_total, Run.progress_text),
)


@dataclass(frozen=True)
class Place:
    """What a window shows of a list: what it asks with for what has happened since."""

    asked: Asked
    shown: Sequence[int]
    """The numbers of its runs, newest first."""
    open: Sequence[int]
    """Those of them that were not over."""
    floor: int
    """Its last run, if older ones follow; 0 if they do not."""
    since: int
    """The newest event when it was shown."""
    seen: str
    """What look() found then."""

    @property
    def url(self) -> str:
        """Where the window asks."""
        told: dict[str, Any] = {"shown": _joined(self.shown), "open": _joined(self.open), "floor": self.floor or None}
        return url_for("runs.news", **self.asked.address, **told, since=self.since, seen=self.seen)

    @property
    def delay(self) -> int:
        """Seconds until it asks again."""
        return SECONDS if self.open else QUIET_SECONDS

    @property
    def goes_on(self) -> bool:
        """Whether anything can still happen: runs go on, or new ones may come."""
        return bool(self.open) or self.grows

    @property
    def grows(self) -> bool:
        """Whether new runs are looked for: not in the past, nor by their logs, which takes long to be done so often."""
        return not self.asked[names.LOG] and not _is_past(self.asked[names.TO])


@dataclass(frozen=True)
class News:
    """What has happened."""

    place: Place
    rows: Sequence[Run] = ()
    """The runs that were not over, as they are now."""
    reasons: Reasons | None = None
    key_inputs: Mapping[int, str] = field(default_factory=dict)
    new: int = 0
    """How many runs belong into the list by now that are not in it; one more than MOST_NEW stands for all beyond."""
    tallies: Tallies | None = None
    """None where nothing has happened at all."""
    by_state: ByState | None = None
    """None as well where no new runs are looked for, and where counting may take long until ANEW_SECONDS are over."""


def place_of(found: Listing) -> Place:
    """What a window shows that has just been given found."""
    rows = found.page.rows
    open = [run.number for run in rows if not run.finished]
    newest = events.newest()
    shown = [run.number for run in rows]
    return Place(found.narrowed.asked, shown, open, found.page.older or 0, newest, "")


def read(asked: Asked, arguments: Any) -> Place:
    """The place that an address tells of, which somebody may have made up."""
    shown, open = (_numbers(arguments.get(name, "")) for name in ("shown", "open"))
    floor, since = (next(iter(_numbers(arguments.get(name, ""))), 0) for name in ("floor", "since"))
    return Place(asked, shown, open, floor, since, arguments.get("seen", "")[:40])


def news(place: Place, user: User) -> News:
    """What has happened since the window of user looked last."""
    newest = events.newest()
    slot = f"{utcnow().timestamp() // ANEW_SECONDS:.0f}"
    seen = f"{newest}-{_course(place, user)}-{slot}"
    if seen == place.seen:
        return News(place)
    rows = _rows(place, user)
    open = [run.number for run in rows if not run.finished]
    now = replace(place, open=open, seen=seen)
    reasons, given = waiting.reasons(rows), key_inputs.shown(rows, user)
    if not place.grows:
        return News(now, rows, reasons, given, 0, tallies(user))
    meant = narrowed(place.asked, user)
    counts = by_state(meant, user) if _counts_anew(place, slot) else None
    return News(now, rows, reasons, given, _new(place, newest, meant, user), tallies(user), counts)


def _counts_anew(place: Place, slot: str) -> bool:
    # What takes long has been done for this window in the slot of its last look, or when it was opened.
    return is_quick(place.asked) or place.seen.rpartition("-")[2] not in ("", slot)


def _rows(place: Place, user: User) -> Sequence[Run]:
    query = visible(Run, user).where(Run.number.in_(place.open)).options(SHOWN)
    return db.session.scalars(query.order_by(Run.number.desc())).all() if place.open else []


def _course(place: Place, user: User) -> str:
    """The same as long as nothing becomes of the runs that were not over."""
    if not place.open:
        return ""
    course = visible(Run, user).with_only_columns(*COURSE).where(Run.number.in_(place.open)).order_by(Run.number)
    told = repr([tuple(row) for row in db.session.execute(course)])
    return f"{zlib.crc32(told.encode()):x}"


def _new(place: Place, newest: int, meant: Narrowed, user: User) -> int:
    """How many runs belong into the list that are not in it: among those that something has happened to."""
    first = max(place.since - OVERLAP, newest - MOST_EVENTS)
    happened = sa.select(RunEvent.run_number).where(RunEvent.id > first)
    beside = sa.and_(Run.number.in_(happened), Run.number > place.floor, Run.number.not_in(place.shown))
    found = meant.query(user).with_only_columns(Run.number).where(beside)
    return len(db.session.scalars(found.limit(MOST_NEW + 1)).all())


def _joined(numbers: Sequence[int]) -> str | None:
    return ".".join(map(str, numbers)) or None


def _numbers(text: str) -> list[int]:
    found = [int(part) for part in text.split(".")[:PAGE] if part.isascii() and part.isdigit() and len(part) < 20]
    return [number for number in found if number <= LARGEST]


def _is_past(day: str) -> bool:
    """Whether day is one, and over in all time zones; no run will be asked for then."""
    try:
        return bool(day) and day_in(day) < utcnow().date() - timedelta(days=1)
    except ValueError:
        return False
