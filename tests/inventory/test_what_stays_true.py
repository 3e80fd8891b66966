"""What held when an object was written still holds when something changes on which it depends."""

from __future__ import annotations

from contextlib import suppress

import pytest
import sqlalchemy as sa

from webapp.changes.models import Change
from webapp.db import db, transaction
from webapp.errors import InvalidInputs, NotPossible
from webapp.inventory import VLAN, Device, DeviceType, Interface, IPAddressAssignment, Manufacturer, Rack, count, first
from webapp.inventory.testing import at
from webapp.jobs import Job
from webapp.jobs.testing import run_job

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def change(row, **values):
    with transaction() as session:
        there = session.merge(row, load=True)
        for name, value in values.items():
            setattr(there, name, value)


def test_a_type_does_not_grow_over_what_stands_in_racks(make):
    rack = make("dcim.rack", name="r1", u_height=3)
    kind = make("dcim.devicetype", model="flat")
    for place in (1, 2):
        make("dcim.device", name=f"d{place}", device_type=kind, rack=rack, location=rack.location, position=place)
    with pytest.raises(InvalidInputs, match="d1 and d2 would overlap in r1"):
        change(kind, u_height=2)
    with transaction() as session:
        session.delete(session.query(Device).filter_by(name="d1").one())
    change(kind, u_height=2)
    with pytest.raises(InvalidInputs, match="d2 would not fit in r1"):
        change(kind, u_height=3)


def test_a_location_does_not_take_racks_away_from_where_their_devices_are(make):
    inner = make("dcim.locationtype", name="Room", nestable=True)
    fra, ams = (make("dcim.location", name=name, location_type=inner) for name in ("fra", "ams"))
    room = make("dcim.location", name="room", location_type=inner, parent=fra)
    rack = make("dcim.rack", name="r1", location=room)
    make("dcim.device", name="d1", rack=rack, location=fra)
    with pytest.raises(InvalidInputs, match="d1 is in a rack there"):
        change(room, parent=ams)
    make("dcim.location", name="hall", location_type=inner, parent=fra)
    change(room, parent=db.session.merge(make("dcim.location", name="floor", location_type=inner, parent=fra)))


def test_a_new_rack_and_a_new_type_have_their_usual_height_at_once(make):
    old = make("dcim.device", name="old")

    def put(position: int) -> None:
        with transaction() as session:
            there = session.merge(old)
            rack = Rack(name="new", location=there.location, status=there.status)
            kind = DeviceType(model="new", manufacturer=there.device_type.manufacturer)
            common = {"role": there.role, "status": there.status, "location": there.location}
            session.add(Device(name="in it", rack=rack, position=position, device_type=kind, **common))

    with pytest.raises(InvalidInputs, match="new has the units 1 to 42"):
        put(43)
    put(42)


def test_an_address_that_is_moved_or_gets_another_version_is_no_primary_one_any_more(make):
    device, other = make("dcim.device", name="d1"), make("dcim.device", name="d2")
    for moving in ("assignment", "interface", "version"):
        port = make("dcim.interface", name=moving, device=device)
        address = make("ipam.ipaddress")
        assignment = make("ipam.ipaddresstointerface", interface=port, ip_address=address)
        change(device, primary_ip4_id=address.id)
        if moving == "assignment":
            change(assignment, interface=make("dcim.interface", name=moving, device=other))
        elif moving == "interface":
            change(port, device=db.session.merge(other))
        else:
            change(address, address="2001:db8::1/64")
        assert db.session.get_one(Device, device.id, populate_existing=True).primary_ip4_id is None, moving
    assert db.session.query(IPAddressAssignment).count() == 3
    assert db.session.query(Interface).filter_by(device_id=other.id).count() == 2


def test_what_somebody_else_has_deleted_is_not_deleted_again(app, make, database_url):
    victim = make("dcim.device", name="victim")
    somebody_else = sa.create_engine(database_url)

    class Late(Job):
        def run(self):
            row = first(Device, name="victim")
            with somebody_else.begin() as connection:
                connection.execute(sa.delete(Device.__table__).where(Device.__table__.c.id == victim.id))
            with self.changes() as changes:
                changes.delete(row)

    told = run_job(Late, inventory=at(database_url))
    somebody_else.dispose()
    assert told.reason.endswith("One of the objects has been deleted meanwhile. Nothing was changed."), told.reason
    assert db.session.query(Change).filter_by(action="delete").count() == 0


def test_what_was_only_just_made_can_be_deleted_together_with_others(app, make, database_url):
    make("dcim.manufacturer", name="Old")

    class Mind(Job):
        def run(self):
            old = first(Manufacturer, name="Old")
            with self.changes() as changes:
                changes.delete(changes.add(Device(name="half made")), old)

    assert run_job(Mind, inventory=at(database_url)).state == "success"
    assert db.session.query(Manufacturer).filter_by(name="Old").count() == 0


def test_a_part_that_the_job_has_broken_ends_with_a_sentence(app, make, database_url):
    make("ipam.vlan")

    class Ignoring(Job):
        def run(self):
            row = first(VLAN)
            with self.changes(), self.changes():
                row.vid = 5000
                with suppress(NotPossible):
                    count(VLAN)

    told = run_job(Ignoring, inventory=at(database_url))
    assert told.reason.startswith("NotPossible: "), told.reason
    assert "SQL" not in told.reason
