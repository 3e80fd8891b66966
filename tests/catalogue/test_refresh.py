"""Records follow the files below the jobs root, and keep what administrators decided."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import pytest
from sqlalchemy import select

from tests.catalogue.conftest import module, names, record
from tests.product import JOBS, on_sqlite
from webapp.accounts import service as accounts
from webapp.accounts.models import User
from webapp.catalogue import service
from webapp.catalogue.models import OVERRIDABLE, Job, LoadError, Refresh
from webapp.catalogue.refreshing import is_outdated
from webapp.db import db, transaction, utcnow
from webapp.errors import NotPossible
from webapp.sources import discovery

COUNTS = ("job_count", "made_count", "gone_count", "error_count")


@on_sqlite
def test_a_new_class_gets_a_record_that_is_switched_off(files):
    done = files(lab=module("Lab tools", Rename="Rename racks"))
    job = record("Rename")
    assert (done.made, done.kept, done.gone, done.errors) == (["lab.Rename"], [], [], [])
    assert (job.name, job.grouping, job.description) == ("Rename racks", "Lab tools", "Rename racks it is.")
    assert (job.enabled, job.installed, job.has_sensitive_variables) == (False, True, True)


@on_sqlite
def test_t014_t015_a_new_file_and_a_class_that_is_added_to_a_file_are_found(files):
    files(lab=module("Lab", Rename="Rename racks"))
    assert files(more=module("Lab", Count="Count racks")).made == ["more.Count"]
    done = files(lab=module("Lab", Rename="Rename racks", Sort="Sort racks"))
    assert (done.made, done.kept, done.gone) == (["lab.Sort"], ["lab.Rename", "more.Count"], [])


@on_sqlite
def test_a_module_without_a_name_groups_its_jobs_under_its_own(files):
    files(lab=module("", Rename="Rename racks"))
    assert record("Rename").grouping == "lab"


@on_sqlite
def test_a_changed_class_changes_its_record_and_stays_switched_on(files):
    files(lab=module("Lab", Rename="Rename racks"))
    service.set_enabled(record("Rename"), True, by=boss())
    id = record("Rename").id
    done = files(lab=module("Laboratory", Rename="Rename all racks"))
    job = record("Rename")
    assert (done.made, done.kept) == ([], ["lab.Rename"])
    assert (job.id, job.name, job.grouping, job.enabled) == (id, "Rename all racks", "Laboratory", True)


COLOURS = """
from webapp.jobs import ChoiceVar, Job, register_jobs
class Paint(Job):
    colour = ChoiceVar(choices={colours!r})
    def run(self, colour):
        pass
