"""The Jobs page and the page of a job."""

from __future__ import annotations

import re
import uuid
from html import unescape

import pytest
from sqlalchemy import delete, select

from tests.product import on_sqlite
from webapp.catalogue.models import Job, LoadError
from webapp.db import db, transaction
from webapp.runs.service import submit


@pytest.fixture
def shelf(app, job):
    """Some jobs that differ in what can be searched; gives a page's names in order."""
    changes = {
        "Echo": {"name": "Rename 100% of racks", "grouping": "Lab"},
        "Talk": {"name": "Zebra", "grouping": "Lab", "description": "Paint stripes_on\n\na horse."},
        "Fail": {"name": "Apple", "grouping": "Alpha", "description": ""},
        "Raise": {"hidden": True, "name": "Lurker"},
        "Leave": {"installed": False, "name": "Bygone"},
        "Deaf": {"enabled": False, "name": "Sleeper"},
    }
    with transaction():
        for cls, values in changes.items():
            for field, value in values.items():
                setattr(job(cls), field, value)
    return sorted(job.name for job in db.session.scalars(select(Job)))


def shown(text: str, names: list[str]) -> list[str]:
    return [name for name in names if f">{name}</a>" in unescape(text)]


def test_jobs_stand_under_their_grouping_in_the_order_of_names(shelf, browse):
    text = browse("vic").get("/jobs/").text
    places = [
        text.index(word)
        for word in (">Alpha<", ">Apple<", ">Lab<", ">Rename 100% of racks<", ">Zebra<", "Plain things")
    ]
    assert places == sorted(places)


@on_sqlite
def test_hidden_and_uninstalled_jobs_are_shown_only_on_demand(shelf, browse):
    vic = browse("vic")
    assert set(shelf) - set(shown(vic.get("/jobs/").text, shelf)) == {"Lurker", "Bygone"}
    assert shown(vic.get("/jobs/?installed=any&hidden=any").text, shelf) == shelf
    assert shown(vic.get("/jobs/?installed=no").text, shelf) == ["Bygone"]
    assert "Not installed" in vic.get("/jobs/?installed=no").text
    assert shown(vic.get("/jobs/?hidden=yes").text, shelf) == ["Lurker"]
    assert "Switched off" in vic.get("/jobs/?q=sleeper").text


def test_a_search_looks_at_name_grouping_description_and_class_path(shelf, browse):
    vic = browse("vic")
    for words, found in {
        "zebra": ["Zebra"],
        "ZEB": ["Zebra"],
        "stripes": ["Zebra"],
        "alpha": ["Apple"],
        "plain.Talk": ["Zebra"],
        "plainTalk": [],
        "Talk": ["Zebra"],
        "lab zebra": ["Zebra"],
        "zebra apple": [],
        "100%": ["Rename 100% of racks"],
        "stripes_on": ["Zebra"],
        "stripesXon": [],
        "%": ["Rename 100% of racks"],
        "lurker": [],
        "\\": [],
        "<zebra>": [],
    }.items():
        assert shown(vic.get("/jobs/", query_string={"q": words}).text, shelf) == found, words
    assert shown(vic.get("/jobs/?q=lurker&hidden=any").text, shelf) == ["Lurker"]


def test_no_search_breaks_the_page(shelf, browse):
    vic = browse("vic")
    for words in (
        "\0",
        "a\0b",
        "x" * 5000,
        "a " * 2500,
        "%" * 5000,
        "_",
        "'",
        '"',
        "\ud7ff\U0001f600",
        "%s",
        "{{ 'ju' * 3 }}",
    ):
        answer = vic.get("/jobs/", query_string={"q": words})
        assert answer.status_code == 200, words[:20]
        assert "jujuju" not in answer.text
    assert vic.get("/jobs/?q=%ff%fe").status_code == 200
    assert "&lt;script&gt;" in vic.get("/jobs/", query_string={"q": "<script>"}).text


@on_sqlite
def test_the_page_counts_and_says_when_nothing_matches(shelf, browse):
    vic = browse("vic")
    assert "No job matches “nothing like it”" in vic.get("/jobs/?q=nothing+like+it").text
    assert "1 job for “zebra”" in " ".join(vic.get("/jobs/?q=zebra").text.split())


@on_sqlite
def test_the_page_shows_the_last_run_of_each_job(browse, job, person, work):
    number = submit(job("NoInputs"), person("ann"), {}).number
    vic = browse("vic")
    assert f"/runs/{number}" in vic.get("/jobs/?q=NoInputs").text
    assert "Queued" in vic.get("/jobs/?q=NoInputs").text
    work()
    assert "Succeeded" in vic.get("/jobs/?q=NoInputs").text
    assert "never run" in vic.get("/jobs/?q=Secretive").text


