"""How long each role waits for a Redis that is dead, silent, slow or on its way back."""

from __future__ import annotations

import socket
import subprocess
import time
from dataclasses import replace

import pytest
import redis

from tests.queue.conftest import kill
from webapp.config import BadSetting
from webapp.queue import server
from webapp.queue.connection import connect


def test_the_first_command_starts_the_embedded_server(settings):
    assert connect(settings, "web").ping()


@pytest.mark.parametrize("role", ["web", "worker", "scheduler"])
def test_a_client_goes_on_after_the_embedded_server_was_killed(settings, role):
    client = connect(settings, role)
    client.set("key", "value")
    kill(server.server_pid(settings.data_dir))
    assert client.get("key") == b"value"


def test_a_client_goes_on_after_somebody_else_started_the_server_again(settings, another_process):
    client = connect(settings, "web")
    client.ping()
    kill(server.server_pid(settings.data_dir))
    another_process().stdout.readline()
    assert client.ping()


def test_fault_27_a_web_process_waits_a_moment_for_a_server_that_takes_connections_and_never_answers(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = connect(at_port(settings, silent), "web")
        begun = time.monotonic()
        with pytest.raises(redis.TimeoutError):
            client.ping()
        assert time.monotonic() - begun < 0.5


@pytest.mark.parametrize("role", ["web", "worker"])
def test_a_port_where_nobody_listens_is_an_error_within_a_second(settings, role):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        client = connect(at_port(settings, closed), role)
    begun = time.monotonic()
    with pytest.raises(redis.ConnectionError):
        client.ping()
    assert time.monotonic() - begun < 2


def test_a_worker_bridges_a_restart_that_takes_a_moment(tmp_path, settings):
    path = tmp_path / "redis.sock"
    line = ["sh", "-c", f"sleep 0.1; exec {server.program()} --port 0 --unixsocket {path} --save '' --dir {tmp_path}"]
    starting = subprocess.Popen(line, stdout=subprocess.DEVNULL)
    try:
        client = connect(replace(settings, redis_url=f"unix://{path}"), "worker")
        assert client.ping()
    finally:
        starting.kill()
        starting.wait()


def test_an_address_that_means_nothing_is_a_bad_setting(settings):
    with pytest.raises(BadSetting, match="JOBDECK_REDIS_URL"):
        connect(replace(settings, redis_url="gopher://nowhere"), "web")


def at_port(settings, listening):
    return replace(settings, redis_url=f"redis://127.0.0.1:{listening.getsockname()[1]}/0")
