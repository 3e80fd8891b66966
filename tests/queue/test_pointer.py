"""Whoever can write to Redis cannot make a worker run code."""

from __future__ import annotations

import json
import os
import pickle
import zlib

import pytest
from redis import Redis
from rq import Queue, SimpleWorker
from rq.exceptions import NoSuchJobError

from webapp.queue.bell import queue_key
from webapp.queue.pointer import PointerJob, forget, new_id, run_number


class Recorder(SimpleWorker):
    """A worker as ours is: it takes a job's id and does nothing that RQ would."""

    job_class = PointerJob

    def subscribe(self):
        """Nothing, as ours; RQ's thread would be waited for at the end."""

    def unsubscribe(self):
        """Nothing."""

    def execute_job(self, job, queue):
        forget(self.connection, queue.key, job.id)
        self.seen = [*getattr(self, "seen", []), job.number]


@pytest.fixture
def redis(redis_url):
    with Redis.from_url(redis_url) as client:
        client.flushall()
        yield client


def test_rq_fact_11_a_worker_of_rq_takes_ids_that_have_no_hash(redis):
    for number in (1, 2):
        redis.rpush(queue_key("default"), new_id(number))
    assert work(redis) == [1, 2]
    assert redis.keys("*intermediate*") == []


def test_a_worker_on_two_queues_takes_them_as_well(redis):
    redis.rpush(queue_key("slow"), new_id(1))
    redis.rpush(queue_key("default"), new_id(2))
    assert work(redis, "default", "slow") == [2, 1]


def test_rq_fact_16_ids_that_are_not_ours_are_passed_over(redis):
    Queue("default", connection=redis).enqueue("os.getcwd")
    for word in ("run_0_abcdef", "run_1_ABCDEF", "run_1_abcdef\n", "run_¹_abcdef", "run_1", "x", "", "a:b", "9" * 5000):
        redis.rpush(queue_key("default"), word)
    redis.rpush(queue_key("default"), new_id(5))
    assert work(redis) == [5]


def test_fault_29_what_somebody_forges_under_the_key_of_a_run_is_inert(redis, tmp_path):
    forge(redis, tmp_path, [new_id(number) for number in range(1, 5)])
    assert work(redis) == [1, 2, 3, 4]
    assert list(tmp_path.iterdir()) == []


def test_rq_fact_15_it_is_inert_even_with_a_worker_of_rq_that_performs_what_it_finds(redis, tmp_path):
    forge(redis, tmp_path, [new_id(number) for number in range(1, 5)])
    work(redis, worker=SimpleWorker(["default"], connection=redis, job_class=PointerJob))
    assert list(tmp_path.iterdir()) == []


def test_the_same_forgeries_do_execute_with_the_jobs_of_rq(redis, tmp_path):
    forge(redis, tmp_path, ["one", "two", "three", "four"])
    work(redis, worker=SimpleWorker(["default"], connection=redis))
    assert {"pickle", "callbacks"} <= {mark.name for mark in tmp_path.iterdir()}


def test_nothing_that_redis_says_changes_a_pointer(redis):
    id = new_id(12)
    redis.hset(f"rq:job:{id}", mapping={"timeout": "1", "description": "evil", "meta": b"evil", "origin": "evil"})
    [job] = PointerJob.fetch_many([id], redis)
    again = PointerJob.fetch(id, redis)
    again.refresh()
    assert (job.number, again.description, again.timeout, again.meta, again.origin) == (12, "run #12", -1, {}, "")


def test_rq_fact_12_two_rings_of_a_run_have_different_ids():
    assert new_id(3) != new_id(3)
    assert run_number(new_id(3)) == 3


def test_an_id_that_is_not_ours_is_no_such_job():
    with pytest.raises(NoSuchJobError):
        run_number("run_3_xyz")


def work(redis, *queues, worker=None):
    """What a worker saw until its queues were empty."""
    worker = worker or Recorder(queues or ["default"], connection=redis)
    worker.work(burst=True, logging_level="CRITICAL")
    return getattr(worker, "seen", [])


def forge(redis, folder, ids):
    """Put jobs under these four ids that leave marks in folder if anybody takes them for jobs."""
    made_up = {
        "pickle": {"data": zlib.compress(pickle.dumps(Evil(folder / "pickle")))},
        "json": {"data": json.dumps(["os.system", None, [f"touch {folder / 'json'}"], {}])},
        "callbacks": {
            "data": pickle.dumps(("os.system", None, (f"touch {folder / 'callbacks'}",), {})),
            "success_callback_name": "os.system",
            "failure_callback_name": "os.system",
        },
        "meta": {"data": b"", "meta": pickle.dumps(Evil(folder / "meta")), "webhooks": '[{"url": "file:///"}]'},
    }
    for id, mapping in zip(ids, made_up.values(), strict=True):
        redis.hset(f"rq:job:{id}", mapping={"status": "queued", "origin": "default", "timeout": "60", **mapping})
        redis.rpush(queue_key("default"), id)


class Evil:
    """Leaves a mark when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return os.system, (f"touch {self.mark}",)
