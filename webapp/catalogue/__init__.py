"""The catalogue: a record for each job class, with what the class declares and what administrators decide."""

from __future__ import annotations

from flask import Flask

from webapp.accounts.permissions import Kind, register
from webapp.api import depth
from webapp.catalogue import (
    api,
    assignment_api,
    cli,
    edit_views,
    job_views,
    list_views,
    obstacles,
    queue_api,
    shapes,
    tabs,
    wording,
)
from webapp.catalogue.models import OVERRIDABLE, Job, JobQueue, JobQueueAssignment
from webapp.changes import record, telling
from webapp.ui import navigation

TABS = (
    tabs.Tab("Details", "catalogue.show", "extras.view_job", 10),
    tabs.Tab("Changes", "catalogue.changes", "extras.view_objectchange", 80),
    tabs.Tab("Access", "catalogue.access", "extras.view_job", 90),
)
RECORDED = {
    Job: ("extras.job", ("enabled", "installed", "keep_days", "keep_runs", "overridden", *OVERRIDABLE)),
    JobQueue: ("extras.jobqueue", ("name", "description", "queue_type", "paused_at", "pause_reason")),
}
"""Whose changes are kept, and of which fields; assignments are told by the `task_queues` of their jobs."""


def init_app(app: Flask) -> None:
    """Pages, endpoints and commands of the catalogue."""
    register(app, Kind("extras.job", Job, "job"))
    register(app, Kind("extras.jobqueue", JobQueue, "job queue"))
    register(app, Kind("extras.jobqueueassignment", JobQueueAssignment, "job queue assignment"))
    for model, (kind, fields) in RECORDED.items():
        record(kind, model, fields)
    telling.word(app, "extras.job", wording.WORDING)
    navigation.add(
        app,
        navigation.NavEntry(
            "Jobs",
            "catalogue.index",
            "collection-play",
            "extras.view_job",
            20,
            ("launch", "job_runs", "catalogue_edit"),
        ),
    )
    tabs.init_app(app)
    for tab in TABS:
        tabs.add(app, tab)
    app.register_blueprint(job_views.bp)
    app.register_blueprint(edit_views.bp)
    app.register_blueprint(list_views.bp)
    for endpoints in (api, queue_api, assignment_api):
        app.register_blueprint(endpoints.bp)
    depth.register(app, "extras.job", shapes.jobs_in_full)
    depth.register(app, "extras.jobqueue", shapes.queues_in_full)
    app.jinja_env.globals["for_want_of_approval"] = obstacles.for_want_of_approval
    cli.init_app(app)
