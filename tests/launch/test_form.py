"""The run form: what it shows, what it refuses and how, and one run for one press of the button."""

from __future__ import annotations

import re
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from html import unescape

import pytest
from sqlalchemy import func, select

from tests.product import on_sqlite
from webapp.accounts import service as accounts
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.launch import service
from webapp.runs.models import Run

GOOD = {"text": "hi", "count": "4", "colour": "g", "note": "", "loud": "true"}


@pytest.fixture
def form(browse, job):
    """Opens the run form of the class of that name as Ann; gives the page with .path and .text of the form."""

    def open_form(name: str, who: str = "ann"):
        page = browse(who)
        page.path = f"/jobs/{job(name).id}/run"
        page.text = page.get(page.path).text
        return page

    return open_form


def key_in(text: str) -> str:
    return re.search(r'name="_idem_key" value="([^"]+)"', text)[1]


def tag(text: str, name: str) -> str:
    """The control called name."""
    found = re.search(rf"<(?:input|select|textarea)[^>]*\bname=\"{name}\"[^>]*>", text)
    return found[0] if found else ""


def value(text: str, name: str) -> str:
    return unescape(re.search(r'value="([^"]*)"', tag(text, name))[1])


def runs() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Run)) or 0


def last() -> Run:
    db.session.rollback()
    return db.session.scalars(select(Run).order_by(Run.number.desc()).limit(1)).one()


@on_sqlite
def test_the_form_shows_the_defaults_and_what_each_input_is_for(form):
    text = form("Echo").text
    assert (value(text, "text"), value(text, "count")) == ("", "3")
    assert "checked" not in tag(text, "loud")
    assert value(text, "loud") == value(text, "dryrun") == "true"
    assert re.search(r'<option selected value="r">Red</option>', text)
    assert 'aria-required="true"' in tag(text, "text")
    assert 'aria-describedby="id_text-help"' in tag(text, "text")
    assert "Anything short." in text
    assert re.search(r'<label[^>]* for="id_count"', text)
    assert tag(text, "dryrun")
    assert "<textarea" in tag(text, "note")


def test_t217_a_filled_form_makes_a_run_and_leads_to_it(form):
    page = form("Echo")
    answer = page.post(page.path, {**GOOD, "note": "two\r\nlines", "_idem_key": key_in(page.text)})
    run = last()
    assert (answer.status_code, answer.location) == (302, f"/runs/{run.number}")
    assert run.inputs == {"text": "hi", "count": 4, "loud": True, "colour": "g", "note": "two\nlines", "dryrun": False}
    assert (run.user_name, run.job_name, run.class_path, run.queue) == ("ann", "Echo", "plain.Echo", "default")
    assert not run.dry_run


@on_sqlite
def test_a_ticked_dry_run_is_one(form):
    page = form("Echo")
    page.post(page.path, {**GOOD, "dryrun": "true"})
    assert last().dry_run


@on_sqlite
def test_t222_an_input_that_is_wrong_has_its_message_beside_it_and_in_the_summary_and_nothing_is_made(form):
    page = form("Echo")
    for name, typed, message in (
        ("text", "", "This field is required."),
        ("text", "x" * 21, "Ensure this value has at most 20 characters (it has 21)."),
        ("text", "a\0b", "Null characters are not allowed."),
        ("count", "", "This field is required."),
        ("count", "three", "Enter a whole number."),
        ("count", "1.5", "Enter a whole number."),
        ("count", "-1", "Ensure this value is greater than or equal to 0."),
        ("count", "11", "Ensure this value is less than or equal to 10."),
        ("count", "9" * 6000, "Ensure this value is less than or equal to 10."),
        ("loud", "maybe", "Must be true or false."),
        ("colour", "blue", "Select a valid choice. blue is not one of the available choices."),
        ("note", "x" * 65_537, "Ensure this value has at most 65536 characters (it has 65537)."),
        ("note", "a\0b", "Null characters are not allowed."),
    ):
        answer = page.post(page.path, {**GOOD, name: typed, "_idem_key": key_in(page.text)})
        text = answer.text
        assert answer.status_code == 400, (name, typed[:20])
        control = tag(text, name)
        assert 'aria-invalid="true"' in control, (name, typed[:20])
        described = re.search(r'aria-describedby="([^"]+)"', control)[1].split()
        assert f"id_{name}-errors" in described
        beside = re.search(rf'id="id_{name}-errors">(.*?)</div>', text, re.S)[1]
        assert message in unescape(beside)
        summary = re.search(r'<section class="problems".*?</section>', text, re.S)[0]
        assert f'href="#id_{name}"' in summary
        assert message in unescape(summary)
        assert text.count('aria-invalid="true"') == 1
    assert runs() == 0


