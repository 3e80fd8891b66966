"""Questions to the database that somebody waits for only so long."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import sqlalchemy as sa

from webapp.db.mapping import db, is_sqlite
from webapp.db.marks import Limit, forget

PATIENT_SECONDS = 5.0
TOO_SLOW = "it does not answer in time"
AGAIN_SECONDS = 0.25
"""Between two reminders that within() is over, should a rollback hang as well."""


class DatabaseAway(Exception):
    """The database did not answer in the time that there was."""


AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, DatabaseAway)
"""What says that the database is locked, stopped or cut off. What was asked may have happened all the same."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let no question to the database inside take longer than seconds; inside another limit, that one holds.

    For the main thread.

    :raises DatabaseAway: it took longer; the connection is thrown away.
    """
    if Limit.armed:
        yield
        return
    before = signal.signal(signal.SIGALRM, _remind)
    Limit.armed, Limit.passed = True, False
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_SECONDS)
    try:
        try:
            yield
        finally:
            Limit.armed = False
    except Exception as error:
        if not (Limit.passed or isinstance(error, AWAY)):
            raise
        # It may hang in the middle of an answer, and asking it to roll back would take as long again.
        session = db.session()
        session.invalidate()
        forget(session)
        # A driver that is interrupted may complain of the state that it finds itself in.
        raise error if isinstance(error, AWAY) else DatabaseAway(TOO_SLOW) from error
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        Limit.passed = False


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


def _remind(_number: int, _frame: FrameType | None) -> None:
    if Limit.armed:
        Limit.passed = True
        raise DatabaseAway(TOO_SLOW)
