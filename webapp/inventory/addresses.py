"""What lies in what, what is free, and how full prefixes are: for jobs, pages and the API.

Every question goes down an index, however much there is: prefixes and addresses are kept as numbers, what contains them
begins at one of 33 (or 129) numbers, and addresses know whether the one after them is free.

Inside `changes()`, who asks for what is free has it: nobody else writes objects until the block ends.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

import sqlalchemy as sa

from webapp.db import db
from webapp.inventory.free import (
    Interface,
    Network,
    free_addresses,
    free_prefixes,
    free_ranges,
    hosts,
    next_free_address,
    next_free_prefix,
    usable,
)
from webapp.inventory.models import IPAddress, Prefix
from webapp.inventory.networks import BITS, starts
from webapp.inventory.utilisation import Utilisation, utilisation

__all__ = [
    "Utilisation",
    "addresses_in",
    "children",
    "containing",
    "free_addresses",
    "free_prefixes",
    "free_ranges",
    "next_free_address",
    "next_free_prefix",
    "usable",
    "utilisation",
]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def containing(what: Prefix | IPAddress | Network | Interface | Address | str) -> Sequence[Prefix]:
    """The prefixes that contain what, the largest first; a prefix does not contain itself.

    :raises ValueError: what is a text, and neither an address nor a network.
    """
    version, number, last, longest = _place(what)
    query = sa.select(Prefix).where(
        Prefix.version == version,
        Prefix.first.in_(starts(version, number, longest)),
        Prefix.last >= last,
        Prefix.length <= longest,
    )
    return db.session.scalars(query.order_by(Prefix.length)).all()


def children(prefix: Prefix | None) -> sa.Select[Prefix]:
    """A query for the prefixes whose parent is prefix, or that have none, from the lowest on."""
    mine = Prefix.parent_id.is_(None) if prefix is None else Prefix.parent_id == prefix.id
    return sa.select(Prefix).where(mine).order_by(Prefix.version, Prefix.first, Prefix.length)


def addresses_in(prefix: Prefix) -> sa.Select[IPAddress]:
    """A query for the addresses in prefix and in all that it contains, from the lowest on."""
    within = hosts(prefix.version, prefix.first, prefix.last)
    return sa.select(IPAddress).where(*within).order_by(IPAddress.version, IPAddress.host)


def _place(what: Prefix | IPAddress | Network | Interface | Address | str) -> tuple[int, int, int, int]:
    """The version of what, its first and last number, and the longest that a network may be that contains it."""
    if isinstance(what, Prefix):
        return what.version, what.first, what.last, what.length - 1
    if isinstance(what, IPAddress):
        return what.version, what.host, what.host, BITS[what.version]
    if isinstance(what, ipaddress.IPv4Network | ipaddress.IPv6Network) or (isinstance(what, str) and "/" in what):
        network = ipaddress.ip_network(what, strict=False)
        return network.version, int(network[0]), int(network[-1]), network.prefixlen - 1
    address = ipaddress.ip_interface(what).ip
    return address.version, int(address), int(address), BITS[address.version]
