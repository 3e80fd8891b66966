"""Jobs that need no objects run in processes that have loaded none of what these need; what they may do is the same."""

from __future__ import annotations

import os
import select
import signal
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.changes.models import Change
from webapp.db import db
from webapp.prctl import children
from webapp.runs.forks import Forks
from webapp.runs.models import Run, State
from webapp.runs.service import submit
from webapp.runs.supervisor import supervise
from webapp.runs.templates import Template


@pytest.fixture(scope="module")
def common():
    """What the master of workers has."""
    with closing(Template("worker@test")) as made:
        yield made


@pytest.fixture(scope="module")
def light(common):
    """Servers as a worker has them."""
    with closing(Forks("worker@test", common)) as made:
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
    watch = os.pidfd_open(before.pid)
    os.kill(before.pid, signal.SIGKILL)
    assert select.select([watch], [], [], 10)[0]
    os.close(watch)
    assert run_of("light.Surroundings")
    assert light.server(objects=False).pid != before.pid


def test_workers_share_a_template_and_one_that_is_killed_is_replaced(app):
    with closing(Template("worker@test")) as template:
        parents = []
        for name in ("one@test", "another@test"):
            with closing(Forks(name, template)) as forks:
                parents.append(parent(forks.server(objects=False).pid))
        assert parents[0] == parents[1] in children()
        os.kill(parents[0], signal.SIGKILL)
        with closing(Forks("a third@test", template)) as forks:
            last = parent(forks.server(objects=False).pid)
            template.close()
            assert forks.server(objects=False).usable
    assert {*parents, last}.isdisjoint(children())


def test_a_template_and_a_server_that_stands_still_end_with_their_worker(app):
    reading, writing = os.pipe()
    worker = os.fork()
    if worker == 0:
        try:
            server = Forks("a worker@test", Template("a worker@test")).server(objects=False)
            os.kill(server.pid, signal.SIGSTOP)
            os.write(writing, f"{server.pid} {parent(server.pid)}".encode())
            signal.pause()
        finally:
            os._exit(1)
    watches = [os.pidfd_open(int(pid)) for pid in os.read(reading, 20).split()]
    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)
    for watch in watches:
        assert select.select([watch], [], [], 10)[0]
        os.close(watch)
    os.close(reading)
    os.close(writing)


def parent(pid: int) -> int:
    """The process id of the parent of that process."""
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
