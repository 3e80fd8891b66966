"""Making and changing many objects by a table: pasted, or a file of comma-separated values."""

from __future__ import annotations

from flask import Flask, request

from webapp.inventory import routes
from webapp.inventory.imports import views
from webapp.inventory.imports.tables import MOST_BYTES
from webapp.inventory.kinds import ObjectKind

NAME = "import_"
ROOM = 3 * MOST_BYTES
"""Bytes of a request: the form may hold what was checked before, and the file that comes instead."""
PARTS = "multipart/form-data"


def init_app(app: Flask) -> None:
    """Let the requests of imports be as large as what they bring; only of who is signed in and may import."""

    def widen(endpoint: str | None, _values: dict[str, object] | None) -> None:
        if (
            endpoint
            and endpoint.startswith("inventory.")
            and endpoint.endswith(f"_{NAME}")
            and request.mimetype == PARTS
        ):
            request.max_content_length = request.max_form_memory_size = ROOM

    app.url_value_preprocessor(widen)


def add_routes(app: Flask, kind: ObjectKind) -> None:
    """Answer at the address where objects of kind are imported."""
    routes.add(app, kind, NAME, "import/", views.new, "add")
    routes.add(app, kind, f"check_{NAME}", "import/", views.create, "add", methods=("POST",))
