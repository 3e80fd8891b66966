"""What all JSON endpoints share: one shape of rows, lists, errors and headers."""

from __future__ import annotations

from flask import Flask

from webapp.api import errors, versions
from webapp.api.bodies import json_body
from webapp.api.lists import find, listing
from webapp.api.shapes import answer, choice, common, nested, when

__all__ = ["answer", "choice", "common", "find", "json_body", "listing", "nested", "when"]


def init_app(app: Flask) -> None:
    """The API's version header and its errors."""
    errors.init_app(app)
    versions.init_app(app)
