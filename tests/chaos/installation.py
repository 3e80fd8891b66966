"""A product of its own for one storm, from the database to the client, in a private folder."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from tests import servers
from tests.chaos import ledger
from tests.chaos.client import Notes
from tests.chaos.services import FLASK, Redis, Service, Services
from webapp.app import create_app
from webapp.config import Settings
from webapp.db import db
from webapp.demo import service as demo
from webapp.demo.cli import GUNICORN

MASTERS = SCHEDULERS = 2
USER = "ann"


@dataclass(frozen=True)
class Installation:
    """Its parts; nothing runs before services.look() is called."""

    folder: Path
    app: Flask
    redis: Redis
    services: Services
    lost_after: int
    """Seconds."""

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger"

    @property
    def notes(self) -> Notes:
        return Notes(self.folder / "client")


@contextmanager
def installed(database: str, folder: Path, seed: int, runs: int, lost_after: int) -> Iterator[Installation]:
    """An installation on "sqlite" or "postgresql" with everything in folder, ready to be started."""
    with ExitStack() as stack:
        redis = Redis(folder / "redis", folder)
        environ = _environ(folder, redis, _address(database, folder, stack), lost_after)
        app = create_app(Settings.from_environment(environ))
        with app.app_context():
            signs = demo.prepare(app.extensions["settings"])
            db.session.remove()
            db.engine.dispose()
        web = folder / "web.sock"
        client = [
            *("--seed", str(seed), "--runs", str(runs), "--notes", str(folder / "client")),
            *("--database", app.extensions["settings"].database_url, "--web", str(web), "--key", signs[USER]["token"]),
        ]
        gunicorn = [sys.executable, "-m", "gunicorn", "--bind", f"unix:{web}", *GUNICORN, "wsgi:app"]
        programs = [
            redis.service,
            Service("web", gunicorn, environ, folder / "web.log"),
            *(_flask("master", number, environ, "worker", "--processes", "2") for number in range(MASTERS)),
            *(_flask("scheduler", number, environ, "scheduler") for number in range(SCHEDULERS)),
            Service("client", [sys.executable, "-m", "tests.chaos.client", *client], environ, folder / "client.log"),
        ]
        yield Installation(folder, app, redis, Services(programs), lost_after)


def _flask(kind: str, number: int, environ: dict[str, str], *words: str) -> Service:
    return Service(kind, [*FLASK, *words], environ, Path(environ["JOBDECK_DATA_DIR"]) / f"{kind}{number}.log")


def _environ(folder: Path, redis: Redis, database_url: str, lost_after: int) -> dict[str, str]:
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("JOBDECK_")}
    return theirs | {
        "JOBDECK_DATA_DIR": str(folder),
        "JOBDECK_JOBS_ROOT": str(ledger.jobs_beside(folder / "ledger")),
        "JOBDECK_DATABASE_URL": database_url,
        "JOBDECK_REDIS_URL": redis.url,
        "JOBDECK_LOST_AFTER": str(lost_after),
        "JOBDECK_DRAIN_SECONDS": "5",
        "JOBDECK_CANCEL_GRACE": "2",
        "TZ": "UTC",
    }


def _address(database: str, folder: Path, stack: ExitStack) -> str:
    if database == "sqlite":
        return ""
    (folder / "pg").mkdir()
    return stack.enter_context(servers.postgres(folder / "pg")).create()
