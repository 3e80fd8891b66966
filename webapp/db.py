"""The database: column types said once, transactions, and what happens after a commit.

Reading needs nothing. Writing happens inside `with transaction():`; a write anywhere else is refused as a mistake in
the program. On SQLite it begins with `BEGIN IMMEDIATE`, so that what is read inside still holds when it is written. On
PostgreSQL others may write in between: what must hold is said by a unique index, or in the `WHERE` of an update.
"""

from __future__ import annotations

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from types import FrameType
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, UOWTransaction
from sqlalchemy.pool import ConnectionPoolEntry

from webapp.config import Settings

Json = Any
"""Whatever JSON can say: a column of this type holds dicts, lists, texts, numbers, truth values and None."""

SCHEMA = "0007"
"""The newest migration: what this code takes the database for."""
versions = sa.table("alembic_version", sa.column("version_num", sa.String))
BUSY_SECONDS = 15
HURRIED_BUSY_SECONDS = 0.2
"""How long SQLite waits for other writers inside within(); no signal reaches it while it waits."""
PATIENT_SECONDS = 5.0
TOO_SLOW = "it does not answer in time"
AGAIN_SECONDS = 0.25
"""Between two reminders that within() is over, should a rollback hang as well."""
SECRETIVE = {"hide_parameters": True}
"""Errors of the database must not tell the values: inputs and password hashes are among them."""
WRITING = "jobdeck.writing"
LEFT = "jobdeck.left"
"""Of a session in a single transaction: how many statements it may still write with."""
AFTER_COMMIT = "jobdeck.after_commit"
BUSY = "jobdeck.busy_seconds"
USED = "jobdeck.used"
IDLE_SECONDS = 1.0
"""After which a connection may have been closed by the other side."""
HASTE = sa.func.set_config("synchronous_commit", "off", True)
STRAY = "rows are written inside transaction() only, and as one statement where it is a single one"
ONLY_ON = "jobdeck.only_on"
"""Of an index, in its `info`: the only database that has it."""
OWN = "jobdeck.own"
"""The option of statements that are the product's in the session of a job, which may not write past the rows."""


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An aware datetime in UTC; SQLite, which knows no zones, keeps it without one."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[datetime]:
        """What a column of this type holds."""
        return datetime

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """What all models share: constraint names that migrations can rely on."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:

    class Model(Base):
        """What type checkers should take the base of all models for: Flask-SQLAlchemy makes it while it runs."""

        __abstract__ = True
else:
    Model = db.Model

Model.registry.update_type_annotation_map(
    {
        datetime: UTCDateTime(),
        str: sa.Text(),
        Json: sa.JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql"),
        # By default SQLAlchemy would store the members' names.
        StrEnum: sa.Enum(
            StrEnum,
            native_enum=False,
            length=20,
            values_callable=lambda kind: [member.value for member in kind],
        ),
    }
)


def utcnow() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


@contextmanager
def transaction(*known: Model, single: bool = False) -> Iterator[Session]:
    """One atomic write: commits at the end, rolls back on an exception; inside another one it simply joins.

    What the session read before is read again inside, so that decisions rest on what is true now; not the rows that
    are known, of which whoever names them finds out whether they still hold.

    If single, all that is written on PostgreSQL is one statement, through writing(): it is as atomic without a BEGIN
    and a COMMIT around it, each of which would be a way there and back. It stays, whatever is raised behind it, and
    whoever gives up waiting for its answer does not know whether it is carried out. Another one is refused, unless
    widen() came before the first.

    :raises RuntimeError: something was changed outside a transaction, or more than one statement in a single one.
    """
    session = db.session()
    if session.info.get(WRITING):
        yield session
        return
    single = single and not is_sqlite()
    _leave_read_snapshot(session, known)
    session.info |= {WRITING: True, **({LEFT: 1} if single else {})}
    try:
        session.connection(execution_options={} if single else for_writing())
        yield session
        session.commit()
    except BaseException:
        session.info.pop(AFTER_COMMIT, None)
        # A database that has just been too slow would be as slow to roll back.
        session.invalidate() if _Limit.passed else session.rollback()
        raise
    finally:
        for mark in (WRITING, LEFT):
            session.info.pop(mark, None)
    for act in session.info.pop(AFTER_COMMIT, []):
        act()


def widen(*known: Model) -> None:
    """Let the surrounding transaction, in which nothing is written yet, write as much as it wants to. Rows that are not
    known are read again, as at its beginning."""
    session = db.session()
    if session.info.get(LEFT) == 0:
        raise RuntimeError(STRAY)
    if session.info.pop(LEFT, None):
        _leave_read_snapshot(session, known)
        session.connection(execution_options=for_writing())


def on_commit(act: Callable[[], object]) -> None:
    """Call act once the surrounding transaction is safe in the database; never if it is rolled back."""
    session = db.session()
    if not session.info.get(WRITING):
        raise RuntimeError("on_commit() belongs inside a transaction")
    session.info.setdefault(AFTER_COMMIT, []).append(act)


class DatabaseAway(Exception):
    """The database did not answer in the time that there was."""


AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, DatabaseAway)
"""What says that the database is locked, stopped or cut off. What was asked may have happened all the same."""


class _Limit:
    """Whether somebody waits for the database with a limit, in this process's only thread that may; and whether the
    limit has passed."""

    armed = passed = False


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let no question to the database inside take longer than seconds; inside another limit, that one holds.

    For the main thread.

    :raises DatabaseAway: it took longer; the connection is thrown away.
    """
    if _Limit.armed:
        yield
        return
    before = signal.signal(signal.SIGALRM, _remind)
    _Limit.armed, _Limit.passed = True, False
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
    try:
        try:
            yield
        finally:
            _Limit.armed = False
    except Exception as error:
        if not (_Limit.passed or isinstance(error, AWAY)):
            raise
        # It may hang in the middle of an answer, and asking it to roll back would take as long again.
        session = db.session()
        session.invalidate()
        for mark in (WRITING, LEFT, AFTER_COMMIT):
            session.info.pop(mark, None)
        # A driver that is interrupted may complain of the state that it finds itself in.
        raise error if isinstance(error, AWAY) else DatabaseAway(TOO_SLOW) from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        _Limit.passed = False


