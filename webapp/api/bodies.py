"""What clients send: a JSON object, read with care."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest

from webapp.errors import InvalidInputs


def json_body(*, required: bool = False) -> dict[str, Any]:
    """The JSON object in the request's body; unless one is required, an empty body counts as an empty object.

    :raises BadRequest: it is not JSON.
    :raises InvalidInputs: it is not an object.
    """
    if not required and not request.get_data(cache=True).strip():
        return {}
    try:
        body = request.get_json(force=True)
    except (BadRequest, RecursionError, ValueError):
        raise BadRequest("JSON parse error: the body cannot be read as JSON.") from None
    if not isinstance(body, dict):
        raise InvalidInputs({"non_field_errors": ["Invalid data. Expected a dictionary."]})
    return body
