"""Deleting many objects asks the database as often as deleting few."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa

from webapp.accounts.models import User
from webapp.changes.models import Change
from webapp.db import db, transaction
from webapp.inventory import kinds, service
from webapp.inventory.models import (
    Cable,
    ConsolePort,
    Device,
    Interface,
    IPAddress,
    IPAddressAssignment,
    Tag,
)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def spine(make):
    """A device that stays, to which the others are cabled."""
    return make("dcim.device", name="spine")


def stocked(make, spine, prefix: str, number: int) -> list[Device]:
    """Devices with two interfaces, an address, a console port, a tag, and a cable to spine each."""
    model = make("dcim.device", name=f"{prefix}-model")
    active = model.status
    made = []
    with transaction() as session:
        tag = Tag(name=f"tag {prefix}")
        for place in range(number):
            device = Device(
                name=f"{prefix}-{place}",
                location=model.location,
                role=model.role,
                status=active,
                device_type=model.device_type,
                tags=[tag],
            )
            ports = [Interface(name=name, status=active) for name in ("a", "b")]
            device.interfaces = ports
            device.console_ports = [ConsolePort(name="con")]
            far = Interface(name=f"{prefix}-{place}", status=active, device=spine)
            address = IPAddress(
                address=f"192.0.2.{len(made) + 1}/24" if prefix == "few" else f"198.51.100.{place + 1}/24",
                status=active,
            )
            session.add_all([device, far, address, Cable(termination_a=ports[0], termination_b=far, status=active)])
            ports[1].assignments = [IPAddressAssignment(ip_address=address)]
            session.flush()
            device.primary_ip4 = address
            made.append(device)
    return made


def asked(rows: list[Device], by: Callable[[], User]) -> Counter[str]:
    ids = [row.id for row in rows]
    db.session.rollback()
    db.session.expunge_all()
    said: Counter[str] = Counter()

    def listen(_connection, _cursor, statement, *_rest):
        said[statement] += 1

    devices = db.session.scalars(sa.select(Device).where(Device.id.in_(ids))).all()
    sa.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        service.delete(kinds.of(Device), devices, by())
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
    return said


def test_deleting_forty_devices_asks_as_often_as_deleting_four(make, spine, person):
    by = partial(person, "admin")
    few, many = (asked(stocked(make, spine, name, number), by) for name, number in (("few", 4), ("many", 40)))
    assert many.total() <= few.total() + 3, (many - few).most_common(3)
    assert db.session.query(Change).filter_by(kind="dcim.device", action="delete").count() == 44
    assert db.session.query(Cable).count() == 0
    assert db.session.query(Interface).count() == 44  # those of the device that stays
