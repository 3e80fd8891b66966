"""Jobs that read and change objects, as real workers run them."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from tests.faults.apart import Apart, eventually
from tests.product import JOBS, take
from webapp.accounts import service as accounts
from webapp.catalogue import service as catalogue
from webapp.changes.models import Change, PlannedChange
from webapp.db import db, transaction
from webapp.inventory import Device, Interface, Location, first
from webapp.inventory.testing import at
from webapp.jobs import Job, JobHookReceiver
from webapp.jobs.running import perform
from webapp.jobs.testing import run_job
from webapp.runs import cancelling, logs
from webapp.runs.models import Run, State
from webapp.runs.objects import inventory_of
from webapp.runs.service import submit
from webapp.runs.supervisor import supervise

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TOLD = (Change.kind, Change.action, Change.row_name, Change.before, Change.after)


@pytest.fixture
def run(app, person, work):
    """Runs a class of tests/jobs_root/changing.py for the user of that name; gives the run at its end."""

    def to_the_end(name: str, inputs: dict | None = None, user: str = "ann") -> Run:
        number = start(name, inputs or {}, user)
        work()
        return db.session.get_one(Run, number, populate_existing=True)

    return to_the_end


def start(name: str, inputs: dict, user: str = "ann") -> int:
    return submit(catalogue.by_class_path(f"changing.{name}"), accounts.named(user), inputs).number


@pytest.fixture
def device(make) -> SimpleNamespace:
    """What a test may know of a device, whatever happens to the row."""
    row = make("dcim.device", name="leaf-1", comments="before")
    return SimpleNamespace(id=row.id, place=row.location.name)


def said(run: Run) -> list[str]:
    return [line.message for line in logs.after(run.number, 0, 1000)]


def changes(*where) -> list[tuple]:
    rows = db.session.execute(sa.select(*TOLD).where(*where).order_by(Change.number))
    return [tuple(row) for row in rows]


def plans(run: Run) -> list[tuple]:
    columns = (getattr(PlannedChange, column.key) for column in TOLD)
    query = sa.select(*columns).where(PlannedChange.run_number == run.number).order_by(PlannedChange.number)
    return [tuple(row) for row in db.session.execute(query)]


def fresh(device: SimpleNamespace) -> Device:
    db.session.rollback()
    return db.session.get_one(Device, device.id, populate_existing=True)


def snapshot() -> dict[str, list]:
    """All rows of the inventory, and of changes."""
    tables = [table for table in db.metadata.sorted_tables if table.name not in HISTORY]
    return {table.name: sorted(map(repr, db.session.execute(sa.select(table)))) for table in tables}


HISTORY = {"run", "run_event", "log_line", "job", "planned_change", "envelope", "process", "log_group", "user"}


def test_what_a_job_creates_changes_and_deletes_is_kept_with_who_and_which_run(run):
    done = run("Preparing")
    assert (done.state, done.reason) == (State.SUCCESS, None), done.traceback
    assert done.result == {"left": ["ams01-1", "ams01-first"], "interfaces": 2}
    written = db.session.scalars(sa.select(Change).where(Change.kind.startswith("dcim.")))
    assert {(change.user_name, change.run_number) for change in written} == {("ann", done.number)}
    told = [(kind, str(action), name) for kind, action, name, *_ in changes(Change.kind == "dcim.device")]
    created = [("dcim.device", "create", f"ams01-{n}") for n in range(3)]
    assert told == [*created, *told[3:]]
    assert sorted(told[3:]) == [("dcim.device", "delete", "ams01-2"), ("dcim.device", "update", "ams01-first")]
    [update] = changes(Change.kind == "dcim.device", Change.action == "update")
    assert update[3:] == ({"name": "ams01-0", "status": "Planned"}, {"name": "ams01-first", "status": "Active"})
    assert [text for text in said(done) if text.startswith("Changed")] == [
        "Changed: 11 created",
        "Changed: 1 updated, 2 deleted",
    ]


def test_a_dry_run_says_what_the_run_then_does_and_leaves_nothing(run, make):
    make("dcim.location", name="elsewhere")
    before = snapshot()
    dry = run("Preparing", {"dryrun": True})
    assert (dry.state, dry.reason) == (State.SUCCESS, None), dry.traceback
    assert snapshot() == before
    assert dry.result == {"left": ["ams01-1", "ams01-first"], "interfaces": 2}
    assert [text for text in said(dry) if "ould change" in text] == [
        "Would change: 11 created",
        "Would change: 1 updated, 2 deleted",
    ]
    planned = plans(dry)
    real = run("Preparing")
    assert real.state == State.SUCCESS
    assert planned == changes(Change.run_number == real.number) != []
    assert plans(real) == []


def test_a_job_gets_the_objects_themselves_in_order_and_links_to_them(run, device, make):
    others = [make("dcim.device", name=f"spine-{n}").id for n in (2, 1, 3)]
    done = run("Renaming", {"device": str(device.id), "others": [str(id) for id in others]})
    assert done.state == State.SUCCESS, done.traceback
    assert done.result == {
        "device": ["Device", device.place, f"/dcim/devices/{device.id}/"],
        "others": ["spine-2", "spine-1", "spine-3"],
    }
    assert fresh(device).comments == "renamed"
    line = next(line for line in logs.after(done.number, 0, 1000) if line.object_text == "leaf-1")
    assert line.object_url == f"/dcim/devices/{device.id}/"


def test_an_object_that_is_gone_by_then_ends_the_run(run, device):
    number = start("Renaming", {"device": str(device.id)})
    with transaction() as session:
        session.delete(session.get_one(Device, device.id))
    supervise(number, "worker@test")
    assert "is not there any more" in db.session.get_one(Run, number, populate_existing=True).reason


def test_what_was_changed_before_an_exception_stays_and_the_log_says_so(run, device):
    done = run("Stumbling", {"device": str(device.id)})
    assert (done.state, done.reason) == (State.ERRORED, "LookupError: nothing here")
    assert fresh(device).comments == "first"
    assert "Changes that were made before stay: 1 updated." in said(done)
    assert len(changes(Change.run_number == done.number)) == 1


def test_a_block_in_another_one_can_be_taken_back_by_itself(run, device):
    done = run("Stumbling", {"device": str(device.id), "how": "nested"})
    assert (done.state, done.result) == (State.SUCCESS, ""), done.traceback
    assert (fresh(device).comments, fresh(device).serial) == ("second", "")


def test_what_does_not_go_together_is_refused_and_nothing_of_the_block_is_kept(run, make, device):
    make("dcim.manufacturer", name="Acme")
    done = run("Stumbling", {"device": str(device.id), "how": "twice"})
    assert done.state == State.ERRORED
    assert fresh(device).comments == "first"
    assert "Acme" in done.reason or "another" in done.reason or "go together" in done.reason


@on_sqlite
@pytest.mark.parametrize(
    ("how", "words"),
    [
        ("set", "Device leaf-1 was changed outside of a block of changes"),
        ("append", "was changed outside of a block of changes"),
        ("add", "This block of changes is over"),
    ],
)
def test_what_is_changed_outside_of_a_block_is_refused_at_once(run, device, how, words):
    done = run("Careless", {"device": str(device.id), "how": how})
    assert done.state == State.ERRORED
    assert words in done.reason
    assert (fresh(device).comments, db.session.scalar(sa.select(sa.func.count(Interface.id)))) == ("before", 0)


@pytest.fixture
def apart(app) -> Iterator[Callable[[int], Apart]]:
    """Runs a run in a worker of its own, while the test does something else."""
    begun: list[Apart] = []

    def begin(number: int) -> Apart:
        begun.append(Apart(lambda: supervise(number, "worker@apart")))
        return begun[-1]

    yield begin
    for one in begun:
        one.clear()


def has_said(number: int, words: str) -> None:
    """Wait until the run's log has words."""

    def found() -> bool:
        db.session.rollback()
        return words in [line.message for line in logs.after(number, 0, 1000)]

    eventually(found)


