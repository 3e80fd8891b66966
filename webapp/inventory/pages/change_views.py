"""Who changed an object: a tab of its page."""

from __future__ import annotations

from functools import partial
from uuid import UUID

from flask import Flask, render_template, request
from flask_login import current_user

from webapp.accounts.permissions import require
from webapp.changes import telling
from webapp.changes.models import Change
from webapp.changes.seeing import seen
from webapp.changes.telling import Wording, entries, word
from webapp.inventory import routes, service, tabs
from webapp.inventory.kinds import ObjectKind
from webapp.inventory.pages import object_views
from webapp.ui.pages import Page, cursor, page

NEEDED = "extras.view_objectchange"


def init_app(app: Flask) -> None:
    """Put the tab on the page of every object."""
    tabs.add(app, tabs.Tab("Changes", "changes", NEEDED, 80))


def add_routes(app: Flask, kind: ObjectKind) -> None:
    """The page for objects of kind, and how their changes are told everywhere."""
    routes.add(app, kind, "changes", "<uuid:id>/changes/", show)
    word(app, kind.name, _wording(kind))


def show(kind: ObjectKind, id: UUID) -> str:
    """Who changed the object, newest first; ?before= leads to older changes."""
    require(current_user, NEEDED)
    row, before = service.by_id(kind, id, current_user), request.args.get("before", type=cursor)
    query = seen().where(Change.kind == kind.name, Change.row_id == str(id))
    found = page(query, Change.number, before)
    return render_template(
        "inventory/changes.html",
        **object_views.frame(kind, row),
        page=Page(entries(found.rows), found.older),
        first=before is None,
        here=partial(routes.url, kind, "changes", id=id),
    )


def _wording(kind: ObjectKind) -> Wording:
    def label_of(name: str) -> str:
        return kind.fields[name].label if name in kind.fields else telling.label_of(name)

    def url(id: str) -> str:
        return f"/{kind.path}/{id}/"

    return Wording(
        label_of, telling.said, url, routes.endpoint_of("detail", api=True), kind.plural, {routes.KIND: kind}
    )
