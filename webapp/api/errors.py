"""Errors over the API: the domain's refusals and HTTP's own as JSON, in the reference's shapes."""

from __future__ import annotations

from flask import Flask, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from webapp.api.shapes import answer
from webapp.errors import (
    AlreadyUsed,
    InvalidInputs,
    NotAllowed,
    NotEnabled,
    NotFound,
    NotInstalled,
    WebappError,
)

PREFIX = "/api/"
STATUS: tuple[tuple[type[WebappError], int], ...] = (
    (NotEnabled, 403),
    (NotInstalled, 405),
    (AlreadyUsed, 409),
    (NotAllowed, 403),
    (NotFound, 404),
)
OTHERWISE = 409


def init_app(app: Flask) -> None:
    """Answer whatever goes wrong below /api/ as JSON; other addresses keep the handlers they have."""
    pages_error = app.error_handler_spec[None][None].get(WebappError)
    pages_http = app.error_handler_spec[None][None].get(HTTPException)

    def domain(error: WebappError) -> ResponseReturnValue:
        return refusal(error) if is_api() or pages_error is None else pages_error(error)

    def http(error: HTTPException) -> ResponseReturnValue:
        return failure(error) if is_api() or pages_http is None else pages_http(error)

    app.register_error_handler(WebappError, domain)
    app.register_error_handler(HTTPException, http)


def is_api() -> bool:
    """Whether the request is one of the API's."""
    return request.path.startswith(PREFIX)


def refusal(error: WebappError) -> Response:
    """The answer to a refusal of the domain."""
    if isinstance(error, InvalidInputs):
        return answer(error.errors, 400)
    status = next((code for kind, code in STATUS if isinstance(error, kind)), OTHERWISE)
    return answer({"detail": error.message}, status)


def failure(error: HTTPException) -> Response:
    """The answer to what HTTP itself refuses: no such address, a method that is not offered, a body too large."""
    response = answer({"detail": error.description or error.name}, error.code or 500)
    for name, value in error.get_headers():
        if name.lower() in ("allow", "retry-after"):
            response.headers[name] = value
    return response
