"""Devices and what lies in them over the API: what can be looked for besides their fields, and addresses of
interfaces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

from webapp.api.columns import filters_of
from webapp.api.depth import wants_m2m
from webapp.api.filters import flag
from webapp.api.lists import Filter
from webapp.api.shapes import Shape
from webapp.db import db
from webapp.inventory import filters, kinds
from webapp.inventory.api import shapes
from webapp.inventory.filters import to_one
from webapp.inventory.models import (
    ConsolePort,
    ConsoleServerPort,
    Device,
    DeviceType,
    Interface,
    IPAddress,
    IPAddressAssignment,
    Location,
    Manufacturer,
)

PORTS = {"dcim.interface": Interface, "dcim.consoleport": ConsolePort, "dcim.consoleserverport": ConsoleServerPort}
ASSIGNED = sa.exists().where(IPAddressAssignment.interface_id == Interface.id)
HAS_ADDRESS = sa.or_(Device.primary_ip4_id.is_not(None), Device.primary_ip6_id.is_not(None))


def init_app(app: Flask) -> None:
    """Make it known."""
    shapes.add(app, "dcim.interface", shapes.Beside(("ip_addresses",), _addresses_of))
    filters.add(app, "dcim.device", DEVICES)
    filters.add(app, "dcim.interface", INTERFACES)
    filters.add(app, "dcim.location", {"subtree": to_one(Location.id, Location, tree=True)})
    filters.add(app, "ipam.ipaddresstointerface", {"device": _through(IPAddressAssignment.interface_id, Device)})
    for name, model in PORTS.items():
        filters.add(app, name, {"location": _at_location(model)})


def _addresses_of(rows: Sequence[Interface]) -> dict[UUID, Shape]:
    if not wants_m2m():
        return {row.id: {} for row in rows}
    found = _addresses([row.id for row in rows])
    return {row.id: {"ip_addresses": shapes.references(kinds.of(IPAddress), found.get(row.id, []))} for row in rows}


def _addresses(ids: Sequence[UUID]) -> Mapping[UUID, list[UUID]]:
    query = sa.select(IPAddressAssignment.interface_id, IPAddressAssignment.ip_address_id).where(
        IPAddressAssignment.interface_id.in_(ids)
    )
    found: dict[UUID, list[UUID]] = {}
    for interface, address in db.session.execute(query.order_by(IPAddressAssignment.created_at)):
        found.setdefault(interface, []).append(address)
    return found


def _at_location(model: Any) -> Filter:
    """The device of a port is at a location that one of the values names, or below it."""
    found = to_one(Device.location_id, Location, tree=True)
    return lambda values: model.device_id.in_(sa.select(Device.id).where(found(values)))


def _through(key: Any, model: Any) -> Filter:
    """key points to an interface of a device that one of the values names."""
    found = to_one(Interface.device_id, model)
    return lambda values: key.in_(sa.select(Interface.id).where(found(values)))


def _made_by(values: list[str]) -> sa.ColumnElement[bool]:
    made = to_one(DeviceType.manufacturer_id, Manufacturer)(values)
    return Device.device_type_id.in_(sa.select(DeviceType.id).where(made))


def _with_mac_address(values: list[str]) -> sa.ColumnElement[bool]:
    found = filters_of(mac=Interface.mac_address)["mac__ie"](values)
    return Device.id.in_(sa.select(Interface.device_id).where(found))


def _on_interface(values: list[str]) -> sa.ColumnElement[bool]:
    found = to_one(IPAddressAssignment.ip_address_id, IPAddress)(values)
    return Interface.id.in_(sa.select(IPAddressAssignment.interface_id).where(found))


DEVICES: dict[str, Filter] = {
    "manufacturer": _made_by,
    "mac_address": _with_mac_address,
    "has_primary_ip": flag(HAS_ADDRESS),
    "has_interfaces": flag(sa.exists().where(Interface.device_id == Device.id)),
    "has_console_ports": flag(sa.exists().where(ConsolePort.device_id == Device.id)),
    "has_console_server_ports": flag(sa.exists().where(ConsoleServerPort.device_id == Device.id)),
}
INTERFACES: dict[str, Filter] = {"ip_addresses": _on_interface, "has_ip_addresses": flag(ASSIGNED)}
