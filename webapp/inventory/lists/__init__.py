"""The pages that show many objects: the overview, the list of every kind, and what is done with several at once."""

from __future__ import annotations

from flask import Flask
from flask_login import current_user

from webapp.inventory import routes
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.lists import asked, export, overview, several_views, views
from webapp.ui import navigation

PLACE = 20


def init_app(app: Flask) -> None:
    """Answer at /inventory/, which the rail leads to for whoever may see one of the kinds."""
    app.add_url_rule("/inventory/", "inventory.overview", overview.overview)
    app.jinja_env.globals["list_url"] = asked.url
    navigation.add(
        app,
        navigation.NavEntry(
            *("Inventory", "inventory.overview", "boxes", "dcim.view_device", PLACE),
            open_to=lambda: overview.sees_any(current_user),
        ),
    )


def add_routes(app: Flask, kind: ObjectKind) -> None:
    """Answer at the addresses of lists of kind."""
    routes.add(app, kind, "list", "", views.index)
    routes.add(app, kind, "export", "export/", export.export)
    several_views.add_routes(app, kind)
