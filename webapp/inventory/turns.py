"""Who writes objects takes turns: on PostgreSQL by a lock that lasts as long as the transaction, on SQLite in any case.

What must hold among objects, such as that no two devices overlap or that no location lies in itself, is looked up
before it is written, and two who look at the same time would both find it to hold. Whoever reads takes no turn, nor
does a dry run, which keeps to itself.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask import has_request_context
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, SessionTransaction

from webapp.changes.recording import LISTENER
from webapp.db import WRITING
from webapp.errors import NotPossible

INVENTORY = 4_182_003
"""The number of the lock that PostgreSQL keeps for us."""
MINE = "jobdeck.inventory_turn"
BEGIN = "jobdeck.begin"
"""Under which the session of a job has what begins its transaction, which it does as late as possible."""
PATIENT_MS = 2_500
"""How long a page waits; a job has its own limits."""
BUSY = "Somebody else is changing many objects at this moment. Try again in a few seconds."


def take(session: Session) -> None:
    """From here on nobody else writes objects, until the transaction of session ends; what it reads is true until then.

    :raises NotPossible: others take too long, and somebody waits for a page.
    """
    info = session.info
    if not info.get(WRITING):
        return
    if (begin := info.get(BEGIN)) is not None:
        begin(session)
    if info.get(MINE) or info.get(LISTENER) is not None or session.get_bind().dialect.name == "sqlite":
        return
    if not session.connection().scalar(sa.select(sa.func.pg_try_advisory_xact_lock(INVENTORY))):
        _wait(session)
    info[MINE] = True


def _wait(session: Session) -> None:
    connection = session.connection()
    before = connection.scalar(sa.select(sa.func.current_setting("lock_timeout")))
    _limit(connection, PATIENT_MS if has_request_context() else 0)
    try:
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(INVENTORY)))
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) == "55P03":  # lock_not_available
            raise NotPossible(BUSY) from error
        raise
    _limit(connection, before)


def _limit(connection: sa.Connection, milliseconds: int | str | None) -> None:
    """Let waits for locks in this transaction take so long; 0 is for ever."""
    connection.execute(sa.select(sa.func.set_config("lock_timeout", str(milliseconds), True)))


@event.listens_for(Session, "after_transaction_end")
def _over(session: Session, _transaction: SessionTransaction) -> None:
    # A savepoint that is rolled back gives up the locks that were taken in it.
    session.info.pop(MINE, None)
