"""What somebody sees when a page cannot be answered."""

from __future__ import annotations

import pytest
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, ServiceUnavailable, TooManyRequests

from webapp import errors

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://localhost/runs/7"}


@pytest.fixture
def visit(bare_app):
    """Gives the answer to a request whose view raises error."""

    def answer(error: Exception, path: str = "/broken?x=1", **options: object):
        def broken():
            raise error

        bare_app.add_url_rule("/broken", "broken", broken, methods=["GET", "POST"])
        bare_app.config["PROPAGATE_EXCEPTIONS"] = False
        return bare_app.test_client().open(path, **options)

    return answer


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.NotAllowed("ann may not run it"), 403),
        (errors.NotFound("no such job"), 404),
        (errors.NotPossible("it is over"), 409),
        (errors.NotEnabled("switched off"), 409),
        (errors.InvalidInputs({"name": ["too long"]}), 400),
        (errors.AlreadyUsed(4182), 409),
    ],
)
def test_a_refusal_of_the_domain_is_a_page_with_its_words(visit, error, code):
    answer = visit(error)
    assert answer.status_code == code
    assert error.message in answer.text
    assert "<h1>" in answer.text


def test_a_stranger_is_led_to_the_sign_in_and_back(visit):
    answer = visit(errors.NotSignedIn("nobody knows you"))
    assert answer.status_code == 302
    assert answer.location == "/accounts/login/?next=/broken?x%3D1"


def test_a_form_that_a_stranger_sent_is_not_repeated(visit):
    assert visit(errors.NotSignedIn("nobody knows you"), method="POST").location == "/accounts/login/"


def test_a_mistake_of_ours_tells_nothing_of_its_cause(visit):
    answer = visit(ZeroDivisionError("secret"))
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "Something went wrong" in answer.text


def test_no_such_page(bare_app):
    answer = bare_app.test_client().get("/nowhere")
    assert answer.status_code == 404
    assert "There is no such page." in answer.text


def test_a_method_that_is_not_offered_says_which_are(visit):
    answer = visit(ValueError(), method="DELETE")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_too_many_tries_say_when_to_come_back(visit):
    assert visit(TooManyRequests(retry_after=30)).headers["Retry-After"] == "30"


def test_an_outdated_form_says_so(visit):
    answer = visit(CSRFError("The CSRF token is missing."))
    assert answer.status_code == 400
    assert "This page was open too long" in answer.text


def test_an_error_without_words_of_ours_has_its_own(visit):
    class Teapot(HTTPException):
        code, description = 418, "Short and stout."

    answer = visit(Teapot())
    assert answer.status_code == 418
    assert "Short and stout." in answer.text


def test_htmx_gets_a_message_for_the_flash(visit):
    answer = visit(errors.NotPossible("it is over"), headers=HTMX)
    assert answer.status_code == 409
    assert answer.headers["HX-Retarget"] == "#flash"
    assert "<html" not in answer.text
    assert "it is over" in answer.text


def test_a_live_page_whose_session_ended_offers_the_sign_in(visit):
    answer = visit(errors.NotSignedIn("nobody knows you"), headers=HTMX)
    assert answer.status_code == 401
    assert 'href="/accounts/login/?next=/runs/7"' in answer.text


AWAY = ServiceUnavailable(retry_after=5)


def test_while_the_database_is_away_a_form_can_be_sent_again(visit):
    answer = visit(AWAY, method="POST", data={"text": "typed <by> hand"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "The database does not answer" in answer.text
    assert '<input type="hidden" name="text" value="typed &lt;by&gt; hand">' in answer.text


def test_a_password_is_not_given_back(visit):
    answer = visit(AWAY, method="POST", data={"username": "ann", "password": "correct horse"})
    assert answer.status_code == 503
    assert "correct horse" not in answer.text
