"""/api/extras/jobs/local/<file>/<class>/: the addresses and answers that scripts know from Nautobot 1.x."""

from __future__ import annotations

import pytest

from tests.product import on_sqlite
from webapp.db import transaction

ECHO = "/api/extras/jobs/local/plain/Echo/"


@pytest.fixture
def ann(api, job):
    return api("ann")


@on_sqlite
def test_a_job_runs_at_its_old_address_and_answers_as_it_did(ann):
    answer = ann.post(f"{ECHO}run/", json={"data": {"text": "hi"}})
    told, result = answer.json, answer.json["result"]
    assert (answer.status_code, told["id"], told["vars"]["text"]) == (200, "local/plain/Echo", "StringVar")
    assert (result["status"], result["completed"]) == ({"value": "pending", "label": "Pending"}, None)
    assert result["user"]["username"] == "ann"
    assert ann.get(result["url"]).json["status"]["value"] == "PENDING"
    assert ann.get(told["url"]).json["result"] is None  # none is over yet


@on_sqlite
def test_the_same_key_gives_the_same_run_there_as_well(ann):
    sent = {"json": {"data": {"text": "hi"}}, "headers": {"Idempotency-Key": "once"}}
    first, second = (ann.post(f"{ECHO}run/", **sent) for _ in range(2))
    assert first.json["result"]["id"] == second.json["result"]["id"]
    assert second.headers["Idempotency-Replayed"] == "true"


def test_what_is_wrong_is_told_as_at_the_address_of_today(ann):
    today = ann.post("/api/extras/jobs/plain.Echo/run/", json={"data": {}})
    assert ann.post(f"{ECHO}run/", json={"data": {}}).json == today.json
    for nothing in ("plain/Nobody", "plain/%00", "%00/Echo", "plain/%ED%A0%80"):
        assert ann.post(f"/api/extras/jobs/local/{nothing}/run/", json={}).status_code == 404
        assert ann.get(f"/api/extras/jobs/local/{nothing}/").status_code == 404


def test_the_old_address_shows_the_newest_run_that_is_over(ann, work):
    ended, _ = ann.post(f"{ECHO}run/", json={"data": {"text": "hi"}}).json["result"]["id"], work()
    ann.post(f"{ECHO}run/", json={"data": {"text": "hi"}})
    result = ann.get(ECHO).json["result"]
    assert (result["id"], result["status"]["value"], result["name"]) == (ended, "completed", "local/plain/Echo")
    assert result["completed"] is not None


@on_sqlite
def test_of_a_run_of_somebody_whose_account_is_gone_the_rest_is_told(ann, api, work, person):
    ann.post(f"{ECHO}run/", json={"data": {"text": "hi"}})
    work()
    with transaction() as session:
        session.delete(person("ann"))
    result = api("admin").get(ECHO).json["result"]
    assert (result["user"], result["status"]["value"]) == (None, "completed")
