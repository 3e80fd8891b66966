"""The API's version, as clients ask for it and as every answer says it."""

from __future__ import annotations

import re

from flask import Flask, Response, g, request
from werkzeug.exceptions import BadRequest, NotAcceptable, NotFound

NEWEST = "3.1"
KNOWN = ("1.2", "1.3", "1.4", "1.5", "1.6", "2.0", "2.1", "2.2", "2.3", "2.4", "3.0", NEWEST)
PARAMETER = re.compile(r";\s*(version|indent)\s*=\s*\"?([0-9.]{1,8})\"?")


def init_app(app: Flask) -> None:
    """Check the version that a request asks for, and name the one that answers."""
    app.before_request(_choose)
    app.after_request(_name)


def indent() -> int | None:
    """The indentation that the client asked for, e.g. by `Accept: application/json; indent=4`."""
    found: int | None = g.get("api_indent")
    return found


def _choose() -> None:
    """
    :raises NotAcceptable: the header names a version that there is not.
    :raises NotFound: the query does.
    :raises BadRequest: the two differ.
    """
    if not request.path.startswith("/api/"):
        return
    wanted = dict(PARAMETER.findall(request.headers.get("Accept", "")))
    in_header, in_query = wanted.get("version"), request.args.get("api_version")
    g.api_version = NEWEST
    if (indent := wanted.get("indent", "")).isdecimal():
        g.api_indent = min(int(indent), 8)
    if in_header and in_header not in KNOWN:
        raise NotAcceptable("Invalid version in the Accept header.")
    if in_query and in_query not in KNOWN:
        raise NotFound("Invalid version in the query.")
    if in_header and in_query and in_header != in_query:
        raise BadRequest("The versions in the Accept header and in the query differ.")
    g.api_version = in_header or in_query or NEWEST


def _name(response: Response) -> Response:
    if version := g.get("api_version"):
        response.headers["API-Version"] = version
    return response
