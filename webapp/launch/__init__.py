"""Launch: a job's front door, for the form, the API and the shell alike."""

from __future__ import annotations

from flask import Flask

from webapp.config import Settings
from webapp.launch import (
    api,
    cli,
    legacy_api,
    object_views,
    preview_views,
    repeat_views,
    retry_api,
    retry_views,
    uploads,
    views,
)

PAGES = (views, object_views, preview_views, repeat_views, retry_views)
ENDPOINTS = (api, legacy_api, retry_api)


def init_app(app: Flask, settings: Settings) -> None:
    """The run form, the run endpoint and `flask runjob`."""
    for module in (*PAGES, *ENDPOINTS):
        app.register_blueprint(module.bp)
    uploads.init_app(app, settings)
    cli.init_app(app)
