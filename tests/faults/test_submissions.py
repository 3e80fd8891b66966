"""Submissions that come twice, too often, too large or too many; and cancelling against them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from tests.faults.racing import Track, assert_stories_are_whole
from tests.product import on_sqlite, running
from webapp.accounts.models import User
from webapp.catalogue.models import Job
from webapp.db import db, transaction
from webapp.runs import cancelling, states, supervisor
from webapp.runs.models import Run, State
from webapp.runs.service import submit


def count() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Run)) or 0


def state_of(number: int) -> State:
    db.session.rollback()
    return db.session.get_one(Run, number).state


def test_fault_62_twenty_presses_of_one_form_land_on_one_run(app, browse, job):
    ann, path = browse("ann"), f"/jobs/{job('Echo').id}/run"
    ann.get(path)
    cookies = [(cookie.key, cookie.value) for cookie in ann.client._cookies.values()]
    sent = {"csrf_token": ann.csrf, "text": "hi", "_idem_key": "one form"}
    db.session.remove()

    def press() -> tuple[int, str | None]:
        client = app.test_client()
        for key, value in cookies:
            client.set_cookie(key, value)
        answer = client.post(path, data=sent)
        return answer.status_code, answer.location

    with Track(app, 20) as track:
        answers = track.race([press] * 20)
    assert {status for status, _ in answers} == {302}
    assert len({location for _, location in answers}) == 1
    assert count() == 1


def test_fault_78_a_job_that_ends_in_the_moment_of_its_cancelling_keeps_its_own_end(
    job, person, monkeypatch, supervise
):
    monkeypatch.setattr(supervisor, "BEAT_SECONDS", 0.05)
    number = submit(job("NoInputs"), person("ann"), {}).number
    finish = states.finish

    def asked_meanwhile(*arguments, **values):
        cancelling.cancel_as(number, "ann", "too late")
        return finish(*arguments, **values)

    monkeypatch.setattr(states, "finish", asked_meanwhile)
    assert supervise(number, "w") == State.SUCCESS
    run = db.session.get_one(Run, number, populate_existing=True)
    assert (run.state, run.cancel_by, run.cancel_reason) == (State.SUCCESS, "ann", "too late")
    monkeypatch.undo()
    assert_stories_are_whole()


def test_fault_80_twenty_singletons_that_are_submitted_at_once_all_wait_for_a_worker(app, job, person, supervise):
    ids = job("Singleton").id, person("ann").id

    def press() -> int:
        return submit(db.session.get_one(Job, ids[0]), db.session.get_one(User, ids[1]), {"seconds": 0}).number

    db.session.remove()
    with Track(app, 20) as track:
        numbers = track.race([press] * 20)
    ends = [supervise(number, "w") for number in sorted(numbers)]
    assert ends == [State.SUCCESS] * 20  # one after the other, nobody is in anybody's way


@pytest.mark.parametrize("end", ["finish", "lose", "requeue"])
def test_fault_80_the_place_of_a_singleton_is_free_the_moment_its_run_is_not_active(job, person, end, supervise):
    first, second = (submit(job("Singleton"), person("ann"), {"seconds": 0}).number for _ in range(2))
    with transaction():
        attempt = states.claim(first, "killed -9", slot=1)
        if end != "requeue":
            states.start(first, attempt, "killed -9")
    with transaction():
        match end:
            case "finish":
                states.finish(first, attempt, State.RUNNING, State.FAILURE, "w")
            case "lose":
                states.lose(first, attempt, 0, "reconciler", "Nobody knows.")
            case "requeue":
                states.requeue(first, attempt, 0, "reconciler", "It died.")
    assert supervise(second, "w") == State.SUCCESS


def test_fault_81_one_who_floods_is_told_to_wait_and_others_still_start(app, api, job, supervise):
    app.extensions["settings"] = replace(app.extensions["settings"], most_queued=20)
    path = f"/api/extras/jobs/{job('NoInputs').id}/run/"
    ann, admin = api("ann"), api("admin")
    answers = [ann.post(path, json={}) for _ in range(30)]
    assert [answer.status_code for answer in answers] == [201] * 20 + [429] * 10
    assert answers[-1].json["detail"].startswith("20 of your runs are waiting already. Wait until")
    other = admin.post(path, json={}).json["job_result"]["meta"]["number"]
    assert count() == 21
    for number in range(1, other + 1):
        supervise(number, "w")
    assert state_of(other) == State.SUCCESS
    assert ann.post(path, json={}).status_code == 201


@on_sqlite
def test_fault_81_what_goes_on_does_not_count_as_waiting(app, api, job):
    app.extensions["settings"] = replace(app.extensions["settings"], most_queued=2)
    path, ann = f"/api/extras/jobs/{job('NoInputs').id}/run/", api("ann")
    numbers = [ann.post(path, json={}).json["job_result"]["meta"]["number"] for _ in range(2)]
    assert ann.post(path, json={}).status_code == 429
    running(numbers[0])
    assert ann.post(path, json={}).status_code == 201


@on_sqlite
def test_fault_108_ten_thousand_parts_are_too_many_and_make_nothing(browse, job):
    ann, path = browse("ann"), f"/jobs/{job('Echo').id}/run"
    ann.get(path)
    part = '--b\r\nContent-Disposition: form-data; name="n{}"\r\n\r\nx\r\n'
    head = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{ann.csrf}\r\n'
    body = head + "".join(map(part.format, range(10_000))) + "--b--\r\n"
    answer = ann.client.post(path, data=body.encode(), content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 413
    assert count() == 0


@on_sqlite
@pytest.mark.parametrize("many", [10_000, 100_000])
def test_fault_108_many_keys_cost_a_refusal(api, job, many):
    ann, path = api("ann"), f"/api/extras/jobs/{job('Echo').id}/run/"
    body = '{"data": {"text": "x"' + ', "a": 1' * many + "}}"
    answer = ann.post(path, data=body, content_type="application/json")
    assert answer.status_code == 400
    assert count() == 0
