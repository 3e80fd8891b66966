"""The application: settings, database, and the features from the lowest to the highest."""

from __future__ import annotations

import logging

from flask import Flask

from webapp import (
    accounts,
    api,
    catalogue,
    changes,
    db,
    demo,
    inputs,
    inventory,
    launch,
    migrating,
    runs,
    sealing,
    ui,
    worker,
)
from webapp.config import PROJECT, Settings
from webapp.queue import bell
from webapp.ui.bodies import WholeRequest
from webapp.ui.errors import error_page

LARGEST_BODY = 1024 * 1024
"""Bytes of one request."""


def create_app(settings: Settings | None = None) -> Flask:
    """The application for settings, by default those of the environment."""
    settings = settings or Settings.from_environment()
    app = Flask("webapp", template_folder=str(PROJECT / "templates"), static_folder=None)
    app.request_class = WholeRequest
    app.logger.addFilter(_on_one_line)
    app.extensions["settings"] = settings
    app.config.update(MAX_CONTENT_LENGTH=LARGEST_BODY, MAX_FORM_MEMORY_SIZE=LARGEST_BODY)
    db.init_app(app, settings)
    migrating.init_app(app)
    sealing.init_app(app, settings)
    bell.init_app(app, settings)
    ui.init_app(app, settings)
    api.init_app(app, pages=error_page)
    accounts.init_app(app, settings)
    changes.init_app(app)
    inventory.init_app(app)
    inputs.init_app()
    catalogue.init_app(app)
    runs.init_app(app)
    launch.init_app(app, settings)
    worker.init_app(app)
    demo.init_app(app)
    return app


def _on_one_line(record: logging.LogRecord) -> bool:
    """Addresses that people send may hold line breaks; in the server's log each message stays one."""
    record.msg, record.args = record.getMessage().encode("unicode_escape").decode(), ()
    return True