def at_end(number: int) -> Run:
    def ended() -> Run | None:
        db.session.rollback()
        run = db.session.get_one(Run, number, populate_existing=True)
        return run if run.finished else None

    return eventually(ended)


def write_something(make) -> float:
    """How many seconds it takes to write to a table that jobs write to as well."""
    begun = time.monotonic()
    make("dcim.manufacturer", name="Written meanwhile")
    return time.monotonic() - begun


def test_nobody_waits_for_a_dry_run_and_what_others_write_stays(apart, device, make, tmp_path):
    flag = tmp_path / "flag"
    number = start("Waiting", {"device": str(device.id), "flag": str(flag), "dryrun": True})
    apart(number)
    has_said(number, "Waiting")  # with its block open, and its change written to a shadow
    write_something(make)
    with transaction() as session:
        session.get_one(Device, device.id).comments = "by somebody else"
    assert not db.session.get_one(Run, number, populate_existing=True).finished
    flag.touch()
    run = at_end(number)
    assert run.state == State.SUCCESS, run.traceback
    assert fresh(device).comments == "by somebody else"
    assert plans(run) == [("dcim.device", "update", "leaf-1", {"comments": "before"}, {"comments": "changed"})]


def test_a_job_that_sleeps_outside_of_its_blocks_holds_nobody_up(apart, device, make, tmp_path):
    flag = tmp_path / "flag"
    number = start("Waiting", {"device": str(device.id), "flag": str(flag), "inside": False})
    apart(number)
    has_said(number, "Waiting")
    with transaction() as session:
        session.get_one(Device, device.id).comments = "by somebody else"
    write_something(make)
    flag.touch()
    assert at_end(number).state == State.SUCCESS
    assert fresh(device).comments == "by somebody else"
    told = changes(Change.kind == "dcim.device", Change.action == "update")
    assert [(before, after) for *_, before, after in told] == [
        ({"comments": "before"}, {"comments": "changed"}),
        ({"comments": "changed"}, {"comments": "by somebody else"}),
    ]


