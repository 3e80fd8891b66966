"""Which failures a user has seen: those of earlier visits in which they looked at Home, and those that they say so of.

So nothing goes away because a page is loaded again, or because somebody reads a long log in between; see
accounts.visits for what a visit is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from webapp.accounts import preferences
from webapp.accounts.models import User
from webapp.accounts.visits import NEVER, PAUSE
from webapp.db import Json, utcnow

NAME = "home"
"""Of the preference that keeps it."""
AT_FIRST = timedelta(days=1)
"""How far back somebody is told who is here for the first time."""
KEPT = 5
"""Values that the preference has."""
LOOKED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Seen:
    """What somebody has seen of the failures."""

    until: datetime
    """Those that had ended by then."""
    looked: datetime
    """When they looked at Home last, to about a minute."""
    before: datetime | None = None
    """What until was before they marked failures as seen; None if they have not since the visit began."""
    marked: datetime | None = None
    """When they did so last."""
    first: bool = False
    """Whether this is their first visit: until is then no moment at which they were here."""

    def kept(self) -> Json:
        """The same as a preference."""
        moments = (self.until, self.looked, self.before, self.marked)
        return [*(moment and moment.isoformat() for moment in moments), self.first]


def look(user: User) -> Seen:
    """What user has seen so far; and they look at Home now, unless it is a script that does in their name."""
    now = utcnow()
    kept = preferences.get(user, NAME)
    before = _read(kept)
    if user.visit == NEVER:
        return before or _at_first(now)
    if before is None:
        seen = _at_first(now)
    elif user.visit.began - before.looked >= PAUSE:
        # A visit later: what was there when they looked in that one, they have seen.
        seen = Seen(max(before.until, before.looked), now)
    else:
        seen = replace(before, looked=now)
    if before is None or seen.until != before.until or now - before.looked >= LOOKED_EVERY:
        # What they mark in another window meanwhile counts more.
        preferences.renew(user, NAME, kept, seen.kept())
    return seen


def mark(user: User, until: datetime) -> None:
    """Whatever had ended by then, user has seen."""
    now = utcnow()
    seen = _read(preferences.get(user, NAME)) or _at_first(now)
    until = max(seen.until, min(until, now))
    preferences.put(user, NAME, Seen(until, now, seen.before or seen.until, now, seen.first).kept())


def unmark(user: User) -> None:
    """Show user again what they have marked as seen in this visit."""
    seen = _read(preferences.get(user, NAME))
    if seen and seen.before:
        preferences.put(user, NAME, Seen(seen.before, utcnow(), first=seen.first).kept())


def _at_first(now: datetime) -> Seen:
    return Seen(now - AT_FIRST, now, first=True)


def _read(kept: Json) -> Seen | None:
    if not isinstance(kept, list) or len(kept) != KEPT:  # or as an earlier version wrote it
        return None
    *moments, first = kept
    until, looked, before, marked = (moment and datetime.fromisoformat(moment) for moment in moments)
    return Seen(until, looked, before, marked, first)
