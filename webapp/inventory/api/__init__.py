"""Objects over the API."""

from __future__ import annotations

from flask import Flask

from webapp.api import depth
from webapp.inventory.api import addresses, available, cables, devices, endpoints, shapes
from webapp.inventory.kinds import ObjectKind


def init_app(app: Flask) -> None:
    """What some kinds have beside their fields."""
    for concept in (addresses, cables, devices):
        concept.init_app(app)


def add_routes(app: Flask, kind: ObjectKind) -> None:
    """The endpoints of kind."""
    endpoints.add_routes(app, kind)
    available.add_routes(app, kind)
    depth.register(app, kind.name, shapes.in_full_of(kind))
