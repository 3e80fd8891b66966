"""Launch: a job's front door, for the form, the API and the shell alike."""

from __future__ import annotations

from flask import Flask

from webapp.launch import api, cli, views


def init_app(app: Flask) -> None:
    """The run form, the run endpoint and `flask runjob`."""
    app.register_blueprint(views.bp)
    app.register_blueprint(api.bp)
    cli.init_app(app)
