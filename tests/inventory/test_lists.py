"""The lists of objects: search, filters, order and pages, all of them in the address."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import event

from webapp.accounts.models import Permission
from webapp.db import db, transaction
from webapp.inventory import kinds
from webapp.inventory.models import Device, Location

DEVICES = "/dcim/devices/"
ASKED = [
    ("", ["ams-leaf-1", "ams-leaf-2", "ams-spine-1"]),
    ("q=LEAF+ams", ["ams-leaf-1", "ams-leaf-2"]),
    ("q=x-2", ["ams-leaf-2"]),
    ("role=spine", ["ams-spine-1"]),
    ("status=Live&status=Drawn&role=leaf", ["ams-leaf-1", "ams-leaf-2"]),
    ("location=Amsterdam", ["ams-leaf-1", "ams-leaf-2", "ams-spine-1"]),
    ("location=Room+1&status=Live", ["ams-spine-1"]),
    ("tags=core", ["ams-leaf-1"]),
    ("tags=null", ["ams-leaf-2", "ams-spine-1"]),
    ("rack=null&face=front", ["ams-leaf-2"]),
    ("face=null", ["ams-leaf-1", "ams-spine-1"]),
    ("serial__ic=x-", ["ams-leaf-1", "ams-leaf-2"]),
    ("status__name=Drawn", ["ams-leaf-2"]),
    ("status__n=Drawn", ["ams-leaf-1", "ams-spine-1"]),
    ("sort=-label", ["ams-spine-1", "ams-leaf-2", "ams-leaf-1"]),
    ("sort=status", ["ams-leaf-2", "ams-leaf-1", "ams-spine-1"]),
    ("sort=-role", ["ams-spine-1", "ams-leaf-2", "ams-leaf-1"]),
    ("sort=rack", ["ams-leaf-1", "ams-leaf-2", "ams-spine-1"]),
]
"""Addresses, and the devices of `leaves` that they are about."""
PAIRS = ("ipam.ipaddresstointerface",)
WRONG = [
    ("role=router", "Role: There is no role “router”, or you may not see it."),
    ("face=top", "Face: “top” is none of front, rear."),
    ("colour=red", "Colour: There is no such filter."),
    ("position=high", "Position: "),
    ("serial__re=%5B", "Patterns can be looked for over the API only."),
    ("role__owner=x", "There is nothing called “owner”"),
    ("name=a%00b", "That text has characters that nothing here has."),
    *((f"{name}=x", "There is no such filter.") for name in ("self", "endpoint", "_external", "kind", "limit")),
    ("sort=comments", "Devices cannot be sorted by “comments”."),
    ("after=WyJuYW1lIl0", "This page of the list cannot be found."),
    ("before=%C3%A4%C3%B6", "This page of the list cannot be found."),
    ("device=" + "x" * 300, "There is no such filter."),
]
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def shown(answer) -> list[str]:
    """The labels of the rows of a list."""
    return [unescape(label) for label in re.findall(r'class="list__name" href="[^"]+">([^<]*)<', answer.text)]


def said(answer) -> str:
    """The text of a page in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def link(answer, rel: str) -> str:
    """Where the link to that neighbour leads."""
    found = re.search(rf'rel="{rel}" href="([^"]+)"', answer.text)
    return unescape(found[1]) if found else ""


@pytest.fixture
def leaves(make):
    """Three devices of two roles and two states at two places, one of them in a tree."""
    active, planned = make("extras.status", name="Live", color="4caf50"), make("extras.status", name="Drawn")
    leaf, spine = make("extras.role", name="leaf"), make("extras.role", name="spine")
    make("dcim.locationtype", nestable=True)
    site = make("dcim.location", name="Amsterdam", status=active)
    room = make("dcim.location", name="Room 1", parent=site, status=active)
    core = make("extras.tag", name="core", color="ff9800")
    make("dcim.device", name="ams-leaf-1", role=leaf, status=active, location=site, serial="X-1", tags=[core])
    make("dcim.device", name="ams-leaf-2", role=leaf, status=planned, location=room, serial="X-2", face="front")
    make("dcim.device", name="ams-spine-1", role=spine, status=active, location=room)


@sqlite_only
def test_a_list_shows_what_its_address_asks_for(browse, leaves):
    vic = browse("vic")
    for asked, names in ASKED:
        answer = vic.get(f"{DEVICES}?{asked}")
        assert answer.status_code == 200, asked
        assert shown(answer) == names, asked
        assert f'data-announcement="{len(names)} device' in answer.text, asked