class Overtaken(Job):
    """Change a device in a block, while something else happens to the run."""

    happen: Callable[[], None]
    words = ""

    def run(self):
        with self.changes():
            first(Device).comments = self.words
            self.happen()


@pytest.mark.parametrize("dry", [False, True])
def test_a_block_is_kept_only_if_no_other_attempt_of_its_run_has_begun(device, person, dry):
    number = start("Waiting", {"device": str(device.id), "flag": "x", "dryrun": dry})
    claim = take(number, "worker@test")
    db.session.remove()
    engine = sa.create_engine(claim.task.database_url)

    def begin_another() -> None:
        with engine.begin() as connection:
            connection.execute(sa.update(Run.__table__).where(Run.number == number).values(attempt=2))

    for happen, state, words in ((lambda: None, "success", "changed"), (begin_another, "errored", "lost")):
        job = type("Now", (Overtaken,), {"happen": staticmethod(happen), "words": words})
        outcome = perform(job, {}, lambda line: None, inventory=inventory_of(claim.task, nullcontext))
        assert outcome.state == state, outcome.traceback
        assert "this attempt of the run does not count any more" in outcome.reason or state == "success"
    engine.dispose()
    run = db.session.get_one(Run, number, populate_existing=True)
    assert fresh(device).comments == ("before" if dry else "changed")
    assert (len(plans(run)), len(changes(Change.run_number == number))) == ((1, 0) if dry else (0, 1))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite: nobody can write while it waits
def test_an_attempt_that_does_not_count_any_more_changes_nothing(apart, device, tmp_path):
    flag = tmp_path / "flag"
    number = start("Waiting", {"device": str(device.id), "flag": str(flag), "dryrun": False, "inside": True})
    apart(number)
    has_said(number, "Waiting")
    with transaction() as session:
        session.execute(
            sa.update(Run).where(Run.number == number).values(attempt=Run.attempt + 1),
            execution_options={"synchronize_session": False},
        )
    flag.touch()
    eventually(lambda: not others_hold_anything())
    assert fresh(device).comments == "before"
    assert changes(Change.run_number == number) == []


def others_hold_anything() -> bool:
    """Whether a transaction is open on this PostgreSQL database besides our own."""
    db.session.rollback()
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_xid IS NOT NULL"
    )
    return bool(db.session.scalar(sa.text(query)))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_run_that_is_cancelled_inside_of_a_block_takes_it_back(apart, device, tmp_path, person):
    number = start("Waiting", {"device": str(device.id), "flag": str(tmp_path / "never")})
    apart(number)
    has_said(number, "Waiting")
    cancelling.cancel(db.session.get_one(Run, number), person("ann"))
    assert at_end(number).state == State.CANCELLED
    assert fresh(device).comments == "before"


