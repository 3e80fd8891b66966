"""The kinds that every installation has."""

from __future__ import annotations

from sqlalchemy.orm import selectinload

from webapp.inventory.kinds import ObjectKind
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
from webapp.inventory.models.cables import CableEnd

PLACES, DEVICES, ADDRESSES, LABELS = "Places", "Devices", "Addresses", "Labels"
KINDS = (
    ObjectKind(
        *("dcim.location", Location, "location", "locations", "dcim/locations"),
        columns=("location_type", "parent", "status", "facility", "tags"),
        search=(Location.name, Location.facility, Location.description),
        order=(Location.name,),
        tree=True,
        group=PLACES,
    ),
    ObjectKind(
        *("dcim.locationtype", LocationType, "location type", "location types", "dcim/location-types"),
        columns=("parent", "nestable", "description"),
        search=(LocationType.name, LocationType.description),
        order=(LocationType.name,),
        group=PLACES,
    ),
    ObjectKind(
        *("dcim.rack", Rack, "rack", "racks", "dcim/racks"),
        columns=("location", "status", "role", "u_height", "tags"),
        search=(Rack.name, Rack.serial),
        order=(Rack.name,),
        sections=(("Frame", ("u_height", "type", "serial", "asset_tag")),),
        group=PLACES,
    ),
    ObjectKind(
        *("dcim.device", Device, "device", "devices", "dcim/devices"),
        columns=("status", "role", "device_type", "location", "rack", "primary_ip4", "tags"),
        search=(Device.name, Device.serial),
        many=True,
        order=(Device.name,),
        sections=(
            ("Place", ("location", "rack", "position", "face")),
            ("Addresses", ("primary_ip4", "primary_ip6")),
        ),
        within=(("rack", "location"),),
    ),
    ObjectKind(
        *("dcim.interface", Interface, "interface", "interfaces", "dcim/interfaces"),
        columns=("device", "type", "enabled", "status", "untagged_vlan", "description"),
        search=(Interface.name, Interface.description, Interface.mac_address),
        many=True,
        order=(Interface.name,),
        components=True,
        sections=(
            ("Link", ("lag", "mtu", "mac_address", "mgmt_only")),
            ("VLANs", ("mode", "untagged_vlan")),
        ),
        within=(("lag", "device"),),
    ),
    ObjectKind(
        *("dcim.consoleport", ConsolePort, "console port", "console ports", "dcim/console-ports"),
        columns=("device", "type", "description"),
        search=(ConsolePort.name, ConsolePort.description),
        order=(ConsolePort.name,),
        components=True,
    ),
    ObjectKind(
        *("dcim.consoleserverport", ConsoleServerPort, "console server port", "console server ports"),
        "dcim/console-server-ports",
        columns=("device", "type", "description"),
        search=(ConsoleServerPort.name, ConsoleServerPort.description),
        order=(ConsoleServerPort.name,),
        components=True,
    ),
    ObjectKind(
        *("dcim.cable", Cable, "cable", "cables", "dcim/cables"),
        columns=("type", "status", "color", "length", "length_unit", "tags"),
        search=(Cable.label,),
        order=(Cable.created_at,),
        settled=("termination_a", "termination_b"),
        within=(("port", "device"),),
        loads=tuple(
            selectinload(Cable.ends).selectinload(port).joinedload(port.property.mapper.class_.device)
            for port in (CableEnd.interface, CableEnd.console_port, CableEnd.console_server_port)
        ),
    ),
    ObjectKind(
        *("dcim.manufacturer", Manufacturer, "manufacturer", "manufacturers", "dcim/manufacturers"),
        columns=("description",),
        search=(Manufacturer.name, Manufacturer.description),
        order=(Manufacturer.name,),
    ),
    ObjectKind(
        *("dcim.devicetype", DeviceType, "device type", "device types", "dcim/device-types"),
        columns=("manufacturer", "part_number", "u_height", "is_full_depth"),
        search=(DeviceType.model, DeviceType.part_number),
        order=(DeviceType.model,),
    ),
    ObjectKind(
        *("dcim.platform", Platform, "platform", "platforms", "dcim/platforms"),
        columns=("manufacturer", "network_driver", "description"),
        search=(Platform.name, Platform.network_driver),
        order=(Platform.name,),
    ),
    ObjectKind(
        *("ipam.prefix", Prefix, "prefix", "prefixes", "ipam/prefixes"),
        columns=("type", "status", "role", "location", "vlan", "description", "tags"),
        search=(Prefix.prefix, Prefix.description),
        many=True,
        order=(Prefix.version, Prefix.first, Prefix.length),
        sections=(("Place", ("location", "vlan")),),
        group=ADDRESSES,
    ),
    ObjectKind(
        *("ipam.ipaddress", IPAddress, "IP address", "IP addresses", "ipam/ip-addresses"),
        columns=("status", "role", "parent", "dns_name", "description", "tags"),
        search=(IPAddress.address, IPAddress.dns_name, IPAddress.description),
        many=True,
        order=(IPAddress.version, IPAddress.host),
        sections=(("Parent prefix", ("parent", "outside_allowed")),),
        group=ADDRESSES,
    ),
    ObjectKind(
        *("ipam.ipaddresstointerface", IPAddressAssignment, "address of an interface", "addresses of interfaces"),
        "ipam/ip-address-to-interface",
        columns=("ip_address", "interface"),
        search=(),
        order=(IPAddressAssignment.created_at,),
        loads=(selectinload(IPAddressAssignment.ip_address), selectinload(IPAddressAssignment.interface)),
        group=ADDRESSES,
        components=True,
    ),
    ObjectKind(
        *("ipam.vlan", VLAN, "VLAN", "VLANs", "ipam/vlans"),
        columns=("vid", "location", "status", "role", "description", "tags"),
        search=(VLAN.name, VLAN.description),
        order=(VLAN.vid,),
        group=ADDRESSES,
    ),
    ObjectKind(
        *("extras.role", Role, "role", "roles", "extras/roles"),
        columns=("color", "content_types", "description"),
        search=(Role.name, Role.description),
        order=(Role.name,),
        group=LABELS,
    ),
    ObjectKind(
        *("extras.status", Status, "status", "statuses", "extras/statuses"),
        columns=("color", "content_types", "description"),
        search=(Status.name, Status.description),
        order=(Status.name,),
        group=LABELS,
    ),
    ObjectKind(
        *("extras.tag", Tag, "tag", "tags", "extras/tags"),
        columns=("color", "content_types", "description"),
        search=(Tag.name, Tag.description),
        order=(Tag.name,),
        group=LABELS,
    ),
)