@on_sqlite
def test_load_errors_are_shown_to_those_who_may_change_jobs(browse):
    with transaction() as session:
        session.add(
            LoadError(module_name="lab", file="lab.py", line=7, message="SyntaxError: <oops>", traceback="at line 7")
        )
    assert "lab.py:7" in browse("admin").get("/jobs/").text
    assert "SyntaxError: &lt;oops&gt;" in browse("admin").get("/jobs/").text
    for who in ("ann", "bob", "vic"):
        assert "lab.py" not in browse(who).get("/jobs/").text


@on_sqlite
def test_files_that_do_not_load_are_counted_and_so_are_mistakes_where_a_file_has_several(browse):
    def heading(*places: str) -> str:
        with transaction() as session:
            session.execute(delete(LoadError))
            told = {"message": "wrong", "traceback": ""}
            session.add_all(LoadError(module_name=file[:-3], file=file, line=7, **told) for file in places)
        text = browse("admin").get("/jobs/").text
        return re.search(r'id="trouble-title">.*?</svg> (.*?)</h2>', text, re.S)[1]

    assert heading("a.py") == "1 job file does not load"
    assert heading("a.py", "b.py") == "2 job files do not load"
    assert heading("a.py", "b.py", "a.py", "A.py") == "3 job files do not load: 4 mistakes"
    assert heading("a.py", "a.py") == "1 job file does not load: 2 mistakes"


@on_sqlite
def test_the_page_of_a_job_that_does_not_load_says_why_to_those_who_may_change_it(browse, job):
    with transaction() as session:
        session.add(LoadError(module_name="plain", file="plain.py", line=7, message="SyntaxError: oops", traceback=""))
        job("Fail").installed = False
    gone, there = job("Fail").id, job("Echo").id
    assert "plain.py:7" in browse("admin").get(f"/jobs/{gone}").text
    assert "SyntaxError: oops" not in browse("admin").get(f"/jobs/{there}").text
    assert "plain.py:7" not in browse("vic").get(f"/jobs/{gone}").text
    assert "its code is missing or does not load" in browse("ann").get(f"/jobs/{gone}").text


@on_sqlite
def test_the_page_of_a_job_tells_what_its_class_declares(browse, job):
    text = " ".join(unescape(browse("vic").get(f"/jobs/{job('Echo').id}").text).split())
    for words in ("The second paragraph is only on the job's page.", "Anything short.", "plain.Echo", "Supported"):
        assert words in text
    assert "lab, default" in browse("vic").get(f"/jobs/{job('Elsewhere').id}").text
    assert "Sensitive: encrypted" in browse("vic").get(f"/jobs/{job('Secretive').id}").text


@on_sqlite
def test_an_address_without_a_job_is_not_found(browse):
    vic = browse("vic")
    for path in (f"/jobs/{uuid.uuid4()}", f"/jobs/{uuid.uuid4()}/runs", "/jobs/1", "/jobs/x%00y"):
        assert vic.get(path).status_code == 404


@on_sqlite
def test_an_administrator_switches_a_job_off_and_on(browse, job):
    admin, id = browse("admin"), job("Echo").id
    path = f"/jobs/{id}/enablement"
    off = admin.post(path, {"enabled": "false"}, follow_redirects=True)
    assert "Echo is switched off: nobody can run it." in off.text
    assert not job("Echo").enabled
    assert 'aria-checked="false"' in off.text
    on = admin.post(path, {"enabled": "true"}, follow_redirects=True)
    assert "Echo is switched on: it may be run now." in on.text
    assert job("Echo").enabled


@on_sqlite
def test_nobody_else_switches_a_job(browse, job):
    id = job("Echo").id
    for who in ("ann", "bob", "vic", "sam"):
        assert browse(who).post(f"/jobs/{id}/enablement", {"enabled": "false"}).status_code == 403
    assert job("Echo").enabled
    assert browse("admin").post(f"/jobs/{uuid.uuid4()}/enablement", {"enabled": "true"}).status_code == 404


@on_sqlite
def test_what_is_neither_on_nor_off_changes_nothing(browse, job):
    admin, id = browse("admin"), job("Echo").id
    for data in ({}, {"enabled": ""}, {"enabled": "maybe"}):
        assert admin.post(f"/jobs/{id}/enablement", data).status_code == 400
    assert job("Echo").enabled


@on_sqlite
def test_the_way_in_leads_on_to_the_jobs(browse):
    to_jobs = r'nav-list__link"\s+href="/jobs/"'
    for who in ("vic", "ann", "bob", "admin"):
        page = browse(who)
        assert re.search(to_jobs, page.get("/").text), who
        assert page.get("/jobs/").status_code == 200
    nobody = browse("sam").get("/")
    assert nobody.status_code == 200
    assert "Ask an administrator" in nobody.text
    assert not re.search(to_jobs, nobody.text)
