"""How much of what rows point to a request wants to see: `?depth=` and `?exclude_m2m=`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from flask import Flask, current_app, g, request

from webapp.errors import InvalidInputs

DEEPEST = 10
Told = Callable[[Collection[UUID]], Mapping[UUID, dict[str, Any]]]
"""Tells rows in full, by id, as far as whoever asks may see them."""


def register(app: Flask, kind: str, tell: Told) -> None:
    """Let rows of kind, as in "extras.job", be told in full where others point to them."""
    app.extensions.setdefault("api_told", {})[kind] = tell


def in_full(id: UUID, kind: str) -> dict[str, Any] | None:
    """The row of that id, if the request wants to see it in full here, and may.

    :raises InvalidInputs: the depth of the request is none.
    """
    left = _left()
    if left == 0:
        return None
    prepare([id], kind)
    return _kept().get((id, left))


def prepare(ids: Collection[UUID], kind: str) -> None:
    """Ask in one go for rows that in_full() is about to be asked for one by one.

    :raises InvalidInputs: the depth of the request is none.
    """
    left, kept = _left(), _kept()
    tell: Told | None = current_app.extensions.get("api_told", {}).get(kind)
    wanted = {id for id in ids if (id, left) not in kept}
    if left == 0 or tell is None or not wanted:
        return
    within = g.get("api_within", False)
    g.api_depth, g.api_within = left - 1, True
    told = tell(wanted)
    g.api_depth, g.api_within = left, within
    kept.update({(id, left): told.get(id) for id in wanted})


def wants_m2m() -> bool:
    """Whether the request wants to see fields that point to many rows; of those that it asks for, not of what is told
    inside them: many that point to many that point back would fill any memory."""
    return not g.get("api_within") and request.args.get("exclude_m2m", "").lower() in ("false", "0", "no")


def _kept() -> dict[tuple[UUID, int], dict[str, Any] | None]:
    """What this request has told of rows, by id and by the depth that was left."""
    found: dict[tuple[UUID, int], dict[str, Any] | None] = g.setdefault("api_told", {})
    return found


def _left() -> int:
    if "api_depth" not in g:
        g.api_depth = _asked() if request.method == "GET" else 0
    found: int = g.api_depth
    return found


def _asked() -> int:
    text = request.args.get("depth", "0")
    if not (text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) <= DEEPEST):
        raise InvalidInputs({"depth": [f"Enter a whole number from 0 to {DEEPEST}."]})
    return int(text)
