"""Scripts sign in with tokens, of which only hashes are kept."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from sqlalchemy import select

from tests.product import on_sqlite
from webapp.accounts import credentials, service
from webapp.accounts.models import Token
from webapp.db import db, transaction, utcnow

JOBS = "/api/extras/jobs/"


def token_of(name: str) -> Token:
    db.session.rollback()
    return db.session.scalars(select(Token).where(Token.user_id == service.named(name).id)).one()


@on_sqlite
def test_a_token_is_forty_hex_digits_and_only_its_hash_is_kept(app, person):
    key = credentials.create_token(person("ann"), "night script")
    row = token_of("ann")
    assert len(key) == 40
    assert int(key, 16)
    assert (row.key_hash, row.hint) == (hashlib.sha256(key.encode()).hexdigest(), key[-4:])
    assert key not in repr([getattr(row, column.key) for column in Token.__table__.columns])


def test_a_token_opens_the_api_and_leaves_its_last_use(api):
    assert api("ann").get(JOBS).status_code == 200
    assert token_of("ann").last_used_at is not None


def test_who_sends_no_token_or_one_that_does_not_count_reads_why(app, api, person):
    expired, switched_off = api("bob"), api("vic")
    row = token_of("bob")
    with transaction():
        db.session.get_one(Token, row.id).expires_at = utcnow() - timedelta(seconds=1)
    service.deactivate(person("vic"))
    missing = "Authentication credentials were not provided."
    for headers, detail in (
        ({}, missing),
        ({"Authorization": "Bearer abc"}, missing),
        ({"Authorization": "Basic YTpi"}, missing),
        ({"Authorization": "Token"}, "Invalid token"),
        ({"Authorization": "Token " + "0" * 40}, "Invalid token"),
        ({"Authorization": "Token \xff\xfe"}, "Invalid token"),
        ({"Authorization": "Token " + "x" * 5000}, "Invalid token"),
        (expired.headers, "Token expired"),
        (switched_off.headers, "User inactive"),
    ):
        answer = app.test_client().get(JOBS, headers=headers)
        assert (answer.status_code, answer.json) == (403, {"detail": detail}), headers


def test_a_token_that_expires_later_counts(api):
    ann = api("ann")
    row = token_of("ann")
    with transaction():
        db.session.get_one(Token, row.id).expires_at = utcnow() + timedelta(days=1)
    assert ann.get(JOBS).status_code == 200


@on_sqlite
def test_a_token_for_reading_changes_and_runs_nothing(api, job):
    admin, id = api("admin", write_enabled=False), job("Echo").id
    assert admin.get(JOBS).status_code == 200
    for answer in (
        admin.patch(f"{JOBS}{id}/", json={"enabled": False}),
        admin.post(f"{JOBS}{id}/run/", json={"data": {"text": "x"}}),
        admin.post(f"/jobs/{id}/enablement", data={"enabled": "false"}),
        admin.post("/account/password", data={}),
    ):
        assert answer.status_code == 403
        assert "for reading only" in answer.text
    assert job("Echo").enabled


@on_sqlite
def test_the_word_token_may_be_written_in_any_case(app, api):
    key = api("ann").headers["Authorization"].split()[1]
    assert app.test_client().get(JOBS, headers={"Authorization": f"tOKEN  {key} "}).status_code == 200


@on_sqlite
def test_the_api_tells_a_user_about_themselves(api, person):
    ann = person("ann")
    path, other = f"/api/users/users/{ann.id}/", f"/api/users/users/{person('bob').id}/"
    answer = api("ann").get(path).json
    assert (answer["username"], answer["groups"], answer["object_type"]) == ("ann", ["Operator"], "users.user")
    assert answer["url"] == f"http://localhost{path}"
    assert "password" not in str(answer)
    assert api("ann").get(other).status_code == 404
    assert api("admin").get(other).status_code == 200


@on_sqlite
def test_the_roots_of_the_api_tell_what_there_is(api):
    ann = api("ann")
    assert ann.get("/api/").json == {
        "dcim": "http://localhost/api/dcim/",
        "extras": "http://localhost/api/extras/",
        "ipam": "http://localhost/api/ipam/",
        "users": "http://localhost/api/users/",
    }
    assert ann.get("/api/extras/").json == {
        name: f"http://localhost/api/extras/{name}/"
        for name in (
            *("file-proxies", "job-queue-assignments", "job-queues", "job-results", "jobs"),
            *("object-changes", "roles", "statuses", "tags"),
        )
    }
    assert ann.get("/api/dcim/").json["devices"] == "http://localhost/api/dcim/devices/"
    assert ann.get("/api/nothing/").status_code == 404
