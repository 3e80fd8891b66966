"""Addresses on interfaces, as the pages of both show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from sqlalchemy.orm import joinedload

from webapp.accounts.models import User
from webapp.accounts.permissions import may, visible
from webapp.db import db
from webapp.inventory import kinds, routes
from webapp.inventory.models import Interface, IPAddress, IPAddressAssignment
from webapp.inventory.pages import beside

KIND = "ipam.ipaddresstointerface"
TEMPLATE = "inventory/beside/assignments.html"
MOST = 50


def init_app(app: Flask) -> None:
    """Show the addresses of an interface on its page, and the interfaces of an address on its own."""
    for kind, tell, field in (
        ("dcim.interface", _addresses, "interface"),
        ("ipam.ipaddress", _interfaces, "ip_address"),
    ):
        beside.add(app, beside.Part(kind, TEMPLATE, tell, covers=frozenset({(KIND, field)})))


def _addresses(interface: Interface, user: User) -> Mapping[str, Any] | None:
    if not may(user, "ipam.view_ipaddress"):
        return None
    return _told(user, "ip_address", "interface", interface)


def _interfaces(address: IPAddress, user: User) -> Mapping[str, Any] | None:
    if not may(user, "dcim.view_interface"):
        return None
    return _told(user, "interface", "ip_address", address)


def _told(user: User, other: str, field: str, row: Interface | IPAddress) -> Mapping[str, Any]:
    """What is assigned to row, which assignments name by field; the others stand in their field other."""
    kind = kinds.of(IPAddressAssignment)
    load = (
        joinedload(IPAddressAssignment.ip_address),
        joinedload(IPAddressAssignment.interface).joinedload(Interface.device),
    )
    query = visible(IPAddressAssignment, user).where(getattr(IPAddressAssignment, f"{field}_id") == row.id)
    rows = db.session.scalars(query.options(*load).order_by(IPAddressAssignment.created_at).limit(MOST)).all()
    filled: dict[str, Any] = {field: row.id, "_back": field}
    new = routes.url(kind, "new", **filled) if may(user, kind.permission("add")) else None
    return {
        "other": other,
        "rows": [(one, getattr(one, other)) for one in rows],
        "new": new,
        "removes": may(user, kind.permission("delete")),
        "kind": kind,
    }
