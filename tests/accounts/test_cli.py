"""Accounts from the shell."""

from __future__ import annotations

import pytest

from tests.product import on_sqlite
from webapp.accounts import service
from webapp.db import db

pytestmark = on_sqlite


@pytest.fixture
def flask(app):
    """Runs a command of `flask`, with text on its standard input."""

    def run(*words: str, given: str | None = None):
        result = app.test_cli_runner().invoke(args=list(words), input=given)
        db.session.rollback()
        return result

    return run


def test_a_user_is_made_with_a_role_and_the_password_from_standard_input(flask, browse):
    made = flask("create-user", "eve", "--group", "Viewer", "--password-stdin", given="wrong horse battery\n")
    assert (made.exit_code, made.output) == (0, "Made the user eve.\n")
    eve = service.check_password("eve", "wrong horse battery")
    assert [group.name for group in eve.groups] == ["Viewer"]
    assert not eve.is_superuser
    assert browse("eve").get("/jobs/").status_code == 200


def test_a_superuser_is_made_and_the_password_asked_for_twice(flask):
    made = flask("create-user", "root", "--superuser", given="correct horse\ncorrect horse\n")
    assert made.exit_code == 0
    assert "correct horse" not in made.output
    assert service.named("root").is_superuser


def test_what_cannot_be_a_user_is_refused_in_one_line(flask):
    for words, given, said in (
        (["ann"], "correct horse\n", "There is a user called ann already."),
        (["eve"], "short\n", "Give a password of 8 to 1000 characters."),
        (["eve"], "", "Give a password of 8 to 1000 characters."),
        ([" eve"], "correct horse\n", "Give a name of 1 to 150 printable characters."),
        (["e" * 151], "correct horse\n", "Give a name of 1 to 150 printable characters."),
        (["e\nve"], "correct horse\n", "Give a name of 1 to 150 printable characters."),
        (["eve", "--group", "Nobody"], "correct horse\n", "There is no group called Nobody."),
    ):
        refused = flask("create-user", *words, "--password-stdin", given=given)
        assert refused.exit_code == 1
        assert said in refused.stderr
        assert "Traceback" not in refused.output
    assert service.by_name("eve") is None


def test_a_token_is_printed_once_and_works(app, flask):
    made = flask("create-token", "ann", "--description", "nightly")
    key = made.stdout.strip()
    headers = {"Authorization": f"Token {key}"}
    assert app.test_client().get("/api/extras/jobs/", headers=headers).status_code == 200
    assert flask("create-token", "nobody").exit_code == 1


def test_a_token_for_reading_only(app, flask):
    key = flask("create-token", "admin", "--read-only").stdout.strip()
    headers = {"Authorization": f"Token {key}"}
    assert app.test_client().patch("/api/extras/jobs/Echo/", json={}, headers=headers).status_code == 403


def test_an_account_is_switched_off_and_a_password_changed_and_sessions_end(flask, browse):
    ann, bob = browse("ann"), browse("bob")
    assert flask("deactivate-user", "ann").exit_code == 0
    assert ann.get("/account/").status_code == 302
    assert flask("change-password", "bob", "--password-stdin", given="quite another\n").exit_code == 0
    assert bob.get("/account/").status_code == 302
    for words in (["deactivate-user", "nobody"], ["change-password", "nobody", "--password-stdin"]):
        refused = flask(*words, given="quite another\n")
        assert (refused.exit_code, "There is no user called nobody." in refused.stderr) == (1, True)
