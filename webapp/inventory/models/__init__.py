"""The kinds of objects that jobs act on."""

from __future__ import annotations

from webapp.inventory.models.addresses import VLAN, IPAddress, Prefix
from webapp.inventory.models.base import Object
from webapp.inventory.models.cables import Cable, CableEnd
from webapp.inventory.models.devices import (
    ConsolePort,
    ConsoleServerPort,
    Device,
    DeviceType,
    Interface,
    IPAddressAssignment,
    Manufacturer,
    Platform,
)
from webapp.inventory.models.labels import Role, Status, Tag
from webapp.inventory.models.places import Location, LocationType, Rack

__all__ = [
    "Cable",
    "CableEnd",
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
    "Object",
    "Platform",
    "Prefix",
    "Rack",
    "Role",
    "Status",
    "Tag",
    "VLAN",
]
