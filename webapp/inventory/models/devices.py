"""Devices, what they are, and what they can be connected by."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from webapp.inventory.models.addresses import VLAN, IPAddress
from webapp.inventory.models.base import (
    HELP,
    LABEL,
    LONGEST_TEXT,
    Object,
    beginnings,
    choice_column,
    name_column,
    reference,
    text_column,
)
from webapp.inventory.models.labels import Role, Status, Tagged
from webapp.inventory.models.places import MOST_UNITS, Location, Rack

INTERFACE_TYPES = (
    *("virtual", "bridge", "lag", "100base-tx", "1000base-t", "1000base-x-sfp", "2.5gbase-t", "5gbase-t", "10gbase-t"),
    *("10gbase-x-sfpp", "25gbase-x-sfp28", "40gbase-x-qsfpp", "50gbase-x-sfp28", "100gbase-x-qsfp28"),
    *("200gbase-x-qsfp56", "400gbase-x-qsfpdd", "ieee802.11ac", "ieee802.11ax", "other"),
)
CONSOLE_TYPES = ("de-9", "db-25", "rj-45", "usb-a", "usb-b", "usb-c", "usb-mini-b", "usb-micro-b", "other")


class Manufacturer(Object):
    """Who makes devices."""

    name: Mapped[str] = name_column(unique=True)
    description: Mapped[str] = text_column()

    def __str__(self) -> str:
        return self.name


class DeviceType(Object):
    """A model of a manufacturer."""

    __table_args__ = (sa.UniqueConstraint("manufacturer_id", "model"),)

    manufacturer_id: Mapped[UUID] = reference(Manufacturer.id)
    manufacturer: Mapped[Manufacturer] = relationship()
    model: Mapped[str] = name_column()
    part_number: Mapped[str] = text_column()
    u_height: Mapped[int] = mapped_column(
        default=1, info={LABEL: "Units", HELP: "Units of a rack that it takes; 0 for none."}
    )
    is_full_depth: Mapped[bool] = mapped_column(default=True)
    comments: Mapped[str] = mapped_column(default="")

    def __str__(self) -> str:
        return self.model


class Platform(Object):
    """What runs on devices."""

    name: Mapped[str] = name_column(unique=True)
    manufacturer_id: Mapped[UUID | None] = reference(Manufacturer.id)
    manufacturer: Mapped[Manufacturer | None] = relationship()
    network_driver: Mapped[str] = text_column("What libraries call it, such as cisco_ios.")
    description: Mapped[str] = text_column()

    def __str__(self) -> str:
        return self.name


class Device(Tagged, Object):
    """A device at a location, perhaps in a rack."""

    __table_args__ = (
        sa.UniqueConstraint("location_id", "name"),
        sa.UniqueConstraint("rack_id", "position", "face"),
        sa.CheckConstraint(f"position IS NULL OR position BETWEEN 1 AND {MOST_UNITS}", name="position"),
        sa.CheckConstraint("position IS NULL OR rack_id IS NOT NULL", name="position_in_rack"),
        beginnings("device", "name"),
    )

    name: Mapped[str] = name_column(index=True)
    device_type_id: Mapped[UUID] = reference(DeviceType.id)
    device_type: Mapped[DeviceType] = relationship()
    role_id: Mapped[UUID] = reference(Role.id)
    role: Mapped[Role] = relationship()
    status_id: Mapped[UUID] = reference(Status.id)
    status: Mapped[Status] = relationship()
    location_id: Mapped[UUID] = reference(Location.id)
    location: Mapped[Location] = relationship()
    rack_id: Mapped[UUID | None] = reference(Rack.id)
    rack: Mapped[Rack | None] = relationship()
    position: Mapped[int | None] = mapped_column(info={HELP: "The lowest unit of the rack that it takes."})
    face: Mapped[str] = choice_column("front", "rear")
    platform_id: Mapped[UUID | None] = reference(Platform.id)
    platform: Mapped[Platform | None] = relationship()
    serial: Mapped[str] = text_column()
    asset_tag: Mapped[str | None] = mapped_column(sa.String(LONGEST_TEXT), unique=True)
    primary_ip4_id: Mapped[UUID | None] = reference(IPAddress.id, on_delete="SET NULL")
    primary_ip4: Mapped[IPAddress | None] = relationship(foreign_keys=[primary_ip4_id])
    primary_ip6_id: Mapped[UUID | None] = reference(IPAddress.id, on_delete="SET NULL")
    primary_ip6: Mapped[IPAddress | None] = relationship(foreign_keys=[primary_ip6_id])
    comments: Mapped[str] = mapped_column(default="")
    interfaces: Mapped[list[Interface]] = relationship(
        back_populates="device", cascade="all, delete-orphan", order_by="Interface.name"
    )
    console_ports: Mapped[list[ConsolePort]] = relationship(
        back_populates="device", cascade="all, delete-orphan", order_by="ConsolePort.name"
    )
    console_server_ports: Mapped[list[ConsoleServerPort]] = relationship(
        back_populates="device", cascade="all, delete-orphan", order_by="ConsoleServerPort.name"
    )

    def __str__(self) -> str:
        return self.name


class OfDevice:
    """A mixin for what lies in a device."""

    device: Any
    name: Any

    @property
    def full_name(self) -> str:
        """What tells it apart from others of its name, in other devices."""
        return f"{self.device} {self.name}" if self.device else self.name

    @declared_attr
    def cable(cls) -> Mapped[Any]:
        """The cable that is plugged in, if there is one; ports are connected by making a Cable."""
        return relationship("Cable", secondary="cable_end", viewonly=True, uselist=False)


class Interface(OfDevice, Tagged, Object):
    """An interface of a device."""

    __table_args__ = (
        sa.UniqueConstraint("device_id", "name"),
        sa.CheckConstraint("mtu IS NULL OR mtu BETWEEN 1 AND 65536", name="mtu"),
        sa.CheckConstraint("lag_id <> id", name="not_in_itself"),
        beginnings("interface", "name"),
    )

    device_id: Mapped[UUID] = reference(Device.id, on_delete="CASCADE")
    device: Mapped[Device] = relationship(back_populates="interfaces")
    name: Mapped[str] = name_column()
    type: Mapped[str] = choice_column(*INTERFACE_TYPES, default="other")
    enabled: Mapped[bool] = mapped_column(default=True)
    status_id: Mapped[UUID] = reference(Status.id)
    status: Mapped[Status] = relationship()
    role_id: Mapped[UUID | None] = reference(Role.id)
    role: Mapped[Role | None] = relationship()
    lag_id: Mapped[UUID | None] = reference("interface.id", on_delete="SET NULL")
    lag: Mapped[Interface | None] = relationship(remote_side="Interface.id")
    mtu: Mapped[int | None] = mapped_column()
    mac_address: Mapped[str] = text_column("Such as 00:1a:2b:3c:4d:5e.")
    mgmt_only: Mapped[bool] = mapped_column(default=False)
    mode: Mapped[str] = choice_column("access", "tagged", "tagged-all")
    untagged_vlan_id: Mapped[UUID | None] = reference(VLAN.id, on_delete="SET NULL")
    untagged_vlan: Mapped[VLAN | None] = relationship()
    description: Mapped[str] = text_column()
    assignments: Mapped[list[IPAddressAssignment]] = relationship(
        back_populates="interface", cascade="all, delete-orphan"
    )

    @property
    def ip_addresses(self) -> tuple[IPAddress, ...]:
        """The addresses that it has; it gets one by an IPAddressAssignment."""
        return tuple(one.ip_address for one in self.assignments)

    def __str__(self) -> str:
        return self.name


class ConsolePort(OfDevice, Object):
    """A port by which a device is managed."""

    __table_args__ = (sa.UniqueConstraint("device_id", "name"),)

    device_id: Mapped[UUID] = reference(Device.id, on_delete="CASCADE")
    device: Mapped[Device] = relationship(back_populates="console_ports")
    name: Mapped[str] = name_column()
    type: Mapped[str] = choice_column(*CONSOLE_TYPES)
    description: Mapped[str] = text_column()

    def __str__(self) -> str:
        return self.name


class ConsoleServerPort(OfDevice, Object):
    """A port of a console server, for the console port of another device."""

    __table_args__ = (sa.UniqueConstraint("device_id", "name"),)

    device_id: Mapped[UUID] = reference(Device.id, on_delete="CASCADE")
    device: Mapped[Device] = relationship(back_populates="console_server_ports")
    name: Mapped[str] = name_column()
    type: Mapped[str] = choice_column(*CONSOLE_TYPES)
    description: Mapped[str] = text_column()

    def __str__(self) -> str:
        return self.name


class IPAddressAssignment(Object):
    """An address on an interface."""

    __tablename__ = "ip_address_to_interface"
    __table_args__ = (sa.UniqueConstraint("ip_address_id", "interface_id"),)

    ip_address_id: Mapped[UUID] = reference(IPAddress.id, on_delete="CASCADE")
    ip_address: Mapped[IPAddress] = relationship()
    interface_id: Mapped[UUID] = reference(Interface.id, on_delete="CASCADE")
    interface: Mapped[Interface] = relationship(back_populates="assignments")

    @property
    def full_name(self) -> str:
        """What tells it apart from others that look the same."""
        return f"{self.ip_address} on {self.interface.full_name}" if self.interface else str(self.ip_address)

    def __str__(self) -> str:
        return f"{self.ip_address} on {self.interface}"
