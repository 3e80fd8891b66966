"""A folder of job files that changes, and the records that follow it."""

from __future__ import annotations

import shutil
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.product import JOBS
from webapp.catalogue.models import Job
from webapp.catalogue.refreshing import Refreshed
from webapp.catalogue.refreshing import refresh as refresh_records
from webapp.db import db, transaction
from webapp.sources import discovery
from webapp.sources.discovery import Discovery

JOB = """
class {cls}(Job):
    __doc__ = {doc!r}
    class Meta:
        name = {name!r}
    def run(self):
        pass
"""

FOUND: dict[Any, Discovery] = {}
"""What there is in folders that were read before, by what their files hold: reading one takes a process of its own."""


@pytest.fixture
def root(tmp_path):
    """The folder of files()."""
    folder = tmp_path / "jobs"
    folder.mkdir()
    return folder


@pytest.fixture
def plain(tmp_path) -> Path:
    """A folder that has plain.py alone of tests/jobs_root, and is looked through in a third of the time."""
    folder = tmp_path / "plain"
    folder.mkdir()
    shutil.copy(JOBS / "plain.py", folder)
    return folder


@pytest.fixture
def files(app, root, monkeypatch):
    """An empty catalogue and an empty jobs root; give it what each file holds and it refreshes."""
    discover = discovery.discover

    def once(folder: Path, **options: Any) -> Discovery:
        held = tuple(sorted((str(path.relative_to(folder)), path.read_bytes()) for path in folder.rglob("*.py")))
        if held not in FOUND:
            FOUND[held] = discover(folder, **options)
        return deepcopy(FOUND[held])

    monkeypatch.setattr(discovery, "discover", once)
    with transaction() as session:
        for job in session.scalars(select(Job)):
            session.delete(job)

    def refresh(**contents: str | None) -> Refreshed:
        for name, text in contents.items():
            path = root / f"{name}.py"
            path.unlink(missing_ok=True) if text is None else path.write_text(text)
        return refresh_records(root)

    return refresh


def module(grouping: str = "", **names: str) -> str:
    """A module with a class for each name."""
    classes = [JOB.format(cls=cls, name=name, doc=f"{name} it is.") for cls, name in names.items()]
    listed = ", ".join(names)
    return "\n".join(
        ["from webapp.jobs import Job, register_jobs", f"name = {grouping!r}", *classes, f"register_jobs({listed})\n"]
    )


def names() -> dict[str, str]:
    db.session.rollback()
    return {job.job_class_name: job.name for job in db.session.scalars(select(Job))}


def record(cls: str) -> Job:
    db.session.rollback()
    return db.session.scalars(select(Job).where(Job.job_class_name == cls)).one()
