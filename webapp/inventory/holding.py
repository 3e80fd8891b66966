"""What changes call "before" is what rows say when they are written, even if they were read long before.

A job reads without a transaction, and on PostgreSQL a page reads before it has its turn: others may have written since.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction, UOWTransaction

from webapp.changes.recording import correct
from webapp.db import WRITING
from webapp.inventory import turns
from webapp.inventory.conflicts import Gone
from webapp.inventory.models import CableEnd, Object

AT_ONCE = 500
LOOKED_AT = "jobdeck.looked_at"
"""The rows of which that is known in this transaction."""


def init_app() -> None:
    """From now on, before anything of an object is written."""
    if not event.contains(Session, "before_flush", _look_again):
        event.listen(Session, "before_flush", _look_again, insert=True)
        event.listen(Session, "after_transaction_end", _forget)


def _look_again(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """First of all: others write before this, or after this transaction.

    :raises Gone: one of the objects has been deleted meanwhile.
    """
    if not session.info.get(WRITING) or not _has_news(session):
        return
    turns.take(session)
    if session.get_bind().dialect.name == "sqlite" and turns.BEGIN not in session.info:
        return  # its transaction began before it read anything
    known: set[Object] = session.info.setdefault(LOOKED_AT, set())
    deleted = {row for row in session.deleted if isinstance(row, Object)} - known
    changed = {row for row in session.dirty if isinstance(row, Object) and session.is_modified(row)} - known - deleted
    known |= deleted | changed
    for model in {type(row) for row in changed}:
        _correct(session, model, {row.id: row for row in changed if type(row) is model})
    for model in {type(row) for row in deleted}:
        _read_again(session, model, {row.id for row in deleted if type(row) is model})


def _forget(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(LOOKED_AT, None)


def _has_news(session: Session) -> bool:
    """Whether anything of an object is to be written."""
    rows = (*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row)))
    return any(isinstance(row, Object | CableEnd) for row in rows)


def _correct(session: Session, model: type[Object], rows: dict[Any, Object]) -> None:
    """
    :raises Gone: one of rows is not there any more.
    """
    table = cast(sa.Table, model.__table__)
    for ids in _parts(rows):
        there = session.execute(sa.select(table).where(table.c.id.in_(ids))).mappings().all()
        if len(there) < len(ids):
            raise Gone
        for found in there:
            correct(session, rows[found["id"]], {column.name: found[column.name] for column in table.c})


def _read_again(session: Session, model: type[Object], wanted: set[Any]) -> None:
    """
    :raises Gone: one of them is not there any more.
    """
    query = sa.select(model).execution_options(populate_existing=True)
    for ids in _parts(wanted):
        if len(session.scalars(query.where(model.id.in_(ids))).all()) < len(ids):
            raise Gone


def _parts(ids: Collection[Any]) -> Iterator[list[Any]]:
    every = sorted(ids)
    for start in range(0, len(every), AT_ONCE):
        yield every[start : start + AT_ONCE]
