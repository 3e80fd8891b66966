"""Which migration the database is at, and which one this code is made for."""

from __future__ import annotations

import sqlalchemy as sa

from webapp.db.mapping import db

SCHEMA = "0007"
"""The newest migration: what this code takes the database for."""
versions = sa.table("alembic_version", sa.column("version_num", sa.String))


def schema() -> str | None:
    """The migration that the database is at; None if it says none."""
    version: str | None = db.session.scalar(sa.select(versions.c.version_num))
    return version


def fitting() -> sa.ColumnElement[bool]:
    """The condition that the database is at the migration that this code is made for."""
    return sa.exists().where(versions.c.version_num == SCHEMA)