def test_a_run_that_reaches_its_soft_limit_inside_of_a_block_takes_it_back(run, device):
    done = run("Slow", {"device": str(device.id)})
    assert (done.state, done.reason) == (State.TIMED_OUT, "It was stopped after its soft time limit of 1 s.")
    assert (fresh(device).comments, fresh(device).serial) == ("first", "")
    assert [after for *_, after in changes(Change.run_number == done.number)] == [{"comments": "first"}]
    assert "Changes that were made before stay: 1 updated." in said(done)


@on_sqlite
def test_a_fork_of_a_job_reads_by_itself_and_changes_nothing(run, device):
    done = run("Forking", {"device": str(device.id)})
    assert done.result == ["1 self.changes() works in the job's own process only.", 1], done.traceback


@on_sqlite
def test_in_a_test_a_job_changes_the_database_that_it_is_given(device, database_url, monkeypatch):
    monkeypatch.syspath_prepend(str(JOBS))
    changing = importlib.import_module("changing")
    given = at(database_url, user="tess")
    ran = run_job(changing.Pressed, inventory=given, object_pk=str(device.id), object_model_name="dcim.device")
    assert (ran.state, ran.result) == ("success", "leaf-1"), ran.traceback
    assert fresh(device).comments == "pressed"
    assert db.session.scalars(sa.select(Change.user_name).order_by(Change.number.desc())).first() == "tess"
    dry = run_job(changing.Preparing, inventory=given, dryrun=True)
    assert "Would change: 11 created" in dry.messages("info")
    assert [plan["row_name"] for plan in given.planned if plan["kind"] == "dcim.location"] == ["ams01"]
    assert db.session.scalar(sa.select(sa.func.count(Location.id)).where(Location.name == "ams01")) == 0


def test_a_receiver_of_a_hook_hears_of_the_change(device, database_url):
    class Heard(JobHookReceiver):
        def receive_job_hook(self, change, action, changed_object):
            return [change.row_name, action, changed_object.name, change.user_name]

    id = db.session.scalars(sa.select(Change.id).where(Change.kind == "dcim.device")).one()
    ran = run_job(Heard, inventory=at(database_url), object_change=str(id))
    assert ran.result == ["leaf-1", "create", "leaf-1", "the shell"], ran.traceback
    assert "There is no change" in run_job(Heard, inventory=at(database_url), object_change="x").reason


def test_without_objects_a_job_is_told_so():
    class Changing(Job):
        def run(self):
            with self.changes():
                pass

    assert "There are no objects here." in run_job(Changing).reason


@pytest.mark.parametrize(
    ("commit", "how", "kept"), [(True, "fine", True), (False, "fine", False), (True, "raise", False)]
)
def test_a_job_of_1x_is_one_block(run, device, commit, how, kept):
    done = run("OldStyle", {"device": str(device.id), "how": how, "_commit": commit})
    assert done.state == (State.ERRORED if how == "raise" else State.SUCCESS), done.traceback
    assert fresh(device).comments == ("changed" if kept else "before")
    reverted = [text for text in said(done) if "reverted" in text]
    if how == "raise":
        assert reverted == ["Database changes have been reverted due to error."]
    elif not commit:
        assert done.result == "changed"
        assert reverted == ["Database changes have been reverted automatically."]
        assert plans(done) == [("dcim.device", "update", "leaf-1", {"comments": "before"}, {"comments": "changed"})]
    else:
        assert reverted == []
    assert bool(changes(Change.run_number == done.number)) == kept
    assert bool(plans(done)) == (not commit)


@on_sqlite
def test_a_job_of_1x_that_does_not_commit_leaves_nothing_and_shows_what_it_would_change(run, device, browse):
    before = snapshot()
    done = run("OldStyle", {"device": str(device.id), "_commit": False})
    assert snapshot() == before
    page = browse("ann").get(f"/runs/{done.number}/changes/").text
    assert all(words in page for words in ("leaf-1", "before", "changed", "Would be changed"))
