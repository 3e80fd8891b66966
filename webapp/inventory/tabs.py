"""The tabs of an object's page: features above add theirs, by the names that addresses have in all kinds.

A tab's template extends "inventory/_frame.html", with kind and row, and fills the block `tab`.
"""

from __future__ import annotations

from functools import partial

from flask import Flask
from flask_login import current_user

from webapp.accounts.permissions import may
from webapp.inventory import routes
from webapp.inventory.models import Object
from webapp.ui import tabs
from webapp.ui.tabs import Link, Tab

__all__ = ["Tab", "add", "links"]

ABOUT = "object"


def add(app: Flask, tab: Tab) -> None:
    """Put tab on the page of every object."""
    tabs.add(app, ABOUT, tab)


def links(row: Object) -> list[Link]:
    """The tabs of row in their order, those that the user may open."""
    return tabs.links(ABOUT, partial(may, current_user), row.id, routes.endpoint_of)