def test_both_databases_sort_and_narrow_alike(browse, leaves):
    vic = browse("vic")
    assert shown(vic.get(f"{DEVICES}?location=Amsterdam&sort=-location")) == ["ams-spine-1", "ams-leaf-2", "ams-leaf-1"]
    assert shown(vic.get(f"{DEVICES}?q=Ams&tags=null&sort=primary_ip4")) == ["ams-leaf-2", "ams-spine-1"]


@sqlite_only
def test_what_an_address_asks_wrongly_is_said_and_nothing_of_it_is_lost(browse, leaves):
    vic = browse("vic")
    for asked, words in WRONG:
        answer = vic.get(f"{DEVICES}?status=Live&q=ams&{asked}")
        assert answer.status_code == 400, asked
        assert words in said(answer), asked
        assert "Remove the filter Status: Live" in answer.text
        assert 'value="ams"' in answer.text
        assert shown(answer) == []


@sqlite_only
def test_each_filter_can_be_removed_by_itself(browse, leaves):
    vic = browse("vic")
    answer = vic.get(f"{DEVICES}?status=Live&status=Drawn&role=leaf&q=ams&sort=-label")
    links = {
        label: unescape(href)
        for href, label in re.findall(r'count__filter" href="([^"]+)" aria-label="([^"]+)"', answer.text)
    }
    assert list(links) == [f"Remove the filter {what}" for what in ("Status: Live", "Status: Drawn", "Role: leaf")]
    assert links["Remove the filter Status: Drawn"] == f"{DEVICES}?status=Live&role=leaf&q=ams&sort=-label"
    assert shown(vic.get(links["Remove the filter Role: leaf"])) == ["ams-spine-1", "ams-leaf-2", "ams-leaf-1"]


@sqlite_only
def test_a_filter_that_is_known_by_its_id_is_shown_by_its_name(browse, leaves):
    id = db.session.query(Location.id).filter_by(name="Room 1").scalar()
    answer = browse("vic").get(f"{DEVICES}?location={id}")
    assert "Location: Room 1" in said(answer)
    assert shown(answer) == ["ams-leaf-2", "ams-spine-1"]
    assert re.search(r'<option value="[^"]+" selected>Room 1</option>', answer.text)


@sqlite_only
def test_the_other_filters_come_when_somebody_asks_for_them(browse, leaves):
    vic = browse("vic")
    assert 'name="serial__ic"' not in vic.get(DEVICES).text
    assert 'name="serial__ic"' in vic.get(f"{DEVICES}?more=1").text
    assert 'name="serial__ic" value="X-1"' in vic.get(f"{DEVICES}?serial__ic=X-1").text


def test_pages_go_both_ways_and_rows_that_come_and_go_move_nothing(browse, make):
    first = make("dcim.device", name="d000", position=None)
    copies = {name: getattr(first, name) for name in ("device_type_id", "role_id", "status_id", "location_id")}
    with transaction() as session:
        session.add_all(Device(name=f"d{n:03}", **copies) for n in range(1, 120))
    vic = browse("vic")
    one = vic.get(DEVICES)
    assert shown(one) == [f"d{n:03}" for n in range(50)]
    two = vic.get(link(one, "next"))
    with transaction() as session:
        session.add(Device(name="d010a", **copies))
        session.delete(session.get(Device, first.id))
    assert shown(vic.get(link(one, "next"))) == shown(two) == [f"d{n:03}" for n in range(50, 100)]
    three = vic.get(link(two, "next"))
    assert shown(three) == [f"d{n:03}" for n in range(100, 120)]
    assert link(three, "next") == ""
    assert shown(vic.get(link(three, "prev"))) == shown(two)
    back = vic.get(link(two, "prev"))
    assert shown(back) == shown(vic.get(DEVICES))
    down = vic.get(link(vic.get(f"{DEVICES}?sort=-status"), "next"))
    assert shown(down)[0] == "d069"


@sqlite_only
def test_a_list_asks_no_more_of_the_database_the_longer_it_is(app, browse, make):
    vic, device = browse("vic"), make("dcim.device", tags=[make("extras.tag")])
    make("dcim.interface", device=device)

    def statements(path: str) -> int:
        heard: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *what: heard.append(what[2]))
        assert vic.get(path).status_code == 200
        return len(heard)

    for kind in kinds.every():
        few = statements(f"/{kind.path}/")
        for _ in range(3):
            make(kind.name, **({"ip_address": make("ipam.ipaddress")} if kind.name in PAIRS else {}))
        # What listens stays, so that each statement is heard once more each time.
        assert statements(f"/{kind.path}/") <= 2 * few + 2, kind.name


