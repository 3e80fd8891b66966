"""What must hold among objects, whoever writes them; each refusal is a sentence at its field."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from webapp.accounts import service as accounts
from webapp.changes.models import Action, Change
from webapp.db import db, transaction
from webapp.errors import InvalidInputs, NotPossible
from webapp.inventory import (
    Cable,
    ConsolePort,
    Device,
    DeviceType,
    Interface,
    IPAddress,
    IPAddressAssignment,
    Location,
    Prefix,
    Rack,
    Tag,
    addresses,
    conflicts,
    integrity,
    kinds,
    service,
)

sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@contextmanager
def refused(**errors):
    """What happens inside is refused with these messages."""
    with pytest.raises(InvalidInputs) as refusal, transaction():
        yield
    assert refusal.value.errors == {field: [sentence] for field, sentence in errors.items()}


def change(row, **values):
    """Give row values, by one flush."""
    with transaction() as session:
        there = session.merge(row, load=True)
        for name, value in values.items():
            setattr(there, name, value)


@sqlite
def test_locations_lie_where_their_types_say_and_never_in_themselves(make):
    region = make("dcim.locationtype", name="Region", nestable=True)
    site = make("dcim.locationtype", name="Site", parent=region)
    north = make("dcim.location", name="north", location_type=region)
    south = make("dcim.location", name="south", location_type=region, parent=north)
    ams = make("dcim.location", name="ams01", location_type=site, parent=south)
    with refused(parent="north would lie in itself. Choose another location."):
        change(north, parent_id=south.id)
    with refused(parent="A Site lies in a Region: say in which."):
        change(ams, parent=None)
    with refused(parent="A Site lies in a Region; ams01 is a Site."):
        make("dcim.location", name="ams02", location_type=site, parent=ams)
    with refused(parent="A Site lies in a Region; ams01 is a Site."):
        ids = {"location_type_id": site.id, "parent_id": ams.id, "status_id": ams.status_id}
        db.session.add(Location(name="ams02", **ids))
    with refused(location_type="A Site lies in a Region; south is a Site."):
        change(south, location_type=site)
    with refused(parent="A Region lies in no other location."):
        change(region, nestable=False)
    with refused(parent="Region would lie in itself. Choose another type."):
        change(region, parent=site)


@sqlite
def test_devices_fit_into_the_rack_that_is_where_they_are(make):
    room_type = make("dcim.locationtype", name="Room", nestable=True)
    site, other = (make("dcim.location", name=name, location_type=room_type) for name in ("ams01", "fra01"))
    room = make("dcim.location", name="room", location_type=room_type, parent=site)
    rack = make("dcim.rack", name="r1", location=room, u_height=10)
    deep = make("dcim.devicetype", model="deep", u_height=2, is_full_depth=True)
    flat = make("dcim.devicetype", model="flat", u_height=1, is_full_depth=False)
    none = make("dcim.devicetype", model="cable guide", u_height=0)
    at = {"location": site, "rack": rack}
    lower = make("dcim.device", name="lower", device_type=deep, position=1, face="front", **at)
    make("dcim.device", name="behind", device_type=flat, position=3, face="rear", **at)
    make("dcim.device", name="before", device_type=flat, position=3, face="front", **at)
    with refused(position="lower is in the way: it would take unit 2 of r1."):
        make("dcim.device", name="x", device_type=flat, position=2, face="rear", **at)
    with refused(position="before, behind is in the way: it would take the units 3 to 4 of r1."):
        change(lower, position=3)
    with refused(position="r1 has the units 1 to 10; it would take the units 10 to 11."):
        make("dcim.device", name="x", device_type=deep, position=10, **at)
    with refused(position="A cable guide takes no units of a rack, so that it has no position."):
        make("dcim.device", name="x", device_type=none, position=5, **at)
    with refused(position="Say in which rack."):
        make("dcim.device", name="x", device_type=flat, position=5, location=site)
    with refused(rack="r1 is at room, which is not where the device is."):
        make("dcim.device", name="x", device_type=flat, location=other, rack=rack)
    with refused(u_height="before reaches up to unit 3."), transaction() as session:
        session.get(Rack, rack.id).u_height = 2
    with refused(location="lower is in it, and not there."):
        change(rack, location=other)
    change(lower, position=9)
    make("dcim.device", name="x", device_type=deep, position=1, **at)


@sqlite
def test_two_devices_of_one_flush_do_not_share_a_unit_and_may_swap_theirs(make):
    rack = make("dcim.rack", name="r1")
    kind = make("dcim.devicetype", model="flat", u_height=1)
    one = make("dcim.device", name="one", device_type=kind, rack=rack, location=rack.location, position=1, face="front")
    values = {"device_type": one.device_type, "role": one.role, "status": one.status, "location": rack.location}
    with (
        pytest.raises(InvalidInputs, match="two: three is in the way|three: two is in the way"),
        transaction() as session,
    ):
        session.add_all([Device(name=name, rack_id=rack.id, position=5, **values) for name in ("two", "three")])
    with transaction() as session:
        session.get(Device, one.id).position = 2
        session.add(Device(name="two", rack=session.get(Rack, rack.id), position=1, **values))


@sqlite
def test_a_primary_address_is_of_its_version_and_on_the_device(make):
    port = make("dcim.interface", name="eth0")
    four, six = make("ipam.ipaddress", address="10.0.0.1/24"), make("ipam.ipaddress", address="2001:db8::1/64")
    with refused(primary_ip4=f"10.0.0.1/24 is on no interface of {port.device.name}. Assign it to one first."):
        change(port.device, primary_ip4=four)
    with transaction() as session:
        for address in (four, six):
            session.add(IPAddressAssignment(interface=port, ip_address=address))
        port.device.primary_ip4 = four
    with refused(primary_ip4="2001:db8::1/64 is an address of version 6."):
        change(port.device, primary_ip4=six)
    with transaction() as session:
        assignment = session.scalars(sa.select(IPAddressAssignment).where(IPAddressAssignment.ip_address == four)).one()
        session.delete(assignment)
    assert port.device.primary_ip4 is None
    assert "primary_ip4" in db.session.scalars(sa.select(Change).where(Change.kind == "dcim.device")).all()[-1].before


@sqlite
def test_a_cable_has_two_ends_and_a_port_one_cable(make):
    device = make("dcim.device")
    one, two, three = (make("dcim.interface", name=name, device=device) for name in ("e1", "e2", "e3"))
    console = make("dcim.consoleport", name="con", device=device)
    make("dcim.cable", termination_a=one, termination_b=console)
    with refused(termination_a=f"{device.name} e1 has a cable already."):
        make("dcim.cable", termination_a=one, termination_b=two)
    with refused(termination_b="A cable does not end where it begins. Choose another port."):
        make("dcim.cable", termination_a=two, termination_b=two)
    with refused(termination_b="This field is required."):
        make("dcim.cable", termination_a=two, termination_b=None)
    status = make("extras.status")
    with pytest.raises(InvalidInputs, match="e2 is wanted by 2 cables at once"), transaction() as session:
        session.add_all(Cable(termination_a=two, termination_b=other, status=status) for other in (three, console))


def test_what_lies_in_a_deleted_object_goes_with_it_and_leaves_changes(make):
    device, peer = make("dcim.device", name="leaf"), make("dcim.device", name="spine")
    port, other = make("dcim.interface", name="e1", device=device), make("dcim.interface", name="e2", device=peer)
    make("dcim.consoleport", device=device)
    make("dcim.cable", termination_a=port, termination_b=other)
    address = make("ipam.ipaddress")
    make("ipam.ipaddresstointerface", ip_address=address, interface=port)
    tag = make("extras.tag", name="old")
    with transaction() as session:
        peer.tags = [session.merge(tag)]
    service.delete(kinds.of(Device), [device], accounts.named("admin"))
    left = [db.session.scalar(sa.select(sa.func.count()).select_from(each)) for each in (Cable, ConsolePort, Interface)]
    assert left == [0, 0, 1]
    deleted = db.session.scalars(sa.select(Change.kind).where(Change.action == Action.DELETE)).all()
    assert {"dcim.cable", "dcim.consoleport", "dcim.device", "dcim.interface"} == {*deleted} - {
        "ipam.ipaddresstointerface"
    }
    assert "ipam.ipaddresstointerface" in deleted
    service.delete(kinds.of(Tag), [tag], accounts.named("admin"))
    last = db.session.scalars(sa.select(Change).where(Change.kind == "dcim.device").order_by(Change.number)).all()[-1]
    assert (last.before, last.after) == ({"tags": ["old"]}, {"tags": []})


def test_what_others_need_is_not_deleted_and_they_are_counted(make):
    site = make("dcim.location", name="ams01")
    for _device in range(3):
        device = make("dcim.device", location=site)
    make("dcim.rack", location=site)
    admin = accounts.named("admin")
    with pytest.raises(NotPossible) as refusal:
        service.delete(kinds.of(Location), [site], admin)
    assert str(refusal.value) == "3 devices and 1 rack are at ams01: change or delete what needs it first."
    with pytest.raises(NotPossible, match=f"1 device is of the type {device.device_type}|3 devices are of the type"):
        service.delete(kinds.of(DeviceType), [device.device_type], admin)
    with transaction() as session:
        for model in (Device, Rack, Location):
            for row in session.scalars(sa.select(model)):
                session.delete(row)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Location)) == 0


@sqlite
def test_labels_are_for_the_kinds_that_they_name(make):
    role = make("extras.role", name="Leaf", content_types=["dcim.device"])
    tag = make("extras.tag", name="cold", content_types=["dcim.rack"])
    make("dcim.device", role=role)
    with refused(role="Leaf is not for racks, only for devices."):
        make("dcim.rack", role=role)
    with refused(tags="cold is not for devices, only for racks."):
        make("dcim.device", role=role, tags=[tag])
    with refused(content_types="1 device have it."):
        change(role, content_types=["dcim.rack"])
    with refused(content_types="There is no kind “dcim.nothing”."):
        change(tag, content_types=["dcim.nothing"])


@sqlite
def test_values_are_spelled_in_one_way(make):
    assert make("dcim.interface", mac_address="001A.2B3C.4D5E").mac_address == "00:1a:2b:3c:4d:5e"
    assert make("ipam.ipaddress", dns_name="Leaf-1.Example.COM.").dns_name == "leaf-1.example.com"
    assert make("extras.role", color="#4CAF50").color == "4caf50"
    with refused(mac_address="“00:1a” is no MAC address, such as 00:1a:2b:3c:4d:5e."):
        make("dcim.interface", mac_address="00:1a")
    with refused(dns_name="“a b” is no DNS name, such as leaf-1.example.com."):
        make("ipam.ipaddress", dns_name="a b")
    with refused(color="“red” is no colour: give six hexadecimal digits, such as 4caf50."):
        make("extras.tag", color="red")


@sqlite
def test_jobs_write_nothing_that_columns_do_not_take(make):
    device = make("dcim.device", name="leaf")
    with refused(name="Give at most 100 characters; these are 101."):
        change(device, name="x" * 101)
    with refused(face="“top” is none of front, rear."):
        change(device, face="top")
    with refused(serial="Take out the characters that no text may have."):
        change(device, serial="\0")
    with refused(role="This field is required."):
        change(device, role=None)
    with refused(name="This field is required.", device_type="This field is required."), transaction() as session:
        session.add(Device(role=device.role, status=device.status, location=device.location))
    for text, sentence in (
        ("10.0.0.1/24", "“10.0.0.1/24” is no network: is 10.0.0.0/24 meant?"),
        ("ten", "“ten” is no network, such as 10.20.0.0/16."),
    ):
        with refused(prefix=sentence):
            Prefix(prefix=text)
    with refused(address="“fe80::1%eth0” is no address, such as 10.20.0.7/24."):
        IPAddress(address="fe80::1%eth0")


def test_a_second_one_of_the_same_name_is_refused_with_what_they_have_in_common(make):
    site = make("dcim.location", name="ams01")
    leaf = make("dcim.device", name="leaf-1", location=site, asset_tag="A1")
    make("dcim.interface", name="eth0", device=leaf)
    make("ipam.prefix", prefix="10.0.0.0/8")
    make("ipam.ipaddress", address="10.0.0.1/24")
    make("ipam.vlan", vid=10, location=site)
    with refused(name="There is a device called leaf-1 at ams01 already."):
        make("dcim.device", name="leaf-1", location_id=site.id)
    with refused(asset_tag="There is a device with the asset tag A1 already."):
        make("dcim.device", asset_tag="A1")
    with refused(name="There is an interface called eth0 of leaf-1 already."):
        make("dcim.interface", name="eth0", device=leaf)
    with refused(name="There is a location called ams01 already."):
        make("dcim.location", name="ams01")
    with refused(prefix="There is a prefix 10.0.0.0/8 already."):
        make("ipam.prefix", prefix="10.0.0.0/8")
    with refused(address="There is an IP address 10.0.0.1/24 already."):
        make("ipam.ipaddress", address="10.0.0.1/16")
    with refused(vid="There is a VLAN with the VID 10 at ams01 already."):
        make("ipam.vlan", vid=10, location=site)
    with (
        pytest.raises(InvalidInputs, match="new: There is a device called new at ams01 already"),
        transaction() as session,
    ):
        values = {name: getattr(leaf, name) for name in ("device_type", "role", "status", "location")}
        session.add_all(Device(name="new", **values) for _twice in range(2))


def test_the_database_has_the_last_word_and_it_is_told_in_the_same_words(make, monkeypatch):
    """As if others had been faster than the rules."""
    for rules in ("OF_EACH", "AMONG"):
        monkeypatch.setattr(integrity, rules, ())
    site = make("dcim.location", name="ams01")
    make("dcim.device", name="leaf-1", location=site)

    def errors(name, /, **values):
        with pytest.raises(InvalidInputs) as refusal, transaction(), conflicts.told(kinds.called(name)):
            make(name, **values)
        return refusal.value.errors

    assert errors("dcim.device", name="leaf-1", location=site) == {
        "name": ["There is another device with this name already."]
    }
    assert errors("dcim.location", name="ams01") == {"name": ["There is another location with this name already."]}
    assert errors("dcim.device", name=None) == {"name": ["This field is required."]}
    assert errors("ipam.vlan", vid=5000) == {"vid": ["Give a number from 1 to 4094."]}
    assert errors("dcim.interface", mtu=0) == {"mtu": ["Give a number from 1 to 65536."]}
    assert list(errors("dcim.device", rack_id=site.id)) == ["__all__"]


def test_two_that_ask_for_the_next_free_address_at_once_get_different_ones(app, make):
    prefix, status = make("ipam.prefix", prefix="10.0.0.0/24").id, make("extras.status").id
    together, problems = Barrier(4), []

    def take():
        try:
            with app.app_context():
                together.wait(10)
                for _time in range(3):
                    with transaction() as session:
                        free = addresses.next_free_address(session.get(Prefix, prefix))
                        session.add(IPAddress(address=str(free), status_id=status))
                db.session.remove()
        except Exception as problem:
            problems.append(problem)

    threads = [Thread(target=take) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert problems == []
    db.session.rollback()
    found = db.session.scalars(sa.select(IPAddress.address).order_by(IPAddress.host)).all()
    assert found == [f"10.0.0.{number}/24" for number in range(1, 13)]


def test_a_thousand_devices_are_checked_by_a_few_questions(make):
    first = make("dcim.device")
    values = {name: getattr(first, f"{name}_id") for name in ("device_type", "role", "status", "location")}
    asked = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    with transaction() as session:
        session.add_all(
            [
                Device(name=f"leaf-{number}", **{f"{name}_id": id for name, id in values.items()})
                for number in range(1000)
            ]
        )
        session.flush()
        assert len([statement for statement in asked if statement.lstrip().startswith("SELECT")]) < 15
