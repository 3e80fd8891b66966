"""Hostile texts in every field of the tour of inputs, on page and API: taken, or refused at their field."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import quote_from_bytes

import pytest
import sqlalchemy as sa

from tests.inputs.hostile import TEXTS
from tests.product import looked_at_once, on_sqlite
from webapp.catalogue import refreshing
from webapp.catalogue import service as catalogue
from webapp.config import PROJECT
from webapp.db import db, transaction
from webapp.runs.models import Run

LEADING = ("href", "src", "action", "formaction")
"""Attributes that lead somewhere; none of ours names a scheme."""
LARGEST = 600_000
"""Bytes of a request; a larger one would be refused as a whole."""


@pytest.fixture
def tour(app, tmp_path_factory):
    """The record of the tour, switched on."""
    with looked_at_once(tmp_path_factory):
        refreshing.refresh(PROJECT / "jobs_root")
    job = catalogue.by_class_path("tour.Tour")
    with transaction():
        job.enabled = True
    return job


def runs() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Run)) or 0


class Markup(HTMLParser):
    """What a browser would make of a page: its scripts, and attributes that run something."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts, self.handlers, self.inside = 0, [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.scripts += tag == "script"
        self.inside += [tag] if tag in ("img", "x") else []
        self.handlers += [
            name for name, value in attributes if name.startswith("on") or name in LEADING and ":" in (value or "")
        ]


def is_clean(text: str, scripts: int) -> bool:
    """Whether a page holds only what we have written."""
    found = Markup(text)
    return (found.scripts, found.handlers, found.inside) == (scripts, [], [])


def batches(names: list[str], size: int) -> Iterator[list[str]]:
    """names, as many at once as there is room for when each has a text of that size."""
    at_once = max(1, min(len(names), LARGEST // size))
    return (names[start : start + at_once] for start in range(0, len(names), at_once))


def encoded(text: str) -> str:
    """text as the body of a form, halves of pairs too, as no browser would send them."""
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"))


@on_sqlite
def test_on_the_page(browse, tour):
    page, path = browse("ann"), f"/jobs/{tour.id}/run"
    usual = page.get(path).text
    scripts = Markup(usual).scripts
    assert is_clean(usual, scripts)
    labels = {variable["label"]: variable["name"] for variable in tour.variables}
    for text in TEXTS:
        typed = encoded(text)
        for names in batches([variable["name"] for variable in tour.variables], len(typed)):
            body = "&".join([f"csrf_token={page.csrf}", *(f"{name}={typed}" for name in names)])
            answer = page.client.post(path, data=body, content_type="application/x-www-form-urlencoded")
            assert answer.status_code == 400, text[:40]
            assert is_clean(answer.text, scripts), text[:40]
            told = re.findall(r'<li>(?:<a href="#id_(\w+)">([^<]*)</a>)?', problems(answer.text))
            assert told, text[:40]
            assert all(labels[label] == name for name, label in told), text[:40]
    assert runs() == 0


def problems(text: str) -> str:
    found = re.search(r'<section class="problems".*?</section>', text, re.S)
    return found[0] if found else ""


@on_sqlite
def test_over_the_api(api, tour):
    ann, path = api("ann"), f"/api/extras/jobs/{tour.id}/run/"
    names = [variable["name"] for variable in tour.variables]
    for text in TEXTS:
        for some in batches(names, len(json.dumps(text))):
            answer = ann.post(path, json={"data": dict.fromkeys(some, text)})
            assert answer.status_code == 400, text[:40]
            assert answer.json["errors"].keys() <= set(names), text[:40]
            assert all(messages and all(messages) for messages in answer.json["errors"].values()), text[:40]
    assert runs() == 0


def test_what_may_be_kept_is_shown_and_runs_nothing(api, browse, tour):
    short = [text for text in TEXTS if len(text) < 1000 and "\0" not in text and not re.search("[\ud800-\udfff]", text)]
    inputs = {"notes": "\n".join(short), "options": short, "password": "hunter2" + short[-1]}
    made = api("ann").post(f"/api/extras/jobs/{tour.id}/run/", json={"data": inputs})
    assert made.status_code == 201, made.json
    page, number = browse("ann"), made.json["job_result"]["meta"]["number"]
    assert made.json["job_result"]["task_kwargs"]["options"] == short
    for path in (f"/runs/{number}", "/runs/", f"/jobs/{tour.id}/run", f"/jobs/{tour.id}/run?_from={number}"):
        answer = page.get(path)
        assert answer.status_code == 200, path
        assert is_clean(answer.text, answer.text.count('<script src="/static/')), path
        assert "hunter2" not in answer.text


@on_sqlite
def test_in_the_address_of_the_form(browse, tour):
    page, scripts = browse("ann"), None
    for text in TEXTS[::4]:
        if len(text) < 1000:
            query = "&".join(f"{variable['name']}={encoded(text)}" for variable in tour.variables)
            answer = page.client.get(f"/jobs/{tour.id}/run?{query}")
            scripts = scripts or Markup(answer.text).scripts
            assert answer.status_code == 200, text[:40]
            assert is_clean(answer.text, scripts), text[:40]
