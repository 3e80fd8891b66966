"""A request of which only a part has come, or can be read, starts nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.db import db
from webapp.runs.models import Run

pytestmark = on_sqlite

BOUNDARY = "multipart/form-data; boundary=X"
PARTS = "".join(
    f'--X\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
    for name, value in (("text", "hi"), ("dryrun", "true"))
)


def runs() -> list[Run]:
    db.session.rollback()
    return list(db.session.scalars(select(Run)))


@pytest.fixture(params=["api", "page"])
def send(request, api, browse):
    """Sends a body to the run endpoint, or to the form, of Echo."""
    id = catalogue.by_class_path("plain.Echo").id
    if request.param == "api":
        return lambda body, **options: api("ann").post(f"/api/extras/jobs/{id}/run/", data=body, **options)
    page = browse("ann")
    path, headers = f"/jobs/{id}/run", {"X-CSRFToken": page.csrf}
    return lambda body, **options: page.client.post(path, data=body, headers=headers, **options)


def test_a_whole_body_in_parts_is_a_run(send):
    assert send(PARTS + "--X--\r\n", content_type=BOUNDARY).status_code in (201, 302)
    assert [run.dry_run for run in runs()] == [True]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (PARTS, BOUNDARY),
        (PARTS[:-30], BOUNDARY),
        (PARTS + "--X--\r\n", "multipart/form-data; boundary=Z"),
        (PARTS + "--X--\r\n", "multipart/form-data"),
        ("x", BOUNDARY),
    ],
)
def test_a_body_in_parts_that_does_not_end_is_refused(send, body, content_type):
    assert send(body, content_type=content_type).status_code == 400
    assert runs() == []


def test_a_body_that_is_shorter_than_it_says_is_refused(send):
    whole = (PARTS + "--X--\r\n").encode()
    for body, content_type in ((whole, BOUNDARY), (b"text=hi&dry", "application/x-www-form-urlencoded")):
        cut = {"environ_overrides": {"CONTENT_LENGTH": str(len(body) + 500), "wsgi.input_terminated": True}}
        assert send(body, content_type=content_type, **cut).status_code == 400
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0


def test_nobody_who_says_commit_false_gets_a_real_run(api):
    place = "/api/extras/jobs/plain.Echo/run/"
    refused = api("ann").post(place, json={"data": {"text": "hi"}, "commit": False})
    assert (refused.status_code, set(refused.json["errors"])) == (400, {"commit"})
    assert runs() == []
    assert api("ann").post(place, json={"data": {"text": "hi"}, "commit": True}).status_code == 201
