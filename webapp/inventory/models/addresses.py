"""Prefixes, the addresses in them, and VLANs.

`prefix` and `address` are what people write. The numbers beside them follow from these, so that what lies in what, and
what is free, are questions that an index answers: on both databases, for both versions.
"""

from __future__ import annotations

import ipaddress
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from webapp.errors import InvalidInputs
from webapp.inventory.models.base import (
    DERIVED,
    HELP,
    Object,
    beginnings,
    choice_column,
    name_column,
    reference,
    text_column,
)
from webapp.inventory.models.labels import Role, Status, Tagged
from webapp.inventory.models.places import Location

LONGEST_ADDRESS = 43
OCTETS = 16
HIGHEST_VID = 4094
FOLLOWS = {DERIVED: True}


class Number(sa.types.TypeDecorator[int]):
    """A whole number of up to 128 bits, kept as bytes that are in the order of the numbers."""

    impl = sa.LargeBinary(OCTETS)
    cache_ok = True
    span = (0, 2 ** (8 * OCTETS) - 1)

    @property
    def python_type(self) -> type[int]:
        """What a column of this type holds."""
        return int

    def process_bind_param(self, value: int | None, dialect: Dialect) -> bytes | None:
        return None if value is None else value.to_bytes(OCTETS, "big")

    def process_result_value(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int.from_bytes(bytes(value), "big")


class VLAN(Tagged, Object):
    """A VLAN of a location, or of all."""

    __table_args__ = (
        sa.UniqueConstraint("location_id", "vid"),
        sa.CheckConstraint(f"vid BETWEEN 1 AND {HIGHEST_VID}", name="vid"),
    )

    vid: Mapped[int] = mapped_column(info={HELP: f"From 1 to {HIGHEST_VID}."})
    name: Mapped[str] = name_column()
    location_id: Mapped[UUID | None] = reference(Location.id)
    location: Mapped[Location | None] = relationship()
    status_id: Mapped[UUID] = reference(Status.id)
    status: Mapped[Status] = relationship()
    role_id: Mapped[UUID | None] = reference(Role.id)
    role: Mapped[Role | None] = relationship()
    description: Mapped[str] = text_column()

    def __str__(self) -> str:
        return f"{self.name} ({self.vid})"


class Prefix(Tagged, Object):
    """A network. Its parent is the smallest other one that contains it, which follows."""

    __table_args__ = (
        sa.UniqueConstraint("version", "first", "length"),
        # What the addresses in it refer to.
        sa.UniqueConstraint("id", "first", "last"),
        sa.CheckConstraint("first <= last", name="order"),
        sa.Index("ix_prefix_version_first_last", "version", "first", "last"),
        beginnings("prefix", "prefix"),
        # Those in one, page by page.
        sa.Index("ix_prefix_children", "parent_id", "version", "first", "length"),
    )

    prefix: Mapped[str] = mapped_column(sa.String(LONGEST_ADDRESS), index=True, info={HELP: "Such as 10.20.0.0/16."})
    version: Mapped[int] = mapped_column(sa.SmallInteger, info=FOLLOWS)
    first: Mapped[int] = mapped_column(Number, info=FOLLOWS)
    last: Mapped[int] = mapped_column(Number, info=FOLLOWS)
    length: Mapped[int] = mapped_column(sa.SmallInteger, info=FOLLOWS)
    parent_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey("prefix.id", ondelete="SET NULL"), info=FOLLOWS)
    parent: Mapped[Prefix | None] = relationship(remote_side="Prefix.id", info=FOLLOWS)
    type: Mapped[str] = choice_column("container", "network", "pool", default="network")
    status_id: Mapped[UUID] = reference(Status.id)
    status: Mapped[Status] = relationship()
    role_id: Mapped[UUID | None] = reference(Role.id)
    role: Mapped[Role | None] = relationship()
    location_id: Mapped[UUID | None] = reference(Location.id)
    location: Mapped[Location | None] = relationship()
    vlan_id: Mapped[UUID | None] = reference(VLAN.id, on_delete="SET NULL")
    vlan: Mapped[VLAN | None] = relationship()
    description: Mapped[str] = text_column()

    @validates("prefix")
    def _take(self, _name: str, text: object) -> str:
        """
        :raises InvalidInputs: it is no network.
        """
        network = _network(str(text).strip())
        self.version, self.length = network.version, network.prefixlen
        self.first, self.last = int(network.network_address), int(network.broadcast_address)
        return str(network)

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        """It, to calculate with."""
        return ipaddress.ip_network(self.prefix)

    def __str__(self) -> str:
        return self.prefix


