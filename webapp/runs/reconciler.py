"""The reconciler: rings again for what waits, and gives an honest end to what nobody works on any more.

It runs in every scheduler process. Two of them at once do no harm: each step is a compare-and-swap.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from datetime import timedelta

import sqlalchemy as sa

from webapp.db import db, transaction, utcnow
from webapp.errors import NotPossible
from webapp.queue import bell
from webapp.runs import states
from webapp.runs.models import ACTIVE, Run, State
from webapp.runs.service import LOCAL

ACTOR = "reconciler"
RING_AGAIN = timedelta(seconds=3)
MOST_RINGS = 1000
"""Runs that one round rings for; the rest follow in the next rounds."""

log = logging.getLogger(__name__)


@dataclass
class Reconciler:
    """What one scheduler process remembers from round to round."""

    lost_after: float
    """Seconds of this process's own clock without a heartbeat."""
    epoch: str | None = None
    heartbeats: dict[tuple[int, int], tuple[int, float]] = field(default_factory=dict)
    """By (run, attempt): the heartbeat and when it was first seen, on the monotonic clock."""

    def reconcile(self) -> None:
        """One round."""
        try:
            self._ring()
            self._reap()
            self._end_abandoned()
        except sa.exc.OperationalError:
            # An outage of the database says nothing about the workers: start counting afresh.
            self.heartbeats.clear()
            db.session.rollback()
            raise

    def _ring(self) -> None:
        epoch = bell.epoch()
        if epoch is None:
            self.epoch = None
            return
        emptied, self.epoch = epoch != self.epoch, epoch
        due = self._due(everything=emptied)
        heard = {queue: bell.waiting(queue) or set() for queue in set(due.values())}
        if due and bell.ring_all((number, queue) for number, queue in due.items() if number not in heard[queue]):
            self._mark_rung(list(due))

    def _due(self, *, everything: bool) -> dict[int, str]:
        """The queues of the runs that may have to be rung for, by number."""
        query = sa.select(Run.number, Run.queue).where(Run.state == State.QUEUED, Run.queue != LOCAL)
        if not everything:
            query = query.where(Run.rung_at < utcnow() - RING_AGAIN)
        rows = db.session.execute(query.order_by(Run.number).limit(MOST_RINGS)).all()
        db.session.rollback()
        return {row.number: row.queue for row in rows}

    def _mark_rung(self, numbers: list[int]) -> None:
        """These need no ring for a while, whether they got one now or their last one is still in Redis."""
        with transaction() as session:
            statement = sa.update(Run).where(Run.number.in_(numbers)).values(rung_at=utcnow())
            session.execute(statement.execution_options(synchronize_session=False))

    def _reap(self) -> None:
        """End the attempts whose heartbeat this process has seen unchanged for lost_after."""
        query = sa.select(Run.number, Run.attempt, Run.heartbeat, Run.state).where(Run.state.in_(ACTIVE))
        rows = db.session.execute(query).all()
        db.session.rollback()
        now, seen = time.monotonic(), self.heartbeats
        self.heartbeats = {}
        for number, attempt, heartbeat, state in rows:
            known = seen.get((number, attempt))
            since = known[1] if known and known[0] == heartbeat else now
            self.heartbeats[number, attempt] = (heartbeat, since)
            if now - since > self.lost_after:
                self._give_up(number, attempt, heartbeat, state)

    def _give_up(self, number: int, attempt: int, heartbeat: int, state: State) -> None:
        reason = f"Its worker has not been heard of for {self.lost_after:.0f} s."
        try:
            with transaction():
                if state == State.CLAIMED:
                    states.requeue(number, attempt, heartbeat, ACTOR, reason)
                else:
                    states.lose(number, attempt, heartbeat, ACTOR, reason + " What it had done is in the log.")
        except NotPossible:
            return  # it moved after all
        log.warning("run #%s, attempt %s: %s", number, attempt, reason)

    def _end_abandoned(self) -> None:
        """A local run that was never claimed: the process that made it, and was to run it, is gone."""
        limit = utcnow() - timedelta(seconds=self.lost_after)
        query = sa.select(Run.number).where(Run.state == State.QUEUED, Run.queue == LOCAL, Run.created_at < limit)
        numbers = db.session.scalars(query).all()
        db.session.rollback()
        for number in numbers:
            try:
                with transaction():
                    attempt = states.claim(number, ACTOR)
                    reason = "The command that was to run it ended before it began."
                    states.finish(number, attempt, State.CLAIMED, State.ERRORED, ACTOR, reason=reason)
            except NotPossible:
                continue
