"""Devices that are in racks already, when something else changes on which it depends that they may be there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

import sqlalchemy as sa

from webapp.inventory import trees
from webapp.inventory.integrity.batch import Batch, key, said
from webapp.inventory.integrity.locations import lies_in
from webapp.inventory.integrity.racks import Held, Slot, in_racks
from webapp.inventory.models import Device, DeviceType, Location, Rack


def check(batch: Batch) -> None:
    """Refuse racks, types and locations that change so that devices could not stay where they are."""
    racks = [row for row in batch.written(Rack) if not batch.is_new(row) and batch.differs(row, "u_height", "location")]
    held = in_racks(batch, [rack.id for rack in racks]) if racks else {}
    for rack in racks:
        _check_rack(batch, rack, held.get(rack.id, ()))
    for kind in batch.written(DeviceType):
        if not batch.is_new(kind) and batch.differs(kind, "u_height", "is_full_depth"):
            _check_type(batch, kind)
    for location in batch.written(Location):
        if not batch.is_new(location) and batch.differs(location, "parent"):
            _check_location(batch, location)


def _check_rack(batch: Batch, rack: Rack, there: Iterable[Held]) -> None:
    """A rack keeps its devices: they have to fit in it, and be where it is."""
    highest = max(there, key=lambda held: held.top, default=None)
    if highest is not None and rack.u_height is not None and highest.top > rack.u_height:
        batch.refuse(rack, "u_height", f"{highest.name} reaches up to unit {highest.top}.")
    if batch.differs(rack, "location"):
        for device in batch.session.scalars(sa.select(Device).where(Device.rack_id == rack.id)).all():
            stays = device not in batch.deleted and key(device, "rack") == rack.id
            if stays and not _is_at(batch, device, key(rack, "location")):
                batch.refuse(rack, "location", f"{device} is in it, and not there.")
                return


def _check_type(batch: Batch, kind: DeviceType) -> None:
    """Devices do not grow over others, or out of their rack."""
    of_it = sa.select(Device.id, Device.rack_id).where(Device.device_type_id == kind.id, Device.position.is_not(None))
    places = {id: rack for id, rack in batch.session.execute(of_it) if rack is not None}
    racks = batch.rows(Rack, places.values())
    for id, there in in_racks(batch, racks).items():
        taken: dict[Slot, Held] = {}
        for before in sorted(there, key=lambda each: each.position):
            held = _grown(before, kind) if before.id in places else before
            other = next((taken[slot] for slot in held.slots if slot in taken), None)
            if other is not None or held.top > said(racks[id], "u_height"):
                problem = f"{other.name} and {held.name} would overlap" if other else f"{held.name} would not fit"
                batch.refuse(kind, "u_height", f"{problem} in {racks[id]}.")
                return
            taken.update(dict.fromkeys(held.slots, held))


def _check_location(batch: Batch, location: Location) -> None:
    """Racks that move with a location stay where their devices are said to be."""
    inside = trees.and_below(Location, sa.select(sa.literal(location.id, Location.id.type)))
    outer = sa.select(Device, Rack.location_id).join(Rack, Device.rack_id == Rack.id)
    for device, at in batch.session.execute(
        outer.where(Rack.location_id.in_(inside), Device.location_id.not_in(inside))
    ):
        if device not in batch.deleted and not _is_at(batch, device, at):
            batch.refuse(location, "parent", f"{device} is in a rack there, and not at what it would lie in.")
            return


def _is_at(batch: Batch, device: Device, location: UUID | None) -> bool:
    """Whether device is at that location, or at one above it."""
    outer = key(device, "location")
    return location is None or outer is None or lies_in(batch, location, outer)


def _grown(held: Held, kind: DeviceType) -> Held:
    return replace(held, height=said(kind, "u_height"), full_depth=said(kind, "is_full_depth"))
