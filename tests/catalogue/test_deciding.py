"""Overrides: what administrators decide counts, outlives the code, and goes back to the class."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.catalogue.conftest import module, names, record
from tests.product import on_sqlite
from webapp.accounts import service as accounts
from webapp.catalogue import queues
from webapp.catalogue.deciding import decide
from webapp.catalogue.models import Job, JobQueue, JobQueueAssignment
from webapp.db import db, transaction
from webapp.errors import InvalidInputs, NotAllowed

VALUES = {
    "grouping": "Mine",
    "name": "My own name",
    "description": "My own words.",
    "approval_required": True,
    "dryrun_default": True,
    "has_sensitive_variables": False,
    "hidden": True,
    "soft_time_limit": 7,
    "time_limit": 9,
    "task_queues": ["lab"],
    "is_singleton": True,
}
"""A value of each field that may be overridden, none of which the class has."""


@pytest.fixture
def lab(files):
    """Decides about a job of its own file, with two more queues there."""
    files(lab=module("Lab", Rename="Rename racks"))
    with transaction():
        queues.ensure(["lab", "slow"])
    return lambda **given: decide([record("Rename")], given, accounts.named("admin"))


def refused(act, **given):
    with pytest.raises(InvalidInputs) as refusal:
        act(**given)
    return refusal.value.errors


def with_switches(values):
    return values | {f"{field}_override": True for field in values}


def test_t116_what_is_overridden_counts_and_outlives_a_changed_class_until_it_is_cleared(lab, files):
    before = {field: getattr(record("Rename"), field) for field in VALUES}
    lab(**with_switches(VALUES))
    files(lab=module("Other", Rename="Rename all racks"))
    assert {field: getattr(record("Rename"), field) for field in VALUES} == VALUES
    assert record("Rename").declared["name"] == "Rename all racks"
    lab(**{f"{field}_override": False for field in VALUES})
    after = {"grouping": "Other", "name": "Rename all racks", "description": "Rename all racks it is."}
    assert {field: getattr(record("Rename"), field) for field in VALUES} == before | after
    assert record("Rename").overridden == []


@on_sqlite
def test_a_value_without_its_switch_is_refused_in_a_sentence(lab):
    said = "The class decides this. Switch its override on as well ({}_override), and this value counts instead."
    for field, value in VALUES.items():
        assert refused(lab, **{field: value}) == {field: [said.format(field)]}
    assert record("Rename").overridden == []


@on_sqlite
def test_a_value_of_a_field_that_is_overridden_already_needs_no_switch(lab):
    lab(time_limit=900, time_limit_override=True)
    lab(time_limit=1200)
    assert record("Rename").time_limit == 1200


@on_sqlite
def test_what_is_sent_back_as_it_was_read_changes_nothing(lab):
    lab(time_limit=0, time_limit_override=False, name="Rename racks", name_override=False, enabled=True)
    assert (record("Rename").overridden, record("Rename").enabled) == ([], True)


@on_sqlite
def test_a_switch_without_a_value_keeps_the_present_one_whatever_the_class_says_later(lab, files):
    lab(name_override=True)
    files(lab=module("Lab", Rename="Rename all racks"))
    assert record("Rename").name == "Rename racks"


WRONG = [
    ({"name": "x" * 101}, "name", "Name may not exceed 100 characters in length"),
    ({"grouping": "x" * 256}, "grouping", "Grouping may not exceed 255 characters in length"),
    ({"name": " "}, "name", "This field may not be blank."),
    ({"name": "two\nlines"}, "name", "Give one line of printable characters."),
    ({"name": 7}, "name", "Not a valid string."),
    ({"description": "a\0b"}, "description", "Null characters and halves of characters are not allowed."),
    ({"description": "\ud800"}, "description", "Null characters and halves of characters are not allowed."),
    ({"hidden": "perhaps"}, "hidden", "Must be a valid boolean."),
    ({"hidden": 1}, "hidden", "Must be a valid boolean."),
    ({"hidden_override": None}, "hidden_override", "Must be a valid boolean."),
    ({"time_limit": -1}, "time_limit", "Give a whole number of seconds, from 0 to 1,000,000,000."),
    ({"time_limit": 10**30}, "time_limit", "Give a whole number of seconds, from 0 to 1,000,000,000."),
    ({"time_limit": True}, "time_limit", "Give a whole number of seconds, from 0 to 1,000,000,000."),
    ({"time_limit": float("nan")}, "time_limit", "Give a whole number of seconds, from 0 to 1,000,000,000."),
    ({"time_limit": []}, "time_limit", "Give a whole number of seconds, from 0 to 1,000,000,000."),
    ({"task_queues": ["nowhere"]}, "task_queues", "Job Queue nowhere does not exist in the database."),
    ({"task_queues": []}, "task_queues", "Give at least one queue."),
    ({"task_queues": {}}, "task_queues", "Give a list of queues."),
    ({"default_job_queue": 7}, "default_job_queue", "Give the name or the id of a queue."),
    ({"default_job_queue": {"id": "\0"}}, "default_job_queue", "Give the name or the id of a queue."),
    ({"keep_days": "soon"}, "keep_days", "Give a whole number of days, from 0 to 1,000,000,000."),
    ({"installed": False}, "installed", "This field cannot be changed."),
    ({"variables": []}, "variables", "This field cannot be changed."),
]


@on_sqlite
def test_t117_what_cannot_be_is_refused_with_a_message_at_its_field(lab):
    for given, field, message in WRONG:
        assert refused(lab, **given) == {field: [message]}


@on_sqlite
def test_a_name_that_another_job_has_is_refused(lab, files):
    files(more=module("Lab", Count="Count racks"))
    assert refused(lab, name="Count racks", name_override=True) == {"name": ["more.Count has this name already."]}


def test_a_name_that_went_to_another_job_comes_back_with_a_number(lab, files):
    lab(name="Mine", name_override=True)
    files(more=module("Lab", Count="Rename racks"))
    lab(name_override=False)
    assert names() == {"Rename": "Rename racks (2)", "Count": "Rename racks"}


@on_sqlite
def test_a_new_class_does_not_get_the_name_that_an_administrator_gave_another(lab, files):
    lab(name="Count racks", name_override=True)
    files(more=module("Lab", Count="Count racks"))
    assert names() == {"Rename": "Count racks", "Count": "Count racks (2)"}


@on_sqlite
def test_the_hard_limit_has_to_be_more_than_the_soft_one(lab):
    both = {"soft_time_limit_override": True, "time_limit_override": True}
    said = "The hard limit ({}) has to be more than the soft one ({})."
    assert refused(lab, soft_time_limit=60, time_limit=60, **both) == {"time_limit": [said.format("60 s", "60 s")]}
    lab(soft_time_limit=60, time_limit=61, **both)
    assert refused(lab, time_limit=50) == {"time_limit": [said.format("50 s", "60 s")]}
    inherited = said.format("600 s, the installation's", "900 s")
    assert refused(lab, time_limit_override=False, soft_time_limit=900) == {"time_limit": [inherited]}
    inherited = said.format("61 s", "300 s, the installation's")
    assert refused(lab, soft_time_limit_override=False) == {"soft_time_limit": [inherited]}
    lab(enabled=True)


@on_sqlite
def test_approval_and_sensitive_inputs_do_not_go_together(lab):
    both = {"approval_required_override": True, "has_sensitive_variables_override": True}
    [message] = refused(lab, approval_required=True, approval_required_override=True)["approval_required"]
    assert message.startswith("A job that needs approval cannot have sensitive inputs")
    lab(approval_required=True, has_sensitive_variables=False, **both)
    assert list(refused(lab, has_sensitive_variables=True)) == ["has_sensitive_variables"]


def assigned(job: Job) -> set[str]:
    of_job = select(JobQueue.name).join(JobQueueAssignment).where(JobQueueAssignment.job_id == job.id)
    return set(db.session.scalars(of_job))


def test_t118_the_default_queue_is_always_among_the_queues(lab):
    lab(task_queues="lab, slow", task_queues_override=True)
    assert (record("Rename").queues, assigned(record("Rename"))) == (["lab", "slow"], {"lab", "slow"})
    lab(default_job_queue="default", default_job_queue_override=True)
    assert record("Rename").queues == ["default", "lab", "slow"]
    assert assigned(record("Rename")) == {"default", "lab", "slow"}
    slow = db.session.scalars(select(JobQueue).where(JobQueue.name == "slow")).one()
    lab(job_queues=[{"id": str(slow.id)}])
    assert record("Rename").queues == ["default", "slow"]
    lab(task_queues=["slow", "default"], default_job_queue_override=False)
    assert record("Rename").queues == ["default", "slow"]
    lab(job_queues_override=False)
    assert (record("Rename").queues, assigned(record("Rename"))) == (["default"], {"default"})


@on_sqlite
def test_a_default_queue_that_the_class_does_not_know_makes_all_its_queues_a_decision(lab):
    lab(default_job_queue="lab", default_job_queue_override=True)
    assert record("Rename").queues == ["lab", "default"]
    assert record("Rename").overridden == ["task_queues", "default_job_queue"]


def test_what_does_not_fit_one_of_several_jobs_changes_none(lab, files):
    files(more=module("Lab", Count="Count racks"))
    boss, jobs = accounts.named("admin"), [record("Rename"), record("Count")]
    lab(time_limit=900, time_limit_override=True)
    with pytest.raises(InvalidInputs) as refusal:
        decide(jobs, {"time_limit": 60, "enabled": True}, boss)
    assert refusal.value.errors["time_limit"][0].startswith("Count racks: The class decides this.")
    assert (record("Rename").time_limit, record("Rename").enabled) == (900, False)
    assert len(refused(lambda **given: decide(jobs, given, boss), name="Both", name_override=True)["name"]) == 2


@on_sqlite
def test_what_is_not_installed_cannot_be_switched_on_but_off(lab, files):
    lab(enabled=True)
    files(lab="this is not Python")
    lab(enabled=False)
    assert list(refused(lab, enabled=True)) == ["enabled"]
    assert not record("Rename").enabled


@on_sqlite
def test_a_job_that_is_gone_goes_back_to_what_its_class_said_last(lab, files):
    lab(name="Mine", name_override=True)
    files(lab=None)
    lab(name_override=False)
    assert record("Rename").name == "Rename racks"


@on_sqlite
def test_deciding_needs_the_permission(lab):
    with pytest.raises(NotAllowed):
        decide([record("Rename")], {"enabled": True}, accounts.named("ann"))
