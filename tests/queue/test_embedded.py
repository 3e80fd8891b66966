"""The embedded Redis against accidents, with real servers."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import redis

from tests.queue.conftest import eventually, is_gone, kill
from webapp.config import BadSetting
from webapp.queue import embedded, server, sockets


def test_who_finds_it_silent_starts_it(data_dir):
    assert server.server_pid(data_dir) is None
    socket = embedded.ensure(data_dir)
    assert redis.Redis(unix_socket_path=str(socket)).ping()


def test_it_listens_nowhere_but_in_a_private_folder(data_dir):
    socket = embedded.ensure(data_dir)
    assert socket.stat().st_mode & 0o777 == 0o700
    assert socket.parent.stat().st_mode & 0o777 == 0o700
    assert client(data_dir).config_get("port")["port"] == "0"


def test_it_keeps_its_memory_in_the_data_directory_and_refuses_rather_than_forgets(data_dir):
    embedded.ensure(data_dir)
    wanted = {"appendonly": "yes", "appendfsync": "everysec", "save": "", "maxmemory-policy": "noeviction"}
    with client(data_dir) as asked:
        assert {name: asked.config_get(name)[name] for name in wanted} == wanted
    assert list((data_dir / "redis").glob("appendonly*"))


def test_what_it_was_told_survives_a_kill(data_dir):
    embedded.ensure(data_dir)
    with client(data_dir) as before:
        before.rpush("list", "one", "two")
    kill(server.server_pid(data_dir))
    embedded.ensure(data_dir)
    assert client(data_dir).lrange("list", 0, -1) == ["one", "two"]


def test_a_socket_file_that_was_left_behind_does_no_harm(data_dir):
    embedded.ensure(data_dir)
    kill(server.server_pid(data_dir))
    assert sockets.socket_path(data_dir).exists()
    embedded.ensure(data_dir)
    assert client(data_dir).ping()


def test_a_server_whose_socket_somebody_removed_is_replaced(data_dir, monkeypatch):
    monkeypatch.setattr(embedded, "GRACE", 0.1)
    embedded.ensure(data_dir)
    lost = server.server_pid(data_dir)
    sockets.socket_path(data_dir).unlink()
    embedded.ensure(data_dir)
    assert client(data_dir).ping()
    assert is_gone(lost)


def test_many_processes_that_start_at_the_same_moment_share_one_server(data_dir, another_process):
    users = [another_process() for _ in range(4)]
    assert [user.stdout.readline() for user in users] == [b"ready\n"] * 4
    assert servers_of(data_dir) == [server.server_pid(data_dir)]


def test_the_last_who_leaves_stops_it_and_no_one_before(data_dir, another_process):
    ann, bob = another_process(), another_process()
    for user in (ann, bob):
        user.stdout.readline()
    ann.communicate()
    assert sockets.is_listening(sockets.socket_path(data_dir))
    bob.communicate()
    assert servers_of(data_dir) == []


def test_it_survives_a_kill_of_who_started_it_and_is_stopped_by_the_next(data_dir, another_process):
    starter = another_process()
    starter.stdout.readline()
    first = server.server_pid(data_dir)
    starter.kill()
    starter.wait()
    heir = another_process()
    heir.stdout.readline()
    assert server.server_pid(data_dir) == first
    heir.communicate()
    assert servers_of(data_dir) == []


def test_a_fork_that_disowned_it_holds_nothing_and_stops_nothing(data_dir):
    embedded.ensure(data_dir)
    child = os.fork()
    if child == 0:
        embedded.disown()
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(0)
    os.waitpid(child, os.WUNTRACED)
    embedded.leave(data_dir)
    assert servers_of(data_dir) == []
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_a_fork_that_leaves_does_not_take_the_server_from_its_parent(data_dir):
    embedded.ensure(data_dir)
    child = os.fork()
    if child == 0:
        embedded.leave(data_dir)
        os._exit(0)
    os.waitpid(child, 0)
    assert client(data_dir).ping()


def test_a_data_directory_that_was_deleted_is_made_again(data_dir):
    embedded.ensure(data_dir)
    doomed = server.server_pid(data_dir)
    shutil.rmtree(data_dir)
    kill(doomed)
    embedded.ensure(data_dir)
    assert client(data_dir).ping()


def test_who_leaves_a_deleted_data_directory_stops_its_server(data_dir):
    embedded.ensure(data_dir)
    pid = server.server_pid(data_dir)
    shutil.rmtree(data_dir)
    embedded.leave(data_dir)
    eventually(lambda: is_gone(pid))


def test_a_data_directory_may_have_a_path_too_long_for_sockets_and_odd_letters(tmp_path):
    deep = tmp_path / ("a 'quoted\" ü " * 8) / ("b" * 80)
    deep.mkdir(parents=True)
    try:
        assert sockets.is_listening(embedded.ensure(deep))
        assert list((deep / "redis").glob("appendonly*"))
    finally:
        embedded.leave(deep)


def test_a_temporary_directory_with_a_long_path_is_not_used(data_dir, monkeypatch, tmp_path):
    monkeypatch.setattr(sockets.tempfile, "tempdir", str(tmp_path / ("t" * 100)))
    assert sockets.socket_path(data_dir).is_relative_to("/tmp")


def test_a_folder_that_others_may_enter_is_refused(data_dir):
    folder = sockets.socket_path(data_dir).parent
    folder.chmod(0o755)
    with pytest.raises(BadSetting, match="not a private folder"):
        sockets.socket_path(data_dir)
    folder.chmod(0o700)


def test_without_a_redis_server_one_sentence_says_what_to_do(data_dir, monkeypatch):
    monkeypatch.setattr(server.sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BadSetting, match="There is no redis-server: install"):
        embedded.ensure(data_dir)


def test_a_server_on_path_is_used_when_there_is_none_beside_python(monkeypatch, tmp_path):
    (tmp_path / "valkey-server").touch(mode=0o755)
    monkeypatch.setattr(server.sys, "executable", "/nowhere/python")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert server.program() == str(tmp_path / "valkey-server")


def test_a_server_that_cannot_start_is_reported_in_the_time_that_one_has(data_dir, monkeypatch):
    monkeypatch.setattr(server, "program", lambda: "false")
    begun = time.monotonic()
    with pytest.raises(embedded.NotAnswering):
        embedded.ensure(data_dir, patience=0.3)
    assert time.monotonic() - begun < 3


def test_a_keeper_takes_over_what_was_told_before_and_nobody_who_leaves_stops_it(data_dir, another_process):
    user = another_process()
    user.stdout.readline()
    with client(data_dir) as before:
        before.set("told", "before")
    keeper = subprocess.Popen(embedded.command(data_dir), stdout=subprocess.DEVNULL)
    try:
        eventually(lambda: server.server_pid(data_dir) == keeper.pid and answers(data_dir))
        user.communicate()
        embedded.ensure(data_dir)
        embedded.leave(data_dir)
        assert client(data_dir).get("told") == "before"
        assert servers_of(data_dir) == [keeper.pid]
    finally:
        keeper.send_signal(signal.SIGTERM)
        keeper.wait()


def client(data_dir: Path) -> redis.Redis:
    return redis.Redis(unix_socket_path=str(sockets.socket_path(data_dir)), decode_responses=True)


def answers(data_dir: Path) -> bool:
    try:
        with client(data_dir) as asked:
            return asked.ping()
    except redis.RedisError:
        return False


def servers_of(data_dir: Path) -> list[int]:
    """The process ids of all servers that live in data_dir."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            at_home = (folder / "cwd").samefile(data_dir / "redis")
        except OSError:
            continue
        if at_home:
            found.append(int(folder.name))
    return found
