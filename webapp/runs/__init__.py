"""Runs: made by one gate, moved by named transitions, watched over by a supervisor, shown as they happen."""

from __future__ import annotations

from flask import Flask

from webapp.accounts.permissions import Kind, register
from webapp.catalogue.deleting import Concern, tell
from webapp.catalogue.queues import object_to_renaming
from webapp.catalogue.serving import count_with
from webapp.catalogue.tabs import Tab, add
from webapp.changes import api as changes_api
from webapp.changes import origins
from webapp.runs import (
    api,
    change_api,
    change_views,
    changed,
    cli,
    file_api,
    file_views,
    health,
    orphaning,
    pin_views,
    processes,
    queue_record_views,
    queue_views,
    tab_views,
    traffic,
    views,
    worker_views,
)
from webapp.runs.models import Run, own
from webapp.ui import navigation


def init_app(app: Flask) -> None:
    """Pages and endpoints of runs, and the health addresses."""
    register(app, Kind("extras.jobresult", Run, "run", own=own, there=Run.let_go_at.is_(None)))
    navigation.add(
        app, navigation.NavEntry("Runs", "runs.index", "activity", "extras.view_jobresult", 30, ("run_changes",))
    )
    navigation.add(
        app,
        navigation.NavEntry("Queues", "queues.index", "stack", "extras.view_jobqueue", 80, ("queue_records",)),
    )
    navigation.add(app, navigation.NavEntry("Workers", "workers.index", "hdd-rack", "extras.view_jobresult", 90))
    tell(app, Concern(orphaning.consequences, orphaning.let_go_of_most, orphaning.let_go))
    object_to_renaming(app, traffic.needs_its_name)
    count_with(app, processes.counts)
    add(app, Tab("Runs", "job_runs.index", None, 20))
    origins.ask(app, changed.runs_of)
    changes_api.add_filter(app, "job_result", change_api.by_job_result)
    app.register_blueprint(change_views.bp)
    app.register_blueprint(change_api.bp)
    app.register_blueprint(tab_views.bp)
    app.register_blueprint(pin_views.bp)
    queue_pages = queue_views.bp, queue_record_views.bp
    for blueprint in (views.bp, api.bp, file_views.bp, file_api.bp, health.bp, worker_views.bp, *queue_pages):
        app.register_blueprint(blueprint)
    cli.init_app(app)