@contextmanager
def patiently() -> Iterator[None]:
    """The same with the time that there is where no clock waits. SQLite, which is here, needs no limit but its own.

    :raises DatabaseAway: the database has been stopped or cut off.
    """
    if is_sqlite():
        yield
        return
    with within(PATIENT_SECONDS):
        yield


def writing() -> Connection:
    """The connection of the surrounding transaction, for statements that speak to tables instead of mapped rows.

    :raises RuntimeError: there is no transaction.
    """
    session = db.session()
    if not session.info.get(WRITING) or session.info.get(LEFT) == 0:
        raise RuntimeError(STRAY)
    if LEFT in session.info:
        session.info[LEFT] = 0
    return session.connection()


def for_writing() -> dict[str, Any]:
    """The options of a connection for one atomic write."""
    return {WRITING: True} if is_sqlite() else {WRITING: True, "isolation_level": "READ COMMITTED"}


def hastening() -> tuple[sa.ColumnElement[Any], ...]:
    """What a query asks for besides, to let its transaction commit without waiting for PostgreSQL's disk.

    For steps that may be forgotten when the server loses power, because a later one, which is not, proves them.
    """
    return () if is_sqlite() else (HASTE,)


def is_sqlite() -> bool:
    """Whether this application keeps its rows in SQLite."""
    return db.engine.dialect.name == "sqlite"


def schema() -> str | None:
    """The migration that the database is at; None if it says none."""
    version: str | None = db.session.scalar(sa.select(versions.c.version_num))
    return version


def fitting() -> sa.ColumnElement[bool]:
    """The condition that the database is at the migration that this code is made for."""
    return sa.exists().where(versions.c.version_num == SCHEMA)


def ping() -> bool:
    """Whether the database answers."""
    try:
        db.session.execute(sa.text("SELECT 1"))
    except sa.exc.DBAPIError:
        db.session.rollback()
        return False
    return True


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


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that reads first and writes later fails at once when somebody else wrote in between.
    wanted = HURRIED_BUSY_SECONDS if _Limit.armed else BUSY_SECONDS
    if connection.info.get(BUSY, BUSY_SECONDS) != wanted:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {round(wanted * 1000)}")
        connection.info[BUSY] = wanted
    writing = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def _remind(_number: int, _frame: FrameType | None) -> None:
    if _Limit.armed:
        _Limit.passed = True
        raise DatabaseAway(TOO_SLOW)


def _leave_read_snapshot(session: Session, known: Sequence[Model]) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed outside a transaction")
    kept = [row for row in known if row in session]
    for row in kept:
        session.expunge(row)
    session.rollback()  # from which on all rows of the session are read again
    session.add_all(kept)


@event.listens_for(Session, "before_flush")
def _refuse_stray_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    if not session.info.get(WRITING) or LEFT in session.info:
        raise RuntimeError(STRAY)


@event.listens_for(Session, "do_orm_execute")
def _refuse_stray_statement(state: ORMExecuteState) -> None:
    writes = state.is_insert or state.is_update or state.is_delete
    if writes and (not state.session.info.get(WRITING) or LEFT in state.session.info):
        raise RuntimeError(STRAY)
