"""Devices in racks: within the units that a rack has, not over one another, and where the rack is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from webapp.inventory.integrity.batch import Batch, key, said
from webapp.inventory.integrity.locations import lies_in
from webapp.inventory.models import Device, DeviceType, Location, Rack
from webapp.inventory.networks import pieces

AT_ONCE = 500
SIDES = ("front", "rear")
PLACED_BY = ("rack", "position", "face", "device_type", "location")
Slot = tuple[int, str]
"""A unit and a side."""


@dataclass(frozen=True)
class Held:
    """What a device takes of a rack."""

    id: UUID
    name: str
    position: int
    face: str
    height: int
    full_depth: bool

    @property
    def top(self) -> int:
        """The highest unit."""
        return self.position + self.height - 1

    @property
    def slots(self) -> list[Slot]:
        """A device that is as deep as the rack, or of which nobody says which side it has, takes both."""
        sides = SIDES if self.full_depth or not self.face else (self.face,)
        return [(unit, side) for unit in range(self.position, self.position + self.height) for side in sides]


def check(batch: Batch) -> None:
    """Refuse devices that do not fit where they are put."""
    placed = [row for row in batch.written(Device) if batch.differs(row, *PLACED_BY)]
    if not placed:
        return
    racks = batch.rows(Rack, (key(row, "rack") for row in placed))
    types = batch.rows(DeviceType, (key(row, "device_type") for row in placed))
    by_rack: dict[UUID, list[Device]] = defaultdict(list)
    for row in placed:
        wanted = key(row, "rack")
        rack = racks.get(wanted) if wanted else None
        if rack is None:
            if row.position is not None:
                batch.refuse(row, "position", "Say in which rack.")
            continue
        _check_location(batch, row, rack)
        if row.position is not None:
            by_rack[rack.id].append(row)
    held = in_racks(batch, by_rack)
    for id, devices in by_rack.items():
        _check_units(batch, racks[id], devices, types, held.get(id, ()))


def _check_location(batch: Batch, device: Device, rack: Rack) -> None:
    inner, outer = key(rack, "location"), key(device, "location")
    if inner is not None and outer is not None and not lies_in(batch, inner, outer):
        there = batch.rows(Location, [inner])[inner]
        batch.refuse(device, "rack", f"{rack} is at {there}, which is not where the device is.")


def _check_units(
    batch: Batch, rack: Rack, devices: Iterable[Device], types: dict[UUID, DeviceType], there: Iterable[Held]
) -> None:
    taken: dict[Slot, str] = {slot: held.name for held in there for slot in held.slots}
    for device in devices:
        wanted = key(device, "device_type")
        kind = types.get(wanted) if wanted else None
        position = device.position
        if kind is None or position is None:
            continue
        height, deep, units = said(kind, "u_height"), said(kind, "is_full_depth"), said(rack, "u_height")
        if height < 1:
            batch.refuse(device, "position", f"A {kind} takes no units of a rack, so that it has no position.")
        elif position < 1 or position + height - 1 > units:
            batch.refuse(device, "position", f"{rack} has the units 1 to {units}; {_units(position, height)}.")
        else:
            held = Held(device.id, device.name, position, device.face or "", height, deep)
            others = dict.fromkeys(taken[slot] for slot in held.slots if slot in taken)
            if others:
                sentence = f"{', '.join(others)} is in the way: {_units(position, height)} of {rack}."
                batch.refuse(device, "position", sentence)
            taken.update(dict.fromkeys(held.slots, device.name))


def _units(position: int, height: int) -> str:
    return (
        f"it would take the units {position} to {position + height - 1}"
        if height > 1
        else f"it would take unit {position}"
    )


def in_racks(batch: Batch, ids: Iterable[UUID]) -> dict[UUID, list[Held]]:
    """What is in each of these racks by now, but for what is about to be put elsewhere, or there."""
    elsewhere = {row.id for row in batch.written(Device) if batch.differs(row, *PLACED_BY)}
    elsewhere |= {row.id for row in batch.gone(Device)}
    columns = (Device.id, Device.name, Device.position, Device.face, DeviceType.u_height, DeviceType.is_full_depth)
    query = sa.select(Device.rack_id, *columns).join(DeviceType, Device.device_type_id == DeviceType.id)
    found: dict[UUID, list[Held]] = defaultdict(list)
    for some in pieces(ids, AT_ONCE):
        rows: Any = batch.session.execute(query.where(Device.rack_id.in_(some), Device.position.is_not(None)))
        for rack, *held in rows:
            if held[0] not in elsewhere:
                found[rack].append(Held(*held))
    return found
