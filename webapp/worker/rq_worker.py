"""RQ's worker as Jobdeck uses it: it fetches ids of runs, and is itself the supervisor of each run."""

from __future__ import annotations

import logging
from typing import Any

from redis.exceptions import ConnectionError as RedisAway
from rq import Queue, SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job as RQJob
from setproctitle import setproctitle

from webapp.db import AWAY, db
from webapp.queue.pointer import PointerJob, forget, run_number
from webapp.runs import processes
from webapp.runs.forks import Forks
from webapp.runs.supervisor import supervise
from webapp.worker.stopping import StopMark
from webapp.worker.upkeep import Upkeep

log = logging.getLogger(__name__)


class Worker(SimpleWorker):
    """Supervises one run after the other; RQ's verdicts, time limits and registries are not used."""

    job_class: type[RQJob] = PointerJob
    max_connection_wait_time = 1.0

    def __init__(self, queues: list[str], stop: StopMark, upkeep: Upkeep, forks: Forks, **options: Any) -> None:
        self.stop, self.upkeep, self.forks = stop, upkeep, forks
        super().__init__(queues, **options)

    @property
    def _stop_requested(self) -> bool:
        """RQ's own flag, which it looks at between jobs: ours, so that no signal falls between two worlds."""
        return self.stop.set

    @_stop_requested.setter
    def _stop_requested(self, _value: bool) -> None:
        """RQ clears its flag when a worker is made; a mark stays."""

    @property
    def dequeue_timeout(self) -> int:
        """Seconds that it listens before it looks after itself."""
        return 1

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """Whether there are chores to do, or this worker should not fetch any more."""
        return self.stop.set or not self.upkeep.fits or self.upkeep.chores.due

    def run_maintenance_tasks(self) -> None:
        """Do what is due between runs.

        :raises StopRequested: somebody asked it to stop, or its code is made for another version of the database.
        """
        if not self.stop.set:
            self.upkeep.chores.turn()
        if self.stop.set or not self.upkeep.fits:
            raise StopRequested

    def heartbeat(self, *arguments: Any, **options: Any) -> None:
        """Tell RQ that this worker lives, which it does again and again while Redis is away.

        :raises StopRequested: somebody asked it to stop.
        """
        if self.stop.set:
            raise StopRequested
        super().heartbeat(*arguments, **options)

    def execute_job(self, job: RQJob, queue: Queue) -> None:
        """Supervise the run that job points to, to its end."""
        forget(self.connection, queue.key, job.id)
        number = run_number(job.id)
        self.procline(f"supervising #{number}")
        try:
            supervise(
                number,
                processes.name_of(processes.WORKER),
                forks=self.forks,
                on_beat=self.upkeep.beat,
                stopping=lambda: self.stop.set,
            )
        except AWAY:
            # Not claimed, or its end could not be written: the reconciler takes care of either.
            log.exception("run #%s: the database does not answer", number)
        finally:
            db.session.remove()

    def procline(self, message: str) -> None:
        """Show what it does in the list of processes."""
        setproctitle(f"jobdeck: worker {','.join(self.queue_names())} ({message})")

    def check_for_suspension(self, burst: bool) -> None:
        """Nothing: a key in Redis does not stop workers."""

    def subscribe(self) -> None:
        """Nothing: commands over Redis are not taken, and a thread would not survive the fork."""

    def unsubscribe(self) -> None:
        """Nothing, as subscribe()."""

    def register_death(self) -> None:
        """Leave RQ's registry, if Redis is there to be told."""
        try:
            super().register_death()  # type: ignore[no-untyped-call]
        except RedisAway:
            log.info("Redis is away; the worker leaves without telling it")

    def _install_signal_handlers(self) -> None:
        """Nothing: the process has its own, since before this worker was made."""
