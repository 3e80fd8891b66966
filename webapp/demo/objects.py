"""The objects of the demonstration: three sites, always the same, with faults planted for the example jobs to find.

Written by tables, for thousands of them are to be there within seconds: nothing of this is in the changes.
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid5

import sqlalchemy as sa

from webapp.db import Model, db, transaction
from webapp.inventory.models import (
    VLAN,
    Cable,
    CableEnd,
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
    Object,
    Platform,
    Prefix,
    Rack,
    Role,
    Status,
    Tag,
)

NAMESPACE = UUID("0d2c6f8e-2f5c-4f0e-8a51-6c1c5f0c7d11")
SITES = ("ams01", "fra01", "par01")
RACKS, SERVERS, ROUTERS, CONSOLE_SERVERS = 60, 10, 3, 2
SPINES = {"ams01": 2, "fra01": 2, "par01": 1}
ROUTER_PORTS, SPINE_PORTS, SWITCH_PORTS, CONSOLE_PORTS = 4, 3, 22, 48
IN_A_CONSOLE_SERVER = 30
"""Switches that one console server serves."""
ROLES = {"router": "3f51b5", "spine": "009688", "top of rack": "4caf50", "server": "607d8b", "console server": "795548"}
LOCATION_TYPES = (("Region", None), ("Site", "Region"))
VLANS = {10: "servers", 20: "management"}
MANAGEMENT, LOOPBACK = "management", "loopback"

NO_CONSOLE = frozenset({"ams01-tor-07", "ams01-tor-42", "fra01-tor-13", "par01-tor-21", "par01-tor-60"})
"""Top-of-rack switches whose console port nobody has connected; the last one has none."""
NO_CONSOLE_PORT = "par01-tor-60"
NO_LOOPBACK_ADDRESS = frozenset({"fra01-router-02", "par01-router-03"})
"""Routers whose loopback has no address."""
ORPHANS = tuple(f"192.0.2.{last}/24" for last in (11, 12, 13, 64, 65, 200)) + ("2001:db8:dead::1/64",)
"""Addresses that lie in no prefix."""


def load() -> bool:
    """Write them, unless there are locations already; whether they were written."""
    with transaction() as session:
        if session.scalar(sa.select(Location.id).limit(1)) is not None:
            return False
        rows = _Rows({status.name: status.id for status in session.scalars(sa.select(Status))})
        _labels(rows)
        for number, site in enumerate(SITES):
            _Site(rows, site, number).build()
        _orphans(rows)
        _gaps(rows)
        for table in Model.metadata.sorted_tables:
            for model, several in rows.of.items():
                if model.__table__ is table:
                    session.execute(sa.insert(table), _alike(table, several))
    db.session.remove()
    return True


class _Rows:
    """What is to be written, by model."""

    def __init__(self, statuses: dict[str, UUID]) -> None:
        self.statuses = statuses
        self.of: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        self._prefixes: list[tuple[Any, UUID]] = []

    def add(self, kind: type[Object], key: str, **values: Any) -> UUID:
        """One more row of kind; key tells it apart. Gives its id, which is always the same."""
        id = id_of(kind, key)
        if "status_id" in kind.__table__.c and "status_id" not in values:
            values["status_id"] = self.statuses["Active"]
        self.of[kind].append({"id": id, **values})
        return id

    def prefix(self, text: str, **values: Any) -> UUID:
        """A prefix below the smallest one so far that contains it: the larger ones come first."""
        network = ipaddress.ip_network(text)
        parent = next((id for other, id in reversed(self._prefixes) if _contains(other, network)), None)
        first, last = int(network.network_address), int(network.broadcast_address)
        place = {"version": network.version, "first": first, "last": last, "length": network.prefixlen}
        id = self.add(Prefix, text, prefix=text, parent_id=parent, **place, **values)
        self._prefixes.append((network, id))
        return id

    def address(self, text: str, **values: Any) -> UUID:
        """An address in the smallest prefix that contains it, if there is one."""
        interface = ipaddress.ip_interface(text)
        within = ipaddress.ip_network(interface.ip)
        found = next(((other, id) for other, id in reversed(self._prefixes) if _contains(other, within)), None)
        parent: dict[str, Any] = {"parent_id": None, "parent_first": None, "parent_last": None}
        if found is not None:
            network, id = found
            ends = {"parent_first": int(network.network_address), "parent_last": int(network.broadcast_address)}
            parent = {"parent_id": id, **ends}
        number = {"version": interface.version, "host": int(interface.ip), "mask_length": interface.network.prefixlen}
        return self.add(IPAddress, text, address=text, **number, **parent, **values)

    def assign(self, address: UUID, interface: UUID) -> None:
        """Put an address on an interface."""
        self.add(IPAddressAssignment, f"{address} {interface}", ip_address_id=address, interface_id=interface)

    def connect(self, type: str, a: dict[str, UUID], b: dict[str, UUID]) -> None:
        """A cable between two ports, each by the column of CableEnd that names it."""
        [at_a], [at_b] = a.values(), b.values()
        id = self.add(Cable, f"{at_a} {at_b}", type=type, status_id=self.statuses["Connected"])
        nothing = dict.fromkeys(("interface_id", "console_port_id", "console_server_port_id"))
        self.of[CableEnd] += [{"cable_id": id, "side": side, **nothing, **port} for side, port in (("A", a), ("B", b))]


def id_of(model: type[Object], key: str) -> UUID:
    """The id of the demonstration's object of model that key tells apart, most often its name."""
    return uuid5(NAMESPACE, f"{model.__name__} {key}")


