"""Blocks of changes of one job: `with self.changes() as changes:`.

What is set, added and deleted is written at the end, in one short transaction; or earlier, as soon as the job asks for
objects inside the block, so that it finds what it has just made.
"""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeVar, overload
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.orm import Session

from webapp.changes.models import Action
from webapp.changes.recording import COUNTER, LISTENER
from webapp.db import BUSY_SECONDS, WRITING
from webapp.errors import NotPossible
from webapp.inventory.integrity import cascades
from webapp.inventory.jobs import shadows
from webapp.inventory.jobs.access import Access
from webapp.inventory.jobs.guarding import FRESH
from webapp.inventory.models import Object
from webapp.inventory.turns import BEGIN
from webapp.jobs.changing import FORKED, Counts

BEGUN = "jobdeck.begun"
PLANNED, TURN = "planned", "turn"
"""What a thread has of its own, beside its blocks."""
CLOSED = "This block of changes is over: begin another one."
BROKEN = (
    "Nothing of this block is kept, as something of it was refused. What may be refused belongs in a block of its own."
)
FOREIGN = "{row} was read or made by another thread of the job. Read it in this one."
BEGIN_ON_POSTGRESQL = f"BEGIN; SET LOCAL lock_timeout = '{BUSY_SECONDS}s'"

Row = TypeVar("Row", bound=Object)
ChangeRow = dict[str, Any]
Acting = Callable[[], AbstractContextManager[Any]]


class Changes:
    """What a block is changed by."""

    def __init__(self, session: Session, *, planned: bool) -> None:
        """planned says that it is all of a dry run."""
        self._session: Session | None = session
        self._planned = planned

    @overload
    def add(self, row: Row, /) -> Row: ...
    @overload
    def add(self, *rows: Row) -> list[Row]: ...
    def add(self, *rows: Row) -> Row | list[Row]:
        """Keep new objects; gives back the one, or a list of several.

        :raises TypeError: something is no object. :raises RuntimeError: the block is over.
        """
        for row in rows:
            session = self._for(row)
            if row.id is None:
                row.id = uuid4()
            row.only_planned = self._planned
            session.add(row)
        return rows[0] if len(rows) == 1 else list(rows)

    def delete(self, *rows: Object) -> None:
        """Delete objects, and what lies in them.

        :raises TypeError: something is no object. :raises RuntimeError: the block is over.
        """
        kept: list[Object] = []
        for row in rows:
            session = self._for(row)
            if row in session.new:
                session.expunge(row)
            else:
                kept.append(row)
        if len(kept) > 1:
            cascades.bring(self._for(kept[0]), kept)
        for row in kept:
            self._for(row).delete(row)

    def close(self) -> None:
        """Nothing more is taken."""
        self._session = None

    def _for(self, row: Object) -> Session:
        if self._session is None:
            raise RuntimeError(CLOSED)
        if not isinstance(row, Object):
            raise TypeError(f"{row!r:.100} is no object of the inventory")
        if sa.inspect(row).session not in (None, self._session):
            raise RuntimeError(FOREIGN.format(row=type(row).__name__))
        return self._session


