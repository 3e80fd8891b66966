"""Jobs that need no objects run in processes that have loaded none of what these need; what they may do is the same."""

from __future__ import annotations

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.changes.models import Change
from webapp.db import db
from webapp.runs.forks import Forks
from webapp.runs.models import Run, State
from webapp.runs.service import submit
from webapp.runs.supervisor import supervise


@pytest.fixture(scope="module")
def light():
    """Servers as a worker has them."""
    with closing(Forks("worker@test", light=True)) as made:
        yield made


@pytest.fixture
def run_of(app, person, light):
    """Runs a class to its end; gives the run."""

    def to_the_end(name: str, **inputs: object) -> Run:
        number = submit(catalogue.by_class_path(name), person("ann"), inputs).number
        assert supervise(number, "worker@test", forks=light) == State.SUCCESS
        return db.session.get_one(Run, number, populate_existing=True)

    return to_the_end


@on_sqlite
def test_a_job_begins_with_the_kit_alone_where_its_worker_is_and_without_settings(run_of, monkeypatch):
    monkeypatch.setenv("JOBDECK_SECRET_KEY", "not for jobs")
    assert run_of("light.Surroundings").result == {"heavy": [], "folder": str(Path.cwd()), "settings": []}


def test_one_that_acts_on_objects_unforeseen_loads_what_it_needs_of_them(run_of):
    run = run_of("light.Roundabout", maker="Acme")
    assert run.result == "Acme"
    [change] = db.session.scalars(sa.select(Change).where(Change.run_number == run.number))
    assert (change.kind, change.row_name, change.user_name) == ("dcim.manufacturer", "Acme", "ann")


@on_sqlite
def test_one_whose_files_speak_of_objects_has_them_from_the_beginning(run_of, light):
    run_of("changing.Preparing")
    servers = {light.server(objects=needed).pid for needed in (True, False)}
    assert len(servers) == 2
    assert light.server(objects=True).usable


@on_sqlite
def test_a_server_that_is_gone_is_replaced(run_of, light):
    before = light.server(objects=False)
    os.kill(before.pid, signal.SIGKILL)
    os.waitid(os.P_PID, before.pid, os.WEXITED | os.WNOWAIT)
    run_of("light.Surroundings")
    assert light.server(objects=False).pid != before.pid