register_jobs(Paint)
"""


@on_sqlite
def test_a_job_that_was_run_before_takes_what_its_changed_class_takes(files, api):
    files(lab=COLOURS.format(colours=["red", "blue"]))
    service.set_enabled(record("Paint"), True, by=boss())
    ann = api("ann")

    def paint(colour: str) -> int:
        return int(ann.post("/api/extras/jobs/lab.Paint/run/", json={"data": {"colour": colour}}).status_code)

    assert (paint("red"), paint("green")) == (201, 400)
    files(lab=COLOURS.format(colours=["green", "blue"]))
    assert (paint("red"), paint("green")) == (400, 201)


def test_t017_a_class_that_is_gone_is_not_installed_and_comes_back_switched_off(files):
    files(lab=module("Lab", Rename="Rename racks"), other=module("Lab", Stay="Stay"))
    service.set_enabled(record("Rename"), True, by=boss())
    id = record("Rename").id
    assert files(lab=None).gone == ["lab.Rename"]
    assert (record("Rename").installed, record("Stay").installed) == (False, True)
    assert files().gone == []
    assert files(lab=module("Lab", Rename="Rename racks")).back == ["lab.Rename"]
    assert (record("Rename").id, record("Rename").installed, record("Rename").enabled) == (id, True, False)


@on_sqlite
def test_a_class_whose_file_is_mended_is_as_it_was(files):
    files(lab=module("Lab", Rename="Rename racks"))
    service.set_enabled(record("Rename"), True, by=boss())
    assert files(lab="this is not Python").gone == ["lab.Rename"]
    assert (record("Rename").installed, record("Rename").enabled) == (False, True)
    files(lab=module("Lab", Rename="Rename racks"))
    assert (record("Rename").installed, record("Rename").enabled) == (True, True)


@on_sqlite
def test_files_are_worth_another_look_once_they_have_changed_or_while_one_does_not_load(files, root):
    assert is_outdated(root)
    files(lab=module("Lab", Rename="Rename racks"))
    assert not is_outdated(root)
    (root / "lab.py").write_text(module("Lab", Rename="Rename all racks"))
    assert is_outdated(root)
    files(lab="this is not Python")
    assert is_outdated(root)


def test_what_was_seen_before_another_refresh_ended_is_looked_at_again(files, root, monkeypatch):
    looks = []

    def overtaken(*args, **kwargs):
        looks.append(discover(*args, **kwargs))
        if len(looks) == 1:
            files(more=module("Lab", Count="Count racks"))
        return looks[-1]

    discover = discovery.discover
    monkeypatch.setattr(discovery, "discover", overtaken)
    done = files(lab=module("Lab", Rename="Rename racks"))
    assert [len(look.jobs) for look in looks] == [1, 2, 2]
    assert (done.made, done.kept, names().keys()) == ([], ["lab.Rename", "more.Count"], {"Rename", "Count"})


@on_sqlite
def test_what_was_broken_and_then_removed_comes_back_switched_off(files):
    files(lab=module("Lab", Rename="Rename racks"))
    service.set_enabled(record("Rename"), True, by=boss())
    files(lab="this is not Python")
    assert record("Rename").enabled
    assert files(lab=None).gone == []
    files(lab=module("Lab", Rename="Rename racks"))
    assert (record("Rename").installed, record("Rename").enabled) == (True, False)


@on_sqlite
def test_a_class_that_is_gone_from_a_file_with_another_mistake_is_switched_off(files):
    files(lab=module("Lab", Rename="Rename racks", Sort="Sort racks", Count="Count racks"))
    for cls in ("Rename", "Sort", "Count"):
        service.set_enabled(record(cls), True, by=boss())
    files(
        lab=module("Lab", Sort="Sort racks", Count="Count racks").replace(
            "class Meta:", "class Meta:\n        hidden = 7", 1
        )
    )
    assert (record("Rename").enabled, record("Sort").enabled, record("Count").enabled) == (False, True, True)
    assert (record("Sort").installed, record("Count").installed) == (False, True)


@on_sqlite
def test_nothing_is_written_while_others_keep_refreshing(files, root, monkeypatch):
    discover = discovery.discover

    def overtaken(*args, **kwargs):
        with transaction() as session:
            session.add(Refresh(began_at=utcnow(), by="another", version="", **dict.fromkeys(COUNTS, 0)))
        return discover(*args, **kwargs)

    monkeypatch.setattr(discovery, "discover", overtaken)
    with pytest.raises(NotPossible):
        files(lab=module("Lab", Rename="Rename racks"))
    assert names() == {}


def test_t114_every_record_says_what_its_class_does_and_is_switched_off(files, job):
    text = (JOBS / "plain.py").read_text()
    files(plain=text)
    for row in everything():
        assert (row.installed, row.enabled, row.overridden) == (True, False, [])
        assert {field: getattr(row, field) for field in OVERRIDABLE} == row.declared


@on_sqlite
def test_t115_classes_of_one_name_that_say_nothing_of_it_get_numbers(files):
    plain = "from webapp.jobs import Job, register_jobs\nclass Same(Job):\n    def run(self):\n        pass\n"
    files(a=plain + "register_jobs(Same)\n", b=plain + "register_jobs(Same)\n")
    assert sorted(row.name for row in everything()) == ["Same", "Same (2)"]


def test_t115_a_name_that_is_taken_gets_a_number(files):
    files(a=module("Lab", One="Same"))
    files(b=module("Lab", Two="Same", Three="Same"))
    assert names() == {"One": "Same", "Two": "Same (2)", "Three": "Same (3)"}
    files()
    assert names() == {"One": "Same", "Two": "Same (2)", "Three": "Same (3)"}
    files(a=module("Lab", One="Other"))
    assert names()["One"] == "Other"
    assert set(names().values()) == {"Other", "Same", "Same (2)"}


@on_sqlite
def test_an_older_class_keeps_its_name_whatever_comes_before_it_in_the_alphabet(files):
    files(m=module("Lab", Old="Same"))
    files(a=module("Lab", New="Same"))
    assert names() == {"Old": "Same", "New": "Same (2)"}


def test_classes_may_swap_their_names(files):
    before = {"A": "one", "B": "two", "C": "three", "D": "four"}
    files(lab=module("Lab", **before))
    after = {"A": "two", "B": "one", "C": "four", "D": "three"}
    files(lab=module("Lab", **after))
    assert names() == after


def test_long_names_are_cut(files):
    files(a=module("g" * 300, One="x" * 150, Two="x" * 150))
    assert names() == {"One": "x" * 100, "Two": "x" * 96 + " (2)"}
    files()
    assert names() == {"One": "x" * 100, "Two": "x" * 96 + " (2)"}
    assert record("One").grouping == "g" * 255
    assert record("One").notes == ["Its name is longer than 100 characters; the rest is cut."]


@pytest.mark.timeout(60)
def test_a_file_that_does_not_load_takes_only_itself_out_and_says_where(files):
    files(good=module("Lab", Good="Good"), bad=module("Lab", Bad="Bad"))
    done = files(
        bad="x = 1\nthis is not Python\n",
        leaver="import sys\n\nsys.exit(3)\n",
        raiser="\n\nraise ValueError('bad\\0text \\ud800')\n",
        wrong="from webapp.jobs import *\nclass W(Job):\n    class Meta:\n        hidden = 'yes'\nregister_jobs(W)\n",
    )
    assert names() == {"Good": "Good", "Bad": "Bad"}
    assert (record("Good").installed, record("Bad").installed) == (True, False)
    assert {error.module_name for error in done.errors} == {"bad", "leaver", "raiser", "wrong"}
    kept = {row.module_name: row for row in service.load_errors()}
    assert (kept["bad"].file, kept["bad"].line) == ("bad.py", 2)
    assert (kept["leaver"].file, kept["leaver"].line) == ("leaver.py", 3)
    assert (kept["raiser"].file, kept["raiser"].line) == ("raiser.py", 3)
    assert "Meta.hidden should be" in kept["wrong"].message
    assert service.load_error_of(record("Bad")).file == "bad.py"
    assert service.load_error_of(record("Good")) is None
    files(bad=module("Lab", Bad="Bad"), leaver=None, raiser=None, wrong=None)
    assert db.session.scalars(select(LoadError)).all() == []
    assert record("Bad").installed


def test_what_no_record_can_hold_is_a_load_error_of_that_class_alone(files):
    done = files(
        **{"m" * 120: module("Lab", Far="Far")},
        lab=module("Lab", Good="Good", **{"C" * 120: "Long class"}),
        too_long="from webapp.jobs import *\nclass L(Job):\n    class Meta:\n        time_limit = 10**30\n"
        "    def run(self): pass\nregister_jobs(L)\n",
        too_many="from webapp.jobs import *\nclass C(Job):\n    class Meta:\n"
        "        concurrency = Concurrency(limit=10**5000)\n    def run(self): pass\nregister_jobs(C)\n",
        too_wide="from webapp.jobs import *\nclass Q(Job):\n    class Meta:\n        task_queues = ['q' * 300]\n"
        "    def run(self): pass\nregister_jobs(Q)\n",
    )
    assert names() == {"Good": "Good"}
    told = {error.module_name: error.message for error in done.errors}
    assert told["m" * 120] == told["lab"] == "The names of a module and of a job's class have at most 100 characters."
    assert told["too_long"] == "L: ValueError: Meta.time_limit should be from 0 to 1,000,000,000"
    assert told["too_many"] == "C: ValueError: Meta.concurrency: limit should be from 1 to 1,000"
    assert told["too_wide"].startswith("Q: Meta.task_queues: 'qqqq")
    assert told["too_wide"].endswith("Ensure this field has no more than 255 characters.")


def test_characters_that_databases_refuse_are_kept_as_escapes(files):
    files(odd=module("gr\0up", Odd="na\0me"))
    job = record("Odd")
    assert (job.name, job.grouping, job.description) == (r"na\x00me", r"gr\x00up", r"na\x00me it is.")


def test_variables_limits_and_queues_are_kept_as_declared(app, job):
    echo = job("Echo")
    assert [variable["name"] for variable in echo.variables] == ["text", "count", "loud", "colour", "note", "dryrun"]
    assert echo.supports_dryrun
    assert (job("Sleep").soft_time_limit, job("Sleep").time_limit) == (1, 2)
    assert (job("Elsewhere").queues, echo.queues) == (["lab", "default"], ["default"])


@on_sqlite
def test_retries_and_concurrency_are_kept_as_declared(app, job):
    flaky, exclusive = job("Flaky"), job("Exclusive")
    assert (flaky.idempotent, flaky.max_attempts, flaky.retry_backoff, flaky.concurrency) == (True, 3, 0, None)
    assert exclusive.concurrency == {"limit": 1, "key": "site:{site}", "on_conflict": "queue"}
    assert (exclusive.idempotent, exclusive.max_attempts, exclusive.retry_backoff) == (False, 1, 10)
    assert job("Rejecting").concurrency["on_conflict"] == "reject"
    assert (job("Singleton").is_singleton, job("Singleton").concurrency) == (True, None)


def test_post_upgrade_says_what_is_new_and_changes_nothing_the_second_time(app, files, root):
    files(plain=(JOBS / "plain.py").read_text())
    with transaction() as session:
        session.delete(record("Echo"))
    app.extensions["settings"] = replace(app.extensions["settings"], jobs_root=root)
    run = app.test_cli_runner().invoke
    first = run(args=["post-upgrade"])
    assert first.exit_code == 0, first.output
    assert "New job plain.Echo, switched off" in first.output
    db.session.rollback()
    before = sorted((row.class_path, row.id, row.name, row.enabled, row.updated_at) for row in everything())
    second = run(args=["post-upgrade"])
    assert (second.exit_code, "New job" in second.output, "is gone" in second.output) == (0, False, False)
    assert f"{len(before)} jobs, 0 load errors." in second.output
    assert sorted((row.class_path, row.id, row.name, row.enabled, row.updated_at) for row in everything()) == before


def everything() -> list[Job]:
    db.session.rollback()
    return list(db.session.scalars(select(Job)))


def boss() -> User:
    return accounts.named("admin")


CHOOSING = """
class {cls}(Job):
    who = {var}
    def run(self, *, who):
        pass

