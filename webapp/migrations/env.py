"""What Alembic runs for every migration command, inside the application's context."""

from __future__ import annotations

from alembic import context
from sqlalchemy.engine import Connection

from webapp.db import ONLY_ON, db, for_writing

WORDS = "log_words"
"""A table of FTS5 and those that it keeps itself in: no models are like them."""


def migrate() -> None:
    """Run the migrations that Alembic has chosen on the application's database."""
    with db.engine.connect() as connection:
        foreign_keys(connection, "OFF")
        _run(connection.execution_options(**for_writing()))
        foreign_keys(connection, "ON")


def foreign_keys(connection: Connection, switch: str) -> None:
    """SQLite changes a table by making it anew; its foreign keys would delete what points to the old one."""
    if connection.dialect.name == "sqlite":
        # Past SQLAlchemy, which would begin a transaction first; the pragma does nothing inside one.
        connection.connection.cursor().execute(f"PRAGMA foreign_keys={switch}")


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        render_as_batch=True,
        compare_type=True,
        include_object=lambda thing, *_: thing.info.get(ONLY_ON, connection.dialect.name) == connection.dialect.name,
        include_name=lambda name, kind, _within: kind != "table" or not (name or "").startswith(WORDS),
    )
    with context.begin_transaction():
        context.run_migrations()


migrate()
