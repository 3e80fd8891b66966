"""Redis that is away, empty, full, old or in the wrong hands: no run is lost, none is doubled, nothing is told."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.conftest import private_folder
from tests.faults.apart import command, eventually
from tests.faults.own_redis import OwnRedis
from tests.product import settings_for
from webapp.accounts import credentials
from webapp.catalogue import service as catalogue
from webapp.config import Settings
from webapp.db import db
from webapp.queue import bell
from webapp.runs.cancelling import cancel
from webapp.runs.forks import Forks
from webapp.runs.models import Run, State
from webapp.runs.reconciler import Reconciler
from webapp.runs.service import submit
from webapp.worker.rq_worker import Worker
from webapp.worker.stopping import StopMark
from webapp.worker.upkeep import Upkeep

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def redis() -> Iterator[OwnRedis]:
    """The Redis of the test's application."""
    with private_folder("redis") as folder:
        server = OwnRedis(folder)
        yield server
        server.kill()


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis: OwnRedis) -> Settings:
    """The settings of the test's application, with a Redis of its own."""
    return settings_for(tmp_path, database_url=database_url, redis_url=redis.url)


@pytest.fixture
def work(app, settings, redis, monkeypatch) -> Callable[[], None]:
    """Lets a worker, as `flask worker` has it, do what Redis tells it until there is nothing more."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def until_empty() -> None:
        upkeep = Upkeep("worker", ["default"], settings.lost_after, settings.data_dir)
        forks = Forks("test")
        monkeypatch.setattr(upkeep.chores, "chores", [])  # what is not in Redis shall stay unheard
        try:
            with redis.client() as client:
                Worker(["default"], StopMark(), upkeep, forks, connection=client).work(burst=True)
        finally:
            forks.close()
            for number, handler in before.items():
                signal.signal(number, handler)

    return until_empty


@pytest.fixture
def start(app, person) -> Callable[..., int]:
    """Submits a run of a class of faults_of_data.py, or of plain.py, as Ann; gives its number."""

    def make(name: str = "plain.NoInputs", **inputs: Any) -> int:
        return submit(catalogue.by_class_path(name), person("ann"), inputs).number

    return make


def states_of(numbers: list[int]) -> set[State]:
    db.session.rollback()
    return set(db.session.scalars(sa.select(Run.state).where(Run.number.in_(numbers))))


def test_fault_23_without_redis_everything_is_accepted_and_runs_once_it_is_back(
    app, settings, redis, browse, api, job, tmp_path
):
    bell.init_app(app, settings)  # impatient, as in the web process
    ann, path = api("ann"), f"/api/extras/jobs/{job('NoInputs').id}/run/"
    with command(settings, tmp_path / "output", "worker"):
        eventually(lambda: bell.ping() and redis.client().smembers("rq:workers"))
        redis.kill()
        answers = [ann.post(path, json={}) for _ in range(50)]
        assert {answer.status_code for answer in answers} == {201}
        numbers = [answer.json["job_result"]["meta"]["number"] for answer in answers]
        assert states_of(numbers) == {State.QUEUED}
        assert "Redis is away" in browse("ann").get(f"/runs/{numbers[0]}").text
        redis.start()
        eventually(lambda: states_of(numbers) == {State.SUCCESS})
    db.session.rollback()
    assert set(db.session.scalars(sa.select(Run.starts))) == {1}


def test_fault_25_runs_go_on_and_can_be_cancelled_while_redis_is_gone(settings, redis, start, at, person, tmp_path):
    papers = [tmp_path / "one", tmp_path / "two"]
    with command(settings, tmp_path / "output", "worker", "--processes", "2"):
        numbers = [start("faults_of_data.Waiting", file=str(paper)) for paper in papers]
        eventually(lambda: all(paper.exists() for paper in papers))
        redis.kill()
        cancel(at(numbers[1]), person("ann"), "no Redis")
        eventually(lambda: at(numbers[1]).finished)
        Path(f"{papers[0]}.go").touch()
        eventually(lambda: at(numbers[0]).finished)
        redis.start()
        later = start()
        eventually(lambda: at(later).state == State.SUCCESS)
    assert [at(number).state for number in numbers] == [State.SUCCESS, State.CANCELLED]
    assert [at(number).starts for number in numbers] == [1, 1]


def test_fault_24_a_redis_that_comes_back_empty_is_told_again_and_nothing_runs_twice(app, redis, start, work):
    watch = Reconciler(60)
    watch.reconcile()
    done = start()
    work()
    numbers = [start(), start()]
    redis.kill()
    redis.forget()
    watch.reconcile()
    redis.start()
    app.extensions["bell"].silent_until = 0.0
    watch.reconcile()
    assert bell.waiting("default") == set(numbers)
    work()
    assert states_of([done, *numbers]) == {State.SUCCESS}
    db.session.rollback()
    assert set(db.session.scalars(sa.select(Run.starts))) == {1}


def test_fault_26_old_rings_of_runs_that_are_over_start_nothing(app, redis, start, work, at):
    numbers = [start() for _ in range(3)]
    cancelled = start()
    redis.remember()
    cancel(at(cancelled), at(cancelled).user)
    work()
    redis.kill()
    redis.start()
    app.extensions["bell"].silent_until = 0.0
    assert bell.waiting("default") == {*numbers, cancelled}
    fresh = start()
    work()
    assert bell.waiting("default") == set()
    assert states_of([*numbers, fresh]) == {State.SUCCESS}
    assert at(cancelled).state == State.CANCELLED
    assert [(at(number).starts, at(number).attempt) for number in (*numbers, fresh)] == [(1, 1)] * 4


def test_fault_28_a_full_redis_delays_and_loses_nothing(app, redis, start, work):
    watch = Reconciler(60)
    watch.reconcile()
    with redis.client() as client:
        client.config_set("maxmemory", 1)
        numbers = [start() for _ in range(20)]
        assert client.llen(bell.queue_key("default")) == 0
        assert states_of(numbers) == {State.QUEUED}
        watch.reconcile()
        client.config_set("maxmemory", 0)
    app.extensions["bell"].silent_until = 0.0
    watch.reconcile()
    assert bell.waiting("default") == set(numbers)
    work()
    assert states_of(numbers) == {State.SUCCESS}


def test_fault_28_a_redis_that_throws_rings_away_is_told_again(app, redis, start, work):
    watch = Reconciler(60)
    with redis.client() as client:
        client.config_set("maxmemory-policy", "allkeys-random")
        numbers = [start() for _ in range(20)]
        client.config_set("maxmemory", 1)
        eventually(lambda: not client.exists(bell.queue_key("default")) or client.ping() and client.dbsize() == 0)
        client.config_set("maxmemory", 0)
    watch.reconcile()
    assert bell.waiting("default") == set(numbers)
    work()
    assert states_of(numbers) == {State.SUCCESS}


def test_fault_30_who_reads_redis_learns_numbers_of_runs_and_nothing_else(redis, start, work, person, at, tmp_path):
    key = credentials.create_token(person("ann"))
    paper = tmp_path / "tell-nobody-where"
    numbers = [start("plain.Secretive", password="tell-nobody-what"), start("faults_of_data.Waiting", file=str(paper))]
    told = redis.remember()
    Path(f"{paper}.go").touch()
    meanwhile = []

    def look() -> None:
        eventually(paper.exists)
        meanwhile.append(redis.remember())

    other = threading.Thread(target=look)
    other.start()
    work()
    other.join()
    assert [at(number).state for number in numbers] == [State.SUCCESS] * 2
    for content in (told, *meanwhile, redis.remember()):
        for word in ("tell-nobody", "Secretive", "Waiting", "plain.", "faults_of_data", key, key[:8], "password"):
            assert word.encode() not in content, word
    assert f"run_{numbers[0]}_".encode() in told


@pytest.mark.parametrize("order", ["kill-horse", "stop-job", "shutdown"])
def test_fault_31_orders_over_redis_reach_nobody(redis, start, work, at, tmp_path, order):
    paper = tmp_path / "paper"
    number, heard = start("faults_of_data.Waiting", file=str(paper)), []

    def give_orders() -> None:
        eventually(paper.exists)
        with redis.client() as client:
            [worker] = client.smembers("rq:workers")
            name = worker.decode().removeprefix("rq:worker:")
            said = json.dumps({"command": order, "job_id": f"run_{number}_abcdef"})
            heard.append(client.publish(f"rq:pubsub:{name}", said))
        Path(f"{paper}.go").touch()

    other = threading.Thread(target=give_orders)
    other.start()
    work()
    other.join()
    assert heard == [0]
    assert at(number).state == State.SUCCESS
