"""Signing in by the form, out again, and when a sign-in ends by itself."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.product import PASSWORD, on_sqlite
from webapp.accounts import credentials, service
from webapp.accounts.models import UserSession
from webapp.db import db, transaction, utcnow

WRONG = "The user name or the password is wrong, or the account is switched off."


@pytest.fixture
def cheap(monkeypatch):
    """Passwords of two persons behind a hash that costs nothing; the real one takes a tenth of a second each time."""

    def quick(stored: str, password: str) -> bool:
        return password == PASSWORD and not stored.startswith(service.NOBODY)

    monkeypatch.setattr(service, "check_password_hash", quick)
    monkeypatch.setattr(service, "generate_password_hash", lambda password: f"quick${password}")


def sign_in(page, username: str, password: str = PASSWORD, **more):
    page.get("/login/")
    return page.post("/login/", {"username": username, "password": password, **more})


def sessions() -> list[UserSession]:
    db.session.rollback()
    return list(db.session.scalars(select(UserSession)))


@on_sqlite
def test_somebody_signs_in_with_the_real_hash_and_is_known_from_then_on(browse):
    page = browse(None)
    answer = sign_in(page, "ann")
    assert (answer.status_code, answer.location) == (302, "/")
    assert page.get("/").status_code == 200
    assert ">ann<" in page.get("/account/").text.replace("\n", "")
    assert sign_in(browse(None), "ann", "incorrect horse").status_code == 401


@on_sqlite
def test_the_hash_of_a_password_is_hard_on_memory(app, person):
    method = person("ann").password_hash.partition("$")[0]
    assert method == "scrypt:32768:8:1"


def test_wrong_password_unknown_name_and_a_switched_off_account_look_the_same(cheap, browse, person):
    service.deactivate(person("vic"))
    tries = [("ann", "wrong"), ("nobody", PASSWORD), ("vic", PASSWORD), ("ANN", PASSWORD), ("", ""), ("a\0b", "x")]
    pages = set()
    for username, password in [*tries, ("ann", "x" * 5000)]:
        answer = sign_in(browse(None), username, password)
        assert answer.status_code == 401
        assert WRONG in answer.text
        assert "x" * 1000 not in answer.text
        pages.add(answer.text.count(WRONG))
    assert len(pages) == 1
    assert sessions() == []


@on_sqlite
def test_the_name_that_was_typed_stays_and_the_password_does_not(cheap, browse):
    text = sign_in(browse(None), '"><b>me', "my secret").text
    assert "&#34;&gt;&lt;b&gt;me" in text
    assert "my secret" not in text


@on_sqlite
def test_one_goes_on_to_where_one_wanted_to_but_never_to_another_site(cheap, browse):
    inside = ["/runs/?state=failed", "/jobs/?q=a%20b", "/account/"]
    outside = [
        *("//evil.example", "https://evil.example/", "https:evil.example", "/\\evil.example", "\\\\evil.example"),
        *(
            "/\tevil.example",
            "/\n/evil.example",
            "javascript:alert(1)",
            "evil.example",
            "",
            " /jobs/",
            "//[",
            "http://[",
        ),
    ]
    for wanted in inside:
        assert sign_in(browse(None), "ann", next=wanted).location == wanted
    for wanted in outside:
        assert sign_in(browse(None), "ann", next=wanted).location == "/", wanted
    ann = browse("ann")
    assert ann.get("/login/", query_string={"next": "/runs/"}).location == "/runs/"
    for wanted in outside:
        assert ann.get("/login/", query_string={"next": wanted}).location == "/", wanted


@on_sqlite
def test_a_stranger_who_wanted_a_page_gets_there_after_signing_in(cheap, browse):
    page = browse(None)
    to_sign_in = page.get("/runs/?state=failed").location
    form = page.get(to_sign_in).text
    assert 'name="next" value="/runs/?state=failed"' in form


@on_sqlite
def test_signing_out_ends_the_session_for_good(cheap, browse):
    page = browse(None)
    sign_in(page, "ann")
    page.get("/account/")
    stolen = dict(page.client._cookies)
    answer = page.post("/logout/")
    assert answer.location == "/login/"
    assert "signed out" in page.get("/login/").text
    page.client._cookies.update(stolen)
    assert page.get("/account/").status_code == 302
    assert sessions() == []


@on_sqlite
def test_only_a_hash_of_the_session_is_kept(cheap, browse):
    page = browse(None)
    sign_in(page, "ann")
    with page.client.session_transaction() as cookie:
        token = cookie["_user_id"]
    (row,) = sessions()
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in repr([getattr(row, column.key) for column in UserSession.__table__.columns])


@on_sqlite
def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(cheap, browse):
    page = browse(None)
    cookie = sign_in(page, "ann").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_a_new_password_ends_all_sessions_at_once(cheap, browse, person):
    here, there, bob = browse("ann"), browse("ann"), browse("bob")
    answer = here.post("/account/password", {"old_password": PASSWORD, "new_password": "another horse"})
    assert answer.location == "/login/"
    for page in (here, there):
        assert page.get("/account/").status_code == 302
    assert bob.get("/account/").status_code == 200
    assert person("ann").password_hash == "quick$another horse"


@on_sqlite
def test_a_new_password_that_does_not_fit_is_refused_at_its_field(cheap, browse, person):
    ann = browse("ann")
    for data, words in (
        ({"old_password": "wrong", "new_password": "another horse"}, "This is not your present password."),
        ({"old_password": PASSWORD, "new_password": "short"}, "Give a password of 8 to 1000 characters."),
        ({"old_password": PASSWORD, "new_password": "x" * 1001}, "Give a password of 8 to 1000 characters."),
        ({}, "This is not your present password."),
    ):
        answer = ann.post("/account/password", data)
        assert answer.status_code == 400
        assert words in answer.text
        assert 'aria-invalid="true"' in answer.text
    assert ann.get("/account/").status_code == 200


@on_sqlite
def test_switching_an_account_off_ends_its_sessions_at_once(browse, person):
    ann = browse("ann")
    service.deactivate(person("ann"))
    assert ann.get("/account/").status_code == 302
    assert sessions() == []


@on_sqlite
def test_a_session_of_somebody_switched_off_past_us_counts_no_more(browse, person):
    ann, row = browse("ann"), person("ann")
    with transaction():
        row.is_active = False
    assert ann.get("/account/").status_code == 302


def test_a_session_ends_by_itself(browse):
    ann = browse("ann")
    (row,) = sessions()
    with transaction():
        db.session.get_one(UserSession, row.id).expires_at = utcnow() - timedelta(seconds=1)
    assert ann.get("/account/").status_code == 302
    credentials.begin_session(service.named("bob"), "test", 1)
    assert [left.user.username for left in sessions()] == ["bob"]


@on_sqlite
def test_a_session_lasts_as_long_as_the_settings_say(cheap, app, browse):
    app.config["SESSION_DAYS"] = 3
    sign_in(browse(None), "ann")
    (row,) = sessions()
    assert timedelta(days=2.9) < row.expires_at - utcnow() <= timedelta(days=3)


def test_when_somebody_was_last_seen_is_written_once_a_minute(browse):
    ann = browse("ann")
    (row,) = sessions()
    seen = row.last_seen_at
    ann.get("/jobs/")
    assert sessions()[0].last_seen_at == seen
    with transaction():
        db.session.get_one(UserSession, row.id).last_seen_at = seen - timedelta(minutes=2)
    ann.get("/jobs/")
    assert sessions()[0].last_seen_at > seen - timedelta(minutes=1)


@on_sqlite
def test_the_account_page_tells_ones_own_sessions_and_tokens_only(browse, api, person):
    api("ann", description="night script")
    api("bob", description="of somebody else")
    ann = browse("ann")
    text = ann.get("/account/").text
    assert "night script" in text
    assert "of somebody else" not in text
    assert text.count("this browser") == 1


def test_a_cookie_that_somebody_made_up_signs_nobody_in(app, browse):
    page = browse(None)
    for token in ("made-up", "", None, str(service.named("ann").id)):
        with page.client.session_transaction() as cookie:
            cookie["_user_id"] = token
        assert page.get("/account/").status_code == 302


@on_sqlite
def test_a_form_that_is_sent_after_the_session_ended_leads_back_to_itself(browse, job):
    page = browse("ann")
    form = f"/jobs/{job('Echo').id}/run"
    page.get(form)
    page.post("/logout/")
    answer = page.post(form, {"text": "hi"}, headers={"Referer": f"http://localhost{form}"})
    assert answer.status_code == 302
    assert answer.location.endswith(f"/login/?next={form}")
    assert "nothing was done" in page.get(answer.location).text