class IPAddress(Tagged, Object):
    """An address, with the length of the network on its wire. Its parent is the smallest prefix that contains it, which
    follows, unless somebody names another one and allows it to lie outside of that.
    """

    __table_args__ = (
        sa.UniqueConstraint("version", "host"),
        beginnings("ip_address", "address"),
        sa.ForeignKeyConstraint(
            ["parent_id", "parent_first", "parent_last"],
            ["prefix.id", "prefix.first", "prefix.last"],
            ondelete="SET NULL",
            onupdate="CASCADE",
        ),
        sa.CheckConstraint(
            "parent_id IS NULL OR outside_allowed OR host BETWEEN parent_first AND parent_last", name="inside"
        ),
        sa.Index("ix_ip_address_gaps", "version", "gap_after", "host"),
    )

    address: Mapped[str] = mapped_column(sa.String(LONGEST_ADDRESS), index=True, info={HELP: "Such as 10.20.0.7/24."})
    version: Mapped[int] = mapped_column(sa.SmallInteger, info=FOLLOWS)
    host: Mapped[int] = mapped_column(Number, info=FOLLOWS)
    mask_length: Mapped[int] = mapped_column(sa.SmallInteger, info=FOLLOWS)
    gap_after: Mapped[bool] = mapped_column(default=True, info=FOLLOWS)
    """Whether the address that comes next is free: who looks for a free one jumps over all that are used in a row."""
    parent_id: Mapped[UUID | None] = mapped_column(index=True)
    parent_first: Mapped[int | None] = mapped_column(Number, info=FOLLOWS)
    parent_last: Mapped[int | None] = mapped_column(Number, info=FOLLOWS)
    parent: Mapped[Prefix | None] = relationship(
        foreign_keys=[parent_id], primaryjoin="IPAddress.parent_id == Prefix.id"
    )
    outside_allowed: Mapped[bool] = mapped_column(
        default=False, info={HELP: "Whether it may lie outside of the parent that is named."}
    )
    type: Mapped[str] = choice_column("host", "dhcp", "slaac", default="host")
    status_id: Mapped[UUID] = reference(Status.id)
    status: Mapped[Status] = relationship()
    role_id: Mapped[UUID | None] = reference(Role.id)
    role: Mapped[Role | None] = relationship()
    dns_name: Mapped[str] = text_column("Without a dot at its end.")
    description: Mapped[str] = text_column()

    @validates("address")
    def _take(self, _name: str, text: object) -> str:
        """
        :raises InvalidInputs: it is no address.
        """
        interface = _interface(str(text).strip())
        self.version, self.mask_length = interface.version, interface.network.prefixlen
        self.host = int(interface.ip)
        return str(interface)

    @property
    def interface_address(self) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface:
        """It, to calculate with."""
        return ipaddress.ip_interface(self.address)

    def __str__(self) -> str:
        return self.address


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise InvalidInputs({"prefix": [f"“{text[:100]}” is no network{_meant(text)}"]}) from None


def _meant(text: str) -> str:
    try:
        return f": is {ipaddress.ip_network(text, strict=False)} meant?"
    except ValueError:
        return ", such as 10.20.0.0/16."


def _interface(text: str) -> ipaddress.IPv4Interface | ipaddress.IPv6Interface:
    try:
        if "%" not in text:  # the name of an interface of the machine that said it
            return ipaddress.ip_interface(text)
    except ValueError:
        pass
    raise InvalidInputs({"address": [f"“{text[:100]}” is no address, such as 10.20.0.7/24."]})
