"""POST /api/extras/jobs/<id or name>/validate/: the verdict of the run endpoint, and nothing begins."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.product import on_sqlite
from webapp.db import db
from webapp.runs.models import Run

pytestmark = on_sqlite

JOBS = "/api/extras/jobs/"


@pytest.fixture
def asked(api):
    """What validate and then run answer to the same body, by Ann: pairs of status and JSON."""

    def ask(class_path: str, body: object):
        ann, place = api("ann"), f"{JOBS}{class_path}/"
        answers = [ann.post(f"{place}{verb}/", json=body) for verb in ("validate", "run")]
        return [(answer.status_code, answer.json) for answer in answers]

    return ask


def test_what_may_run_is_valid_and_nothing_is_made(api, job):
    answer = api("ann").post(f"{JOBS}plain.Echo/validate/", json={"data": {"text": "hi"}})
    assert (answer.status_code, answer.json) == (200, {"valid": True})
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0


@pytest.mark.parametrize(
    "body",
    [
        {"data": {}},
        {"data": {"text": "hi", "count": "many", "colour": "x"}},
        {"data": {"text": "hi", "nobody": 1}},
        {"data": "no dictionary"},
        {"text": "hi"},
        {"data": {"text": "hi"}, "task_queue": "nowhere"},
        {"data": {"text": "hi"}, "task_queue": "default", "job_queue": "default"},
        {"data": {"text": "hi"}, "schedule": "later"},
    ],
)
def test_what_would_be_refused_is_refused_in_the_same_words(asked, body):
    checked, begun = asked("plain.Echo", body)
    assert checked == begun
    assert checked[0] == 400


@pytest.mark.parametrize(
    ("class_path", "body"),
    [
        ("plain.Echo", {"data": {"text": "hi"}, "schedule": {"interval": "daily"}}),
        ("kinds.Weighty", {}),
        ("itemised.OnChange", {"data": {"object_change": "x"}}),
    ],
)
def test_what_is_not_possible_now_is_not_valid_now(asked, class_path, body):
    checked, begun = asked(class_path, body)
    assert checked == begun
    assert checked[0] == 409


def test_who_may_not_run_a_job_may_not_ask_either(api, job):
    assert api("vic").post(f"{JOBS}{job('Echo').id}/validate/", json={}).status_code == 403
    assert api("ann").post(f"{JOBS}nobody/validate/", json={}).status_code == 404


def test_a_body_in_parts_is_checked_as_well(api, job):
    place = f"{JOBS}plain.Echo/validate/"
    assert api("ann").post(place, data={"text": "hi"}, content_type="multipart/form-data").json == {"valid": True}
    wrong = api("ann").post(place, data={"count": "many"}, content_type="multipart/form-data")
    assert (wrong.status_code, set(wrong.json["errors"])) == (400, {"text", "count"})
