"""A secret among inputs that may be shown: given once, sealed until the run is over, and seen nowhere."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.errors import Unreadable
from webapp.runs import envelope
from webapp.runs.log.models import LogGroup, LogLine
from webapp.runs.models import Envelope, Run, State
from webapp.runs.service import submit

SECRET = "tell-nobody"
GIVEN = "********"


@pytest.fixture
def confiding(app):
    """The job that takes a secret."""
    return catalogue.by_class_path("kinds.Confiding")


def last() -> Run:
    db.session.rollback()
    return db.session.scalars(sa.select(Run).order_by(Run.number.desc()).limit(1)).one()


def everything() -> str:
    """All that is in the database."""
    db.session.rollback()
    tables = db.metadata.sorted_tables
    return "\n".join(str(tuple(row)) for table in tables for row in db.session.execute(sa.select(table)))


def test_a_secret_reaches_the_job_and_nothing_else(confiding, person, work):
    run = submit(confiding, person("ann"), {"password": SECRET, "account": "root"})
    assert run.inputs == {"account": "root", "password": GIVEN, "token": ""}
    assert (run.sensitive, run.sealed) == (False, True)
    assert envelope.inputs_of(run) == {"account": "root", "password": SECRET, "token": ""}
    assert SECRET not in everything()
    assert work() == [State.SUCCESS]
    assert last().result == {"account": "root", "lengths": [len(SECRET), 0]}
    assert db.session.get(Envelope, last().number) is None
    assert SECRET not in everything()
    with pytest.raises(Unreadable):
        envelope.inputs_of(last())


@on_sqlite
def test_a_run_without_its_optional_secret_has_nothing_to_seal(job, person):
    run = submit(job("Echo"), person("ann"), {"text": "hi"})
    assert (run.sealed, run.sensitive, db.session.get(Envelope, run.number)) == (False, False, None)


@on_sqlite
def test_all_inputs_of_a_sensitive_job_are_sealed_as_before(job, person):
    run = submit(job("Secretive"), person("ann"), {"password": SECRET})
    assert (run.inputs, run.sealed, run.sensitive) == (None, True, True)
    assert envelope.inputs_of(run) == {"password": SECRET}


@on_sqlite
def test_the_page_and_the_api_say_that_it_was_given(browse, api, confiding, work):
    page = browse("ann")
    path = f"/jobs/{confiding.id}/run"
    assert re.search(r'<input[^>]*autocomplete="off"[^>]*type="password"', page.get(path).text)
    answer = page.post(path, {"account": "root", "password": SECRET, "token": ""})
    assert answer.location == f"/runs/{last().number}"
    work()
    shown = page.get(f"{answer.location}/inputs").text
    assert SECRET not in page.get(answer.location).text
    assert "given, not shown" in shown
    assert shown.count("given, not shown") == 1
    assert "root" in shown
    told = api("ann").get(f"/api/extras/job-results/{last().id}/")
    assert told.json["task_kwargs"] == {"account": "root", "password": GIVEN, "token": ""}
    assert SECRET not in shown + told.text


@on_sqlite
def test_a_form_that_is_shown_again_asks_for_it_again(browse, confiding):
    page = browse("ann")
    path = f"/jobs/{confiding.id}/run"
    page.get(path)
    refused = page.post(path, {"account": "", "password": SECRET, "token": ""})
    assert refused.status_code == 400
    assert SECRET not in refused.text
    beside = re.search(r'id="id_password-errors">(.*?)</div>', refused.text, re.S)[1]
    assert "Enter it again" in beside
    too_long = page.post(path, {"account": "a", "password": SECRET * 9, "token": ""})
    assert "Ensure this value has at most 40 characters" in too_long.text
    assert SECRET not in too_long.text


@on_sqlite
def test_what_pages_show_instead_of_it_is_refused_as_a_secret(api, confiding):
    answer = api("ann").post(f"/api/extras/jobs/{confiding.id}/run/", json={"data": {"password": GIVEN}})
    told = {"errors": {"password": ["Enter it again: what was given before is not kept."]}}
    assert (answer.status_code, answer.json) == (400, told)


def test_the_same_submission_with_another_secret_is_another_one(api, confiding):
    ann, path = api("ann"), f"/api/extras/jobs/{confiding.id}/run/"
    sent = [ann.post(path, json={"data": {"password": secret}}, headers={"Idempotency-Key": "k"}).status_code
            for secret in (SECRET, SECRET, "other")]  # fmt: skip
    assert sent == [201, 201, 409]


@on_sqlite
def test_a_run_that_is_cancelled_before_it_begins_forgets_it(browse, confiding, person):
    run = submit(confiding, person("ann"), {"password": SECRET})
    page = browse("ann")
    page.get(f"/runs/{run.number}/cancellation")
    page.post(f"/runs/{run.number}/cancellation")
    assert last().state is State.CANCELLED
    assert db.session.get(Envelope, last().number) is None


@on_sqlite
def test_the_shell_takes_a_secret_where_no_list_of_processes_shows_it(app, confiding, work):
    ran = app.test_cli_runner().invoke(
        args=["runjob", "--local", "-u", "ann", "--data", "-", "kinds.Confiding"], input=f'{{"password": "{SECRET}"}}'
    )
    assert ran.exit_code == 0, ran.output
    assert last().state is State.SUCCESS
    assert last().inputs["password"] == GIVEN
    assert SECRET not in ran.output + everything()


@on_sqlite
@pytest.mark.parametrize("secret", [SECRET, "info", "-----BEGIN-----\nsecond line"])
@pytest.mark.parametrize("how", ["say", "return", "raise", "refuse"])
def test_t058_t065_t066_a_job_that_tells_its_secret_tells_asterisks(app, person, work, how, secret):
    blabbing = catalogue.by_class_path("kinds.Blabbing")
    submit(blabbing, person("ann"), {"password": secret, "how": how})
    (end,) = work()
    told = last()
    expected = {"return": State.SUCCESS, "say": State.SUCCESS, "raise": State.ERRORED, "refuse": State.FAILURE}
    assert end is expected[how]
    lines = [line.message for line in db.session.scalars(sa.select(LogLine))]
    if how == "say":
        assert f"it is {GIVEN}" in lines
        assert any(line.startswith(f"printed {GIVEN}") for line in lines)
        assert any(line.startswith(f"echoed {GIVEN}") for line in lines)
        headings = db.session.scalars(sa.select(LogGroup).order_by(LogGroup.seq)).all()
        for text in (told.progress_text, *(heading.title for heading in headings), headings[1].message):
            assert set(text.split()) == {GIVEN}
    elif how == "return":
        assert told.result == {"password": GIVEN, "list": [f"<{GIVEN}>"]}
    elif how == "raise":
        assert told.error["exc_message"] == [f"cannot log in with {GIVEN}"]
        assert told.reason == f"ValueError: cannot log in with {GIVEN}"
        assert f"cannot log in with {GIVEN}" in told.traceback
    else:
        assert told.reason == f"{GIVEN} is wrong"
    if secret != "info":  # which is a word that stands there anyway
        assert not any(part in everything() for part in secret.splitlines())


@on_sqlite
def test_a_sensitive_run_of_an_earlier_web_process_is_opened_and_forgotten(job, person, work):
    run = submit(job("Secretive"), person("ann"), {"password": SECRET})
    with transaction():
        run.sealed = False  # of which that process knows nothing
    assert envelope.inputs_of(run) == {"password": SECRET}
    assert work() == [State.SUCCESS]
    assert last().result == len(SECRET)
    assert db.session.get(Envelope, last().number) is None


@on_sqlite
def test_a_sensitive_run_that_was_given_nothing_has_no_envelope(job, person):
    run = submit(job("Secretive"), person("ann"), {"password": SECRET})
    with transaction():
        run.sealed = False
        db.session.delete(db.session.get_one(Envelope, run.number))
    assert envelope.inputs_of(run) == {}
