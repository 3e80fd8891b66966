"""What clients send: a JSON object, read with care."""

from __future__ import annotations

import json
from typing import Any

from flask import request
from werkzeug.exceptions import BadRequest

from webapp.errors import InvalidInputs


def json_body(*, required: bool = False) -> dict[str, Any]:
    """The JSON object in the request's body; unless one is required, an empty body counts as an empty object.

    :raises BadRequest: it is not JSON; the message says where it ceases to be.
    :raises InvalidInputs: it is not an object.
    """
    if not required and not request.get_data(cache=True).strip():
        return {}
    try:
        body = json.loads(request.get_data(cache=True))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BadRequest(f"JSON parse error: {error.msg} ({place}).") from None
    except (RecursionError, ValueError):  # levels or digits beyond measure, or bytes that are no text
        raise BadRequest("JSON parse error: the body cannot be read as JSON.") from None
    if not isinstance(body, dict):
        raise InvalidInputs({"non_field_errors": ["Invalid data. Expected a dictionary."]})
    return body
