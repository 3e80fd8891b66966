"""Primary addresses of devices: of their version, and on an interface of the device."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from webapp.inventory.integrity.batch import Batch, key
from webapp.inventory.models import Device, Interface, IPAddress, IPAddressAssignment
from webapp.inventory.networks import pieces

FIELDS = {"primary_ip4": 4, "primary_ip6": 6}
AT_ONCE = 500


def check(batch: Batch) -> None:
    """Refuse primary addresses that are of another version, or not on an interface of their device."""
    named = [
        (row, field, id)
        for row in batch.written(Device)
        for field in FIELDS
        if batch.differs(row, field) and (id := key(row, field)) is not None
    ]
    if not named:
        return
    addresses = batch.rows(IPAddress, (id for _, _, id in named))
    devices = _devices_of(batch, [id for _, _, id in named])
    for row, field, id in named:
        address = addresses.get(id)
        if address is not None and address.version != FIELDS[field]:
            batch.refuse(row, field, f"{address} is an address of version {address.version}.")
        elif row.id not in devices[id]:
            batch.refuse(row, field, f"{address} is on no interface of {row.name}. Assign it to one first.")


def release(session: Session) -> None:
    """Devices whose primary address is taken off their interfaces, or gets another version, have none any more."""
    batch = Batch(session)
    left = _left(batch)
    for some in pieces(left, AT_ONCE):
        having = sa.or_(Device.primary_ip4_id.in_(some), Device.primary_ip6_id.in_(some))
        devices = [device for device in session.scalars(sa.select(Device).where(having)) if device not in batch.deleted]
        on, addresses = _devices_of(batch, some), batch.rows(IPAddress, some)
        for device in devices:
            for field, version in FIELDS.items():
                id = key(device, field)
                if id in left and not (device.id in on[id] and addresses[id].version == version):
                    setattr(device, field, None)


def _left(batch: Batch) -> set[UUID]:
    """The addresses that may be no primary ones any more."""
    moved = [row.id for row in batch.changed if isinstance(row, Interface) and batch.differs(row, "device")]
    left = {row.id for row in batch.changed if isinstance(row, IPAddress) and batch.differs(row, "version")}
    assignments = [row for row in batch.changed if isinstance(row, IPAddressAssignment)]
    assignment = IPAddressAssignment.__table__
    for column, ids in ((assignment.c.id, [row.id for row in assignments]), (assignment.c.interface_id, moved)):
        for some in pieces(ids, AT_ONCE):
            left |= set(
                batch.session.connection().scalars(sa.select(assignment.c.ip_address_id).where(column.in_(some)))
            )
    return left | {row.ip_address_id for row in batch.gone(IPAddressAssignment)}


def _devices_of(batch: Batch, ids: Iterable[UUID]) -> dict[UUID, set[UUID | None]]:
    """The devices that have these addresses on their interfaces once everything is written, by address."""
    found: dict[UUID, set[UUID | None]] = defaultdict(set)
    written = {row.id for row in batch.written(IPAddressAssignment)} | {
        row.id for row in batch.gone(IPAddressAssignment)
    }
    interface, assignment = Interface.__table__, IPAddressAssignment.__table__
    moved = {row.id: key(row, "device") for row in batch.changed if isinstance(row, Interface)}
    query = sa.select(assignment.c.id, assignment.c.ip_address_id, interface.c.id, interface.c.device_id)
    for some in pieces(ids, AT_ONCE):
        those = query.join_from(assignment, interface).where(assignment.c.ip_address_id.in_(some))
        for id, address, on, device in batch.session.connection().execute(those):
            if id not in written:
                found[address].add(moved.get(on, device))
    about = list(batch.written(IPAddressAssignment))
    interfaces = batch.rows(Interface, (key(row, "interface") for row in about))
    for row in about:
        address, on = key(row, "ip_address"), interfaces.get(key(row, "interface") or row.id)
        if address is not None and on is not None:
            found[address].add(key(on, "device"))
    return found
