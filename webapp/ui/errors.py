"""What somebody sees when a page cannot be answered: what happened, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from webapp.errors import AlreadyUsed, InvalidInputs, NotAllowed, NotFound, NotSignedIn, TooMany, WebappError

BACK = "Go back and try again."
TO_FLASH = {
    "HX-Retarget": "#flash",
    "HX-Reswap": "innerHTML",
    "HX-Reselect": ".message",
    "HX-Push-Url": "false",
}


@dataclass(frozen=True)
class Answer:
    """An error in the words of a page."""

    code: int
    title: str
    next_step: str
    detail: str = ""
    """Where it is empty, the error's own words are shown."""


OF_DOMAIN: tuple[tuple[type[WebappError], Answer], ...] = (
    (
        NotSignedIn,
        Answer(401, "Please sign in", "Sign in, then open the page again.", "You are not signed in any more."),
    ),
    (
        NotAllowed,
        Answer(403, "You may not do that", "Ask an administrator for the permission, if you need it."),
    ),
    (NotFound, Answer(404, "Not found", "Check the address, or look for it in the list of jobs or runs.")),
    (InvalidInputs, Answer(400, "Some values do not fit", "Go back, correct them and send them again.")),
    (
        AlreadyUsed,
        Answer(409, "Already sent", "Look at that run, or open the form anew to start another one."),
    ),
    (TooMany, Answer(429, "Too many at once", "Wait until some have started, or cancel some.")),
    (WebappError, Answer(409, "Not possible now", BACK)),
)
OF_HTTP: Mapping[int, Answer] = {
    400: Answer(400, "The request could not be read", BACK),
    404: Answer(
        404,
        "Not found",
        "Check the address, or look for it in the list of jobs or runs.",
        "There is no such page.",
    ),
    405: Answer(405, "That does not work here", BACK, "This address does not take such a request."),
    413: Answer(413, "Too much at once", "Send less at once.", "What was sent is larger than this page accepts."),
    429: Answer(
        429,
        "Too many tries",
        "Wait a minute, then try again.",
        "There were too many requests in a short time.",
    ),
    500: Answer(
        500,
        "Something went wrong",
        "Try again. If it happens again, tell an administrator when it happened.",
        "This is a mistake on our side. It was written to the server's log.",
    ),
    503: Answer(
        503,
        "The database does not answer",
        "Wait a moment, then try again. A form that was received all the same is not carried out twice.",
        "Jobdeck cannot reach its database at present. Runs that go on are not disturbed by that.",
    ),
}
OUTDATED = Answer(
    400,
    "This page was open too long",
    "Go back, load the page again and send it once more.",
    "This page was open too long, or you signed in or out in another tab meanwhile. Nothing was changed.",
)


def error_page(error: WebappError | HTTPException) -> ResponseReturnValue:
    """The page for error; for htmx the message alone, which goes into #flash; for strangers the way to the sign-in."""
    answer = _answer(error)
    if request.headers.get("HX-Request"):
        return _message(answer, error)
    if isinstance(error, NotSignedIn):
        if request.method != "GET":
            flash("You are not signed in any more, so nothing was done. Sign in and send it again.", "warning")
        return redirect(_sign_in())
    response = make_response(render_template("errors/error.html", **_words(answer, error)), answer.code)
    return _with_headers_of(response, error)


def _answer(error: WebappError | HTTPException) -> Answer:
    if isinstance(error, CSRFError):
        return OUTDATED
    if isinstance(error, WebappError):
        return next(answer for kind, answer in OF_DOMAIN if isinstance(error, kind))
    code = error.code or 500
    return OF_HTTP.get(code) or Answer(code, error.name, BACK)


def _words(answer: Answer, error: WebappError | HTTPException) -> dict[str, object]:
    own = error.message if isinstance(error, WebappError) else error.description
    return {
        "code": answer.code,
        "title": answer.title,
        "detail": answer.detail or own or "",
        "next_step": answer.next_step,
        "sign_in": _sign_in() if answer.code == 401 else None,
        "again": _again() if answer.code == 503 else [],
    }


def _again() -> list[tuple[str, str]]:
    """The fields of the form that was sent, so that it can be sent again; a password is not given back."""
    fields = list(request.form.items(multi=True)) if request.method == "POST" else []
    if any(name == "password" for name, _ in fields):
        return []
    return [(name, value) for name, value in fields if name != "csrf_token"]


def _message(answer: Answer, error: WebappError | HTTPException) -> Response:
    response = make_response(render_template("errors/_message.html", **_words(answer, error)), answer.code)
    response.headers.update(TO_FLASH)
    return response


def _sign_in() -> str:
    """The sign-in page, which leads back to the page at hand; a form that was being sent is not repeated."""
    sending = request.method != "GET"
    here = request.headers.get("HX-Current-URL") or (request.referrer if sending else request.full_path.rstrip("?"))
    return url_for("accounts.login", next=_path(here or "") or None)


def _path(address: str) -> str:
    return address.removeprefix(request.host_url.rstrip("/"))


def _with_headers_of(response: Response, error: WebappError | HTTPException) -> Response:
    if isinstance(error, HTTPException):
        for name, value in error.get_headers():
            if name.lower() in ("allow", "retry-after"):
                response.headers[name] = value
    return response