class Blocks:
    """The blocks of a job, in whichever of its threads."""

    def __init__(
        self,
        access: Access,
        *,
        acting: Acting,
        check: Callable[[Session], None],
        plan: Callable[[list[ChangeRow]], None] | None = None,
        shield: Acting = nullcontext,
    ) -> None:
        """acting says whom changes are put down to. check is asked before a block is committed, and raises where
        nothing may be changed any more. plan makes it a dry run, and takes what would have been changed. What is done
        inside shield() is not interrupted.
        """
        self._access, self._acting, self._check, self._plan, self._shield = access, acting, check, plan, shield
        self._pid, self._turn = os.getpid(), threading.Lock()
        self._open = threading.local()

    @property
    def _blocks(self) -> list[Changes]:
        """Those of this thread that are open, each inside the one before it."""
        blocks: list[Changes] = self._open.__dict__.setdefault("blocks", [])
        return blocks

    def begin(self) -> Changes:
        """A block; inside another one a part of it, which can be taken back by itself.

        :raises RuntimeError: this process is a fork of the job's.
        """
        if os.getpid() != self._pid:
            raise RuntimeError(FORKED)
        session = self._access.session()
        if self._blocks:
            self._start(session)
            session.begin_nested()
        else:
            self._wait_for_turn()
            session.info |= {WRITING: True, BEGIN: self._start, COUNTER: Counter()}
            if self._plan is not None:
                session.info[LISTENER] = self._planned
        self._blocks.append(Changes(session, planned=self._plan is not None))
        return self._blocks[-1]

    def end(self) -> Counts:
        """Write what has not been written yet, and commit; nothing is counted for a part.

        :raises NotPossible: it does not go together, or may not be kept; then it is taken back.
        """
        session = self._access.session()
        if len(self._blocks) > 1:
            self._end_part(session, keep=True)
            return Counts()
        try:
            with self._shield():
                counts = self._commit(session)
        except BaseException as problem:
            self.leave()
            if isinstance(problem, PendingRollbackError):
                raise NotPossible(BROKEN) from None
            raise
        self._close(session)
        return counts

    def undo(self) -> None:
        """Take back the last block."""
        if len(self._blocks) > 1:
            self._end_part(self._access.session(), keep=False)
        else:
            self.leave()

    def leave(self) -> None:
        """Take back all that is open in this thread, whatever state it is in."""
        if not self._blocks and not self._access.used:
            return
        session = self._access.session()
        with self._shield():
            try:
                session.rollback()
            except Exception:
                session.invalidate()
            self._close(session)

    def _wait_for_turn(self) -> None:
        """Threads of a dry run, which share a connection, change something one after the other."""
        if self._plan is not None:
            self._turn.acquire()
            self._open.__dict__[TURN] = True

    def _start(self, session: Session) -> None:
        """Begin the transaction, if it has not begun."""
        if session.info.get(BEGUN):
            return
        with self._shield():
            connection = session.connection()
            if self._plan is not None:
                shadows.cast(connection)
            if connection.dialect.name != "sqlite":
                connection.exec_driver_sql(BEGIN_ON_POSTGRESQL)
            else:
                connection.exec_driver_sql("BEGIN IMMEDIATE" if self._plan is None else "BEGIN")
            session.info[BEGUN] = True

    def _end_part(self, session: Session, *, keep: bool) -> None:
        part = session.get_nested_transaction()
        with self._shield():
            try:
                if part is not None:
                    part.commit() if keep else part.rollback()
            except BaseException as problem:
                # Refused by the rules or by the database, the part would stay open.
                if part is not None and session.get_nested_transaction() is part:
                    part.rollback()
                if isinstance(problem, PendingRollbackError):
                    raise NotPossible(BROKEN) from None
                raise
            finally:
                self._blocks.pop().close()

    def _commit(self, session: Session) -> Counts:
        with self._acting():
            session.flush()
            if not session.info.get(BEGUN):
                return Counts()
            if self._plan is None:
                self._check(session)
            session.commit()
        if self._plan is not None and (planned := self._open.__dict__.pop(PLANNED, [])):
            self._plan(planned)
        many = session.info[COUNTER]
        return Counts(many[Action.CREATE], many[Action.UPDATE], many[Action.DELETE])

    def _planned(self, changes: list[ChangeRow]) -> bool:
        """Keep changes of this thread until they are committed where nobody sees them."""
        self._open.__dict__.setdefault(PLANNED, []).extend(changes)
        return True

    def _close(self, session: Session) -> None:
        for mark in (WRITING, BEGIN, BEGUN, FRESH, LISTENER, COUNTER):
            session.info.pop(mark, None)
        self._open.__dict__.pop(PLANNED, None)
        while self._blocks:
            self._blocks.pop().close()
        if self._open.__dict__.pop(TURN, False):
            self._turn.release()
