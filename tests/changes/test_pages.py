"""The pages of all changes."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
import sqlalchemy as sa

from webapp.catalogue.models import JobQueue
from webapp.changes import acting
from webapp.changes.models import Change
from webapp.db import db, transaction
from webapp.inventory.models import Role
from webapp.runs.service import submit

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def entries(page) -> list[str]:
    """The changes that a page lists, as texts."""
    found = re.findall(r'<li class="changes__entry".*?</div>\s*</li>', page.text, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one)).strip() for one in found]


def test_the_list_says_who_did_what_to_which_object(browse, role):
    newest, oldest = entries(browse("vic").get("/changes/"))
    assert newest.startswith("the shell")
    assert "Changed role spine" in newest
    assert "Name: leaf → spine" in newest
    assert oldest.startswith("ann")
    assert "Created role leaf" in oldest
    assert f'href="/extras/roles/{role.id}/"' in browse("vic").get("/changes/").text


@on_sqlite
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("kind=extras.role", 2),
        ("kind=dcim.device", 0),
        ("action=create", 1),
        ("user=ann", 1),
        ("run=7", 0),
        ("days=1", 2),
        ("q=SPI", 1),
        ("action=create&user=ann&q=leaf&days=7", 1),
    ],
)
def test_the_address_narrows_the_list(browse, role, query, count):
    page = browse("vic").get(f"/changes/?{query}")
    assert len(entries(page)) == count
    assert ("No changes like that" in page.text) == (count == 0)


@on_sqlite
@pytest.mark.parametrize(
    "query", ["kind=dcim.nothing", "action=gone", "run=x", "days=soon", "user=%00", "run=99999999999"]
)
def test_what_cannot_be_read_in_an_address_gets_a_sentence(browse, role, query):
    page = browse("vic").get(f"/changes/?{query}")
    assert page.status_code == 200
    assert 'role="alert"' in page.text
    assert entries(page) == []


@on_sqlite
def test_a_long_list_comes_in_pages_that_keep_what_was_asked_for(browse, role):
    with transaction() as session:
        session.add_all(Role(name=f"role {number:03}", content_types=[]) for number in range(60))
    vic = browse("vic")
    first = vic.get("/changes/?action=create")
    assert len(entries(first)) == 50
    older = re.search(r'rel="next" href="([^"]+)"', first.text)[1].replace("&amp;", "&")
    rest = vic.get(older)
    assert len(entries(rest)) == 11
    assert 'rel="next"' not in rest.text
    assert {*entries(first)}.isdisjoint(entries(rest))


@on_sqlite
def test_a_change_has_a_page_with_each_field_before_and_after(browse, role):
    vic = browse("vic")
    change = db.session.scalars(sa.select(Change).order_by(Change.number.desc()).limit(1)).one()
    page = vic.get(f"/changes/{change.id}/")
    assert re.search(r'<th scope="row">Name</th>.*?<del[^>]*>leaf</del>.*?<ins[^>]*>spine</ins>', page.text, re.DOTALL)
    assert f'href="/extras/roles/{role.id}/"' in page.text
    assert vic.get(f"/changes/{uuid4()}/").status_code == 404
    with transaction() as session:
        session.delete(role)
    assert "is not there any more" in vic.get(f"/changes/{change.id}/").text


@on_sqlite
def test_long_values_and_strange_characters_are_shown_as_they_are(browse, role):
    with transaction():
        role.description = "<b>bold</b> \u202e" + "x" * 200
    page = browse("vic").get("/changes/")
    assert "<b>bold" not in page.text
    assert "\u202e" not in page.text
    assert "&lt;b&gt;bold&lt;/b&gt;" in page.text
    assert '<details class="changes__long">' in page.text


@on_sqlite
def test_a_change_by_a_run_leads_to_the_run_while_it_is_there(browse, role, job, person):
    run = submit(job("Echo"), person("ann"), {"text": "x"})
    for number in (run.number, 4711):
        with acting(person("ann"), run_number=number), transaction():
            role.description = f"By run {number}."
    page = browse("vic").get("/changes/")
    assert f'<a href="/runs/{run.number}">run #{run.number}</a>' in page.text
    assert "run #4711" in page.text
    assert "/runs/4711" not in page.text


def test_nobody_sees_changes_of_what_they_may_not_view(browse, role, of_queues):
    with transaction() as session:
        session.add(JobQueue(name="attic"))
    page = browse("quinn").get("/changes/")
    assert [one for one in entries(page) if "attic" in one] == entries(page) != []
    of_roles = db.session.scalars(sa.select(Change).where(Change.kind == "extras.role").limit(1)).one()
    assert browse("quinn").get(f"/changes/{of_roles.id}/").status_code == 404
    assert 'value="extras.role"' not in page.text
    assert browse("sam").get("/changes/").status_code == 403


@on_sqlite
def test_changes_of_jobs_are_told_in_the_words_of_their_pages(browse, job, role):
    browse("admin").post(f"/jobs/{job('Echo').id}/enablement", {"enabled": "false"})
    assert "Changed job Echo Enabled: Yes → No" in entries(browse("vic").get("/changes/"))[0]
