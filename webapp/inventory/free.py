"""What is free in prefixes: addresses, and room for further prefixes."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from itertools import islice

import sqlalchemy as sa

from webapp.db import db
from webapp.errors import NotPossible
from webapp.inventory import turns
from webapp.inventory.models import IPAddress, Prefix
from webapp.inventory.networks import BITS, size_of, start_of

Interface = ipaddress.IPv4Interface | ipaddress.IPv6Interface
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Range = tuple[int, int]
"""The first and the last number."""
AT_ONCE = 256
"""Rows of one question."""


def next_free_address(prefix: Prefix) -> Interface:
    """The lowest address of prefix that nothing has, with the length of prefix: what `IPAddress(address=…)` takes.

    The network's own address and that for broadcasts count only in pools, in the smallest networks and in version 6.

    :raises NotPossible: there is none.
    """
    for address in free_addresses(prefix, 1):
        return address
    raise NotPossible(f"{prefix} has no free address left.")


def free_addresses(prefix: Prefix, count: int) -> list[Interface]:
    """The lowest free addresses of prefix: as many as there are, up to count."""
    numbers = (number for first, last in free_ranges(prefix) for number in range(first, last + 1))
    return [_interface(prefix, number) for number in islice(numbers, count)]


def free_ranges(prefix: Prefix) -> Iterator[Range]:
    """Where prefix has free addresses, from the lowest on."""
    turns.take(db.session())
    version, (at, last) = prefix.version, usable(prefix)
    while (begin := _first_free(version, at, last)) is not None:
        at = begin
        within = hosts(version, at, last)
        taken = db.session.scalars(sa.select(IPAddress.host).where(*within).order_by(IPAddress.host).limit(AT_ONCE))
        for host in (found := taken.all()):
            if host > at:
                yield at, host - 1
            at = host + 1
        if len(found) < AT_ONCE:
            if at <= last:
                yield at, last
            return


def usable(prefix: Prefix) -> Range:
    """The first and the last address of prefix that something may have."""
    if prefix.version == 4 and prefix.length < 31 and prefix.type != "pool":
        return prefix.first + 1, prefix.last - 1
    return prefix.first, prefix.last


def next_free_prefix(prefix: Prefix, length: int) -> Network:
    """The lowest network of that length in prefix that overlaps no other prefix in it.

    :raises NotPossible: there is none, or length is none for a network in prefix.
    """
    if not prefix.length < length <= BITS[prefix.version]:
        raise NotPossible(f"In {prefix} fit networks of length {prefix.length + 1} to {BITS[prefix.version]}.")
    size = size_of(prefix.version, length)
    for first, last in _ranges_between_children(prefix):
        begin = start_of(prefix.version, first + size - 1, length)
        if begin + size - 1 <= last:
            return _network(prefix.version, begin, length)
    raise NotPossible(f"{prefix} has no room left for a network of length {length}.")


def free_prefixes(prefix: Prefix, count: int) -> list[Network]:
    """The networks in prefix that no other prefix overlaps, each as large as possible: the lowest, up to count."""
    address = _kind_of(prefix.version)
    networks = (
        network
        for first, last in _ranges_between_children(prefix)
        for network in ipaddress.summarize_address_range(address(first), address(last))
    )
    return list(islice(networks, count))


def _first_free(version: int, at: int, last: int) -> int | None:
    """The first number from at on that no address has."""
    while at <= last:
        if not db.session.scalar(sa.select(sa.exists().where(*hosts(version, at, at)))):
            return at
        # Rows that went round the session may say what is not so; then this asks once more.
        end = _end_of_run(version, at)
        if end is None:
            return None
        at = end + 1
    return None


def _end_of_run(version: int, at: int) -> int | None:
    """The first address from at on after which one is free."""
    # Compared as a whole, for which there is one index only: else PostgreSQL takes another and walks along the run.
    place = (IPAddress.version, IPAddress.gap_after, IPAddress.host)
    query = sa.select(*place).where(sa.tuple_(*place) >= (version, True, at)).order_by(*place).limit(1)
    found = db.session.execute(query).first()
    return found.host if found is not None and found.version == version else None


def _ranges_between_children(prefix: Prefix) -> Iterator[Range]:
    """Where prefix has room for networks, from the lowest number on."""
    turns.take(db.session())
    at, last = prefix.first, prefix.last
    while at <= last:
        query = (
            sa.select(Prefix.first, Prefix.last)
            .where(Prefix.version == prefix.version, Prefix.first.between(at, last), Prefix.length > prefix.length)
            .order_by(Prefix.first, Prefix.length)
            .limit(AT_ONCE)
        )
        found = db.session.execute(query).all()
        for first, end in found:
            if first > at:
                yield at, first - 1
            at = max(at, end + 1)
        if len(found) < AT_ONCE:
            if at <= last:
                yield at, last
            return


def hosts(version: int, first: int, last: int) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions that an address is one of these."""
    here = IPAddress.host == first if first == last else IPAddress.host.between(first, last)
    return IPAddress.version == version, here


def _interface(prefix: Prefix, number: int) -> Interface:
    kind = ipaddress.IPv4Interface if prefix.version == 4 else ipaddress.IPv6Interface
    return kind((number, prefix.length))


def _network(version: int, first: int, length: int) -> Network:
    return (ipaddress.IPv4Network if version == 4 else ipaddress.IPv6Network)((first, length))


def _kind_of(version: int) -> type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]:
    return ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
