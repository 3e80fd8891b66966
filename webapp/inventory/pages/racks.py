"""A rack as a drawing: its units from the top, with what stands in them at the front and at the rear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy.orm import joinedload

from webapp.accounts.models import User
from webapp.accounts.permissions import may, visible
from webapp.db import db
from webapp.inventory.models import Device, Rack
from webapp.inventory.pages import beside

FRONT, REAR = "front", "rear"
MOST_DEVICES = 500


@dataclass(frozen=True)
class Cell:
    """One or several units of one face."""

    height: int = 1
    device: Device | None = None
    behind: bool = False
    """Whether it is the back of what stands at the other face."""


Faces = dict[str, dict[int, Cell | None]]
"""By face and unit: what begins there, counted from the top; None for what belongs to the cell above."""


def init_app(app: Flask) -> None:
    """Show the drawing on the pages of racks."""
    beside.add(app, beside.Part("dcim.rack", "inventory/beside/rack.html", _elevation, side=True))


def drawn(height: int, devices: Sequence[Device]) -> tuple[Faces, list[Device]]:
    """A rack of so many units with devices in it, and those that stand in no unit, or where others stand already."""
    faces: Faces = {FRONT: {}, REAR: {}}
    others = []
    for device in devices:
        if not _put(faces, height, device):
            others.append(device)
    return faces, others


def _put(faces: Faces, height: int, device: Device) -> bool:
    units = device.device_type.u_height
    if device.position is None or not units:
        return False
    face = device.face or FRONT
    top = min(device.position + units - 1, height)
    taken = range(device.position, top + 1)
    sides = [face, REAR if face == FRONT else FRONT] if device.device_type.is_full_depth else [face]
    if not taken or any(unit in faces[side] for side in sides for unit in taken):
        return False
    for side in sides:
        faces[side] |= dict.fromkeys(taken)
        faces[side][top] = Cell(len(taken), device, behind=side != face)
    return True


def _elevation(rack: Rack, user: User) -> Mapping[str, Any] | None:
    if not may(user, "dcim.view_device"):
        return None
    query = visible(Device, user).where(Device.rack_id == rack.id).order_by(Device.position, Device.name)
    devices = db.session.scalars(
        query.options(joinedload(Device.device_type), joinedload(Device.role)).limit(MOST_DEVICES)
    )
    faces, others = drawn(rack.u_height, devices.all())
    numbers = range(rack.u_height, 0, -1)
    units = [(number, faces[FRONT].get(number, Cell()), faces[REAR].get(number, Cell())) for number in numbers]
    free = sum(number not in faces[FRONT] for number in numbers)
    return {"units": units, "others": others, "free": free}
