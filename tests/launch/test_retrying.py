"""*Retry what failed*: a new run with the objects whose items failed, from the page of the run and over the API."""

from __future__ import annotations

import re
from html import unescape

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.accounts.models import User
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.runs import items, retrying
from webapp.runs.log.models import ItemState, LogGroup
from webapp.runs.models import Run, State
from webapp.runs.service import submit

BUTTON = re.compile(r"<button[^>]*>[^<]*(?:<svg.*?</svg>)?\s*Retry what failed \((\d+)\)</button>", re.S)


@pytest.fixture
def job(app):
    """Gives the record of a class of tests/jobs_root/objects.py."""
    return lambda name: catalogue.by_class_path(f"objects.{name}")


@pytest.fixture
def ids(app):
    """Primary keys of users, as texts, by name."""
    return {user.username: str(user.id) for user in db.session.scalars(sa.select(User))}


@pytest.fixture
def failed(job, person, ids, work):
    """Runs a job as the admin for these people, of whom some are away; gives the run."""

    def to_the_end(name: str = "Visiting", *, away: str = "bob vic", **inputs: object) -> Run:
        people = [ids[one] for one in ("ann", "bob", "vic", "sam")]
        number = submit(job(name), person("admin"), {"people": people, "away": away, **inputs}).number
        work()
        return db.session.get_one(Run, number, populate_existing=True)

    return to_the_end


def last() -> Run:
    db.session.rollback()
    return db.session.scalars(sa.select(Run).order_by(Run.number.desc()).limit(1)).one()


def press(page, run: Run, **options):
    """Press the button as the page of run shows it."""
    text = page.get(f"/runs/{run.number}/items").text
    key = re.search(r'name="_idem_key" value="([^"]+)"', text)[1]
    return page.post(f"/runs/{run.number}/retry-failed", {"_idem_key": key}, **options)


def test_the_objects_that_failed_are_tried_again_with_the_same_inputs(browse, failed, ids, work):
    run, page = failed(greeting="Good day"), browse("admin")
    text = page.get(f"/runs/{run.number}/items").text
    assert (run.state, BUTTON.findall(text)) == (State.FAILURE, ["2"])
    key = re.search(r'name="_idem_key" value="([^"]+)"', text)[1]
    answers = [page.post(f"/runs/{run.number}/retry-failed", {"_idem_key": key}) for _ in range(2)]
    again = last()
    assert {answer.location for answer in answers} == {f"/runs/{again.number}"}
    assert again.number == run.number + 1
    assert again.inputs == {**run.inputs, "people": [ids["bob"], ids["vic"]]}
    work()
    assert [item.title for item in items.of(last())] == ["bob", "vic"]


@on_sqlite
def test_what_did_not_come_to_its_end_is_tried_again_as_well(browse, failed, ids):
    run = failed(away="bob")
    with transaction() as session:
        ours = sa.and_(LogGroup.run_number == run.number, LogGroup.title == "sam")
        session.execute(sa.update(LogGroup).where(ours).values(state=ItemState.INTERRUPTED))
        session.execute(sa.update(Run).where(Run.number == run.number).values(item_success_count=2))
    assert BUTTON.findall(browse("admin").get(f"/runs/{run.number}/items").text) == ["2"]
    press(browse("admin"), run)
    assert last().inputs["people"] == [ids["bob"], ids["sam"]]


@on_sqlite
def test_of_a_run_that_was_cut_off_also_what_it_never_came_to_is_tried_again(browse, failed, ids):
    run = failed("Stumbling", away="bob")
    text = browse("admin").get(f"/runs/{run.number}/items").text
    assert (run.state, BUTTON.findall(text)) == (State.ERRORED, ["3"])
    assert "It never came to 2 of them." in text
    press(browse("admin"), run)
    assert last().inputs["people"] == [ids["bob"], ids["vic"], ids["sam"]]


@on_sqlite
def test_there_is_no_button_where_nothing_failed_or_nothing_can_be_given_again(browse, failed, app, person, work):
    fine = failed(away="")
    assert not BUTTON.search(browse("admin").get(f"/runs/{fine.number}/items").text)
    submit(catalogue.by_class_path("itemised.Backup"), person("ann"), {})
    work()
    assert last().item_failure_count == 2
    assert not BUTTON.search(browse("ann").get(f"/runs/{last().number}/items").text)
    refused = browse("ann").post(f"/runs/{last().number}/retry-failed")
    assert refused.status_code in (400, 409)


