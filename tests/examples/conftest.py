"""The demonstration, as it is on each database before anybody has run anything: with its objects and example jobs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from redis import Redis

from tests.product import looked_at_once, settings_for
from webapp.app import create_app
from webapp.catalogue import service as catalogue
from webapp.changes.models import Change, PlannedChange
from webapp.config import PROJECT, Settings
from webapp.db import db
from webapp.demo import service as demo
from webapp.runs.models import Run

EXAMPLES = PROJECT / "jobs_root"


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The URL of a database with the demonstration, made once for each kind; tests get copies."""
    made: dict[str, str] = {}

    def give(kind: str) -> str:
        if kind not in made:
            url = "" if kind == "sqlite" else request.getfixturevalue("postgres").create()
            folder, redis_url = tmp_path_factory.mktemp(f"demo-{kind}"), request.getfixturevalue("redis_url")
            with looked_at_once(tmp_path_factory):
                made[kind] = _prepared(folder, url, redis_url)
        return made[kind]

    return give


def _prepared(folder: Path, url: str, redis_url: str) -> str:
    settings = settings_for(folder, database_url=url, redis_url=redis_url, jobs_root=EXAMPLES)
    with create_app(settings).app_context():
        demo.prepare(settings)
        db.session.remove()
        db.engine.dispose()
    return settings.database_url


@pytest.fixture
def settings(tmp_path: Path, database_url: str, redis_url: str) -> Settings:
    """The settings of the test's application."""
    with Redis.from_url(redis_url) as client:
        client.flushall()
    return settings_for(tmp_path, database_url=database_url, redis_url=redis_url, jobs_root=EXAMPLES)


@pytest.fixture
def start(api: Any, work: Any) -> Callable[..., Run]:
    """Runs the example of that class path as Ann, over the API; gives the run."""

    def to_the_end(class_path: str, **inputs: Any) -> Run:
        address = f"/api/extras/jobs/{catalogue.by_class_path(class_path).id}/run/"
        answer = api("ann").post(address, json={"data": inputs})
        assert answer.status_code == 201, answer.json
        work()
        return last()

    return to_the_end


@pytest.fixture
def send(browse: Any, work: Any) -> Callable[..., Run]:
    """Does the same by the form."""

    def to_the_end(class_path: str, **inputs: Any) -> Run:
        page, path = browse("ann"), f"/jobs/{catalogue.by_class_path(class_path).id}/run"
        page.get(path)
        answer = page.post(path, inputs)
        assert answer.status_code == 302, answer.text
        work()
        return last()

    return to_the_end


@pytest.fixture
def command(app: Any) -> Callable[..., Any]:
    """Runs an example as Ann from the shell; gives what the command said and how it ended."""

    def to_the_end(class_path: str, *words: str) -> Any:
        return app.test_cli_runner().invoke(args=["runjob", "--username", "ann", "--local", *words, class_path])

    return to_the_end


def last() -> Run:
    """The newest run, as it is at this moment."""
    db.session.rollback()
    run = db.session.scalars(sa.select(Run).order_by(Run.number.desc()).limit(1)).one()
    db.session.expunge(run)
    return run


def changes(run: Run) -> list[tuple[Any, ...]]:
    """What run has changed, object by object and field by field."""
    return _told(Change, run)


def planned(run: Run) -> list[tuple[Any, ...]]:
    """What run, a dry one, would have changed."""
    return _told(PlannedChange, run)


def _told(model: Any, run: Run) -> list[tuple[Any, ...]]:
    rows = db.session.scalars(sa.select(model).where(model.run_number == run.number).order_by(model.number))
    return [(row.kind, row.row_name, row.action, row.before, row.after) for row in rows]
