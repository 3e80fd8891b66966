"""What clients send: a JSON object, or a list of them, read with care."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.exceptions import BadRequest

from webapp.errors import InvalidInputs, WebappError

MOST_OBJECTS = 1000
REQUIRED = "This field is required."
FREE = ("url", "display", "natural_slug", "created", "last_updated", "notes_url")
"""What a client may send back as it got it, although it may be another by now; it means nothing."""


class InvalidList(WebappError):
    """Objects of a list that do not fit; errors has the messages of each by field, none for those that do."""

    def __init__(self, errors: Sequence[Mapping[str, Sequence[str]]]) -> None:
        super().__init__("Some of these objects do not fit.")
        self.errors = [{name: list(texts) for name, texts in each.items()} for each in errors]


def json_body(*, required: bool = False, fraction: Callable[[str], float] = float) -> dict[str, Any]:
    """The JSON object in the request's body; unless one is required, an empty body counts as an empty object. Numbers
    that are not whole are what fraction makes of their digits.

    :raises BadRequest: it is not JSON; the message says where it ceases to be.
    :raises InvalidInputs: it is not an object.
    """
    if not required and not request.get_data(cache=True).strip():
        return {}
    body = _read(fraction)
    if not isinstance(body, dict):
        raise InvalidInputs({"non_field_errors": ["Invalid data. Expected a dictionary."]})
    return body


def is_list() -> bool:
    """Whether the request's body is a list.

    :raises BadRequest: it is not JSON.
    """
    return isinstance(_read(), list)


def json_list() -> list[dict[str, Any]]:
    """The JSON objects in the request's body, which is a list of them.

    :raises BadRequest: it is not JSON.
    :raises InvalidInputs: it is not a list, or too long a one.
    :raises InvalidList: not all in it are objects.
    """
    body = _read()
    if not isinstance(body, list):
        kind = type(body).__name__
        raise InvalidInputs({"non_field_errors": [f'Expected a list of items but got type "{kind}".']})
    if len(body) > MOST_OBJECTS:
        raise InvalidInputs({"non_field_errors": [f"Send at most {MOST_OBJECTS} items at once."]})
    errors = [{} if isinstance(one, dict) else {"non_field_errors": [_no_object(one)]} for one in body]
    if any(errors):
        raise InvalidList(errors)
    return body


def required(values: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """values, which hold something for each of names.

    :raises InvalidInputs: they do not.
    """
    missing = {name: [REQUIRED] for name in names if name not in values}
    if missing:
        raise InvalidInputs(missing)
    return values


def changed(given: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """What of given the client has not only sent back as it was told."""
    return {name: value for name, value in given.items() if name not in FREE and not _same(told.get(name, ...), value)}


def names_rows(given: object, ids: Sequence[UUID]) -> bool:
    """Whether given is a list of the rows with these ids in this order, each as an id or as it was told."""
    if not isinstance(given, list):
        return False
    return [one.get("id") if isinstance(one, Mapping) else one for one in given] == [str(id) for id in ids]


def _same(told: object, given: object) -> bool:
    return type(told) is type(given) and told == given


def _no_object(one: object) -> str:
    return f"Invalid data. Expected a dictionary, but got {type(one).__name__}."


def _read(fraction: Callable[[str], float] = float) -> Any:
    """
    :raises BadRequest: the body is not JSON.
    """
    try:
        return json.loads(request.get_data(cache=True), parse_float=fraction)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise BadRequest(f"JSON parse error: {error.msg} ({place}).") from None
    except (RecursionError, ValueError):  # levels or digits beyond measure, or bytes that are no text
        raise BadRequest("JSON parse error: the body cannot be read as JSON.") from None
