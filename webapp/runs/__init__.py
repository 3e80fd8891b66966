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
    cancel_views,
    change_api,
    change_views,
    changed,
    cli,
    file_api,
    file_views,
    fulltext,
    health,
    orphaning,
    pin_views,
    processes,
    queue_record_views,
    queue_views,
    tab_views,
    traffic,
    worker_views,
)
from webapp.runs.comparing import views as comparing_views
from webapp.runs.fulltext import views as fulltext_views
from webapp.runs.home import views as home_views
from webapp.runs.listing import saved_views, several_views
from webapp.runs.listing import views as listing_views
from webapp.runs.log import download_views, visible
from webapp.runs.log import views as log_views
from webapp.runs.log.text import views as text_views
from webapp.runs.models import Run, own
from webapp.runs.page import preview_views
from webapp.runs.page import views as page_views
from webapp.ui import navigation

ROOMS = (
    *(change_views, change_api, tab_views, pin_views),
    *(listing_views, several_views, saved_views),
    *(log_views, download_views, text_views),
    *(page_views, preview_views, cancel_views, comparing_views, fulltext_views),
    *(home_views, api, file_views, file_api, health, worker_views),
    *(queue_views, queue_record_views),
)
"""The modules with addresses; some fill one blueprint together."""


def init_app(app: Flask) -> None:
    """Pages and endpoints of runs, and the health addresses."""
    register(app, Kind("extras.jobresult", Run, "run", own=own, there=Run.let_go_at.is_(None)))
    navigation.add(app, navigation.NavEntry("Home", "home.show", "house", "", 10, open_to=lambda: True))
    navigation.add(
        app,
        navigation.NavEntry(
            "Runs", "runs.index", "activity", "extras.view_jobresult", 30, ("run_changes", "run_again")
        ),
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
    for blueprint in dict.fromkeys(room.bp for room in ROOMS):
        app.register_blueprint(blueprint)
    fulltext.init_app(app)
    visible.init_app(app)
    cli.init_app(app)
