"""Ringing: what a worker finds, and what it costs a page when Redis is away."""

from __future__ import annotations

import logging
import os
import signal
import time
from dataclasses import replace

import pytest
from flask import Flask

from tests.queue.conftest import kill
from webapp.queue import bell, server
from webapp.queue.pointer import run_number


@pytest.fixture
def app(settings, redis_url):
    with ringing(replace(settings, redis_url=redis_url)) as app:
        app.extensions["redis"].flushall()
        yield app


@pytest.fixture
def embedded_app(settings):
    with ringing(settings) as app:
        yield app


def ringing(settings):
    app = Flask("ringing")
    bell.init_app(app, settings)
    return Context(app)


class Context:
    def __init__(self, app):
        self.app, self.context = app, app.app_context()

    def __enter__(self):
        self.context.push()
        return self.app

    def __exit__(self, *_):
        self.context.pop()
        self.app.extensions["redis"].close()


def test_fault_30_a_ring_leaves_an_id_and_nothing_else(app):
    assert bell.ring(7, "default")
    redis = app.extensions["redis"]
    assert sorted(redis.keys()) == [b"rq:queue:default", b"rq:queues"]
    [id] = redis.lrange("rq:queue:default", 0, -1)
    assert run_number(id.decode()) == 7


def test_all_waiting_runs_are_rung_in_one_go_and_in_order(app):
    assert bell.ring_all([(1, "default"), (2, "slow"), (3, "default")])
    assert bell.waiting("default") == {1, 3}
    assert bell.waiting("slow") == {2}


def test_ringing_nothing_is_no_error(app):
    assert bell.ring_all([])


def test_foreign_words_in_the_list_are_no_runs(app):
    app.extensions["redis"].rpush("rq:queue:default", "a job", b"\xff", "run_3_00ff00")
    assert bell.waiting("default") == {3}


def test_the_epoch_stays_until_redis_forgets(app):
    first = bell.epoch()
    assert first is not None
    assert bell.epoch() == first
    app.extensions["redis"].flushall()
    assert bell.epoch() != first


def test_a_list_that_somebody_made_something_else_is_a_ring_that_failed(app):
    app.extensions["redis"].set("rq:queue:default", "mine")
    assert not bell.ring(1, "default")


def test_without_redis_everything_is_said_to_be_unknown_and_one_line_is_logged(settings, caplog):
    with ringing(replace(settings, redis_url="redis://127.0.0.1:1/0")), caplog.at_level(logging.INFO):
        assert bell.ring(1, "default") is False
        assert bell.ring_all([(1, "default")]) is False
        assert bell.epoch() is bell.waiting("default") is None
        assert bell.ping() is False
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_fault_27_a_hanging_redis_costs_a_moment_once_and_then_nothing(embedded_app, settings):
    assert bell.ring(1, "default")
    pid = server.server_pid(settings.data_dir)
    kill(pid, signal.SIGSTOP)
    try:
        assert took(lambda: bell.ring(1, "default")) < 0.5
        assert took(lambda: [bell.ring(1, "default") for _ in range(100)]) < 0.1
    finally:
        os.kill(pid, signal.SIGCONT)
    embedded_app.extensions["bell"].silent_until = 0.001
    assert bell.ping()


def test_a_killed_embedded_redis_is_back_with_the_next_ring_however_much_it_must_read(embedded_app, settings):
    assert bell.ring(1, "default")
    with embedded_app.extensions["redis"].pipeline(transaction=False) as much:
        for number in range(20_000):
            much.set(number, "x" * 500)
        much.execute()
    kill(server.server_pid(settings.data_dir))
    embedded_app.extensions["bell"].client.connection_pool.connection_kwargs["patience"] = 5.0
    assert bell.ring(2, "default")
    assert bell.waiting("default") == {1, 2}


def test_the_end_of_an_outage_is_logged(embedded_app, settings, caplog):
    with caplog.at_level(logging.INFO):
        embedded_app.extensions["bell"].silent_until = 0.001
        assert bell.ring(1, "default")
    assert caplog.messages == ["Redis answers again"]


def took(act):
    begun = time.monotonic()
    act()
    return time.monotonic() - begun


def test_a_ring_for_a_run_that_a_page_made_waits_for_the_answer_to_it(app):
    with app.test_request_context():
        bell.ring_soon(7, "default")
        assert bell.waiting("default") == set()
        response = app.process_response(app.make_response("made"))
    response.close()
    assert bell.waiting("default") == {7}


def test_where_nobody_waits_for_a_page_the_bell_rings_at_once(app):
    bell.ring_soon(7, "default")
    assert bell.waiting("default") == {7}