def _alike(table: sa.Table, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """rows with the same columns each; what one of them does not say is what the column holds by default."""
    names = {name for row in rows for name in row}
    columns: dict[str, Any] = {name: table.c[name] for name in names}
    defaults = {name: None if column.default is None else column.default.arg for name, column in columns.items()}
    return [{**defaults, **row} for row in rows]


def _contains(network: Any, other: Any) -> bool:
    return bool(network.version == other.version and other.subnet_of(network))


def _labels(rows: _Rows) -> None:
    for name, color in ROLES.items():
        rows.add(Role, name, name=name, color=color, content_types=["dcim.device"])
    rows.add(Role, LOOPBACK, name=LOOPBACK, color="9c27b0", content_types=["ipam.ipaddress", "dcim.interface"])
    for name, parent in LOCATION_TYPES:
        rows.add(LocationType, name, name=name, parent_id=id_of(LocationType, parent) if parent else None)
    rows.add(Tag, "demo", name="demo", color="ff9800")
    maker = rows.add(Manufacturer, "Meridian", name="Meridian", description="Makes whatever the demonstration needs.")
    for role, units in zip(ROLES, (2, 2, 1, 1, 1), strict=True):
        model = f"M-{role.replace(' ', '-')}"
        rows.add(DeviceType, role, manufacturer_id=maker, model=model, u_height=units)
    rows.add(Platform, "meridian-os", name="meridian-os", manufacturer_id=maker, network_driver="meridian_os")
    rows.add(Location, "Europe", name="Europe", location_type_id=id_of(LocationType, "Region"))
    for text, words in (("10.0.0.0/8", "Private addresses"), ("172.16.0.0/12", "Management")):
        rows.prefix(text, type="container", description=words)


class _Site:
    """One site: racks with a switch and servers each, routers, spines and console servers."""

    def __init__(self, rows: _Rows, name: str, number: int) -> None:
        self.rows, self.name, self.number = rows, name, number
        site = {"name": name, "location_type_id": id_of(LocationType, "Site"), "parent_id": id_of(Location, "Europe")}
        self.id = rows.add(Location, name, facility=f"{name.upper()} hall 1", **site)

    def build(self) -> None:
        """All that is there."""
        self._networks()
        for number in range(1, ROUTERS + 1):
            self._router(number)
        for number in range(1, SPINES[self.name] + 1):
            self._spine(number)
        for number in range(1, CONSOLE_SERVERS + 1):
            self._console_server(number)
        for number in range(1, RACKS + 1):
            self._rack(number)
        for last in (250, 251):
            self.rows.address(f"10.{self.number + 1}.3.{last}/22", dns_name=f"vip-{last}.{self.name}.example")

    def _networks(self) -> None:
        ten, here = 10 + self.number, {"location_id": self.id}
        vlans = {
            words: self.rows.add(VLAN, f"{self.name} {vid}", vid=vid, name=f"{self.name}-{words}", **here)
            for vid, words in VLANS.items()
        }
        self.rows.prefix(f"10.{self.number + 1}.0.0/16", type="container", description=f"All of {self.name}", **here)
        self.rows.prefix(f"10.{self.number + 1}.0.0/22", vlan_id=vlans["servers"], description="Servers", **here)
        self.rows.prefix(f"10.255.{self.number}.0/24", description="Loopbacks", **here)
        self.rows.prefix(f"172.{ten + 6}.0.0/22", vlan_id=vlans["management"], description="Management", **here)
        self.rows.prefix(f"2001:db8:{self.number + 1}::/48", type="container", **here)
        self.rows.prefix(f"2001:db8:{self.number + 1}:10::/64", vlan_id=vlans["servers"], **here)
        self._servers = self._hosts(f"10.{self.number + 1}.0.0/22")
        self._loopbacks = self._hosts(f"10.255.{self.number}.0/24")
        self._management = self._hosts(f"172.{ten + 6}.0.0/22")

    def _hosts(self, network: str) -> Iterator[str]:
        found = ipaddress.ip_network(network)
        return (f"{host}/{found.prefixlen}" for host in found.hosts())

    def _device(self, name: str, role: str, **values: Any) -> UUID:
        kind = {"device_type_id": id_of(DeviceType, role), "role_id": id_of(Role, role), "location_id": self.id}
        none = dict.fromkeys(("rack_id", "position", "platform_id", "primary_ip4_id"))
        return self.rows.add(Device, name, name=name, **{**none, "face": "", **kind, **values})

    def _interface(self, device: UUID, name: str, type: str, **values: Any) -> UUID:
        values = {"mgmt_only": False, "role_id": None, **values}
        return self.rows.add(Interface, f"{device} {name}", device_id=device, name=name, type=type, **values)

    def _managed(self, name: str, role: str, port: str, **values: Any) -> UUID:
        """A device with an address on its management port, which is its primary one."""
        text = next(self._management)
        address = self.rows.address(text, dns_name=f"{name}.{self.name}.example", role_id=None)
        device = self._device(name, role, primary_ip4_id=address, **values)
        self.rows.assign(address, self._interface(device, port, "1000base-t", mgmt_only=True))
        return device

    def _loopback(self, device: UUID, name: str) -> None:
        interface = self._interface(device, "Loopback0", "virtual", role_id=id_of(Role, LOOPBACK))
        if name not in NO_LOOPBACK_ADDRESS:
            text = next(self._loopbacks).partition("/")[0] + "/32"
            address = self.rows.address(text, dns_name=f"lo0.{name}.example", role_id=id_of(Role, LOOPBACK))
            self.rows.assign(address, interface)

    def _router(self, number: int) -> None:
        name = f"{self.name}-router-{number:02}"
        device = self._managed(name, "router", "Management1", platform_id=id_of(Platform, "meridian-os"))
        self._loopback(device, name)
        for port in range(1, ROUTER_PORTS + 1):
            self._interface(device, f"Ethernet{port}", "100gbase-x-qsfp28")

    def _spine(self, number: int) -> None:
        name = f"{self.name}-spine-{number:02}"
        device = self._managed(name, "spine", "Management1", platform_id=id_of(Platform, "meridian-os"))
        for port in range(1, SPINE_PORTS + 1):
            self._interface(device, f"Ethernet{port}", "100gbase-x-qsfp28")

    def _console_server(self, number: int) -> None:
        name = f"{self.name}-console-{number:02}"
        device = self._managed(name, "console server", "eth0")
        for port in range(1, CONSOLE_PORTS + 1):
            port_name = f"port{port:02}"
            self.rows.add(ConsoleServerPort, f"{name} {port_name}", device_id=device, name=port_name, type="rj-45")

    def _rack(self, number: int) -> None:
        rack = self.rows.add(
            Rack, f"{self.name} {number:02}", name=f"{self.name}-r{number:02}", location_id=self.id, role_id=None
        )
        ports = self._switch(number, rack)
        for server in range(1, SERVERS + 1):
            self._server(number, server, rack, ports[server - 1])

    def _switch(self, number: int, rack: UUID) -> list[UUID]:
        """The ports of the rack's switch."""
        name = f"{self.name}-tor-{number:02}"
        place = {"rack_id": rack, "position": 42, "face": "front", "platform_id": id_of(Platform, "meridian-os")}
        device = self._managed(name, "top of rack", "Management1", **place)
        self._loopback(device, name)
        self._console(name, device, number)
        return [self._interface(device, f"Ethernet{port}", "10gbase-x-sfpp") for port in range(1, SWITCH_PORTS + 1)]

    def _console(self, name: str, device: UUID, number: int) -> None:
        if name == NO_CONSOLE_PORT:
            return
        port = self.rows.add(ConsolePort, name, device_id=device, name="Console", type="rj-45")
        if name not in NO_CONSOLE:
            server, place = divmod(number - 1, IN_A_CONSOLE_SERVER)
            key = f"{self.name}-console-{server + 1:02} port{place + 1:02}"
            at = {"console_server_port_id": id_of(ConsoleServerPort, key)}
            self.rows.connect("cat5e", {"console_port_id": port}, at)

    def _server(self, rack_number: int, number: int, rack: UUID, switch_port: UUID) -> None:
        name = f"{self.name}-srv-{rack_number:02}-{number:02}"
        device = self._managed(name, "server", "mgmt", rack_id=rack, position=2 * number, face="front")
        address = self.rows.address(next(self._servers), dns_name=f"{name}.example")
        port = self._interface(device, "eth0", "10gbase-x-sfpp")
        self.rows.assign(address, port)
        self.rows.connect("dac-passive", {"interface_id": port}, {"interface_id": switch_port})


def _orphans(rows: _Rows) -> None:
    for number, text in enumerate(ORPHANS, start=1):
        rows.address(text, dns_name=f"forgotten-{number}.example")


def _gaps(rows: _Rows) -> None:
    """Addresses know whether the one after them is free."""
    taken = {(row["version"], row["host"]) for row in rows.of[IPAddress]}
    for row in rows.of[IPAddress]:
        row["gap_after"] = (row["version"], row["host"] + 1) not in taken
