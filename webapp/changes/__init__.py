"""Changes: who changed which row when, from what to what."""

from __future__ import annotations

from flask import Flask

from webapp.accounts.permissions import Kind, register
from webapp.changes import api, views
from webapp.changes.actors import acting
from webapp.changes.models import Change
from webapp.changes.recording import record
from webapp.ui import navigation

__all__ = ["acting", "init_app", "record"]


def init_app(app: Flask) -> None:
    """Make changes a kind that permissions can name, with pages and endpoints."""
    register(app, Kind("extras.objectchange", Change, "change"))
    navigation.add(
        app, navigation.NavEntry("Changes", "changes.index", "clock-history", "extras.view_objectchange", 70)
    )
    app.register_blueprint(views.bp)
    app.register_blueprint(api.bp)
