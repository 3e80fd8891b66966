"""Pausing a queue: what waits in it goes on waiting, what goes on goes on; until somebody lets it go on."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.accounts.permissions import require
from webapp.catalogue import queues
from webapp.catalogue.models import JobQueue
from webapp.catalogue.turns import alone
from webapp.db import db, hastening, is_sqlite, on_commit, utcnow, writing
from webapp.errors import InvalidInputs, NotPossible
from webapp.jobs.plain import storable
from webapp.queue import bell
from webapp.runs.models import LOCAL, Run, State
from webapp.runs.startable import startable
from webapp.ui.filters import full

LONGEST_REASON = 500
PAUSES = 4_182_002
"""The number of the lock that PostgreSQL keeps for us: each claim has a share of it, and a pause has it alone."""

# Built once: building it takes longer than asking it.
PAUSED = sa.select(JobQueue).where(
    JobQueue.name.in_(sa.bindparam("names", expanding=True)), JobQueue.paused_at.is_not(None)
)


def pause(queue: JobQueue, by: User, reason: str) -> None:
    """Let nothing start that waits in queue. Once this comes back nothing does; what a worker has by then goes on.

    :raises NotAllowed: by may not change queues.
    :raises InvalidInputs: there is no reason, or it is too long.
    :raises NotFound: the queue has been deleted.
    :raises NotPossible: it is paused already, or no worker serves it in any case.
    """
    require(by, "extras.change_jobqueue", queue)
    reason, id = _checked(reason), queue.id
    if queue.name == LOCAL:
        raise NotPossible("What runs here is run by the commands that made it, and waits for nobody.")
    with alone() as session:
        fresh = queues.there(id)
        if fresh.paused_at is not None:
            raise NotPossible(said(fresh))
        fresh.paused_at, fresh.paused_by, fresh.pause_reason = utcnow(), by.username, reason
        if not is_sqlite():
            session.execute(sa.select(sa.func.pg_advisory_xact_lock(PAUSES)))


def hold_off() -> None:
    """For the transaction of a claim: nobody pauses a queue before its end, and what it reads from here on knows of
    every pause that has come back. PostgreSQL then ends it without waiting for the disk, see hastening().
    """
    # SQLite lets only one write. A lock on the queue's row would be written to it by every claim.
    if not is_sqlite():
        writing().execute(sa.select(sa.func.pg_advisory_xact_lock_shared(PAUSES), *hastening()))


def resume(queue: JobQueue, by: User) -> None:
    """Let what waits in queue start, at once; nothing happens if it is not paused.

    :raises NotAllowed: by may not change queues.
    :raises NotFound: the queue has been deleted.
    """
    require(by, "extras.change_jobqueue", queue)
    id = queue.id
    with alone():
        fresh = queues.there(id)
        if fresh.paused_at is None:
            return
        fresh.paused_at, fresh.paused_by, fresh.pause_reason = None, None, ""
        name = fresh.name
        on_commit(lambda: _ring_all(name))


def paused(names: Iterable[str]) -> dict[str, JobQueue]:
    """Those of the queues of these names that are paused, by name."""
    return {queue.name: queue for queue in db.session.scalars(PAUSED, {"names": list(set(names))})}


def said(queue: JobQueue) -> str:
    """Since when a paused queue is, by whom, and why, as a sentence."""
    since = f" since {full(queue.paused_at)}" if queue.paused_at else ""
    return f"The queue {queue.name} is paused{since} by {queue.paused_by}: {queue.pause_reason.rstrip('.')}."


def _checked(reason: str) -> str:
    """
    :raises InvalidInputs: it is empty, or too long.
    """
    reason = storable(reason).strip()
    if not reason:
        raise InvalidInputs({"reason": ["This field is required."]})
    if len(reason) > LONGEST_REASON:
        raise InvalidInputs({"reason": [f"Give at most {LONGEST_REASON} characters."]})
    return reason


def _ring_all(name: str) -> None:
    """Ring for what could start in the queue of that name, but for what has been rung for and not heard yet."""
    waits = sa.and_(Run.state == State.QUEUED, Run.queue == name, startable(utcnow()))
    numbers = db.session.scalars(sa.select(Run.number).where(waits).order_by(Run.number)).all()
    db.session.rollback()
    heard = bell.waiting(name) or set()
    bell.ring_all((number, name) for number in numbers if number not in heard)
