"""Settings are read once, from the environment, and say what is wrong with them."""

from __future__ import annotations

import os
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from webapp.config import PROJECT, BadSetting, Settings, author_environment

KEYS = [Fernet.generate_key().decode() for _ in range(2)]


@pytest.fixture
def read(tmp_path):
    """Reads settings; names are given without the prefix."""

    def settings(**values: str) -> Settings:
        environ = {"DATA_DIR": str(tmp_path), **values}
        return Settings.from_environment({f"JOBDECK_{name}": value for name, value in environ.items()})

    return settings


def test_nothing_has_to_be_set(read, tmp_path):
    made = read()
    assert made.database_url == f"sqlite:///{tmp_path}/jobdeck.sqlite"
    assert (made.redis_url, made.production, made.host, made.port) == (None, False, "127.0.0.1", 8000)
    assert (made.soft_time_limit, made.time_limit, made.lost_after, made.session_days) == (300, 600, 60, 14)
    assert made.jobs_root == PROJECT / "jobs_root"


def test_by_default_everything_lies_in_the_checkout(monkeypatch, tmp_path):
    monkeypatch.setattr("webapp.config.PROJECT", tmp_path)
    assert Settings.from_environment({}).data_dir == tmp_path / "instance"


def test_what_is_set_but_empty_counts_as_not_set(read, tmp_path, monkeypatch):
    monkeypatch.setattr("webapp.config.PROJECT", tmp_path)
    made = read(
        DATA_DIR="", DATABASE_URL="", REDIS_URL="", PORT="", HOST="", JOBS_ROOT="", SECRET_KEY="", PRODUCTION=""
    )
    assert made.data_dir == tmp_path / "instance"
    assert made.jobs_root == tmp_path / "jobs_root"
    assert (made.redis_url, made.host, made.port, made.production) == (None, "127.0.0.1", 8000, False)
    assert len(made.secret_key) > 40


def test_every_address_of_a_postgresql_is_understood(read):
    for scheme in ("postgres", "postgresql", "postgresql+psycopg"):
        assert read(DATABASE_URL=f"{scheme}://u:p@h/db").database_url == "postgresql+psycopg://u:p@h/db"


def test_keys_are_made_once_for_their_owner_alone_and_kept(read, tmp_path):
    first, second = read(), read()
    assert (first.secret_key, first.encryption_keys) == (second.secret_key, second.encryption_keys)
    for name in ("secret_key", "encryption_key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encryption_key", "secret_key"]


def test_processes_that_start_together_agree_on_the_keys(read):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: read(), range(16)))
    assert len({(one.secret_key, one.encryption_keys) for one in made}) == 1


def test_production_must_be_given_its_secrets(read):
    with pytest.raises(BadSetting, match="JOBDECK_SECRET_KEY must be set in production"):
        read(PRODUCTION="true")
    with pytest.raises(BadSetting, match="JOBDECK_ENCRYPTION_KEYS must be set in production"):
        read(PRODUCTION="1", SECRET_KEY="s")
    made = read(PRODUCTION="yes", SECRET_KEY="s", ENCRYPTION_KEYS=", ".join(KEYS))
    assert (made.production, made.secret_key, made.encryption_keys) == (True, "s", tuple(KEYS))


def test_what_cannot_be_used_is_named(read):
    for name, value, words in (
        ("PRODUCTION", "maybe", "say true or false"),
        ("PORT", "http", "a whole number, at least 0"),
        ("PORT", "-1", "a whole number, at least 0"),
        ("TIME_LIMIT", "0", "a whole number, at least 1"),
        ("SOFT_TIME_LIMIT", "1.5", "a whole number, at least 1"),
        ("LOST_AFTER", "4", "a whole number, at least 5"),
        ("SESSION_DAYS", "0", "a whole number, at least 1"),
        ("ENCRYPTION_KEYS", "short", "not a Fernet key"),
        ("ENCRYPTION_KEYS", "grüße", "not a Fernet key"),
        ("ENCRYPTION_KEYS", " , ", "not a Fernet key"),
    ):
        with pytest.raises(BadSetting, match=f"JOBDECK_{name} .*{words}"):
            read(**{name: value})


def test_settings_do_not_change(read):
    with pytest.raises(FrozenInstanceError):
        read().port = 1


def test_authors_code_sees_the_environment_without_ours(monkeypatch):
    monkeypatch.setenv("JOBDECK_SECRET_KEY", "s")
    monkeypatch.setenv("HTTP_PROXY", "p")
    seen = author_environment()
    assert [name for name in seen if name.startswith("JOBDECK_")] == []
    assert seen["HTTP_PROXY"] == "p"
    assert seen["PATH"] == os.environ["PATH"]


def test_nothing_else_reads_the_environment():
    reading = re.compile(r"environ(\[|\.get)|getenv")
    readers = [path for path in Path(PROJECT, "webapp").rglob("*.py") if reading.search(path.read_text())]
    assert readers == []


def test_nobody_else_may_look_into_a_data_directory_that_we_made(tmp_path):
    Settings.from_environment({"JOBDECK_DATA_DIR": str(tmp_path / "new")})
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0


def test_settings_do_not_tell_their_secrets(tmp_path):
    settings = Settings.from_environment({"JOBDECK_DATA_DIR": str(tmp_path), "JOBDECK_DATABASE_URL": "sqlite:///x"})
    for secret in (settings.secret_key, *settings.encryption_keys, settings.database_url):
        assert secret not in repr(settings)
