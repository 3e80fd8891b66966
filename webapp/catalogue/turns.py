"""One at a time: whoever refreshes or changes records decides on what is true, and nobody else does meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.db import is_sqlite, transaction

CATALOGUE = 4_182_001
"""The number of the lock that PostgreSQL keeps for us; runs never ask for it."""


@contextmanager
def alone() -> Iterator[Session]:
    """A transaction() in which nobody else changes what the catalogue holds; those who want to wait for its end."""
    with transaction() as session:
        # SQLite lets only one write anyway.
        if not is_sqlite():
            session.execute(sa.select(sa.func.pg_advisory_xact_lock(CATALOGUE)))
        yield session
