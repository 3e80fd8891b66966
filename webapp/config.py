"""Settings: one frozen dataclass, read once from the environment; nothing else reads os.environ."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.fernet import Fernet

from webapp.jobs.outputs import LARGEST_OUTPUT

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "JOBDECK_"
VERSION = "0.1"


class BadSetting(Exception):
    """A setting that cannot be used; the text names it and says what to do."""


@dataclass(frozen=True)
class Settings:
    """What an installation decides. Names are those of docs/settings.md, in lower case without the prefix."""

    data_dir: Path
    jobs_root: Path
    database_url: str = field(repr=False)
    redis_url: str | None = field(repr=False)
    """None: an embedded Redis is started for this data directory."""
    secret_key: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)
    """Fernet keys, newest first; the first one seals, all of them open."""
    production: bool
    host: str
    port: int
    soft_time_limit: int
    """Seconds, for jobs that declare none."""
    time_limit: int
    """Seconds, for jobs that declare none."""
    lost_after: int
    """Seconds without a sign of life after which a run counts as lost; workers give one every 2 s."""
    cancel_grace: int
    """Seconds that a job has to clean up when it is cancelled, before it is killed."""
    drain_seconds: int
    """Seconds that a run may go on for after its worker was told to stop; then it is cancelled."""
    most_queued: int
    """Runs of one user that may wait at once."""
    session_days: int
    """Days after which a sign-in ends by itself."""
    most_upload: int
    """Bytes that a file has at most that somebody uploads."""
    most_output: int
    """Bytes that a file has at most that a job makes."""
    keep_days: int
    """Days after its end that a run is deleted, for jobs of which nobody says otherwise; 0 for never."""
    keep_runs: int
    """Runs of a job that are kept, the newest ones, for jobs of which nobody says otherwise; 0 for all."""
    changes_days: int
    """Days for which changes of objects are kept; 0 for ever."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """The settings that environ describes; keys that may be made are made once and kept in the data directory.

        :raises BadSetting: a value cannot be read, or production lacks a secret.
        """
        given = {
            name[len(PREFIX) :].lower(): text for name, text in environ.items() if name.startswith(PREFIX) and text
        }
        data_dir = Path(given.get("data_dir", PROJECT / "instance")).resolve()
        # Whoever may read it has inputs, results and password hashes.
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        production = _flag(given, "production")
        return cls(
            data_dir=data_dir,
            jobs_root=Path(given.get("jobs_root", PROJECT / "jobs_root")).resolve(),
            database_url=_database_url(given.get("database_url"), data_dir),
            redis_url=given.get("redis_url") or None,
            secret_key=_secret(given, "secret_key", data_dir, production),
            encryption_keys=_encryption_keys(given, data_dir, production),
            production=production,
            host=given.get("host", "127.0.0.1"),
            port=_number(given, "port", 8000, least=0),
            soft_time_limit=_number(given, "soft_time_limit", 300),
            time_limit=_number(given, "time_limit", 600),
            lost_after=_number(given, "lost_after", 60, least=5),
            cancel_grace=_number(given, "cancel_grace", 10),
            drain_seconds=_number(given, "drain_seconds", 300, least=0),
            most_queued=_number(given, "most_queued", 1000),
            session_days=_number(given, "session_days", 14),
            most_upload=_number(given, "most_upload", 50 * 1024 * 1024),
            most_output=_number(given, "most_output", LARGEST_OUTPUT),
            keep_days=_number(given, "keep_days", 365, least=0),
            keep_runs=_number(given, "keep_runs", 0, least=0),
            changes_days=_number(given, "changes_days", 90, least=0),
        )


def _database_url(url: str | None, data_dir: Path) -> str:
    """A URL for SQLAlchemy: psycopg 3 for whatever names PostgreSQL, SQLite in data_dir where nothing is given."""
    if not url:
        return f"sqlite:///{data_dir / 'jobdeck.sqlite'}"
    for scheme in ("postgres://", "postgresql://"):
        if url.startswith(scheme):
            return "postgresql+psycopg://" + url[len(scheme) :]
    return url


def _flag(given: Mapping[str, str], name: str) -> bool:
    text = given.get(name, "").lower()
    if text not in ("", "0", "1", "false", "true", "no", "yes"):
        raise BadSetting(f"{PREFIX}{name.upper()} is {text!r}; say true or false.")
    return text in ("1", "true", "yes")


def _number(given: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    text = given.get(name, "").strip()
    if not text:
        return default
    if not text.isdecimal() or int(text) < least:
        raise BadSetting(f"{PREFIX}{name.upper()} is {text!r}; give a whole number, at least {least}.")
    return int(text)


def _secret(given: Mapping[str, str], name: str, data_dir: Path, production: bool) -> str:
    if value := given.get(name):
        return value
    if production:
        raise BadSetting(f"{PREFIX}{name.upper()} must be set in production.")
    return _kept(data_dir / name, secrets.token_urlsafe(48))


def _encryption_keys(given: Mapping[str, str], data_dir: Path, production: bool) -> tuple[str, ...]:
    if text := given.get("encryption_keys"):
        return tuple(_fernet_key(part.strip()) for part in text.split(","))
    if production:
        raise BadSetting(f"{PREFIX}ENCRYPTION_KEYS must be set in production.")
    return (_kept(data_dir / "encryption_key", Fernet.generate_key().decode()),)


def _fernet_key(text: str) -> str:
    try:
        Fernet(text)
    except ValueError:
        raise BadSetting(f"{PREFIX}ENCRYPTION_KEYS holds something that is not a Fernet key.") from None
    return text


def _kept(path: Path, value: str) -> str:
    """What path holds; the first process writes value. Others started at the same moment read the winner's."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(value)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()


def author_environment() -> dict[str, str]:
    """The environment that authors' code sees: this process's own without Jobdeck's settings and secrets."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
