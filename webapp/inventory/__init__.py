"""The inventory: the objects that jobs act on. Authors import the kinds from here."""

from __future__ import annotations

from flask import Flask

from webapp.inventory import api, holding, imports, integrity, kinds, lists, pages, routes
from webapp.inventory.builtin import KINDS
from webapp.inventory.finding import count, filter, first, get
from webapp.inventory.models import (
    VLAN,
    Cable,
    ConsolePort,
    ConsoleServerPort,
    Device,
    DeviceType,
    Interface,
    IPAddress,
    IPAddressAssignment,
    Location,
    LocationType,
    Manufacturer,
    Platform,
    Prefix,
    Rack,
    Role,
    Status,
    Tag,
)

__all__ = [
    "VLAN",
    "Cable",
    "ConsolePort",
    "ConsoleServerPort",
    "Device",
    "DeviceType",
    "IPAddress",
    "IPAddressAssignment",
    "Interface",
    "Location",
    "LocationType",
    "Manufacturer",
    "Platform",
    "Prefix",
    "Rack",
    "Role",
    "Status",
    "Tag",
    "count",
    "filter",
    "first",
    "get",
    "init_app",
]


def init_app(app: Flask) -> None:
    """Make the kinds known."""
    routes.init_app(app)
    integrity.init_app()
    holding.init_app()
    api.init_app(app)
    pages.init_app(app)
    lists.init_app(app)
    imports.init_app(app)
    for kind in KINDS:
        kinds.register(app, kind)
        api.add_routes(app, kind)
        pages.add_routes(app, kind)
        lists.add_routes(app, kind)
        imports.add_routes(app, kind)
