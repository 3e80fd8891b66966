"""Runs: made by one gate, moved by named transitions, watched over by a supervisor, shown as they happen."""

from __future__ import annotations

from flask import Flask

from webapp.accounts.permissions import Kind, register
from webapp.runs import api, file_api, file_views, health, views, worker_views
from webapp.runs.models import Run, own
from webapp.ui import navigation


def init_app(app: Flask) -> None:
    """Pages and endpoints of runs, and the health addresses."""
    register(app, Kind("extras.jobresult", Run, "run", own=own))
    navigation.add(app, navigation.NavEntry("Runs", "runs.index", "activity", "extras.view_jobresult", 30))
    navigation.add(app, navigation.NavEntry("Workers", "workers.index", "hdd-rack", "extras.view_jobresult", 90))
    for blueprint in (views.bp, api.bp, file_views.bp, file_api.bp, health.bp, worker_views.bp):
        app.register_blueprint(blueprint)
