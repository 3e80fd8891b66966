"""What every answer tells the browser."""

from __future__ import annotations

from webapp.ui.headers import HEADERS

POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"


def test_every_answer_carries_the_policy_errors_too(bare_app):
    for path in ("/catalogue/index/", "/nowhere"):
        answer = bare_app.test_client().get(path)
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert HEADERS.items() <= dict(answer.headers).items()


def test_pages_are_not_stored(bare_app):
    assert bare_app.test_client().get("/catalogue/index/").headers["Cache-Control"] == "no-store"
