"""Runs that somebody wants to keep."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.accounts.models import Permission
from webapp.db import db, transaction
from webapp.runs import states, steps
from webapp.runs.models import Run, State
from webapp.runs.service import submit

RESULTS = "/api/extras/job-results"


@pytest.fixture
def over(job, person):
    """A run of Ann's that is over."""
    number = submit(job("NoInputs"), person("ann"), {}).number
    with transaction():
        states.finish(number, states.claim(number, "w"), State.CLAIMED, State.FAILURE, "w", reason="no")
    return number


def kept_by(number: int) -> str | None:
    db.session.rollback()
    return db.session.scalar(sa.select(Run.pinned_by).where(Run.number == number))


@on_sqlite
def test_who_started_a_run_keeps_it_and_stops_keeping_it(over, browse):
    ann = browse("ann")
    assert "It is deleted after 365 days." in ann.get(f"/runs/{over}").text
    answer = ann.post(f"/runs/{over}/pin")
    assert (answer.status_code, answer.location) == (302, f"/runs/{over}")
    assert kept_by(over) == "ann"
    page = ann.get(f"/runs/{over}").text
    assert "Kept by ann since" in page
    assert "Stop keeping it" in page
    assert 'aria-label="kept by ann"' in ann.get("/runs/").text
    assert ann.post(f"/runs/{over}/unpin").status_code == 302
    assert kept_by(over) is None
    assert "kept by" not in ann.get("/runs/").text


@on_sqlite
def test_a_page_with_a_script_gets_what_has_changed_and_no_more(over, browse):
    ann = browse("ann")
    answer = ann.post(f"/runs/{over}/pin", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Kept by ann since" in answer.text
    assert "<html" not in answer.text


@on_sqlite
def test_others_need_a_permission_to_keep_a_run(over, browse, person):
    vic, admin = browse("vic"), browse("admin")
    assert "Keep it" not in vic.get(f"/runs/{over}").text
    for act in ("pin", "unpin"):
        answer = vic.post(f"/runs/{over}/{act}")
        assert answer.status_code == 403
        assert "extras.delete_jobresult" in answer.text
    for permission in ("extras.jobresult", "delete"), ("extras.job", "change"):
        with transaction() as session:
            row = Permission(name="x", kinds=[permission[0]], actions=[permission[1]], users=[person("vic")])
            session.add(row)
        vic.post(f"/runs/{over}/pin")
        assert kept_by(over) == "vic", permission
        with transaction() as session:
            session.delete(row)
        assert vic.post(f"/runs/{over}/unpin").status_code == 403
        admin.post(f"/runs/{over}/unpin")
        assert kept_by(over) is None


def test_who_kept_it_first_is_remembered_and_what_was_deleted_meanwhile_is_not_there(over, browse):
    ann, admin = browse("ann"), browse("admin")
    ann.post(f"/runs/{over}/pin")
    admin.post(f"/runs/{over}/pin")
    assert kept_by(over) == "ann"
    ann.post(f"/runs/{over}/unpin")
    with transaction():
        db.session.execute(sa.update(steps.runs).values(let_go_at=sa.func.current_timestamp()))
    for act in ("pin", "unpin"):
        assert ann.post(f"/runs/{over}/{act}").status_code == 404
    assert kept_by(over) is None


def test_a_run_that_goes_on_can_be_kept_and_ends_all_the_same(job, person, browse, work):
    number = submit(job("NoInputs"), person("ann"), {}).number
    browse("ann").post(f"/runs/{number}/pin")
    assert work() == [State.SUCCESS]
    assert kept_by(number) == "ann"


@on_sqlite
def test_scripts_keep_runs_and_read_who_does(over, api):
    id = db.session.get_one(Run, over).id
    ann, vic = api("ann"), api("vic")
    assert vic.get(f"{RESULTS}/{id}/").json["meta"]["pinned"] is False
    assert vic.post(f"{RESULTS}/{id}/pin/").status_code == 403
    meta = ann.post(f"{RESULTS}/{id}/pin/").json["meta"]
    assert (meta["pinned"], meta["pinned_by"]) == (True, "ann")
    assert meta["pinned_at"].endswith("Z")
    meta = ann.post(f"{RESULTS}/{id}/unpin/").json["meta"]
    assert (meta["pinned"], meta["pinned_by"], meta["pinned_at"]) == (False, None, None)
    for method in (ann.patch, ann.put):
        assert method(f"{RESULTS}/{id}/", json={"pinned": True}).status_code == 405
