"""What all JSON endpoints share: one shape of rows, lists, errors and headers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue

from webapp.api import errors, patterns, versions
from webapp.api.bodies import is_list, json_body, json_list, required
from webapp.api.lists import find, listing
from webapp.api.shapes import answer, choice, common, nested, when

__all__ = [
    "answer",
    "choice",
    "common",
    "find",
    "is_list",
    "json_body",
    "json_list",
    "listing",
    "nested",
    "required",
    "when",
]


def init_app(app: Flask, pages: Callable[[Any], ResponseReturnValue]) -> None:
    """The API's version header and its errors; what goes wrong elsewhere is answered by pages."""
    errors.init_app(app, pages)
    versions.init_app(app)
    patterns.init_app(app)
