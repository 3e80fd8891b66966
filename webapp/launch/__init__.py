"""Launch: a job's front door, for the form, the API and the shell alike."""

from __future__ import annotations

from flask import Flask

from webapp.config import Settings
from webapp.launch import api, cli, uploads, views


def init_app(app: Flask, settings: Settings) -> None:
    """The run form, the run endpoint and `flask runjob`."""
    app.register_blueprint(views.bp)
    app.register_blueprint(api.bp)
    uploads.init_app(app, settings)
    cli.init_app(app)