@sqlite_only
def test_a_list_reads_and_sorts_no_more_than_it_shows(app, browse, leaves, make):
    site = db.session.query(Location).filter_by(name="Amsterdam").one()
    make("dcim.device", name="ams-leaf-3", location=site, rack=make("dcim.rack", location=site))
    vic, heard = browse("vic"), list[str]()
    event.listen(db.engine, "before_cursor_execute", lambda *what: heard.append(" ".join(what[2].split())))
    assert len(shown(vic.get(f"{DEVICES}?q=ams&sort=-status"))) == 4
    [by_status] = [one for one in heard if "ORDER BY sorted_by.name" in one]
    assert "device.serial" not in by_status.partition(" FROM ")[0]
    named = [one for one in heard if re.search(r" FROM (device|role|rack|status|location) WHERE .*IN \(", one)]
    assert len(named) == 5
    assert [one for one in named if re.search(r"\.(created_at|comments|content_types)\b", one)] == []
    # Turning every name into small letters takes as long as all the rest of a search.
    assert [one for one in heard if "lower(" in one] == []


@sqlite_only
def test_what_lies_in_devices_is_listed_with_them_and_in_their_order(browse, make):
    one, two = make("dcim.device", name="aaa"), make("dcim.device", name="zzz")
    make("dcim.interface", name="eth0", device=two)
    make("dcim.interface", name="eth1", device=one)
    make("dcim.interface", name="eth0", device=one)
    answer = browse("vic").get("/dcim/interfaces/")
    assert shown(answer) == ["eth0", "eth1", "eth0"]
    assert re.findall(r">(aaa|zzz)</a>", answer.text) == ["aaa", "aaa", "zzz"]
    assert shown(browse("vic").get("/dcim/interfaces/?device=zzz")) == ["eth0"]


@sqlite_only
def test_every_kind_has_a_list_with_and_without_objects(browse, make):
    vic = browse("vic")
    for kind in kinds.every():
        empty = vic.get(f"/{kind.path}/")
        assert empty.status_code == 200, kind.name
        if not db.session.query(kind.model).count():
            assert f"No {kind.plural} yet" in said(empty)
        make(kind.name)
        for sort in ("", *(head for head in re.findall(r"sort=(\w+)", vic.get(f"/{kind.path}/").text))):
            answer = vic.get(f"/{kind.path}/?more=1&sort={sort}")
            assert answer.status_code == 200, (kind.name, sort)
            assert len(shown(answer)) >= 1


@sqlite_only
def test_nobody_sees_a_list_without_the_permission(browse, make, person):
    make("dcim.device")
    assert browse("sam").get(DEVICES).status_code == 403
    with transaction() as session:
        session.add(Permission(name="only devices", kinds=["dcim.device"], actions=["view"], users=[person("sam")]))
    answer = browse("sam").get(DEVICES)
    assert answer.status_code == 200
    assert "Choose all shown" not in answer.text
    # What the device refers to has a name here, but no page and no place in the filters.
    assert not re.search(r'href="/dcim/locations/', answer.text)
    assert '<option value="Name' not in answer.text


@sqlite_only
def test_names_that_would_be_markup_are_text(browse, make):
    make("dcim.device", name="<b>bold</b>", role=make("extras.role", name="<i>"))
    answer = browse("vic").get(f"{DEVICES}?q=%3Cb%3E")
    assert shown(answer) == ["<b>bold</b>"]
    assert "<b>bold" not in answer.text
    assert "<i>" not in answer.text


@sqlite_only
def test_the_overview_counts_what_one_may_see_and_searches_it(browse, leaves, person):
    vic = browse("vic")
    assert re.search(r">Devices</a>\s*<span class=\"number\">3<", vic.get("/inventory/").text)
    found = vic.get("/inventory/?q=room")
    assert "Room 1" in found.text
    assert ">Devices</h2>" not in found.text
    assert "Nothing matches “nowhere”" in said(vic.get("/inventory/?q=nowhere"))
    assert "Nothing that you may look at" in said(browse("sam").get("/inventory/"))
    assert 'href="/inventory/"' not in browse("sam").get("/account/").text
    with transaction() as session:
        session.add(Permission(name="only devices", kinds=["dcim.device"], actions=["view"], users=[person("sam")]))
    assert 'href="/inventory/"' in browse("sam").get("/account/").text
    assert "Locations" not in said(browse("sam").get("/inventory/"))
    assert "Room 1" not in browse("sam").get("/inventory/?q=room").text


@sqlite_only
def test_more_than_can_be_counted_quickly_is_said_to_be_more(browse, make, monkeypatch):
    for name in ("a", "b", "c"):
        make("dcim.device", name=name)
    monkeypatch.setattr("webapp.inventory.lists.listing.COUNTED", 2)
    assert "2+ devices" in said(browse("vic").get(DEVICES))
