"""Transactions, in which alone something is written, and what happens after a commit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from webapp.db.connections import begin_to_write
from webapp.db.mapping import Model, db, is_sqlite
from webapp.db.marks import AFTER_COMMIT, LEFT, READ, WRITING, Limit

HASTE = sa.func.set_config("synchronous_commit", "off", True)
STRAY = "rows are written inside transaction() only, and as one statement where it is a single one"
OWN = "jobdeck.own"
"""The option of statements that are the product's in the session of a job, which may not write past the rows."""


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
    _require_nothing_changed(session)
    session.info |= {WRITING: True, **({LEFT: 1} if single else {})}
    try:
        _begin(session, known, single)
        yield session
        session.commit()
    except BaseException:
        session.info.pop(AFTER_COMMIT, None)
        # A database that has just been too slow would be as slow to roll back.
        session.invalidate() if Limit.passed else session.rollback()
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
        _require_nothing_changed(session)
        _begin(session, known)


def on_commit(act: Callable[[], object]) -> None:
    """Call act once the surrounding transaction is safe in the database; never if it is rolled back."""
    session = db.session()
    if not session.info.get(WRITING):
        raise RuntimeError("on_commit() belongs inside a transaction")
    session.info.setdefault(AFTER_COMMIT, []).append(act)


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


def read_so_far() -> dict[str, Any]:
    """What was made of what this session has read, by name: for whoever reads it to keep it there. It is forgotten when
    the session reads anew."""
    kept: dict[str, Any] = db.session().info.setdefault(READ, {})
    return kept


def _require_nothing_changed(session: Session) -> None:
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("rows were changed outside a transaction")


def _begin(session: Session, known: Sequence[Model], single: bool = False) -> None:
    """From now on session may write, and reads again what it has read, but for the rows that are known."""
    session.info.pop(READ, None)
    if single:
        # What it reads is what is there at that moment in any case.
        _expire(session, known)
        session.connection()
    elif is_sqlite() and session.in_transaction():
        _expire(session, known)
        begin_to_write(session.connection())
    else:
        kept = [row for row in known if row in session]
        for row in kept:
            session.expunge(row)
        session.rollback()
        session.add_all(kept)
        session.connection(execution_options=for_writing())


def _expire(session: Session, known: Sequence[Model]) -> None:
    for row in session:
        if row not in known:
            session.expire(row)


@event.listens_for(Session, "after_commit")
@event.listens_for(Session, "after_rollback")
def _reads_anew(session: Session) -> None:
    session.info.pop(READ, None)


@event.listens_for(Session, "before_flush")
def _refuse_stray_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    if not session.info.get(WRITING) or LEFT in session.info:
        raise RuntimeError(STRAY)


@event.listens_for(Session, "do_orm_execute")
def _refuse_stray_statement(state: ORMExecuteState) -> None:
    writes = state.is_insert or state.is_update or state.is_delete
    if writes and (not state.session.info.get(WRITING) or LEFT in state.session.info):
        raise RuntimeError(STRAY)