@on_sqlite
def test_what_was_typed_stays(form):
    page = form("Echo")
    typed = {
        "text": '"><script>' + "x" * 20,
        "count": "three",
        "colour": "g",
        "note": "two\r\nlines </textarea>",
        "loud": "true",
    }
    text = page.post(page.path, {**typed, "_idem_key": "my-key"}).text
    assert (value(text, "text"), value(text, "count")) == (typed["text"], "three")
    assert "<script>xx" not in text
    assert "two\r\nlines &lt;/textarea&gt;" in text or "two\nlines &lt;/textarea&gt;" in text
    assert re.search(r'<option selected value="g">', text)
    assert "checked" in tag(text, "loud")
    assert key_in(text) == "my-key"


@on_sqlite
def test_all_wrong_inputs_are_told_at_once(form):
    page = form("Echo")
    text = page.post(page.path, {"text": "", "count": "x", "colour": "?"}).text
    assert text.count('aria-invalid="true"') == 3
    summary = re.search(r'<section class="problems".*?</section>', text, re.S)[0]
    assert summary.count("<li>") == 3


@on_sqlite
def test_an_input_that_the_job_does_not_know_is_told_and_nothing_is_made(form):
    page = form("Echo")
    answer = page.post(page.path, {**GOOD, "color": "blue", "a\0b": "<b>"})
    assert answer.status_code == 400
    assert "color: Job data contained an unknown property" in unescape(answer.text)
    assert runs() == 0


@on_sqlite
def test_an_input_that_is_sent_twice_is_told_and_nothing_is_made(form):
    page = form("Echo")
    answer = page.post(page.path, {**GOOD, "text": ["one", "two"], "loud": ["true", "true", "true"]})
    assert answer.status_code == 400
    assert "Give one value: 2 were sent." in answer.text
    assert "Give one value: 3 were sent." in answer.text
    assert value(answer.text, "text") == "one"
    assert runs() == 0


@on_sqlite
def test_a_string_without_a_limit_of_its_own_takes_64_kilobytes(form):
    page = form("Secretive")
    refused = page.post(page.path, {"password": "x" * 65_537})
    assert refused.status_code == 400
    assert "Ensure this value has at most 65536 characters (it has 65537)." in refused.text
    assert runs() == 0
    assert page.post(page.path, {"password": "x" * 65_536}).status_code == 302


@on_sqlite
def test_fault_107_a_body_of_more_than_a_megabyte_is_too_much(form):
    page = form("Echo")
    answer = page.post(page.path, {**GOOD, "note": "x" * 1_100_000})
    assert answer.status_code == 413
    assert "Too much at once" in answer.text
    part = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n' + b"x" * 1_100_000 + b"\r\n--b--\r\n"
    multipart = page.client.post(page.path, data=part, content_type="multipart/form-data; boundary=b")
    assert multipart.status_code == 413
    assert runs() == 0


def test_fault_62_pressing_twice_makes_one_run_and_both_land_on_it(form):
    page = form("Echo")
    sent = {**GOOD, "_idem_key": key_in(page.text)}
    first, second = page.post(page.path, sent), page.post(page.path, sent)
    assert first.status_code == second.status_code == 302
    assert first.location == second.location
    assert runs() == 1


@on_sqlite
def test_a_form_opened_again_makes_another_run(form):
    page = form("Echo")
    again = page.get(page.path).text
    assert key_in(again) != key_in(page.text)
    for text in (page.text, again):
        page.post(page.path, {**GOOD, "_idem_key": key_in(text)})
    assert runs() == 2


@on_sqlite
def test_the_same_form_with_other_inputs_is_refused_with_a_fresh_key(form):
    page = form("Echo")
    key = key_in(page.text)
    page.post(page.path, {**GOOD, "_idem_key": key})
    number = last().number
    answer = page.post(page.path, {**GOOD, "text": "other", "_idem_key": key})
    assert answer.status_code == 409
    assert f"already used for run #{number}" in answer.text
    assert value(answer.text, "text") == "other"
    fresh = key_in(answer.text)
    assert fresh != key
    assert runs() == 1
    assert page.post(page.path, {**GOOD, "text": "other", "_idem_key": fresh}).status_code == 302
    assert runs() == 2


def test_two_people_may_send_the_same_key(form):
    for who in ("ann", "admin"):
        page = form("Echo", who)
        assert page.post(page.path, {**GOOD, "_idem_key": "the same"}).status_code == 302
    assert runs() == 2


