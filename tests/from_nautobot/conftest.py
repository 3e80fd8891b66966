"""Two folders with files written for Nautobot, from its documentation alone: today's style, and that of 1.x.

Each test has an installation whose jobs are those of its module's JOBS_ROOT, all switched on.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import select

from tests.product import settings_for
from webapp.app import create_app
from webapp.catalogue import refreshing
from webapp.catalogue import service as catalogue
from webapp.catalogue.models import Job
from webapp.config import Settings
from webapp.db import db, transaction
from webapp.launch.service import start
from webapp.runs import logs
from webapp.runs.models import Run
from webapp.runs.supervisor import supervise
from webapp.sources.versions import modules_below

FRAME = {"Running job", "Job completed"}
"""Lines of ours, at the beginning and the end of every run."""


@pytest.fixture(scope="module")
def jobs_root(request) -> Path:
    return request.module.JOBS_ROOT


@pytest.fixture(scope="module")
def installed(jobs_root, template, tmp_path_factory, redis_url) -> Path:
    """The file of a database that knows the jobs below jobs_root."""
    folder = tmp_path_factory.mktemp(jobs_root.name)
    file = folder / "jobdeck.sqlite"
    shutil.copy(template("sqlite").removeprefix("sqlite:///"), file)
    made = create_app(settings_for(folder, database_url=f"sqlite:///{file}", redis_url=redis_url, jobs_root=jobs_root))
    with made.app_context():
        found = refreshing.refresh(jobs_root)
        assert found.errors == []
        with transaction() as session:
            for job in session.scalars(select(Job).where(Job.installed)):
                job.enabled = True
        db.session.remove()
        db.engine.dispose()
    return file


@pytest.fixture
def database_url(installed, tmp_path) -> str:
    """A copy of it, for one test."""
    shutil.copy(installed, tmp_path / "jobdeck.sqlite")
    return f"sqlite:///{tmp_path / 'jobdeck.sqlite'}"


@pytest.fixture
def settings(tmp_path, database_url, redis_url, jobs_root) -> Settings:
    return settings_for(tmp_path, database_url=database_url, redis_url=redis_url, jobs_root=jobs_root)


@pytest.fixture(autouse=True)
def unloaded(jobs_root, monkeypatch):
    """Runs are forked from the process of the tests, which may have loaded other modules of these names."""
    for name in modules_below(jobs_root):
        monkeypatch.delitem(sys.modules, name, raising=False)


class Ended(NamedTuple):
    """A run that is over."""

    run: Run
    log: list[tuple[str, str, str]]
    """Level, grouping and message of what the job itself has logged."""

    @property
    def state(self) -> str:
        return str(self.run.state)

    @property
    def messages(self) -> list[str]:
        return [message for _, _, message in self.log]


@pytest.fixture
def ended(app) -> Callable[[int], Ended]:
    """Gives the run of that number once a worker has supervised it to its end."""

    def to_the_end(number: int) -> Ended:
        supervise(number, "worker@test")
        run = db.session.get_one(Run, number, populate_existing=True)
        lines = [(line.level, line.grouping, line.message) for line in logs.after(number, 0, 1_000)]
        return Ended(run, [line for line in lines if line[2] not in FRAME])

    return to_the_end


@pytest.fixture
def run_of(ended, person) -> Callable[..., Ended]:
    """Runs the class of that path as Ann, with these inputs."""
    return lambda path, **inputs: ended(start(catalogue.by_class_path(path), person("ann"), inputs).number)


@pytest.fixture
def declared(app) -> Callable[[str], Job]:
    """Gives the record of the class of that path."""
    return catalogue.by_class_path


@pytest.fixture
def files_of(api) -> Callable[[Ended], dict[str, str]]:
    """Gives the files that a run has made: content by name."""

    def read(ended: Ended) -> dict[str, str]:
        ann = api("ann")
        told = ann.get(f"/api/extras/job-results/{ended.run.id}/").json
        found = [ann.get(file["url"]).json for file in told["files"]]
        return {one["name"]: ann.get(f"{one['url']}download/").text for one in found}

    return read
