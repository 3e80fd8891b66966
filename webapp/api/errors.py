"""Errors over the API: the domain's refusals and HTTP's own as JSON, in the reference's shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin
from sqlalchemy.orm.exc import ObjectDeletedError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from webapp.api.bodies import InvalidList
from webapp.api.shapes import answer
from webapp.db import AWAY
from webapp.errors import (
    AlreadyUsed,
    InvalidInputs,
    NotAllowed,
    NotEnabled,
    NotFound,
    NotInstalled,
    TooMany,
    WebappError,
)

PREFIX = "/api/"
STATUS: tuple[tuple[type[WebappError], int], ...] = (
    (NotEnabled, 403),
    (NotInstalled, 405),
    (TooMany, 429),
    (AlreadyUsed, 409),
    (NotAllowed, 403),
    (NotFound, 404),
)
OTHERWISE = 409
RETRY_AFTER = 5
"""Seconds after which it is worth asking again while the database is away."""


def init_app(app: Flask, elsewhere: Callable[[Any], ResponseReturnValue]) -> None:
    """Answer whatever goes wrong below /api/ as JSON; elsewhere answers it at other addresses."""

    def answer_to(error: WebappError | HTTPException) -> ResponseReturnValue:
        if not is_api():
            return elsewhere(error)
        return refusal(error) if isinstance(error, WebappError) else failure(error)

    def unavailable(error: Exception) -> ResponseReturnValue:
        app.logger.warning("the database does not answer: %s", error)
        # Whoever asks: the answer must not ask the database who it is.
        g._login_user = AnonymousUserMixin()
        return answer_to(ServiceUnavailable("The database does not answer.", retry_after=RETRY_AFTER))

    def gone(_error: ObjectDeletedError) -> ResponseReturnValue:
        return answer_to(NotFound("It has been deleted meanwhile."))

    app.register_error_handler(WebappError, answer_to)
    app.register_error_handler(ObjectDeletedError, gone)
    app.register_error_handler(HTTPException, answer_to)
    for kind in AWAY:
        app.register_error_handler(kind, unavailable)


def is_api() -> bool:
    """Whether the request is one of the API's."""
    return request.path.startswith(PREFIX)


def refusal(error: WebappError) -> Response:
    """The answer to a refusal of the domain."""
    if isinstance(error, InvalidInputs | InvalidList):
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
