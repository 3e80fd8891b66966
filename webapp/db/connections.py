"""Connections to SQLite and to PostgreSQL: how they are made, kept, and begin a transaction."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from webapp.config import Settings
from webapp.db.mapping import db, is_sqlite
from webapp.db.marks import WRITING, Limit

BUSY_SECONDS = 15
HURRIED_BUSY_SECONDS = 0.2
"""How long SQLite waits for other writers inside within(); no signal reaches it while it waits."""
SECRETIVE = {"hide_parameters": True}
"""Errors of the database must not tell the values: inputs and password hashes are among them."""
BUSY = "jobdeck.busy_seconds"
USED = "jobdeck.used"
IDLE_SECONDS = 1.0
"""After which a connection may have been closed by the other side."""


def init_app(app: Flask, settings: Settings) -> None:
    """Connect app to the database that settings name."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(settings.database_url)
    db.init_app(app)
    with app.app_context():
        if is_sqlite():
            event.listen(db.engine, "connect", prepare_sqlite)
            event.listen(db.engine, "begin", _begin_sqlite)
        else:
            event.listen(db.engine, "do_connect", _connect_promptly)
            event.listen(db.engine, "checkin", _note_use)
            event.listen(db.engine, "checkout", _look_after_idleness)


def _engine_options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {**SECRETIVE, "connect_args": {"timeout": BUSY_SECONDS}, "pool_size": 20}
    # Who only reads begins nothing: each question sees what is committed by then in any case, and saying BEGIN and
    # ROLLBACK would be two more.
    return {**SECRETIVE, "pool_size": 20, "connect_args": {"connect_timeout": 3}, "isolation_level": "AUTOCOMMIT"}


def _connect_promptly(_dialect: Dialect, _record: object, arguments: list[Any], options: dict[str, Any]) -> Any:
    # Only here: who works on SQLite shall not wait for the driver of PostgreSQL to be loaded.
    from webapp.postgresql import connect  # noqa: PLC0415

    return connect(*arguments, **options)


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[USED] = time.monotonic()


def _look_after_idleness(connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: object) -> None:
    """
    :raises DisconnectionError: the connection, long unused, is dead; the pool makes another one.
    """
    # Asked each time, as the pool itself would, it would be one question more for each that matters.
    if time.monotonic() - record.info.get(USED, float("inf")) < IDLE_SECONDS:
        return
    try:
        db.engine.dialect.do_ping(connection)
    except db.engine.dialect.loaded_dbapi.Error as dead:
        raise sa.exc.DisconnectionError from dead


def prepare_sqlite(connection: DBAPIConnection, _record: object) -> None:
    """Make connection one whose transactions begin when it says so, for the event that it has been made."""
    if not isinstance(connection, sqlite3.Connection):
        raise TypeError(f"Not a connection to SQLite: {connection!r}")
    connection.isolation_level = None  # whoever has it says BEGIN
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def begin_to_write(connection: Connection) -> None:
    """Let connection, on which SQLite has only been read from so far, see what is there by now, and write. All that was
    asked on it has been read to its end."""
    connection.connection.rollback()
    _begin(connection, "BEGIN IMMEDIATE")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads first and writes later fails at once when somebody else wrote in between.
    writing = connection.get_execution_options().get(WRITING)
    _begin(connection, "BEGIN IMMEDIATE" if writing else "BEGIN")


def _begin(connection: Connection, statement: str) -> None:
    wanted = HURRIED_BUSY_SECONDS if Limit.armed else BUSY_SECONDS
    if connection.info.get(BUSY, BUSY_SECONDS) != wanted:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(wanted * 1000)}")
        connection.info[BUSY] = wanted
    connection.exec_driver_sql(statement)


def ping() -> bool:
    """Whether the database answers."""
    try:
        db.session.execute(sa.text("SELECT 1"))
    except sa.exc.DBAPIError:
        db.session.rollback()
        return False
    return True