register_jobs({cls})
"""
FINE = 'MultiObjectVar(model="auth.group", display_field="name", query_params={"users__username__in": ["ann"]})'
LOOKED_UP = [
    'ObjectVar(model="dcim.device", query_params={"name__ic": "leaf", "location__name__isw": "A"})',
    'ObjectVar(model="dcim.device", query_params={"name__nic": "leaf", "name__n": "x", "serial__iew": "9"})',
    'ObjectVar(model="dcim.device", query_params={"position__gte": 3, "rack__isnull": False})',
    'ObjectVar(model="dcim.device", query_params={"tags__name__in": ["a"], "role__name": "leaf"})',
]
WRONG_OBJECTS = {
    "ObjectVar()": "TypeError: who: ObjectVar must specify a model",
    'MultiObjectVar(model="device")': "ValueError: who: model should be a name like “users.user”, not 'device'",
    'ObjectVar(model="users.user", query_params={"groups": "$team"})': (
        "ValueError: who: query_params names $team, which is no variable of this job"
    ),
    'ObjectVar(model="dcim.satellite")': "who: There are no objects of the kind dcim.satellite here.",
    'ObjectVar(model="users.user", display_field="password_hash")': (
        "who: display_field names password_hash; a user has display, username, is_active, is_superuser."
    ),
    'ObjectVar(model="users.user", query_params={"stauts": "active"})': (
        "who: stauts: there is nothing called “stauts”; what can be looked up is groups, id, is_active, "
        "is_superuser, username."
    ),
    'ObjectVar(model="users.user", query_params={"is_active": "perhaps"})': "who: is_active: give true or false.",
}


@on_sqlite
def test_objects_that_cannot_be_take_out_their_job_alone(files):
    classes = [CHOOSING.format(cls=f"Broken{number}", var=var) for number, var in enumerate(WRONG_OBJECTS)]
    imports = "from webapp.jobs import Job, MultiObjectVar, ObjectVar, register_jobs\n"
    found = files(choosing=imports + "\n".join([*classes, CHOOSING.format(cls="Fine", var=FINE)]))
    assert found.made == ["choosing.Fine"]
    assert sorted(error.message for error in found.errors) == sorted(
        f"Broken{number}: {message}" for number, message in enumerate(WRONG_OBJECTS.values())
    )
    assert all(error.line for error in found.errors)


@on_sqlite
def test_whatever_compares_narrows_objects(files):
    imports = "from webapp.jobs import Job, MultiObjectVar, ObjectVar, register_jobs\n"
    classes = [CHOOSING.format(cls=f"Choose{number}", var=var) for number, var in enumerate(LOOKED_UP)]
    found = files(choosing=imports + "\n".join(classes))
    assert [error.message for error in found.errors] == []
    assert len(found.made) == len(LOOKED_UP)


LEAVES_A_TRACE = """
import os
with open({trace!r}, "a") as trace:
    print(os.getpid(), *(name for name in os.environ if name.startswith("JOBDECK_")), file=trace)
"""


@on_sqlite
def test_fault_85_what_a_file_does_when_it_is_imported_happens_in_a_process_of_its_own(files, tmp_path, browse):
    trace = tmp_path / "trace"
    files(traced=LEAVES_A_TRACE.format(trace=str(trace)) + module("Lab", Traced="Traced"))
    [pid] = trace.read_text().split()
    assert int(pid) != os.getpid()
    service.set_enabled(record("Traced"), True, by=boss())
    for path in ("/jobs/", f"/jobs/{record('Traced').id}", f"/jobs/{record('Traced').id}/run"):
        assert browse("admin").get(path).status_code == 200
    assert trace.read_text().split() == [pid]
    assert "traced" not in sys.modules
