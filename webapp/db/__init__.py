"""The database: column types said once, transactions, and what happens after a commit.

Reading needs nothing. Writing happens inside `with transaction():`; a write anywhere else is refused as a mistake in
the program. On SQLite it begins with `BEGIN IMMEDIATE`, so that what is read inside still holds when it is written. On
PostgreSQL others may write in between: what must hold is said by a unique index, or in the `WHERE` of an update.
"""

from __future__ import annotations

from webapp.db.connections import BUSY_SECONDS, SECRETIVE, init_app, ping, prepare_sqlite
from webapp.db.kept import Kept
from webapp.db.limits import AWAY, DatabaseAway, patiently, within
from webapp.db.mapping import AS_WORDS, ONLY_ON, Json, Model, UTCDateTime, Words, db, is_sqlite, utcnow
from webapp.db.marks import WRITING
from webapp.db.transactions import OWN, for_writing, hastening, on_commit, read_so_far, transaction, widen, writing
from webapp.db.versions import SCHEMA, fitting, schema

__all__ = [
    "AS_WORDS",
    "AWAY",
    "BUSY_SECONDS",
    "ONLY_ON",
    "OWN",
    "SCHEMA",
    "SECRETIVE",
    "WRITING",
    "DatabaseAway",
    "Json",
    "Kept",
    "Model",
    "UTCDateTime",
    "Words",
    "db",
    "fitting",
    "for_writing",
    "hastening",
    "init_app",
    "is_sqlite",
    "on_commit",
    "patiently",
    "ping",
    "prepare_sqlite",
    "read_so_far",
    "schema",
    "transaction",
    "utcnow",
    "widen",
    "within",
    "writing",
]
