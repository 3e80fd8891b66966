"""Everybody says for themselves whether single keys do something."""

from __future__ import annotations

from tests.product import on_sqlite


def test_a_choice_is_kept_for_all_pages_of_the_user_and_of_nobody_else(browse):
    ann, bob = browse("ann"), browse("bob")
    assert 'data-keys="off"' not in ann.get("/account/").text
    assert ann.post("/account/keys", {}).location == "/account/"
    for page in (ann, browse("ann")):
        assert "<body hx-headers=" in page.get("/account/").text
        for address in ("/account/", "/jobs/", "/runs/999999"):
            assert ' data-keys="off">' in page.get(address).text, address
    assert 'data-keys="off"' not in bob.get("/account/").text
    ann.post("/account/keys", {"keys": "on"})
    text = ann.get("/account/").text
    assert 'data-keys="off"' not in text
    assert "Single keys are switched on." in text


@on_sqlite
def test_the_page_shows_what_was_chosen(browse):
    ann = browse("ann")
    assert 'name="keys" value="on" checked' in ann.get("/account/").text
    ann.post("/account/keys", {})
    assert 'name="keys" value="on" aria' in " ".join(ann.get("/account/").text.split())
