"""What RQ does not promise, done to the product: whatever RQ loses, doubles or declares dead, the run goes its way."""

from __future__ import annotations

import os
import signal
from datetime import timedelta

import pytest
from redis import Redis
from rq import Queue
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job, JobStatus
from rq.registry import StartedJobRegistry, clean_registries
from rq.utils import now

from tests.product import on_sqlite
from webapp.queue import bell
from webapp.queue.connection import connect
from webapp.runs import processes, reconciler
from webapp.runs.forks import Forks
from webapp.runs.models import State
from webapp.runs.reconciler import Reconciler
from webapp.worker.rq_worker import Worker
from webapp.worker.stopping import StopMark
from webapp.worker.upkeep import Upkeep


class Dying(Worker):
    """Dies with what it has just fetched in hand."""

    def execute_job(self, job, queue):
        os.kill(os.getpid(), signal.SIGKILL)


class Stopped(Worker):
    """Is asked to stop with what it has just fetched in hand."""

    def execute_job(self, job, queue):
        os.kill(os.getpid(), signal.SIGTERM)
        super().execute_job(job, queue)


@pytest.fixture
def work(apart, settings):
    """Lets a worker of that kind listen to queues in a process of its own, until it ends; gives its exit code."""

    def listen(kind: type[Worker], *queues: str, burst: bool = True) -> int:
        def live() -> None:
            upkeep = Upkeep(processes.WORKER, list(queues), settings.lost_after, settings.data_dir)
            connection = connect(settings, "worker")
            worker = kind(list(queues), StopMark(), upkeep, Forks("worker@test"), connection=connection)
            worker.work(burst=burst, logging_level="CRITICAL")

        return apart(live).end()

    return listen


@pytest.fixture
def redis(app, redis_url):
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def rung_again(monkeypatch):
    """Lets a scheduler ring that has known this Redis for long."""
    watch = Reconciler(60)
    watch.reconcile()
    monkeypatch.setattr(reconciler, "RING_AGAIN", timedelta())
    return watch.reconcile


def ids_in(redis: Redis) -> set[str]:
    """All ids of runs that any list or registry of RQ holds."""
    held = [id for key in redis.scan_iter(_type="LIST") for id in redis.lrange(key, 0, -1)]
    held += [id for key in redis.scan_iter(_type="ZSET") for id in redis.zrange(key, 0, -1)]
    return {id.decode() for id in held if id.startswith(b"run_")}


@on_sqlite
def test_rq_fact_1_what_a_worker_of_two_queues_had_in_hand_when_it_died_is_rung_again(
    work, start, at, redis, rung_again
):
    number = start("Finding")
    assert work(Dying, "default", "lab") == -signal.SIGKILL
    assert ids_in(redis) == set()
    assert at(number).state == State.QUEUED
    rung_again()
    assert bell.waiting("default") == {number}
    assert work(Worker, "default", "lab") == 0
    assert at(number).state == State.SUCCESS


@on_sqlite
def test_rq_fact_2_what_a_dead_worker_leaves_in_the_intermediate_list_is_rung_again_and_no_verdict_of_rq_counts(
    work, start, at, redis, rung_again
):
    number = start("Finding")
    assert work(Dying, "default") == -signal.SIGKILL
    between = IntermediateQueue(bell.queue_key("default"), redis)
    [stuck] = between.get_job_ids()
    rung_again()
    assert work(Worker, "default") == 0
    redis.set(between.get_first_seen_key(stuck), (now() - timedelta(minutes=2)).timestamp())
    work(Worker, "default")
    assert at(number).state == State.SUCCESS
    assert bell.waiting("default") == set()


@on_sqlite
def test_rq_fact_5_a_run_that_rq_calls_abandoned_stays_what_it_was(work, start, at, redis, supervise):
    number = start("Finding")
    [id] = redis.lrange(bell.queue_key("default"), 0, -1)
    assert supervise(number, "worker@test") == State.SUCCESS
    abandoned = Job.create("os.getcwd", id=id.decode(), origin="default", connection=redis)
    abandoned.save()
    queue = Queue("default", connection=redis)
    redis.zadd(StartedJobRegistry(queue=queue).key, {f"{abandoned.id}:0123": 1})
    clean_registries(queue)
    assert abandoned.get_status() == JobStatus.FAILED
    assert work(Worker, "default") == 0
    assert (at(number).state, at(number).attempt) == (State.SUCCESS, 1)


@on_sqlite
def test_rq_fact_6_a_job_that_swallows_every_exception_does_not_swallow_its_time_limit(start, at, supervise):
    number = start("Patient")
    assert supervise(number, "worker@test") == State.TIMED_OUT
    assert at(number).reason == "It was stopped after its soft time limit of 1 s."


@on_sqlite
def test_rq_fact_14_nothing_in_redis_is_pickled(work, start, at, redis):
    numbers = [start("Finding"), start("Leaving", how="sys.exit(3)"), start("Finding")]
    rung = stored(redis)
    assert work(Worker, "default") == 0
    assert all(at(number).finished for number in numbers)
    for content in [*rung, *stored(redis)]:
        assert content.decode("ascii").isprintable()


def stored(redis: Redis) -> list[bytes]:
    """Every value that Redis holds, in pieces."""
    found: list[bytes] = []
    for key in redis.scan_iter():
        match redis.type(key):
            case b"list":
                found += redis.lrange(key, 0, -1)
            case b"hash":
                found += [*redis.hkeys(key), *redis.hvals(key)]
            case b"set":
                found += redis.smembers(key)
            case b"zset":
                found += redis.zrange(key, 0, -1)
            case _:
                found.append(redis.get(key))
    return found


@on_sqlite
def test_fault_9_a_worker_that_is_told_to_stop_with_a_run_in_hand_still_runs_it(work, start, at):
    first, second = start("Finding"), start("Finding")
    assert work(Stopped, "default", burst=False) == 0
    assert at(first).state == State.SUCCESS
    assert at(second).state == State.QUEUED
    assert bell.waiting("default") == {second}
