"""Refreshes against each other, against administrators and against whoever starts a run: nothing is lost or doubled."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from tests.catalogue.conftest import module, record
from tests.conftest import private_folder
from tests.faults.racing import HeadStart, Track
from tests.sizes import REFRESHES
from webapp.accounts import service as accounts
from webapp.accounts.models import User
from webapp.catalogue.deciding import decide
from webapp.catalogue.models import Job, JobQueue, JobQueueAssignment
from webapp.catalogue.refreshing import refresh
from webapp.db import db, transaction
from webapp.errors import InvalidInputs, NotEnabled, NotInstalled
from webapp.runs import states
from webapp.runs.models import Run
from webapp.runs.service import submit
from webapp.sources import discovery
from webapp.sources.discovery import Discovery


@pytest.fixture
def tmp_path():
    """In memory: on a disk each round would wait for it, and nobody for each other."""
    with private_folder("refreshes") as folder:
        yield folder


@pytest.fixture(autouse=True)
def unheard(app):
    """Nobody rings: it would take as long as the races, and no worker is there to hear it."""
    app.extensions["bell"].silent_until = float("inf")


@pytest.fixture
def declare(files, root, monkeypatch):
    """Says what the next refreshes find: classes by their names, each with what it declares beside; what a real file
    declares is read once, for that takes longer than a race.
    """
    files(lab=module("Lab", Pattern="Pattern"))
    [pattern] = discovery.discover(root, environ={}).jobs

    def let(**classes: dict[str, object]) -> None:
        jobs = [pattern | {"job_class_name": cls, "name": cls} | told for cls, told in classes.items()]
        monkeypatch.setattr(discovery, "discover", lambda *_, **__: Discovery(jobs, []))

    return let


@pytest.fixture
def race(app, root):
    """Lets two act at once, of whom the first to come had a head start; tells who won by what won() says of both."""
    head = HeadStart()
    with Track(app, 2) as track:

        def at_once(first, second, won):
            told = track.race([first, second], head.seconds)
            head.won(won(*told))
            return told

        yield at_once
    assert min(head.wins[0], head.wins[1]) >= REFRESHES // 10, head.wins
    assert track.overlaps >= REFRESHES // 5, track.overlaps


def boss() -> User:
    return accounts.named("admin")


def rows(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_two_refreshes_at_once_make_each_record_once(race, declare, root):
    for number in range(REFRESHES):
        declare(**{f"Job{number}": {"name": "Same"}, f"Other{number}": {"name": "Same"}})
        both = [partial(refresh, root)] * 2
        done = race(*both, lambda first, _: 0 if first.made else 1)
        assert sorted(len(one.made) for one in done) == [0, 2]
        assert sorted(len(one.kept) for one in done) == [0, 2]
    db.session.rollback()
    names = db.session.scalars(sa.select(Job.name)).all()
    assert len(names) == len(set(names)) == 2 * REFRESHES + 1
    assert rows(Job) == rows(JobQueueAssignment) == 2 * REFRESHES + 1
    assert rows(JobQueue) >= 1
    installed = db.session.scalars(sa.select(Job.job_class_name).where(Job.installed)).all()
    assert set(installed) == {f"Job{REFRESHES - 1}", f"Other{REFRESHES - 1}"}


def test_a_refresh_loses_no_override_and_an_override_no_refresh(race, declare, root):
    declare(Rename={})
    refresh(root)

    def override(number: int) -> bool:
        given = {"time_limit": 1000 + number, "time_limit_override": True, "enabled": True}
        decide([record("Rename")], given, boss())
        return record("Rename").description == f"It is {number}."

    for number in range(REFRESHES):
        declare(Rename={"description": f"It is {number}.", "time_limit": 5000 + number})
        race(partial(refresh, root), partial(override, number), lambda _, saw_the_new: 0 if saw_the_new else 1)
        job = record("Rename")
        assert (job.description, job.declared["time_limit"]) == (f"It is {number}.", 5000 + number)
        assert (job.time_limit, job.overridden, job.enabled) == (1000 + number, ["time_limit"], True)


def test_a_name_that_a_refresh_and_an_administrator_want_goes_to_one_of_them(race, declare, root):
    declare(Rename={})
    refresh(root)

    def take(name: str) -> bool:
        try:
            decide([record("Rename")], {"name": name, "name_override": True}, boss())
        except InvalidInputs:
            return False
        return True

    for number in range(REFRESHES):
        name = f"Wanted {number}"
        declare(Rename={}, **{f"New{number}": {"name": name}})
        _, taken = race(partial(refresh, root), partial(take, name), lambda _, taken: 1 if taken else 0)
        assert record(f"New{number}").name == (f"{name} (2)" if taken else name)
        assert (record("Rename").name == name) == taken


def test_a_refresh_that_finds_a_job_gone_against_whoever_starts_it(race, declare, root):
    ann = accounts.named("ann").id
    declare(Rename={})
    refresh(root)

    def start() -> int | None:
        try:
            return submit(record("Rename"), db.session.get_one(User, ann), {}).number
        except (NotInstalled, NotEnabled):
            return None

    for _ in range(REFRESHES):
        declare(Rename={})
        refresh(root)
        decide([record("Rename")], {"enabled": True}, boss())
        declare()
        _, number = race(partial(refresh, root), start, lambda _, number: 0 if number is None else 1)
        job = record("Rename")
        assert (job.installed, job.enabled) == (False, False)
        if number is not None:
            assert job.last_run_number == number
            with transaction():
                states.cancel_queued(number, "ann", "")
    assert rows(Job) == 2
    assert {run.job_id for run in db.session.scalars(sa.select(Run))} == {record("Rename").id}
