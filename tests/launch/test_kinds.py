"""Every kind of input through every door: the same run comes of the same inputs, or the same messages."""

from __future__ import annotations

import json
import re
from html import unescape

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.runs.models import Run, State

TYPED = {
    "string": " abc ",
    "text": "two\r\nlines",
    "integer": "0",
    "decimal": "1.50",
    "boolean": "true",
    "choice": "2",
    "several": ["3", "a"],
    "many": ["7", "39"],
    "day": "2027-01-31",
    "moment": "2027-01-31T10:00",
    "address": "2001:DB8::1",
    "interface": "192.0.2.7/24",
    "prefix": "192.0.2.0/24",
    "document": '{"a": [1, null]}',
}
GIVEN = {
    **TYPED,
    "string": "abc",
    "text": "two\nlines",
    "integer": 0,
    "decimal": 1.5,
    "boolean": True,
    "choice": 2,
    "several": [3, "a"],
    "many": [7, 39],
    "document": {"a": [1, None]},
}
KEPT = {
    **GIVEN,
    "decimal": "1.50",
    "moment": "2027-01-31T10:00:00+00:00",
    "address": "2001:db8::1",
    "dryrun": False,
}
RESULT = {
    "string": ["str", "abc"],
    "text": ["str", "two\nlines"],
    "integer": ["int", "0"],
    "decimal": ["Decimal", "1.50"],
    "boolean": ["bool", "True"],
    "choice": ["int", "2"],
    "several": ["list", "[3, 'a']"],
    "many": ["list", "[7, 39]"],
    "day": ["date", "2027-01-31"],
    "moment": ["datetime", "2027-01-31 10:00:00+00:00"],
    "address": ["Address6", "2001:db8::1"],
    "interface": ["Interface4", "192.0.2.7/24"],
    "prefix": ["Network4", "192.0.2.0/24"],
    "document": ["dict", "{'a': [1, None]}"],
    "dryrun": ["bool", "False"],
}
WRONG = {
    "string": ("A1", "Invalid value. Must match regex: ^[a-z]"),
    "integer": ("1", "Ensure this value is less than or equal to 0."),
    "decimal": ("9.51", "Ensure this value is less than or equal to 9.5."),
    "boolean": ("maybe", "Must be true or false."),
    "choice": ("3", "Select a valid choice. 3 is not one of the available choices."),
    "several": (["a", "x"], "Select a valid choice. x is not one of the available choices."),
    "many": (["40"], "Select a valid choice. 40 is not one of the available choices."),
    "day": ("31.1.2027", "Enter a valid date, like 2026-03-31."),
    "moment": ("noon", "Enter a valid date and time, like 2026-03-31 14:30."),
    "address": ("192.0.2.1/24", "Invalid IPv4/IPv6 address format: 192.0.2.1/24"),
    "interface": ("192.0.2.1", "CIDR mask (e.g. /24) is required."),
    "prefix": ("192.0.2.1/24", "192.0.2.1/24 is not a valid prefix. Did you mean 192.0.2.0/24?"),
    "document": (
        "{'a': 1}",
        "Enter a valid JSON. Expecting property name enclosed in double quotes (line 1, column 2).",
    ),
}


@pytest.fixture
def every(app):
    """The job with every kind of plain variable."""
    return catalogue.by_class_path("kinds.Every")


def last() -> Run:
    db.session.rollback()
    return db.session.scalars(sa.select(Run).order_by(Run.number.desc()).limit(1)).one()


def runs() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Run)) or 0


def test_t064_form_api_and_shell_make_the_same_run_of_the_same_inputs(browse, api, app, every, work):
    page, path = browse("ann"), f"/jobs/{every.id}/run"
    page.get(path)
    assert page.post(path, TYPED).status_code == 302
    assert last().inputs == KEPT
    answer = api("ann").post(f"/api/extras/jobs/{every.id}/run/", json={"data": GIVEN})
    assert answer.status_code == 201
    same = {**KEPT, "decimal": "1.5"}
    assert last().inputs == answer.json["job_result"]["task_kwargs"] == same
    assert work() == [State.SUCCESS, State.SUCCESS]
    assert last().result == {**RESULT, "decimal": ["Decimal", "1.5"]}
    ran = app.test_cli_runner().invoke(args=["runjob", "-l", "-u", "ann", "-d", json.dumps(GIVEN), "kinds.Every"])
    assert ran.exit_code == 0
    assert (last().inputs, last().result) == (same, {**RESULT, "decimal": ["Decimal", "1.5"]})


