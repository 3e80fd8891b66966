"""A form that is filled before anybody types."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.db import transaction
from webapp.runs.service import submit


@pytest.fixture
def form(browse):
    """The text of the form of a class as Ann sees it, with a query string."""

    def see(class_path: str, query: str = "") -> str:
        answer = browse("ann").get(f"/jobs/{catalogue.by_class_path(class_path).id}/run{query}")
        assert answer.status_code == 200
        return answer.text

    return see


def value(text: str, name: str) -> str:
    control = re.search(rf'<input[^>]*\bname="{name}"[^>]*>', text)[0]
    return unescape(re.search(r'value="([^"]*)"', control)[1])


def ticked(text: str, name: str) -> list[str]:
    boxes = re.findall(rf'<input[^>]*\bname="{name}"[^>]*>', text)
    return [re.search(r'value="([^"]*)"', box)[1] for box in boxes if "checked" in box]


def offered(text: str) -> list[str]:
    return re.findall(r'_from=[0-9]+">.*?(#[0-9]+)</a>', text)


@on_sqlite
def test_the_address_fills_the_form(form):
    page = form("plain.Echo", "?text=hi&count=7&loud=TRUE&nobody=1")
    assert (value(page, "text"), value(page, "count"), ticked(page, "loud")) == ("hi", "7", ["true"])
    assert "field__errors" not in page


@on_sqlite
def test_several_values_are_filled_from_a_repeated_parameter(form):
    assert ticked(form("kinds.Every", "?several=a&several=3"), "several") == ["a", "3"]


@on_sqlite
def test_a_secret_is_never_taken_from_the_address(form):
    page = form("kinds.Confiding", "?account=root&password=hush")
    assert value(page, "account") == "root"
    assert "hush" not in page


@on_sqlite
def test_t223_an_earlier_run_fills_the_form(form, job, person):
    run = submit(job("Echo"), person("ann"), {"text": "as before", "count": 7, "loud": True})
    page = form("plain.Echo", f"?_from={run.number}")
    assert (value(page, "text"), value(page, "count"), ticked(page, "loud")) == ("as before", "7", ["true"])


def test_only_runs_of_this_job_fill_its_form(browse, job, person):
    run = submit(job("NoInputs"), person("ann"), {})
    for number in (run.number, 999, "x", "-1", "9" * 30):
        assert browse("ann").get(f"/jobs/{job('Echo').id}/run?_from={number}").status_code == 404


def test_the_last_five_of_my_runs_are_offered(form, job, person):
    submit(job("Echo"), person("admin"), {"text": "of somebody else"})
    numbers = [submit(job("Echo"), person("ann"), {"text": f"word {n}"}).number for n in range(6)]
    page = form("plain.Echo")
    assert offered(page) == [f"#{number}" for number in reversed(numbers[1:])]
    assert "text: word 5" in page
    assert "of somebody else" not in page


@on_sqlite
def test_runs_with_sensitive_inputs_are_not_offered(form, job, person):
    submit(job("Secretive"), person("ann"), {"password": "hush"})
    assert offered(form("plain.Secretive")) == []


@on_sqlite
def test_of_what_was_no_secret_then_nothing_is_told_now(form, job, person):
    submit(job("Echo"), person("ann"), {"text": "hush", "count": 7, "note": "gone by now"})
    with transaction():
        of_now = [{**each, "type": "SecretVar"} if each["name"] == "text" else each for each in job("Echo").variables]
        job("Echo").variables = [each for each in of_now if each["name"] != "note"]
    page = form("plain.Echo")
    assert "count: 7" in page
    assert "hush" not in page
    assert "gone by now" not in page


@on_sqlite
def test_what_the_address_says_wrongly_is_shown_at_its_field_with_the_message_of_the_variable(browse, app):
    every = catalogue.by_class_path("kinds.Every")
    query = "integer=abc&several=a&several=x&choice=9&boolean=maybe&day=soon&string=&decimal=1.5"
    text = unescape(browse("ann").get(f"/jobs/{every.id}/run?{query}").text)
    for name, message in (
        ("integer", "Enter a whole number."),
        ("several", "Select a valid choice. x is not one of the available choices."),
        ("choice", "Select a valid choice. 9 is not one of the available choices."),
        ("boolean", "Must be true or false."),
        ("day", "Enter a valid date, like 2026-03-31."),
    ):
        beside = re.search(rf'id="id_{name}-errors">(.*?)</div>', text, re.S)
        assert beside and message in beside[1], name
    assert text.count('aria-invalid="true"') == 5
    assert re.search(r'<fieldset[^>]*id="id_several"[^>]*aria-invalid="true"', text)
    assert 'value="abc"' in text
    assert "data-touched" not in text


@on_sqlite
def test_a_moment_is_shown_in_the_zone_that_the_browser_has_told(browse, app):
    every = catalogue.by_class_path("kinds.Every")
    for zone, shown, words in (
        ("Europe/Amsterdam", "2027-07-31T22:00", "Time zone: Europe/Amsterdam."),
        ("Mars/Base", "2027-07-31T20:00", "Time zone: UTC, for nobody here knows “Mars/Base”."),
        ("", "2027-07-31T20:00", "Time zone: UTC."),
    ):
        page = browse("ann")
        page.client.set_cookie("zone", zone)
        text = page.get(f"/jobs/{every.id}/run?moment=2027-07-31T20:00Z").text
        assert f'value="{shown}"' in text
        assert words in " ".join(text.split())
