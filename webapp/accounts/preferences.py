"""What a user wants of pages, and what pages remember of their user: small values by name, as JSON can say them."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any, cast
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError, OperationalError

from webapp.accounts.models import Preference, User
from webapp.db import db, is_sqlite, transaction, writing
from webapp.errors import InvalidInputs, NotPossible
from webapp.jobs.plain import plain
from webapp.ui import zones

LONGEST_NAME = 100
UNKNOWN_ZONE = "Nobody here knows that time zone. Give a name such as Europe/Amsterdam, America/New_York or UTC."
MOST_BYTES = 20_000
"""Of a value, written down."""
KEYS = "keys"
"""The preference of those who want no single keys: false."""
ZONE = "zone"
"""The IANA name of the time zone in which pages tell moments; nothing stands for UTC."""
preferences = cast(sa.Table, Preference.__table__)


def get(user: User, name: str, default: Any = None) -> Any:
    """What is kept of user under name; default if nothing is."""
    kept = sa.select(Preference.value).where(Preference.user_id == user.id, Preference.name == name)
    value = db.session.scalar(kept)
    return default if value is None else value


def put(user: User, name: str, value: Any) -> None:
    """Keep value of user under name in place of what was there, whoever else does so now; None keeps nothing.

    What databases cannot keep of a text is escaped, see jobs.plain.

    :raises NotPossible: it is too large.
    :raises ValueError: no preference has such a long name.
    """
    if len(name) > LONGEST_NAME:
        raise ValueError(f"the name of a preference has at most {LONGEST_NAME} characters: {name}")
    kept = plain(value)
    _check_size(kept)
    id = user.id
    with transaction():
        writing().execute(_forgetting(id, name) if kept is None else _keeping(id, name, kept))


def choose_zone(user: User, text: str) -> str:
    """Tell user all moments in the zone that text names, in UTC if it is empty; gives the name in its own spelling.

    :raises InvalidInputs: nobody here knows that zone.
    """
    name = zones.spelled(text)
    if text.strip() and name is None:
        raise InvalidInputs({"zone": [UNKNOWN_ZONE]})
    put(user, ZONE, name)
    return name or "UTC"


def note(user: User, name: str, value: Any) -> None:
    """Keep value, which is plain and small, past the session: what that holds stays as it is. For what pages remember
    while somebody only reads, so nothing goes wrong where the database is busy, or user has just been deleted.
    """
    with suppress(OperationalError, IntegrityError), db.engine.begin() as connection:
        connection.execute(_keeping(user.id, name, value))


def renew(user: User, name: str, was: Any, value: Any) -> None:
    """The same, unless something else than was has been kept by now; None stands for nothing."""
    if was is None:
        row = {"user_id": user.id, "name": name, "value": value}
        kept: Any = (sqlite if is_sqlite() else postgresql).insert(preferences).values(**row).on_conflict_do_nothing()
    else:
        mine = (preferences.c.user_id == user.id, preferences.c.name == name)
        kept = sa.update(preferences).where(*mine, preferences.c.value == was).values(value=value)
    with suppress(OperationalError, IntegrityError), db.engine.begin() as connection:
        connection.execute(kept)


def _keeping(user_id: UUID, name: str, value: Any) -> sa.Insert:
    row = {"user_id": user_id, "name": name, "value": value}
    if is_sqlite():
        here = sqlite.insert(preferences).values(**row)
        return here.on_conflict_do_update(set_={"value": here.excluded.value})
    there = postgresql.insert(preferences).values(**row)
    return there.on_conflict_do_update(constraint=preferences.primary_key, set_={"value": there.excluded.value})


def _forgetting(user_id: UUID, name: str) -> sa.Delete:
    return sa.delete(preferences).where(preferences.c.user_id == user_id, preferences.c.name == name)


def _check_size(value: Any) -> None:
    size = len(json.dumps(value, ensure_ascii=False).encode())
    if size > MOST_BYTES:
        raise NotPossible(f"This is more than can be remembered for you: {size:,} bytes of at most {MOST_BYTES:,}.")