@on_sqlite
def test_form_api_and_shell_refuse_the_same_inputs_with_the_same_words(browse, api, app, every):
    page, path = browse("ann"), f"/jobs/{every.id}/run"
    page.get(path)
    text = page.post(path, {name: typed for name, (typed, _) in WRONG.items()}).text
    for name, (_, message) in WRONG.items():
        beside = re.search(rf'id="id_{name}-errors">(.*?)</div>', text, re.S)[1]
        assert message in unescape(beside), name
    raw = {name: typed for name, (typed, _) in WRONG.items()}
    answer = api("ann").post(f"/api/extras/jobs/{every.id}/run/", json={"data": raw})
    assert answer.json == {"errors": {name: [message] for name, (_, message) in WRONG.items()}}
    ran = app.test_cli_runner().invoke(args=["runjob", "-u", "ann", "-d", json.dumps(raw), "kinds.Every"])
    assert ran.exit_code == 2
    assert all(message in ran.output for _, message in WRONG.values())
    assert runs() == 0


@on_sqlite
def test_wrong_inputs_stay_in_the_form_and_the_sections_count_them(browse, every):
    page, path = browse("ann"), f"/jobs/{every.id}/run"
    page.get(path)
    text = page.post(path, {name: typed for name, (typed, _) in WRONG.items()}).text
    for name in ("integer", "day", "moment", "address", "prefix"):
        assert f'value="{WRONG[name][0]}"' in re.search(rf'<input[^>]*name="{name}"[^>]*>', text)[0]
    legends = {
        re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", legend)).strip()
        for legend in re.findall(r'<legend class="section__title">(.*?)</legend>', text, re.S)
    }
    assert legends == {"First things 2 to correct", "Addresses 2 to correct"}
    assert re.search(r'<input[^>]*checked[^>]*name="several"[^>]*value="a"', text)


@on_sqlite
def test_nothing_typed_is_nothing_given(browse, every):
    page, path = browse("ann"), f"/jobs/{every.id}/run"
    page.get(path)
    page.post(path, {name: "" for name in TYPED if name not in ("boolean", "several", "many")})
    nothing = dict.fromkeys(("string", "text", "choice"), "") | dict.fromkeys(("several", "many"), [])
    assert last().inputs == {**dict.fromkeys(TYPED), **nothing, "boolean": False, "dryrun": False}


@on_sqlite
def test_t002_a_default_of_zero_is_shown_and_none_is_not(browse, job, every):
    control = re.compile(r'<input[^>]*name="(?:count|integer)"[^>]*>')
    with transaction():
        declared = [{**each, "default": 0} for each in job("Echo").variables if each["name"] == "count"]
        job("Echo").variables = declared
    for record, shown in ((job("Echo"), "0"), (every, "")):
        text = browse("ann").get(f"/jobs/{record.id}/run").text
        assert f'value="{shown}"' in control.search(text)[0]


def dry_box(page, record) -> str:
    return re.search(r'<input[^>]*name="dryrun"[^>]*>', page.get(f"/jobs/{record.id}/run").text)[0]


@on_sqlite
def test_t006_the_dry_run_box_is_preset_by_the_class(browse, every, job):
    assert "checked" in dry_box(browse("ann"), every)
    assert "checked" not in dry_box(browse("ann"), job("Echo"))


@on_sqlite
def test_t007_and_by_the_record_if_that_says_otherwise(browse, job):
    with transaction():
        job("Echo").dryrun_default = True
    assert "checked" in dry_box(browse("ann"), job("Echo"))


@on_sqlite
def test_t009_t025_the_queues_are_those_of_the_record_and_its_first_one_is_chosen(browse, job):
    text = browse("ann").get(f"/jobs/{job('Elsewhere').id}/run").text
    assert re.findall(r'<option value="([^"]+)" ?(selected)?', text) == [("lab", "selected"), ("default", "")]


@on_sqlite
def test_over_the_api_a_run_is_no_dry_run_unless_it_is_asked_for(api, every):
    answer = api("ann").post(f"/api/extras/jobs/{every.id}/run/", json={"data": {}})
    assert answer.json["job_result"]["meta"]["dry_run"] is False


@on_sqlite
def test_lists_and_documents_are_shown_among_the_inputs_of_the_run(browse, every):
    page, path = browse("ann"), f"/jobs/{every.id}/run"
    page.get(path)
    shown = unescape(page.get(f"{page.post(path, TYPED).location}/inputs").text)
    assert '"a": [\n' in shown
    assert "2001:db8::1" in shown


@on_sqlite
def test_notes_are_for_those_who_can_do_something_about_them(browse, every):
    assert "Meta.template_name is left aside" in browse("admin").get(f"/jobs/{every.id}").text
    assert "Meta.template_name" not in browse("ann").get(f"/jobs/{every.id}").text


@on_sqlite
def test_a_job_that_needs_approval_starts_as_a_dry_run_only(browse, api, app):
    weighty = catalogue.by_class_path("kinds.Weighty")
    assert "Approval" in browse("ann").get(f"/jobs/{weighty.id}").text
    ann, path = api("ann"), f"/api/extras/jobs/{weighty.id}/run/"
    assert ann.get(f"/api/extras/jobs/{weighty.id}/").json["approval_required"] is True
    refused = ann.post(path, json={"data": {}})
    assert (refused.status_code, runs()) == (409, 0)
    assert "only with approval" in refused.json["detail"]
    assert ann.post(path, json={"data": {"dryrun": True}}).status_code == 201
