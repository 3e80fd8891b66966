"""The pages of one object: what it is, what refers to it; making, changing and deleting it."""

from __future__ import annotations

from flask import Flask

from webapp.inventory import kinds
from webapp.inventory.pages import (
    assignments,
    cabling_views,
    change_views,
    edit_views,
    networks,
    object_views,
    ports,
    racks,
)


def init_app(app: Flask) -> None:
    """What the pages of some kinds show beside their fields, and what all need."""
    for part in (object_views, change_views, racks, ports, assignments, networks):
        part.init_app(app)


def add_routes(app: Flask, kind: kinds.ObjectKind) -> None:
    """The addresses of the pages of a kind."""
    for views in (object_views, edit_views, cabling_views, change_views):
        views.add_routes(app, kind)
