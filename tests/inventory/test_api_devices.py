"""What scripts do with devices, addresses and cables over the API, and what they are told if it cannot be."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from webapp.accounts.models import Permission
from webapp.db import db, transaction

DEVICES, CABLES, PREFIXES, ADDRESSES = (
    "/api/dcim/devices/",
    "/api/dcim/cables/",
    "/api/ipam/prefixes/",
    "/api/ipam/ip-addresses/",
)
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def names(api):
    """Gives what the first field of those is that a list has, by the text behind the ? of its address."""
    admin = api("admin")

    def of(path: str, query: str, field: str = "display") -> list[str]:
        answer = admin.get(f"{path}?{query}")
        assert answer.status_code == 200, answer.json
        return [one[field] for one in answer.json["results"]]

    return of


@pytest.fixture
def fabric(make):
    """Two sites, the one with a room; a leaf in the room, a spine at the site, and a leaf elsewhere."""
    make("dcim.locationtype", nestable=True)
    ams = make("dcim.location", name="ams01")
    room = make("dcim.location", name="room 1", parent=ams)
    fra = make("dcim.location", name="fra01")
    leaf, spine = make("extras.role", name="leaf"), make("extras.role", name="spine")
    red, blue = make("extras.tag", name="red"), make("extras.tag", name="blue")
    rack = make("dcim.rack", name="r1", location=room)
    make("dcim.device", name="leaf-1", location=room, role=leaf, rack=rack, position=3, tags=[red, blue])
    make("dcim.device", name="spine-1", location=ams, role=spine, tags=[red], serial="AbC")
    make("dcim.device", name="leaf-2", location=fra, role=leaf)


def test_devices_are_found_by_what_they_have_and_where_they_are(names, fabric):
    assert names(DEVICES, "") == ["leaf-1", "leaf-2", "spine-1"]
    assert names(DEVICES, "location=ams01") == ["leaf-1", "spine-1"]
    assert names(DEVICES, "location__n=ams01") == ["leaf-2"]
    assert names(DEVICES, "location=ams01&role=leaf") == ["leaf-1"]
    assert names(DEVICES, "role=leaf&role=spine&sort=-name") == ["spine-1", "leaf-2", "leaf-1"]
    assert names(DEVICES, "role=nobody") == []
    assert names(DEVICES, "tags=red") == ["leaf-1", "spine-1"]
    assert names(DEVICES, "tags=red&tags=blue") == ["leaf-1"]
    assert names(DEVICES, "tags__n=blue") == ["leaf-2", "spine-1"]
    assert names(DEVICES, "has_tags=false") == names(DEVICES, "tags__isnull=true") == ["leaf-2"]
    assert names(DEVICES, "has_rack=true") == names(DEVICES, "rack__isnull=false") == ["leaf-1"]
    assert names(DEVICES, "rack=null&rack=r1") == ["leaf-1", "leaf-2", "spine-1"]
    assert names(DEVICES, "position__gte=3") == names(DEVICES, "q=EAF-1") == ["leaf-1"]
    assert names(DEVICES, "serial__ie=abc") == names(DEVICES, "name__isw=sp") == ["spine-1"]
    assert names(DEVICES, "name__nic=leaf") == ["spine-1"]
    assert names(DEVICES, "location__name=room 1") == names(DEVICES, "location__parent__name=ams01") == ["leaf-1"]
    assert names(DEVICES, "role__name__in=leaf&role__name__in=x") == ["leaf-1", "leaf-2"]
    assert names(DEVICES, "tags__name__n=blue&location__name__n=fra01") == ["spine-1"]
    assert names(DEVICES, "sort=-location") == ["leaf-1", "leaf-2", "spine-1"]
    assert names("/api/dcim/locations/", "subtree=ams01") == ["ams01", "room 1"]
    assert names("/api/dcim/locations/", "parent=ams01") == ["room 1"]


def test_prefixes_are_found_by_what_they_contain_and_lie_in(names, make):
    for prefix in ("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "2001:db8::/32", "2001:db8:1::/48", "0.0.0.0/0"):
        make("ipam.prefix", prefix=prefix)
    assert names(PREFIXES, "ip_version=4") == ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24"]
    assert names(PREFIXES, "within=10.0.0.0/8") == ["10.1.0.0/16", "10.1.2.0/24"]
    assert names(PREFIXES, "within_include=10.1.0.0/16&within_include=2001:db8:1::/48") == [
        *("10.1.0.0/16", "10.1.2.0/24", "2001:db8:1::/48")
    ]
    assert names(PREFIXES, "contains=10.1.2.7") == ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24"]
    assert names(PREFIXES, "contains=10.1.0.0/16") == ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16"]
    assert names(PREFIXES, "contains=2001:DB8:1::1") == ["2001:db8::/32", "2001:db8:1::/48"]
    assert names(PREFIXES, "prefix=2001:DB8::/32") == ["2001:db8::/32"]
    assert names(PREFIXES, "parent=10.1.0.0/16") == ["10.1.2.0/24"]
    assert names(PREFIXES, "prefix_length__gt=24") == ["2001:db8::/32", "2001:db8:1::/48"]
    assert names(PREFIXES, "ip_version=70000") == []
    assert names(PREFIXES, "prefix_length=16", "network") == ["10.1.0.0"]
    assert names(PREFIXES, "prefix_length=16", "broadcast") == ["10.1.255.255"]


def test_addresses_are_found_by_network_device_and_interface(names, make):
    parent = make("ipam.prefix", prefix="10.1.2.0/24")
    loopback, other = make("ipam.ipaddress", address="10.1.2.1/32"), make("ipam.ipaddress", address="2001:db8::1/64")
    device = make("dcim.device", name="r1")
    port = make("dcim.interface", device=device, name="lo0")
    make("ipam.ipaddresstointerface", ip_address=loopback, interface=port)
    mine = ["10.1.2.1/32"]
    assert names(ADDRESSES, "") == [*mine, "2001:db8::1/64"]
    for query in (
        *(
            "device=r1",
            f"device={device.id}",
            "interfaces=lo0",
            "prefix=10.0.0.0/8",
            "address=10.1.2.1",
            "mask_length=32",
        ),
        *(
            "address=10.1.2.1/32",
            "has_interface_assignments=true",
            "ip_version=4",
            f"parent={parent}",
            "address__n=2001:db8::1",
        ),
    ):
        assert names(ADDRESSES, query) == mine, query
    assert names(ADDRESSES, "address=10.1.2.1/24") == []
    interfaces = "/api/dcim/interfaces/"
    for query in ("ip_addresses=10.1.2.1/32", "has_ip_addresses=true", "device=r1", f"location={device.location}"):
        assert names(interfaces, query) == ["lo0"], query
    [told] = names(interfaces, "exclude_m2m=false&depth=1", "ip_addresses")
    assert [one["address"] for one in told] == mine
    assert names(ADDRESSES, f"id={other.id}&exclude_m2m=false", "interfaces") == [[]]


def test_a_cable_is_laid_between_two_ports_and_told_at_both(api, make, names):
    admin, status = api("admin"), make("extras.status", name="up")
    near = make("dcim.interface", name="eth0")
    far = make("dcim.consoleport", name="con0")
    body = {
        **{"termination_a_type": "dcim.interface", "termination_a_id": str(near.id), "status": "up"},
        **{"termination_b_type": "dcim.consoleport", "termination_b_id": str(far.id), "length": 2.5},
    }
    made = admin.post(CABLES, json=body)
    assert made.status_code == 201, made.json
    assert {name: made.json[name] for name in body if name != "status"} | {"status": "up"} == body
    assert (made.json["status"]["id"], made.json["termination_b"]["object_type"]) == (
        str(status.id),
        "dcim.consoleport",
    )
    told = admin.get(f"/api/dcim/interfaces/{near.id}/?depth=1").json
    assert (told["cable"]["id"], told["cable_peer"]["name"]) == (made.json["id"], "con0")
    assert names("/api/dcim/console-ports/", "has_cable=true") == ["con0"]
    assert names("/api/dcim/interfaces/", "has_cable=false") == []
    assert names(CABLES, f"device={far.device.name}", "id") == [made.json["id"]]
    assert names(CABLES, f"termination_b_id={far.id}", "id") == [made.json["id"]]
    assert names(CABLES, f"termination_a_id={far.id}", "id") == []
    again = admin.post(CABLES, json=body)
    assert again.status_code == 400
    assert admin.post(CABLES, json={"status": "up"}).json["termination_a_type"] == ["This field is required."]
    wrong = {**body, "termination_a_type": "dcim.device", "termination_b_id": str(near.id)}
    assert set(admin.post(CABLES, json=wrong).json) == {"termination_a_type", "termination_b_id"}
    moved = admin.patch(f"{CABLES}{made.json['id']}/", json={"termination_a_id": str(far.id)})
    assert "settled" in moved.json["termination_a_id"][0]


def test_several_are_made_changed_and_deleted_or_none(api, fabric, names):
    admin = api("admin")
    known = admin.get(f"{DEVICES}?name=leaf-1").json["results"][0]
    body = {name: known[name] for name in ("device_type", "role", "status", "location")}
    made = admin.post(DEVICES, json=[{**body, "name": f"new-{number}"} for number in range(3)])
    assert made.status_code == 201
    ids = [one["id"] for one in made.json]
    wrong = admin.post(DEVICES, json=[{**body, "name": "fine"}, {**body, "name": "new-1"}, {"name": "x" * 101}])
    assert wrong.status_code == 400
    assert wrong.json[0] == {}
    assert wrong.json[1]
    assert wrong.json[2]["role"] == ["This field is required."]
    assert "100" in wrong.json[2]["name"][0]
    assert names(DEVICES, "name=fine") == []
    changed = admin.patch(DEVICES, json=[{"id": ids[0], "serial": "s"}, {"id": ids[1], "role": {"name": "spine"}}])
    assert [one["serial"] for one in changed.json] == ["s", ""]
    assert names(DEVICES, "role=spine") == ["new-1", "spine-1"]
    assert admin.patch(DEVICES, json=[{"id": ids[0], "serial": "t"}, {"id": ids[1], "role": "x"}]).status_code == 400
    assert names(DEVICES, "serial=t") == []
    assert admin.delete(DEVICES, json=[{"id": id} for id in ids]).status_code == 204
    assert names(DEVICES, "name__isw=new") == []


def test_refusals_say_what_is_missing_wrong_or_needed(api, fabric, make):
    admin, ann = api("admin"), api("vic")
    told = admin.get(f"{DEVICES}?name=leaf-1").json["results"][0]
    here = f"{DEVICES}{told['id']}/"
    assert admin.post(DEVICES, json={}).json["name"] == ["This field is required."]
    assert admin.put(here, json={"name": "x"}).json["role"] == ["This field is required."]
    wrong = admin.patch(here, json={"role": "nobody", "position": "x", "face": "top", "rack": {"nmae": 1}, "colour": 1})
    assert wrong.status_code == 400
    assert set(wrong.json) == {"role", "position", "face", "rack", "colour"}
    assert "There is no role “nobody”" in wrong.json["role"][0]
    assert admin.patch(here, data="{", content_type="application/json").status_code == 400
    needed = admin.delete(f"/api/dcim/locations/{told['location']['id']}/")
    assert needed.status_code == 409
    assert "are at room 1: change or delete what needs it first." in needed.json["detail"]
    assert admin.get(f"/api/dcim/locations/{told['location']['id']}/").status_code == 200
    assert ann.get(here).status_code == 200
    refused = [ann.patch(here, json={"name": "x"}), ann.post(DEVICES, json={}), ann.delete(here)]
    assert [answer.status_code for answer in refused] == [403] * 3
    assert "dcim.change_device" in refused[0].json["detail"]
    assert admin.get(f"{DEVICES}?position=x").json == {"position": ["Enter a number."]}
    assert "nmae" in str(admin.get(f"{DEVICES}?location__nmae=x").json)
    assert admin.get(f"{DEVICES}?sort=colour").status_code == 400
    assert admin.get(f"{DEVICES}?q={'x' * 2000}").status_code == 400


@SQLITE
def test_who_may_not_see_what_devices_point_to_learns_its_id_and_no_name(api, fabric, person):
    with transaction() as session:
        session.add(Permission(name="devices", kinds=["dcim.device"], actions=["view"], users=[person("sam")]))
    sam = api("sam")
    told = sam.get(f"{DEVICES}?depth=1").json["results"][0]
    assert set(told["role"]) == set(told["location"]) == {"id", "object_type", "url"}
    assert told["tags"] == []
    for query in ("role=leaf", f"role={told['role']['id']}", "role__name__isw=l", "location=ams01", "tags=red"):
        assert sam.get(f"{DEVICES}?{query}").json["count"] == 0, query
    assert sam.get(f"{DEVICES}?role_id={told['role']['id']}").json["count"] == 2
    assert [one["name"] for one in sam.get(f"{DEVICES}?sort=-role").json["results"]]


@SQLITE
def test_a_list_asks_as_few_questions_for_fifty_as_for_one(api, make, app):
    admin = api("admin")
    role, tag = make("extras.role"), make("extras.tag")
    first = make("dcim.device", tags=[tag])
    asked: list[str] = []

    def count(path: str) -> int:
        asked.clear()
        assert admin.get(path).status_code == 200
        return len(asked)

    sa.event.listen(db.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    paths = [f"{DEVICES}?depth={depth}" for depth in (0, 1)]
    paths += ["/api/dcim/interfaces/?exclude_m2m=false", CABLES, "/api/ipam/ip-address-to-interface/"]
    make("dcim.cable")
    make("ipam.ipaddresstointerface")
    count(DEVICES)
    few = [count(path) for path in paths]
    for number in range(20):
        device = make("dcim.device", name=f"d{number}", location=first.location, tags=[tag], role=role)
        make("dcim.cable", termination_a=make("dcim.interface", device=device))
        make(
            "ipam.ipaddresstointerface",
            interface=make("dcim.interface", device=device),
            ip_address=make("ipam.ipaddress"),
        )
    many = [count(path) for path in paths]
    assert many == few
    assert many[0] <= 6