def test_the_same_form_sent_at_the_same_moment_makes_one_run(app, job, person):
    with ThreadPoolExecutor(4) as pool:
        numbers = set(pool.map(lambda _: press(app), range(8)))
    assert len(numbers) == 1
    assert runs() == 1


def press(app) -> int:
    with app.app_context():
        echo, ann = catalogue.by_class_path("plain.Echo"), accounts.named("ann")
        return service.start(echo, ann, {"text": "hi"}, idem_key="one press").number


def test_a_key_that_cannot_be_kept_is_refused(form):
    page = form("Echo")
    for key in ("x" * 256, "a\0b", "a\nb"):
        assert page.post(page.path, {**GOOD, "_idem_key": key}).status_code == 400
    assert runs() == 0


def test_fault_81_too_many_waiting_runs_are_refused_above_the_form_and_what_was_typed_stays(form, app):
    settings = app.extensions["settings"]
    app.extensions["settings"] = replace(settings, most_queued=1)
    page = form("Echo")
    sent = {**GOOD, "_idem_key": key_in(page.text)}
    assert page.post(page.path, sent).status_code == 302
    refused = page.post(page.path, {**GOOD, "text": "keep me", "_idem_key": "another"})
    assert refused.status_code == 429
    summary = re.search(r'<section class="problems".*?</section>', refused.text, re.S)[0]
    assert "1 of your runs are waiting already." in summary
    assert (value(refused.text, "text"), key_in(refused.text)) == ("keep me", "another")
    assert page.post(page.path, sent).status_code == 302
    assert runs() == 1


@on_sqlite
def test_t221_a_job_that_is_switched_off_or_gone_shows_its_form_and_refuses(form, job):
    for values, words in (
        ({"enabled": False}, ("It is switched off.", "This job is not enabled to be run.")),
        ({"installed": False}, ("Its code is not installed", "This job is not presently installed and cannot be run")),
    ):
        with transaction():
            for field, new in {"enabled": True, "installed": True, **values}.items():
                setattr(job("Echo"), field, new)
        page = form("Echo")
        assert words[0] in page.text
        assert re.search(r"<button class=\"btn btn-primary btn-run\"[^>]*\bdisabled\b", page.text)
        assert tag(page.text, "text")
        answer = page.post(page.path, {**GOOD, "text": "keep me"})
        assert answer.status_code == 409
        assert words[1] in answer.text
        assert value(answer.text, "text") == "keep me"
    assert runs() == 0


@on_sqlite
def test_t227_a_job_with_several_queues_runs_on_the_one_that_is_chosen(form):
    page = form("Elsewhere")
    assert re.search(r'<option value="lab" selected', page.text)
    page.post(page.path, {"_job_queue": "default"})
    assert last().queue == "default"
    page.post(page.path, {})
    assert last().queue == "lab"
    for queue in ("nowhere", "(local)", "local", "a\0b"):
        refused = page.post(page.path, {"_job_queue": queue})
        assert refused.status_code == 400
        assert "is not a valid choice." in refused.text
    assert runs() == 2


@on_sqlite
def test_t214_a_form_is_found_by_the_path_of_its_class_with_what_the_address_fills_in(browse, job):
    ann = browse("ann")
    answer = ann.get("/jobs/plain.Echo/run?text=hi%26ho&text=more")
    assert answer.location == f"/jobs/{job('Echo').id}/run?text=hi%26ho&text=more"
    assert value(ann.get(answer.location).text, "text") == "hi&ho"
    assert ann.get("/jobs/plain.Echo/run").location == f"/jobs/{job('Echo').id}/run"
    assert ann.get("/jobs/plain.Nothing/run").status_code == 404
    assert browse("vic").get("/jobs/plain.Echo/run").status_code == 403


@on_sqlite
def test_inputs_of_a_sensitive_job_are_not_in_its_row(form):
    page = form("Secretive")
    assert "Inputs are kept encrypted" in page.text
    page.post(page.path, {"password": "tell-nobody"})
    run = last()
    assert (run.inputs, run.sensitive) == (None, True)


@on_sqlite
def test_a_job_without_inputs_has_a_form_with_a_button(form):
    page = form("NoInputs")
    assert "This job has no inputs." in page.text
    assert page.post(page.path).status_code == 302


@on_sqlite
def test_t214_t215_who_may_not_run_a_job_gets_no_form(browse, job):
    for who in ("bob", "vic", "sam"):
        page = browse(who)
        path = f"/jobs/{job('Echo').id}/run"
        assert page.get(path).status_code == 403
        assert page.post(path, GOOD).status_code == 403
    assert browse("ann").get(f"/jobs/{uuid.uuid4()}/run").status_code == 404
    assert runs() == 0
