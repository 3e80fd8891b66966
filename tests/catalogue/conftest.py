"""A folder of job files that changes, and the records that follow it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from webapp.catalogue.models import Job
from webapp.catalogue.refreshing import Refreshed
from webapp.catalogue.refreshing import refresh as refresh_records
from webapp.db import db, transaction

JOB = """
class {cls}(Job):
    __doc__ = {doc!r}
    class Meta:
        name = {name!r}
    def run(self):
        pass
"""


@pytest.fixture
def root(tmp_path):
    """The folder of files()."""
    folder = tmp_path / "jobs"
    folder.mkdir()
    return folder


@pytest.fixture
def files(app, root):
    """An empty catalogue and an empty jobs root; give it what each file holds and it refreshes."""
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
