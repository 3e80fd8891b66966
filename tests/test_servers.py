"""The servers that tests use are real, private, and gone with the tests."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from tests import chromium as browsers
from tests.conftest import unavailable
from webapp.config import PROJECT

HOLD = """
import os, sys
from pathlib import Path
from tests import servers
with servers.postgres(Path(sys.argv[1])) as postgres, servers.redis(Path(sys.argv[1])) as url:
    print("up", flush=True)
    sys.stdin.read()
"""


def test_a_database_made_from_a_template_has_its_tables_and_a_life_of_its_own(postgres_database):
    template = postgres_database()
    with psycopg.connect(template) as connection:
        connection.execute("CREATE TABLE fruit AS SELECT 'apple' AS name")
    copy = postgres_database(template)
    with psycopg.connect(copy) as connection:
        connection.execute("INSERT INTO fruit VALUES ('pear')")
    assert [names(url) for url in (template, copy)] == [["apple"], ["apple", "pear"]]


def test_redis_is_there_and_keeps_nothing(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.config_get("save") == {"save": ""}


def test_servers_do_not_survive_a_kill_of_the_tests(postgres):
    folder = postgres.sockets / "doomed"
    folder.mkdir()
    line = [sys.executable, "-c", HOLD, str(folder)]
    with subprocess.Popen(line, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"up\n"
        assert len(users_of(folder)) >= 2
        holder.kill()
    deadline = time.monotonic() + 10
    while users_of(folder):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_must_not_be_left_out_fails_instead_of_being_skipped(monkeypatch):
    monkeypatch.setenv("REQUIRE_BROWSER", "1")
    with pytest.raises(pytest.fail.Exception, match="REQUIRE_BROWSER is set, but there is none"):
        unavailable("BROWSER", "there is none")
    monkeypatch.delenv("REQUIRE_BROWSER")
    with pytest.raises(pytest.skip.Exception, match="NOT TESTED: there is none"):
        unavailable("BROWSER", "there is none")


def test_the_browser_that_chromium_names_comes_first(monkeypatch):
    monkeypatch.setenv("CHROMIUM", "/somewhere/browser")
    assert browsers.find() == "/somewhere/browser"


def test_a_browser_on_path_comes_before_the_fetched_one(monkeypatch, tmp_path):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(browsers, "BUILD", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert browsers.find() is None
    (tmp_path / "start").touch(mode=0o755)
    assert browsers.find() == str(tmp_path / "start")
    (tmp_path / "google-chrome").touch(mode=0o755)
    assert browsers.find() == str(tmp_path / "google-chrome")


def names(url: str) -> list[str]:
    with psycopg.connect(url) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM fruit ORDER BY name")]


def users_of(folder: Path) -> list[str]:
    """The living processes whose working directory lies in folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            home = (process / "cwd").readlink()
        except OSError:
            continue
        if home.is_relative_to(folder):
            found.append(process.name)
    return found
