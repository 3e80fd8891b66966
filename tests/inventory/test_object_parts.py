"""What the pages of some kinds show beside their fields: ports and cables, racks, what lies in prefixes."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from webapp.db import db
from webapp.inventory import kinds
from webapp.inventory.models import Cable, CableEnd, Device, DeviceType, IPAddressAssignment
from webapp.inventory.pages.ports import natural
from webapp.inventory.pages.racks import FRONT, REAR, drawn

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def page_of(row, rest: str = "") -> str:
    return f"{kinds.of(type(row)).url(row)}{rest}"


@pytest.fixture
def devices(make):
    """Two devices with two interfaces each, by name."""
    made = {name: make("dcim.device", name=name) for name in ("leaf-1", "leaf-2")}
    for device in made.values():
        for name in ("Ethernet10", "Ethernet2"):
            make("dcim.interface", name=name, device=device)
    return made


def port(device: Device, name: str):
    db.session.rollback()
    return next(one for one in db.session.get(Device, device.id).interfaces if one.name == name)


def test_a_port_is_connected_from_its_page_and_both_ends_say_so(make, browse, devices):
    admin, status = browse("admin"), make("extras.status")
    here, there = port(devices["leaf-1"], "Ethernet2"), port(devices["leaf-2"], "Ethernet10")
    address = f"/dcim/cables/add/interface/{here.id}/"
    assert f'href="{address}"' in admin.get(page_of(here)).text
    assert "leaf-1 Ethernet2" in admin.get(address).text
    data = {"device": str(devices["leaf-2"].id), "port": str(there.id), "status": str(status.id)}
    assert admin.post(address, data).location == page_of(devices["leaf-1"])
    cable = db.session.scalars(sa.select(Cable)).one()
    assert "leaf-2 Ethernet10" in admin.get(page_of(here)).text
    assert "leaf-1 Ethernet2" in admin.get(page_of(there)).text
    assert re.search("leaf-1 Ethernet2.*leaf-2 Ethernet10", admin.get(page_of(cable)).text, re.S)
    assert "leaf-2 Ethernet10" in admin.get(page_of(devices["leaf-1"])).text
    again = admin.post(f"/dcim/cables/add/interface/{port(devices['leaf-1'], 'Ethernet10').id}/", data)
    assert again.status_code == 400
    assert db.session.scalar(sa.select(sa.func.count()).select_from(CableEnd)) == 2


def test_deleting_a_device_or_port_says_that_its_cable_goes_along(make, browse, devices):
    admin, here = browse("admin"), port(devices["leaf-1"], "Ethernet2")
    assert "cable" not in admin.get(page_of(here, "delete/")).text.split("<h1>")[1]
    make("dcim.cable", termination_a=here, termination_b=port(devices["leaf-2"], "Ethernet10"))
    for row in (here, devices["leaf-2"]):
        assert "<li>One cable</li>" in admin.get(page_of(row, "delete/")).text
    ids = [str(device.id) for device in devices.values()]
    question = admin.post("/dcim/devices/delete/", {"id": ids})
    assert re.search(r"What goes with them.*<li>1 cables?</li>", question.text, re.S)


def test_the_other_port_may_be_typed_and_has_to_be_one_of_that_device(make, browse, devices):
    admin, here = browse("admin"), port(devices["leaf-1"], "Ethernet2")
    data = {"device": "leaf-2", "port": "Ethernet10", "_typed_status": "Connected"}
    address = f"/dcim/cables/add/interface/{here.id}/"
    wrong = admin.post(address, {**data, "port": "Ethernet99"})
    assert wrong.status_code == 400
    assert 'id="id_port-errors"' in wrong.text
    assert admin.post(address, data).status_code == 302
    assert db.session.scalars(sa.select(Cable)).one().termination_b == port(devices["leaf-2"], "Ethernet10")


def test_only_free_ports_are_offered_for_a_cable(make, browse, devices):
    taken, other = port(devices["leaf-1"], "Ethernet2"), port(devices["leaf-2"], "Ethernet2")
    make("dcim.cable", termination_a=taken, termination_b=other)
    asked = f"/dcim/interfaces/search?for=dcim.cable&device={devices['leaf-1'].id}"
    offered = [one["label"] for one in browse("ann").get(asked).json["results"]]
    assert "leaf-1 Ethernet10" in offered
    assert "leaf-1 Ethernet2" not in offered


def test_a_console_port_leads_to_a_console_server_port(make, browse, devices):
    here, there = make("dcim.consoleport", name="con"), make("dcim.consoleserverport", name="line1")
    data = {"port": str(there.id), "_typed_status": "Connected"}
    answer = browse("ann").post(f"/dcim/cables/add/consoleport/{here.id}/", data)
    assert answer.status_code == 302
    assert "line1" in browse("vic").get(page_of(here)).text


def test_who_may_not_make_cables_is_not_offered_any(make, browse, devices):
    vic, here = browse("vic"), port(devices["leaf-1"], "Ethernet2")
    assert "Connect…" not in vic.get(page_of(here)).text
    assert vic.get(f"/dcim/cables/add/interface/{here.id}/").status_code == 403
    assert "begins at a port" in browse("ann").get("/dcim/cables/add/").text


def test_an_address_is_assigned_from_the_page_of_either_side(make, browse, devices):
    ann, address = browse("ann"), make("ipam.ipaddress", address="10.0.0.1/24")
    first, second = port(devices["leaf-1"], "Ethernet2"), port(devices["leaf-2"], "Ethernet2")
    for row, field, other in ((first, "interface", address), (address, "ip_address", second)):
        link = f"/ipam/ip-address-to-interface/add/?{field}={row.id}&_back={field}"
        assert link.replace("&", "&amp;") in ann.get(page_of(row)).text
        beside = "ip_address" if field == "interface" else "interface"
        assert ann.post(link, {field: str(row.id), beside: str(other.id)}).location == page_of(row)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(IPAddressAssignment)) == 2
    assert "10.0.0.1/24" in ann.get(page_of(first)).text
    assert "leaf-2 Ethernet2" in ann.get(page_of(address)).text
    assert "10.0.0.1/24" in ann.get(page_of(devices["leaf-1"])).text


def test_ports_stand_in_the_order_of_their_numbers(browse, devices):
    text = browse("vic").get(page_of(devices["leaf-1"])).text
    assert text.index("Ethernet2") < text.index("Ethernet10")
    assert sorted(["e1/10", "e1/9", "Lo", "e"], key=natural) == ["Lo", "e", "e1/9", "e1/10"]


def test_a_rack_draws_what_stands_in_it_from_both_sides(app):
    deep, flat = DeviceType(u_height=2, is_full_depth=True), DeviceType(u_height=1, is_full_depth=False)
    server = Device(name="server", position=3, face="front", device_type=deep)
    panel = Device(name="panel", position=1, face="rear", device_type=flat)
    loose, beneath = Device(name="loose", device_type=flat), Device(name="beneath", position=3, device_type=flat)
    faces, others = drawn(4, [server, panel, beneath, loose])
    assert (faces[FRONT][4].device, faces[FRONT][4].height, faces[FRONT][3]) == (server, 2, None)
    assert (faces[REAR][4].device, faces[REAR][4].behind) == (server, True)
    assert faces[REAR][1].device is panel
    assert 1 not in faces[FRONT]
    assert others == [beneath, loose]


def test_the_page_of_a_rack_shows_its_units(make, browse):
    rack = make("dcim.rack", u_height=12)
    make("dcim.device", name="sw1", location=rack.location, rack=rack, position=5, face="front")
    make("dcim.device", name="spare", location=rack.location, rack=rack)
    text = browse("vic").get(page_of(rack)).text
    assert "11 of 12 free at the front" in text
    assert re.search(r'<th scope="row">5</th>\s*<td class="rack__device" rowspan="1">.*?sw1', text, re.S)
    assert re.search("In no unit.*?spare", text, re.S)


def test_a_prefix_shows_what_lies_in_it_and_what_is_free_between(make, browse):
    prefix = make("ipam.prefix", prefix="10.0.0.0/28")
    make("ipam.ipaddress", address="10.0.0.2/28", dns_name="two.example")
    inner = make("ipam.prefix", prefix="10.0.0.8/30")
    text = browse("ann").get(page_of(prefix)).text
    assert [found.strip() for found in re.findall(r"(10\.0\.0\.\d+(?: – [\d.]+)?) <span", text)] == [
        "10.0.0.1",
        "10.0.0.3 – 10.0.0.7",
        "10.0.0.12 – 10.0.0.14",
    ]
    assert "5 free" in text
    assert 'href="/ipam/ip-addresses/add/?address=10.0.0.3/28"' in text
    assert "two.example" in text
    assert re.search('aria-label="Path">.*?10.0.0.0/28', browse("ann").get(page_of(inner)).text, re.S)


def test_a_container_offers_room_for_networks(make, browse):
    prefix = make("ipam.prefix", prefix="10.0.0.0/16", type="container")
    make("ipam.prefix", prefix="10.0.0.0/17")
    text = browse("ann").get(page_of(prefix)).text
    assert 'href="/ipam/prefixes/add/?prefix=10.0.128.0/17"' in text
    assert "50 %" in text
    assert "32,768 of 65,536 addresses" in text


def test_a_full_prefix_is_shown_in_pages(make, browse):
    prefix, vic = make("ipam.prefix", prefix="10.0.0.0/24"), browse("vic")
    for last in range(1, 54):
        make("ipam.ipaddress", address=f"10.0.0.{last}/24")
    first = vic.get(page_of(prefix)).text
    assert "10.0.0.50/24" in first
    assert "10.0.0.51/24" not in first
    more = re.search(r'rel="next" href="([^"]+)"', first)
    assert more
    assert "10.0.0.51/24" in vic.get(more[1]).text
    for cursor in ("-1", "x", "9" * 60, "0"):
        assert vic.get(page_of(prefix), query_string={"after": cursor}).status_code == 200


def test_huge_prefixes_are_told_in_powers(make, browse):
    text = browse("vic").get(page_of(make("ipam.prefix", prefix="2001:db8::/32"))).text
    assert "about 2^96" in text
