"""`flask worker` and `flask scheduler`."""

from __future__ import annotations

import gc
import logging
import socket
import time
from functools import partial

import click
from flask import Flask, current_app
from redis.exceptions import RedisError
from setproctitle import setproctitle

from webapp.catalogue import refreshing
from webapp.config import Settings
from webapp.db import AWAY, SCHEMA, db, schema
from webapp.errors import NotPossible
from webapp.inventory import standalone
from webapp.queue import bell, embedded, server
from webapp.queue.connection import connect
from webapp.runs import processes
from webapp.runs.forks import Forks
from webapp.runs.templates import Template
from webapp.worker.pool import Pool
from webapp.worker.rq_worker import Worker
from webapp.worker.stopping import StopMark
from webapp.worker.upkeep import Upkeep

LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
BIRTH_AGAIN_SECONDS = 1.0

log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Add the commands to `flask`."""
    app.cli.add_command(worker)
    app.cli.add_command(scheduler)


@click.command()
@click.argument("queues", nargs=-1)
@click.option("--processes", "count", default=1, show_default=True, type=click.IntRange(1, 64))
def worker(queues: tuple[str, ...], count: int) -> None:
    """Work on QUEUES (by default: default), each process on one run at a time."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    # RQ says several lines for each job; ours are in the run's log.
    logging.getLogger("rq.worker").setLevel(logging.WARNING)
    names = list(queues) or ["default"]
    db.session.remove()
    db.engine.dispose()
    # What is here now stays: no process below may copy it by looking for garbage.
    gc.collect()
    gc.freeze()
    data_dir = current_app.extensions["settings"].data_dir
    log.info("%s processes work on: %s", count, ", ".join(names))
    spared = partial(server.is_server, data_dir)
    # Here, before the workers are forked, which share it.
    template = Template(f"worker {','.join(names)}") if standalone.is_all() else None
    Pool(lambda: _work(names, template), count, f"worker {','.join(names)}", spared, _look_for_jobs).run()


def _look_for_jobs() -> None:
    """Bring the job records in line with the files that this worker has; not in a database of another version."""
    setproctitle("jobdeck: looking for jobs")
    jobs_root = current_app.extensions["settings"].jobs_root
    try:
        if schema() == SCHEMA and refreshing.is_outdated(jobs_root):
            refreshing.refresh(jobs_root, by=f"a worker on {socket.gethostname()}")
    except NotPossible as refusal:
        log.info("%s", refusal.message)
    except AWAY as away:
        log.warning("the job records are as they were, as the database does not answer: %s", away)


def _work(queues: list[str], template: Template | None) -> None:
    """Be a worker until asked to stop; RQ's worker is made anew whenever it gives up, as it does when Redis goes."""
    stop = StopMark()
    settings: Settings = current_app.extensions["settings"]
    forks = Forks(f"worker {','.join(queues)}", template)
    connection = connect(settings, "worker")
    upkeep = Upkeep(processes.WORKER, queues, settings.lost_after, settings.data_dir)
    while not stop.set:
        upkeep.chores.turn()
        try:
            if upkeep.fits:
                Worker(queues, stop, upkeep, forks, connection=connection).work(logging_level="WARNING")
        except (RedisError, OSError) as away:
            log.warning("Redis is away: %s", away)
        if not stop.set:
            time.sleep(BIRTH_AGAIN_SECONDS)
    forks.close()
    processes.leave(processes.WORKER)
    # The process ends without what others do at its end.
    embedded.leave(settings.data_dir)


@click.command()
def scheduler() -> None:
    """Ring for what waits and end what is lost, once a second."""
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT)
    setproctitle("jobdeck: scheduler")
    settings: Settings = current_app.extensions["settings"]
    bell.init_app(current_app, settings, "scheduler")
    stop = StopMark()
    chores = Upkeep(processes.SCHEDULER, [], settings.lost_after, settings.data_dir).chores
    while not stop.set:
        chores.turn()
        time.sleep(chores.pause())
    processes.leave(processes.SCHEDULER)
