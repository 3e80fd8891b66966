"""Prefixes and addresses over the API: the numbers that they consist of, and what lies in what."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask

from webapp.api.columns import filters_of, negated
from webapp.api.depth import wants_m2m
from webapp.api.filters import flag
from webapp.api.lists import Filter
from webapp.api.shapes import Shape
from webapp.db import db
from webapp.inventory import filters, kinds
from webapp.inventory.api import shapes
from webapp.inventory.filters import to_one
from webapp.inventory.models import Device, Interface, IPAddress, IPAddressAssignment, Prefix
from webapp.inventory.networks import starts

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MOST_VALUES = 50
ASSIGNED = sa.exists().where(IPAddressAssignment.ip_address_id == IPAddress.id)


def init_app(app: Flask) -> None:
    """Make it known."""
    shapes.add(
        app,
        "ipam.prefix",
        shapes.Beside(
            ("network", "broadcast", "prefix_length", "ip_version"),
            _of_prefixes,
            frozenset({"version", "first", "last", "length"}),
        ),
    )
    shapes.add(
        app,
        "ipam.ipaddress",
        shapes.Beside(
            ("host", "mask_length", "ip_version", "interfaces"),
            _of_addresses,
            frozenset({"version", "host", "gap_after", "parent_first", "parent_last"}),
        ),
    )
    filters.add(app, "ipam.prefix", PREFIXES)
    filters.add(app, "ipam.ipaddress", ADDRESSES)


def _of_prefixes(rows: Sequence[Prefix]) -> dict[UUID, Shape]:
    return {row.id: _of_prefix(row) for row in rows}


def _of_prefix(row: Prefix) -> Shape:
    kind = ipaddress.IPv4Address if row.version == 4 else ipaddress.IPv6Address
    return {
        "network": str(kind(row.first)),
        "broadcast": str(kind(row.last)),
        "prefix_length": row.length,
        "ip_version": row.version,
    }


def _of_addresses(rows: Sequence[IPAddress]) -> dict[UUID, Shape]:
    interfaces = _interfaces([row.id for row in rows]) if wants_m2m() else None
    told: dict[UUID, Shape] = {}
    for row in rows:
        told[row.id] = {
            "host": row.address.partition("/")[0],
            "mask_length": row.mask_length,
            "ip_version": row.version,
        }
        if interfaces is not None:
            told[row.id]["interfaces"] = shapes.references(kinds.of(Interface), interfaces.get(row.id, []))
    return told


def _interfaces(ids: Sequence[UUID]) -> Mapping[UUID, list[UUID]]:
    query = sa.select(IPAddressAssignment.ip_address_id, IPAddressAssignment.interface_id).where(
        IPAddressAssignment.ip_address_id.in_(ids)
    )
    found: dict[UUID, list[UUID]] = {}
    for address, interface in db.session.execute(query.order_by(IPAddressAssignment.created_at)):
        found.setdefault(address, []).append(interface)
    return found


def _each(read: Callable[[str], Any], condition: Callable[[Any], sa.ColumnElement[bool]]) -> Filter:
    """One of the values, each read by read, fits."""

    def either(values: list[str]) -> sa.ColumnElement[bool]:
        if len(values) > MOST_VALUES:
            raise ValueError(f"Give {MOST_VALUES} values at most.")
        return sa.or_(*(condition(read(value)) for value in values))

    return either


def _network(text: str) -> Network:
    """
    :raises ValueError: it is none.
    """
    try:
        return ipaddress.ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError("Give a network such as 10.20.0.0/16.") from None


def _address(text: str) -> tuple[ipaddress.IPv4Interface | ipaddress.IPv6Interface, bool]:
    """The address, and whether text has the length of its network.

    :raises ValueError: it is none.
    """
    try:
        return ipaddress.ip_interface(text.strip()), "/" in text
    except ValueError:
        raise ValueError("Give an address such as 10.20.0.7/24.") from None


def _same_prefix(network: Network) -> sa.ColumnElement[bool]:
    return sa.and_(_inside(network), Prefix.first == int(network.network_address), Prefix.length == network.prefixlen)


def _inside(network: Network) -> sa.ColumnElement[bool]:
    """The prefix is network, or lies in it."""
    first, last = int(network.network_address), int(network.broadcast_address)
    return sa.and_(Prefix.version == network.version, Prefix.first.between(first, last), Prefix.last <= last)


def _truly_inside(network: Network) -> sa.ColumnElement[bool]:
    return sa.and_(_inside(network), Prefix.length > network.prefixlen)


def _around(network: Network) -> sa.ColumnElement[bool]:
    """The prefix is network, or contains it: one of those that begin where a shorter network of it would."""
    first, last = int(network.network_address), int(network.broadcast_address)
    firsts = starts(network.version, first, network.prefixlen)
    return sa.and_(Prefix.version == network.version, Prefix.first.in_(firsts), Prefix.last >= last)


def _in_network(network: Network) -> sa.ColumnElement[bool]:
    first, last = int(network.network_address), int(network.broadcast_address)
    return sa.and_(IPAddress.version == network.version, IPAddress.host.between(first, last))


def _is_address(said: tuple[ipaddress.IPv4Interface | ipaddress.IPv6Interface, bool]) -> sa.ColumnElement[bool]:
    interface, with_length = said
    same = sa.and_(IPAddress.version == interface.version, IPAddress.host == int(interface.ip))
    return sa.and_(same, IPAddress.mask_length == interface.network.prefixlen) if with_length else same


def _on(key: Any, model: Any) -> Filter:
    """The address is on an interface whose column key points to one of those that the values name."""
    found = to_one(key, model)
    return lambda values: IPAddress.id.in_(
        sa.select(IPAddressAssignment.ip_address_id).join(IPAddressAssignment.interface).where(found(values))
    )


def _small(column: Any) -> Any:
    return sa.type_coerce(column, sa.Integer)


PREFIX = _each(_network, _same_prefix)
ADDRESS = _each(_address, _is_address)
PREFIXES: dict[str, Filter] = {
    "prefix": PREFIX,
    "prefix__n": negated(PREFIX),
    "within": _each(_network, _truly_inside),
    "within_include": _each(_network, _inside),
    "contains": _each(_network, _around),
    **filters_of(prefix_length=_small(Prefix.length), ip_version=_small(Prefix.version)),
}
ADDRESSES: dict[str, Filter] = {
    "address": ADDRESS,
    "address__n": negated(ADDRESS),
    "prefix": _each(_network, _in_network),
    "interfaces": _on(Interface.id, Interface),
    "device": _on(Interface.device_id, Device),
    "has_interface_assignments": flag(ASSIGNED),
    "has_interfaces": flag(ASSIGNED),
    **filters_of(ip_version=_small(IPAddress.version)),
}
