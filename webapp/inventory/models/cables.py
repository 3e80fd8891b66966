"""Cables: each has two ends, and nothing has two cables."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import Model
from webapp.inventory.models.base import Object, choice_column, name_column, reference
from webapp.inventory.models.devices import ConsolePort, ConsoleServerPort, Interface
from webapp.inventory.models.labels import Status, Tagged

CABLE_TYPES = (
    *("cat3", "cat5", "cat5e", "cat6", "cat6a", "cat7", "cat8", "dac-active", "dac-passive", "coaxial", "mmf"),
    *("mmf-om3", "mmf-om4", "smf", "smf-os2", "aoc", "usb", "other"),
)
A, B = "A", "B"
Port = Interface | ConsolePort | ConsoleServerPort
PORTS: dict[type[Port], str] = {
    Interface: "interface",
    ConsolePort: "console_port",
    ConsoleServerPort: "console_server_port",
}
"""What a cable may end in, and the attribute of CableEnd that names it."""


class Cable(Tagged, Object):
    """What connects two ports. Where it ends is settled when it is made."""

    type: Mapped[str] = choice_column(*CABLE_TYPES)
    status_id: Mapped[UUID] = reference(Status.id)
    status: Mapped[Status] = relationship()
    label: Mapped[str] = name_column(default="")
    color: Mapped[str] = mapped_column(sa.String(6), default="")
    length: Mapped[Decimal | None] = mapped_column(sa.Numeric(8, 2))
    length_unit: Mapped[str] = choice_column("m", "cm", "ft", "in")
    ends: Mapped[list[CableEnd]] = relationship(
        back_populates="cable", cascade="all, delete-orphan", order_by="CableEnd.side", lazy="selectin"
    )

    def __init__(self, *, termination_a: Port | None = None, termination_b: Port | None = None, **values: object):
        super().__init__(**values)
        for side, port in ((A, termination_a), (B, termination_b)):
            if port is not None:
                self.ends.append(CableEnd(side=side, **{PORTS[type(port)]: port}))

    @property
    def termination_a(self) -> Port | None:
        """Where it begins."""
        return self._at(A)

    @property
    def termination_b(self) -> Port | None:
        """Where it ends."""
        return self._at(B)

    def _at(self, side: str) -> Port | None:
        return next((end.port for end in self.ends if end.side == side), None)

    def __str__(self) -> str:
        if self.label:
            return self.label
        ports = [port for port in (self.termination_a, self.termination_b) if port]
        return " – ".join(f"{port.device} {port}" for port in ports) or "Cable"


class CableEnd(Model):
    """Where a cable is plugged in."""

    __table_args__ = (
        sa.UniqueConstraint("cable_id", "side"),
        sa.CheckConstraint("side IN ('A', 'B')", name="side"),
        sa.CheckConstraint(
            "(CASE WHEN interface_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN console_port_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN console_server_port_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_port",
        ),
    )

    number: Mapped[int] = mapped_column(sa.Integer, sa.Identity(), primary_key=True)
    cable_id: Mapped[UUID] = reference(Cable.id, on_delete="CASCADE")
    cable: Mapped[Cable] = relationship(back_populates="ends")
    side: Mapped[str] = mapped_column(sa.String(1))
    interface_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey(Interface.id, ondelete="CASCADE"), unique=True)
    interface: Mapped[Interface | None] = relationship()
    console_port_id: Mapped[UUID | None] = mapped_column(sa.ForeignKey(ConsolePort.id, ondelete="CASCADE"), unique=True)
    console_port: Mapped[ConsolePort | None] = relationship()
    console_server_port_id: Mapped[UUID | None] = mapped_column(
        sa.ForeignKey(ConsoleServerPort.id, ondelete="CASCADE"), unique=True
    )
    console_server_port: Mapped[ConsoleServerPort | None] = relationship()

    @property
    def port(self) -> Port | None:
        """What it is plugged into."""
        return self.interface or self.console_port or self.console_server_port
