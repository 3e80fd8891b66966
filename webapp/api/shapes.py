"""Rows as JSON, in the shapes that clients of Nautobot read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Response, current_app, url_for

from webapp.api.depth import in_full
from webapp.api.versions import indent

Shape = dict[str, Any]


def answer(content: object, status: int = 200) -> Response:
    """content as a JSON answer, indented if the client asked for it in its Accept header."""
    body = json.dumps(content, indent=indent(), ensure_ascii=False) + "\n"
    # Half of a pair, which a client may have sent us, goes back as the escape that it came as.
    encoded = body.encode("utf-8", "backslashreplace")
    return current_app.response_class(encoded, status=status, mimetype="application/json")


def common(id: UUID, kind: str, display: str, endpoint: str) -> Shape:
    """The fields that every row has; url is absolute, as clients derive the endpoint from it."""
    return {
        "id": str(id),
        "object_type": kind,
        "display": display,
        "url": url_for(endpoint, id=id, _external=True),
        "natural_slug": f"{kind.rpartition('.')[2]}_{str(id)[:4]}",
    }


def nested(id: UUID | None, kind: str, endpoint: str, /, **values: Any) -> Shape | None:
    """A row that another one points to, in full if the request asks for that; or None. values are what the address of
    endpoint needs beside the id.
    """
    if id is None:
        return None
    url = url_for(endpoint, id=id, _external=True, **values)
    return in_full(id, kind) or {"id": str(id), "object_type": kind, "url": url}


def choice(value: str) -> Shape:
    """A value of a fixed set. The label repeats the value: clients compare it with the names of states."""
    return {"value": value, "label": value}


def when(moment: datetime | None) -> str | None:
    """A moment in UTC as clients know it, with a Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
