"""Ways to hand files to a job as people and scripts do."""

from __future__ import annotations

import io
import re

import pytest
from sqlalchemy import func, select

from webapp.catalogue import service as catalogue
from webapp.db import db
from webapp.files.models import File, FileChunk
from webapp.runs.models import Run
from webapp.worker.upkeep import Upkeep


class Desk:
    """Counts and finds what is in the database."""

    @staticmethod
    def job(name: str):
        return catalogue.by_class_path(f"filing.{name}")

    @staticmethod
    def count(model) -> int:
        db.session.rollback()
        return db.session.scalar(select(func.count()).select_from(model)) or 0

    @staticmethod
    def tidy(settings) -> None:
        """Do what a scheduler does from time to time."""
        Upkeep("scheduler", [], 60, settings.data_dir).chores.turn()

    def empty(self) -> bool:
        return not any(map(self.count, (Run, File, FileChunk)))

    @staticmethod
    def last() -> Run:
        db.session.rollback()
        return db.session.scalars(select(Run).order_by(Run.number.desc()).limit(1)).one()

    @staticmethod
    def file(content: bytes, name: str = "plan.csv"):
        return io.BytesIO(content), name


@pytest.fixture
def desk(app) -> Desk:
    return Desk()


@pytest.fixture
def form(browse, desk):
    """Opens the run form of the class of that name; gives the page, whose send() posts fields and files."""

    def open_form(name: str, who: str = "ann"):
        page = browse(who)
        page.path = f"/jobs/{desk.job(name).id}/run"
        page.text = page.get(page.path).text

        def send(**fields):
            return page.post(page.path, fields, content_type="multipart/form-data")

        page.send = send
        return page

    return open_form


@pytest.fixture
def ask(api, desk):
    """Asks over the API to run the class of that name, in parts."""

    def post(name: str, who: str = "ann", headers=None, environ_overrides=None, **parts):
        path = f"/api/extras/jobs/{desk.job(name).id}/run/"
        options = {"headers": headers or {}, "environ_overrides": environ_overrides or {}}
        return api(who).post(path, data=parts, content_type="multipart/form-data", **options)

    return post


def kept(text: str, name: str) -> str:
    """The reference of the file that a form keeps for the variable of that name."""
    found = re.search(rf'name="_kept_{name}" value="([^"]+)"', text)
    return found[1] if found else ""
