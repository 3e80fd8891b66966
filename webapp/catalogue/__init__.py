"""The catalogue: a record for each job class, with what the class declares and what administrators decide."""

from __future__ import annotations

from flask import Flask

from webapp.accounts.permissions import Kind, register
from webapp.catalogue import api, cli, views
from webapp.catalogue.models import Job
from webapp.ui import navigation


def init_app(app: Flask) -> None:
    """Pages, endpoints and commands of the catalogue."""
    register(app, Kind("extras.job", Job, "job"))
    navigation.add(
        app,
        navigation.NavEntry("Jobs", "catalogue.index", "collection-play", "extras.view_job", 20, ("launch",)),
    )
    app.register_blueprint(views.bp)
    app.register_blueprint(api.bp)
    cli.init_app(app)
