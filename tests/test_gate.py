"""Deny by default, held against the whole URL map."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.product import on_sqlite
from webapp.accounts.gate import ANYBODY, SIGNED_IN, needed_by
from webapp.accounts.permissions import known, visible
from webapp.catalogue.models import Job
from webapp.inventory import kinds
from webapp.inventory.routes import EXTENSION, KIND

pytestmark = on_sqlite

OPEN = {"/login/", "/healthz", "/readyz"}
"""Design 6; static files are served before the application is asked."""


Place = tuple[Rule, dict[str, object]]


@pytest.fixture
def places(app: Flask) -> list[Place]:
    """Every route of the product, with values that it fits: a stranger need not know whether anything is there. What
    several kinds of objects have is there for each of them.
    """
    samples = {"id": uuid.uuid4(), "name": "Echo", "number": 1, "class_path": "plain.Echo", "group": "dcim"}
    samples |= {"module_name": "plain", "job_class_name": "Echo", "seq": 1, "ending": "txt"}
    found: list[Place] = []
    with app.app_context():
        for rule in app.url_map.iter_rules():
            answering = app.extensions[EXTENSION][rule.endpoint] if KIND in rule.arguments else [""]
            for kind in map(kinds.called, answering):
                found.append((rule, {name: {**samples, KIND: kind}[name] for name in rule.arguments}))
    return found


def test_every_route_names_what_it_needs(places):
    unnamed = [rule.rule for rule, values in places if needed_by(rule.endpoint, values) is None]
    assert not unnamed


def test_every_permission_that_a_route_names_is_one_that_can_be_granted(places):
    named = {needed_by(rule.endpoint, values) for rule, values in places} - {ANYBODY, SIGNED_IN}
    assert {"extras.view_job", "dcim.change_device", "ipam.add_prefix"} <= named
    assert [permission for permission in named if not known(permission)] == []


def test_only_the_sign_in_and_the_probes_are_open_to_strangers(places):
    assert {rule.rule for rule, values in places if needed_by(rule.endpoint, values) == ANYBODY} == OPEN


def test_a_stranger_is_sent_to_the_sign_in_or_refused_at_every_address_by_every_method(places, browse):
    stranger = browse(None).client
    wrong = []
    # Of the kinds that have an address, one.
    for rule, values in {rule.rule + rule.endpoint: (rule, values) for rule, values in places}.values():
        for method in sorted(rule.methods or ()):
            if rule.rule in OPEN:
                continue
            _, path = rule.build(values) or ("", "")
            answer = stranger.open(path, method=method)
            to_sign_in = answer.status_code == 302 and answer.location.startswith("/login/")
            refused = answer.status_code == 403 and answer.mimetype == "application/json"
            if not (refused if rule.rule.startswith("/api/") else to_sign_in):
                wrong.append((method, rule.rule, answer.status))
    assert wrong == []


def test_a_stranger_learns_nothing_from_addresses_that_do_not_exist(browse):
    stranger = browse(None)
    assert stranger.get("/runs/1").status_code == 302
    assert stranger.get("/no/such/page").status_code == 404
    assert stranger.get("/api/no/such/thing/").status_code == 404


def test_a_route_that_names_nothing_lets_nobody_in(app, browse, api):
    app.add_url_rule("/secret", view_func=lambda: "secret", methods=["GET", "POST"])
    for answer in (browse("admin").get("/secret"), browse(None).get("/secret"), api("admin").post("/secret")):
        assert answer.status_code == 403
        assert "names no permission" in answer.text


def test_a_permission_of_a_kind_that_nobody_registered_is_a_mistake_and_no_refusal(app, person):
    assert not known("extras.view_nothing")
    assert not known("job")
    with pytest.raises(StopIteration):
        visible(type("Stranger", (), {}), person("admin"))  # type: ignore[type-var]
    assert known("extras.view_job")
    assert visible(Job, person("vic")) is not None


def test_a_session_needs_the_csrf_token_for_whatever_changes_something(app, browse, job):
    admin = browse("admin")
    id = job("Echo").id
    for path in ("/logout/", "/account/password", f"/jobs/{id}/enablement", f"/jobs/{id}/run"):
        for token in ("", "made-up"):
            answer = admin.client.post(path, data={"csrf_token": token, "enabled": "false"})
            assert answer.status_code == 400, path
            assert "too long" in answer.text
    assert job("Echo").enabled
    assert admin.get("/account/").status_code == 200


def test_a_session_needs_the_csrf_token_over_the_api_as_well(browse, job):
    admin, id = browse("admin"), job("Echo").id
    refused = admin.client.patch(f"/api/extras/jobs/{id}/", json={"enabled": False})
    assert refused.status_code == 400
    assert refused.mimetype == "application/json"
    assert admin.client.post(f"/api/extras/jobs/{id}/run/", json={"data": {"text": "x"}}).status_code == 400
    assert job("Echo").enabled
    taken = admin.client.patch(f"/api/extras/jobs/{id}/", json={"enabled": False}, headers={"X-CSRFToken": admin.csrf})
    assert taken.status_code == 200


def test_a_token_needs_no_csrf_token(api, job):
    assert api("admin").patch(f"/api/extras/jobs/{job('Echo').id}/", json={"enabled": False}).status_code == 200


def test_a_token_beside_a_session_does_not_lift_the_csrf_check(browse, api, job):
    admin, script = browse("admin"), api("admin")
    answer = admin.client.patch(f"/api/extras/jobs/{job('Echo').id}/", json={"enabled": False}, headers=script.headers)
    assert answer.status_code == 400


def test_the_sign_in_form_needs_the_csrf_token(app, browse):
    answer = browse(None).client.post("/login/", data={"username": "ann", "password": "correct horse"})
    assert answer.status_code == 400


def test_every_answer_carries_the_security_headers(browse, api):
    ann = browse("ann")
    answers = [ann.get("/jobs/"), ann.get("/no/such/page"), browse(None).get("/login/"), api().get("/api/extras/jobs/")]
    for answer in answers:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