@on_sqlite
def test_who_may_not_run_jobs_sees_no_button_and_starts_nothing(browse, api, failed):
    run = failed()
    page = browse("vic")
    assert not BUTTON.search(page.get(f"/runs/{run.number}/items").text)
    assert page.post(f"/runs/{run.number}/retry-failed").status_code == 403
    assert api("vic").post(f"/api/extras/job-results/{run.id}/retry-failed/").status_code == 403
    assert api("sam").post(f"/api/extras/job-results/{run.id}/retry-failed/").status_code == 403
    assert last().number == run.number


@on_sqlite
def test_the_api_tries_again_what_failed_once_for_each_key(api, failed, ids):
    run, admin = failed(), api("admin")
    path = f"/api/extras/job-results/{run.id}/retry-failed/"
    first, second = (admin.post(path, headers={"Idempotency-Key": "once"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json["job_result"]["id"] == second.json["job_result"]["id"]
    assert second.headers["Idempotency-Replayed"] == "true"
    assert first.json["job_result"]["task_kwargs"]["people"] == [ids["bob"], ids["vic"]]
    refused = admin.post(path, headers={"Idempotency-Key": ""})
    assert refused.status_code == 400


@on_sqlite
def test_where_it_cannot_be_started_again_the_page_says_why(browse, api, failed, job, person):
    run, page, admin = failed(away="bob"), browse("admin"), api("admin")
    others = [one for one in job("Visiting").variables if one["name"] != "people"]
    for field, value, words in (
        ("enabled", False, "This job is not enabled to be run."),
        ("installed", False, "This job is not presently installed and cannot be run"),
        ("variables", others, "The job does not take “people” any more."),
        (None, None, "What failed is not there any more, or you may not see it any more."),
    ):
        before = getattr(job("Visiting"), field) if field else None
        with transaction() as session:
            setattr(job("Visiting"), field, value) if field else session.delete(person("bob"))
        text = page.get(f"/runs/{run.number}/items").text
        button = re.search(r"<button([^>]*)>[^<]*<svg[^>]*>.*?</svg> Retry what failed", text)[1]
        assert "disabled" in button
        assert words in unescape(text)
        assert press(page, run).status_code == 409
        answer = admin.post(f"/api/extras/job-results/{run.id}/retry-failed/")
        assert (answer.status_code, answer.json) == (409, {"detail": words})
        if field:
            with transaction():
                setattr(job("Visiting"), field, before)
    assert last().number == run.number


@on_sqlite
def test_those_that_have_vanished_are_counted_and_the_others_are_tried_again(browse, failed, person, ids):
    run, page = failed(), browse("admin")
    with transaction() as session:
        session.delete(person("bob"))
    text = page.get(f"/runs/{run.number}/items").text
    assert BUTTON.findall(text) == ["1"]
    assert "1 more failed, but cannot be found any more." in text
    press(page, run)
    assert last().inputs["people"] == [ids["vic"]]


@on_sqlite
@pytest.mark.parametrize(("name", "inputs"), [("Discreet", {}), ("WithKey", {"key": "secret words"})])
def test_where_inputs_are_secret_the_form_is_filled_with_what_failed(browse, api, failed, ids, name, inputs):
    run = failed(name, **inputs)
    page = browse("admin")
    there = press(page, run)
    assert there.location == f"/jobs/{run.job_id}/run?_from={run.number}&_failed=true"
    text = page.get(there.location).text
    found = re.search(r'<select[^>]*name="people"[^>]*>(.*?)</select>', text, re.S)[1]
    wanted = {ids["bob"], ids["vic"]} if name == "Discreet" else {ids[one] for one in ("ann", "bob", "vic", "sam")}
    assert set(re.findall(r'<option selected value="([^"]*)"', found)) == wanted
    answer = api("admin").post(f"/api/extras/job-results/{run.id}/retry-failed/")
    assert (answer.status_code, "secret" in answer.json["detail"]) == (409, True)
    assert last().number == run.number


@on_sqlite
def test_keys_of_items_are_those_of_the_objects_that_the_job_was_handed(failed, ids, person):
    run = failed()
    assert [item.key for item in items.of(run)] == [ids[one] for one in ("ann", "bob", "vic", "sam")]
    assert retrying.of(run, person("admin")) == retrying.Retry("people", [ids["bob"], ids["vic"]])


@on_sqlite
def test_of_two_lists_the_one_is_meant_in_which_the_objects_stand(job, person, ids, work):
    for hosts, meant in ((["vic"], "guests"), (["ann"], None)):
        given = {"hosts": [ids[one] for one in hosts], "guests": [ids["ann"], ids["bob"]]}
        submit(job("Introducing"), person("admin"), given)
        work()
        retry = retrying.of(last(), person("admin"))
        assert (retry and (retry.name, retry.keys)) == (meant and (meant, [ids["ann"]]))
