"""The reconciler: rings again for what waits, and gives an honest end to what nobody works on any more.

It runs in every scheduler process, and in idle workers while there is none. Any number of them at once do no harm:
each step is a compare-and-swap.
"""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from webapp.db import db, transaction, utcnow
from webapp.errors import NotPossible
from webapp.queue import bell
from webapp.runs import states
from webapp.runs.models import ACTIVE, LOCAL, Run, State
from webapp.runs.orphaning import NOT_STARTED
from webapp.runs.process_models import Process
from webapp.runs.startable import startable
from webapp.ui.filters import full

ACTOR = "reconciler"
RING_AGAIN = timedelta(seconds=3)
PROMPT_SECONDS = 1.0
"""For a write; who has to wait longer knows nothing about the silence of others."""
MOST_RINGS = 1000
"""Runs that one round rings for; the rest follow in the next rounds."""
MOST_ENDS = 200
"""Runs without a job that one round ends."""

log = logging.getLogger(__name__)


class Waited(Exception):
    """The database was locked: silence says nothing."""


@dataclass(frozen=True)
class Sighting:
    """A heartbeat as it was last seen."""

    heartbeat: int
    since: float
    """When it was first seen, on the monotonic clock."""
    moved: bool
    """Whether there was another one before it, so that it was fresh then."""


@dataclass
class Reconciler:
    """What one process remembers from round to round."""

    lost_after: float
    """Seconds of this process's own clock without a heartbeat."""
    epoch: str | None = None
    looked_at: float = 0.0
    sightings: dict[tuple[int, int], Sighting] = field(default_factory=dict)
    """By (run, attempt)."""

    def begin_afresh(self) -> None:
        """Blame nobody for what was silent until now."""
        self.sightings.clear()

    def reconcile(self) -> None:
        """One round."""
        try:
            self._reap()
            self._ring()
            self._end_abandoned()
            self._end_orphans()
        except Waited:
            self.begin_afresh()
        except Exception:
            # An outage of the database says nothing about the workers: start counting afresh.
            self.begin_afresh()
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
        now = utcnow()
        query = sa.select(Run.number, Run.queue).where(Run.state == State.QUEUED, Run.queue != LOCAL, startable(now))
        if not everything:
            # Nobody has rung since its time came, or the ring may be lost.
            query = query.where(sa.or_(Run.rung_at < Run.start_after, Run.rung_at < now - RING_AGAIN))
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
        now = time.monotonic()
        # Who was stopped, or waited long for the database, has not watched: others may have been stopped as well.
        watched = now - self.looked_at <= self.lost_after / 2
        seen, self.sightings, self.looked_at = self.sightings if watched else {}, {}, now
        for number, attempt, heartbeat, state in rows:
            sighting = seen.get((number, attempt))
            if sighting is None or sighting.heartbeat != heartbeat:
                sighting = Sighting(heartbeat, now, moved=sighting is not None)
            self.sightings[number, attempt] = sighting
            if now - sighting.since > self.lost_after:
                self._give_up(number, attempt, sighting, state)

    def _give_up(self, number: int, attempt: int, sighting: Sighting, state: State) -> None:
        reason = f"Its worker has not been heard of for {self.lost_after:.0f} s."
        if last := _last_heard(number, sighting):
            reason += f" The last sign of life came at {full(last)}."
        began = time.monotonic()
        try:
            with transaction():
                if state == State.CLAIMED:
                    states.requeue(number, attempt, sighting.heartbeat, ACTOR, reason)
                else:
                    states.lose(number, attempt, sighting.heartbeat, ACTOR, reason)
                if time.monotonic() - began > PROMPT_SECONDS:
                    raise Waited("Somebody kept us from writing, and perhaps the run's worker as well.")
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

    def _end_orphans(self) -> None:
        """Runs that wait although their job is deleted: perhaps no worker ever comes to their queue.

        Local ones the process ends that made them, or _end_abandoned().
        """
        waits = sa.and_(Run.state == State.QUEUED, Run.job_id.is_(None), Run.queue != LOCAL)
        numbers = db.session.scalars(sa.select(Run.number).where(waits).order_by(Run.number).limit(MOST_ENDS)).all()
        db.session.rollback()
        for number in numbers:
            with suppress(NotPossible), transaction():  # a worker may have come to it after all
                states.give_up_queued(number, ACTOR, NOT_STARTED)


def _last_heard(number: int, sighting: Sighting) -> datetime | None:
    """When the worker of run number gave its last sign of life, as well as can be known."""
    seen = utcnow() - timedelta(seconds=time.monotonic() - sighting.since)
    if sighting.moved:
        return seen
    # The heartbeat was there before we were; the worker's row tells more, if it has one.
    beat = db.session.scalar(
        sa.select(Process.beat_at).join(Run, Run.worker == Process.name).where(Run.number == number)
    )
    return min(beat, seen) if beat else None
