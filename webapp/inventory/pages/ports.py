"""Ports on pages: those of a device, where each leads, and the two ends of a cable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import aliased, joinedload, selectinload

from webapp.accounts.models import User
from webapp.accounts.permissions import may, visible
from webapp.db import db
from webapp.inventory import choosing, kinds, routes
from webapp.inventory.models import (
    Cable,
    CableEnd,
    ConsolePort,
    ConsoleServerPort,
    Device,
    Interface,
    IPAddressAssignment,
)
from webapp.inventory.models.cables import PORTS, Port
from webapp.inventory.pages import beside

MOST_PORTS = 100
CABLE = "dcim.cable"
UNREAL = ("virtual", "bridge", "lag")
"""Types of interfaces into which nothing can be plugged."""
OTHERS: Mapping[type[Port], type[Port]] = {
    Interface: Interface,
    ConsolePort: ConsoleServerPort,
    ConsoleServerPort: ConsolePort,
}
"""What a cable from a port of each kind leads to."""


@dataclass(frozen=True)
class Connection:
    """Where a cable leads."""

    cable_id: UUID
    port: Port | None
    """None if the other end hangs loose."""


def init_app(app: Flask) -> None:
    """Show ports on the pages of devices, and cables on those of ports."""
    for model, attribute in PORTS.items():
        kind = f"dcim.{model.__name__.lower()}"
        covered = frozenset({(kind, "device")})
        beside.add(
            app, beside.Part("dcim.device", "inventory/beside/ports.html", partial(_ports, model), covers=covered)
        )
        beside.add(app, beside.Part(kind, "inventory/beside/connection.html", _connection))
        choosing.offer(app, kind, CABLE, ~sa.exists().where(getattr(CableEnd, f"{attribute}_id") == model.id))
    beside.add(app, beside.Part(CABLE, "inventory/beside/ends.html", _ends))


def connections(ports: Sequence[Port]) -> dict[UUID, Connection]:
    """Where the cables of ports, which are of one kind, lead, by the ids of the ports."""
    if not ports:
        return {}
    near, far = aliased(CableEnd), aliased(CableEnd)
    here = getattr(near, f"{PORTS[type(ports[0])]}_id")
    query = (
        sa.select(here, near.cable_id, far)
        .outerjoin(far, sa.and_(far.cable_id == near.cable_id, far.number != near.number))
        .where(here.in_([port.id for port in ports]))
        .options(*(joinedload(getattr(far, name)).joinedload(model.device) for model, name in PORTS.items()))
    )
    rows = db.session.execute(query)
    return {id: Connection(cable_id, end.port if end else None) for id, cable_id, end in rows}


def natural(text: str) -> list[tuple[int, str]]:
    """text as people sort it: Ethernet2 comes before Ethernet10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"([0-9]+)", text)]


def _ports(model: type[Port], device: Device, user: User) -> Mapping[str, Any] | None:
    kind = kinds.of(model)
    if not may(user, kind.permission("view")):
        return None
    mine = visible(model, user).where(model.device_id == device.id)
    rows: Sequence[Any] = db.session.scalars(mine.options(*_loads(model)).order_by(model.name).limit(MOST_PORTS)).all()
    if not rows and model is not Interface:
        return None
    whole = len(rows) < MOST_PORTS
    count = len(rows) if whole else db.session.scalar(sa.select(sa.func.count()).select_from(mine.subquery()))
    return {
        "kind": kind,
        "cable": kinds.of(Cable),
        "rows": sorted(rows, key=lambda row: natural(row.name)) if whole else rows,
        "connections": connections(rows) if may(user, "dcim.view_cable") else {},
        "addresses": model is Interface and may(user, "ipam.view_ipaddress"),
        "count": count,
        "href": routes.url(kind, "list", device=device.id),
        "adding": [
            (one.label, routes.url(one, "new", device=device.id, _back="device"))
            for one in _adding(model, device, user)
        ],
        "connect": _connect(kind, user),
        "unreal": UNREAL,
    }


def _adding(model: type[Port], device: Device, user: User) -> Iterable[kinds.ObjectKind]:
    """The kinds that buttons beside the ports of that model add: theirs, and those of which no list is there yet."""
    for other in PORTS:
        kind = kinds.of(other)
        here = other is model or (model is Interface and not _any(other, device, user))
        if may(user, kind.permission("add")) and here:
            yield kind


def _any(model: type[Port], device: Device, user: User) -> bool:
    """Whether the page of device lists ports of that model."""
    query = visible(model, user).where(model.device_id == device.id).limit(1)
    return may(user, kinds.of(model).permission("view")) and db.session.scalar(query) is not None


def _loads(model: type[Port]) -> Iterable[Any]:
    if model is not Interface:
        return []
    return [
        selectinload(Interface.assignments).joinedload(IPAddressAssignment.ip_address),
        joinedload(Interface.status),
    ]


def _connection(port: Port, user: User) -> Mapping[str, Any] | None:
    if not may(user, "dcim.view_cable"):
        return None
    return {
        "cable": kinds.of(Cable),
        "connection": connections([port]).get(port.id),
        "connect": _connect(kinds.of(type(port)), user) if port.type not in UNREAL else None,
    }


def _connect(kind: kinds.ObjectKind, user: User) -> str | None:
    """The name of the address at which a port of kind is connected, for who may do that."""
    return f"connect_{kind.row_label}" if may(user, "dcim.add_cable") else None


def _ends(cable: Cable, _user: User) -> Mapping[str, Any]:
    return {"ends": [("A", cable.termination_a), ("B", cable.termination_b)]}
