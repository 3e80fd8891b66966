"""Importing objects by a table: first what it would do, then exactly that."""

from __future__ import annotations

import io
import re
from collections import Counter
from contextlib import contextmanager
from html import unescape

import pytest
import sqlalchemy as sa

from webapp.accounts.models import Permission, User
from webapp.changes.models import Change
from webapp.db import db, transaction
from webapp.inventory import Cable, Device, Interface, Location, Manufacturer, Prefix, Rack, kinds
from webapp.inventory.imports import references, service
from webapp.inventory.imports.tables import Unreadable, table_of

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AT = "/dcim/devices/import/"
MAKERS = "/dcim/manufacturers/import/"


@pytest.fixture
def site(make):
    """A location, and what devices in it need, under names that a table can say."""
    make("dcim.location", name="ams01")
    make("dcim.manufacturer", name="Arista")
    make("dcim.devicetype", model="7050X", manufacturer=one(Manufacturer, name="Arista"))
    make("extras.role", name="Leaf")


@pytest.fixture
def page(browse):
    """A browser of an administrator."""
    return browse("admin")


def one(model, **values):
    db.session.rollback()
    return db.session.scalars(sa.select(model).filter_by(**values)).one()


def rows(app) -> dict[str, list[tuple]]:
    """All that the database holds, by table."""
    db.session.rollback()
    return {
        table.name: sorted(map(repr, db.session.execute(sa.select(table))))
        for table in db.metadata.sorted_tables
        if table.name not in ("web_session", "login_session")
    }


def text_of(response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", response.text)).split())


def check(page, text, at=AT, **more):
    return page.post(at, {"text": text, "check": "1", **more}, content_type="multipart/form-data")


def carry_out(page, shown, text, at=AT, **more):
    """Press Import on the page that shown is."""
    [digest] = re.findall(r'name="shown" value="(\w+)"', shown.text)
    return page.post(at, {"text": text, "import": "1", "shown": digest, **more}, content_type="multipart/form-data")


@contextmanager
def heard():
    """What is said to the database inside, and how many rows it was said of."""
    said: list[tuple[str, int]] = []

    def listen(_connection, _cursor, statement, parameters, _context, many):
        said.append((statement, len(parameters) if many else 1))

    def end(_connection):
        said.append(("ROLLBACK", 1))

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    sa.event.listen(db.engine, "rollback", end)
    try:
        yield said
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
        sa.event.remove(db.engine, "rollback", end)


DEVICES = """name,location,role,device type,status,serial
leaf-01,ams01,Leaf,7050X,Active,A1
"leaf-02",ams01,Leaf,7050X,Planned,"A, 2"
"""


def test_a_dry_run_shows_each_line_and_writes_nothing_and_then_exactly_that_is_done(app, page, site):
    before = rows(app)
    shown = check(page, DEVICES)
    assert shown.status_code == 200
    assert "2 would be created, 0 changed, 0 are so already." in text_of(shown)
    assert "leaf-02 new Name: leaf-02 Location: ams01 Role: Leaf" in text_of(shown)
    assert "Serial: A, 2" in text_of(shown)
    assert rows(app) == before
    done = carry_out(page, shown, DEVICES)
    assert (done.status_code, done.headers["Location"]) == (302, "/dcim/devices/")
    assert one(Device, name="leaf-02").serial == "A, 2"
    created = db.session.scalars(sa.select(Change.row_name).where(Change.kind == "dcim.device")).all()
    assert sorted(created) == ["leaf-01", "leaf-02"]
    again = check(page, DEVICES)
    assert "Nothing would change" in text_of(again)
    assert 'name="import"' not in again.text


def test_lines_about_objects_that_are_there_show_before_and_after_of_what_differs(page, make, site):
    page_of = check(page, DEVICES)
    carry_out(page, page_of, DEVICES)
    id = one(Device, name="leaf-01").id
    by_key = "location,name,status,serial\nams01,leaf-01,Active,B1\nams01,leaf-02,Active,\n"
    shown = check(page, by_key)
    assert "0 would be created, 2 changed" in text_of(shown)
    assert "leaf-01 changed Serial: before: A1 → after: B1" in text_of(shown)
    assert "leaf-02 changed Status: before: Planned → after: Active Serial: before: A, 2 → after: nothing" in text_of(
        shown
    )
    carry_out(page, shown, by_key)
    assert one(Device, name="leaf-02").serial == ""
    by_id = f"id;name\n{id};leaf-1\n"
    shown = check(page, by_id)
    assert "leaf-01 changed Name: before: leaf-01 → after: leaf-1" in text_of(shown)
    carry_out(page, shown, by_id)
    assert one(Device, name="leaf-1").id == id


@on_sqlite
def test_what_is_wrong_is_said_with_line_and_column_and_the_text_stays_to_be_corrected(app, page, site):
    wrong = DEVICES.replace("Planned", "Plannned").replace("leaf-01,ams01,Leaf", "leaf-01,nowhere,")
    before = rows(app)
    refused = check(page, wrong)
    assert refused.status_code == 400
    told = text_of(refused)
    assert "Line 2, location : There is no location “nowhere”, or you may not see it." in told
    assert "Line 2, role : This field is required." in told
    assert "Line 3, status : There is no status “Plannned”, or you may not see it." in told
    assert 'name="import"' not in refused.text
    assert unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", refused.text, re.S)[1]) == wrong
    assert rows(app) == before
    assert "2 would be created" in text_of(check(page, DEVICES))


def test_what_only_the_database_refuses_is_found_by_the_dry_run_and_told_of_its_line(app, page, make, site):
    make("dcim.rack", name="r1", location=one(Location, name="ams01"))
    head = "name,location,role,device_type,status,rack,position,face\n"
    line = "leaf-{0},ams01,Leaf,7050X,Active,r1,{1},front\n"
    lines = head + "".join(line.format(number, 10 if number == 7 else number) for number in range(1, 12))
    before = rows(app)
    refused = check(page, lines)
    assert refused.status_code == 400
    assert re.findall(r'data-line="(\d+)">Line', refused.text) == ["11"]
    assert rows(app) == before
    right = lines.replace("leaf-7,ams01,Leaf,7050X,Active,r1,10", "leaf-7,ams01,Leaf,7050X,Active,r1,7")
    carry_out(page, check(page, right), right)
    assert len(db.session.scalars(sa.select(Device)).all()) == 11


@on_sqlite
def test_two_lines_about_the_same_object_are_refused(page, site):
    refused = check(page, DEVICES.replace('"leaf-02"', "leaf-01"))
    assert "Line 3 : Line 2 is about the same device." in text_of(refused)


@on_sqlite
def test_what_has_changed_since_it_was_shown_is_shown_again_and_not_done(page, site):
    carry_out(page, check(page, DEVICES), DEVICES)
    wish = "location,name,serial\nams01,leaf-01,C1\n"
    shown = check(page, wish)
    with transaction():
        one_now = db.session.scalars(sa.select(Device).filter_by(name="leaf-01")).one()
        one_now.serial = "X9"
    again = carry_out(page, shown, wish)
    assert again.status_code == 409
    assert "Something has changed since this was shown." in text_of(again)
    assert "Serial: before: X9 → after: C1" in text_of(again)
    assert one(Device, name="leaf-01").serial == "X9"
    assert carry_out(page, again, wish).status_code == 302
    assert one(Device, name="leaf-01").serial == "C1"
    edited = carry_out(page, check(page, wish.replace("C1", "C2")), wish.replace("C1", "C3"))
    assert edited.status_code == 409
    assert one(Device, name="leaf-01").serial == "C1"


def test_what_every_list_exports_comes_in_again_unchanged(page, make):
    for kind in kinds.every():
        make(kind.name)
    make("dcim.location", name="=1+1", description='two\nlines, "quoted"; \'and so on')
    for _ in range(2):
        make("ipam.vlan", vid=10)
    for kind in kinds.every():
        text = page.get(f"/{kind.path}/export/").text
        answer = check(page, text, f"/{kind.path}/import/")
        assert (kind.name, "Nothing would change" in answer.text) == (kind.name, True), text_of(answer)


@on_sqlite
@pytest.mark.parametrize(
    "content",
    [
        '﻿Name;Description\r\nAcme;"two\r\nlines; one cell"\r\n'.encode(),
        b'name\tdescription\nAcme\t"two\nlines; one cell"\n\n',
        b'\xef\xbb\xbfname,description\r\nAcme,"two\r\nlines; one cell"',
    ],
)
def test_files_of_spreadsheets_are_read_whatever_parts_their_cells(page, content):
    def sent():
        return {"file": (io.BytesIO(content), "makers.csv")}

    shown = check(page, "", MAKERS, **sent())
    assert "Acme new Name: Acme Description: two lines; one cell" in text_of(shown)
    kept = unescape(re.search(r"<textarea[^>]*>\n(.*?)</textarea>", shown.text, re.S)[1])
    carry_out(page, shown, kept, MAKERS)
    assert one(Manufacturer, name="Acme").description == "two\nlines; one cell"


@on_sqlite
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\n \n", "There is nothing in it."),
        (b"name\n", "There are no lines below the names of the fields."),
        (b"name,name\na,b\n", "Line 1, name : There are two columns for this."),
        (b"name,colour\na,b\n", "Line 1, colour : A manufacturer has no such field. It has id, name, description."),
        (b"name,description\na\n", "Line 2 : This line has 1 cell, and the first line has 2 cells."),
        (b"name,description\nb,c\na,b,c\n", "Line 3 : This line has 3 cells, and the first line has 2 cells."),
        (b'name,description\nb,c\na,"b\n', "Line 3 : The quotes of this line do not match, or a cell is too long."),
        (b"name\nb\nM\xfcller\n", "Line 3 : This is no text in UTF-8."),
        ("name\nMüller\n".encode("utf-16"), "This is no text in UTF-8."),
        (b"name\nb\nc\0d\n", "Line 3 : There is a NUL byte here"),
        (b"name\n" + b"a" * 1_000_000, "Line 2 : The quotes of this line do not match, or a cell is too long."),
        (b"name\n" + b"a" * 101, "Line 2, name : Give at most 100 characters; these are 101."),
        (b"name\n" + b"a\n" * 5_001, "There are more than 5,000 lines."),
        (b"name\n" + b"a" * 11_000_000, "This is larger than 10 MB."),
        (b"name,id\na,b\n", "Line 2, id : There is no manufacturer with this id, or you may not see it."),
        (b"id__x\na\n", "Line 1, id__x : A manufacturer has no such field."),
    ],
)
def test_what_is_no_table_is_refused_in_words(page, content, said):
    parts = {"csrf_token": page.csrf, "check": "1"}
    told = "".join(f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{parts[name]}\r\n' for name in parts)
    file = '--x\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
    body = told.encode() + file.encode() + content + b"\r\n--x--\r\n"
    refused = page.client.post(MAKERS, data=body, content_type="multipart/form-data; boundary=x")
    assert (refused.status_code, said in text_of(refused)) == (400, True), text_of(refused)[:2000]


@on_sqlite
def test_references_of_the_same_name_are_told_apart_by_what_else_is_said(page, make, site):
    racks = [make("dcim.rack", name="r1", location=make("dcim.location", name=name)) for name in ("fra01", "lhr01")]
    line = "leaf-09,lhr01,Leaf,7050X,Active,r1\n"
    text = f"name,location,role,device_type,status,rack\n{line}"
    shown = check(page, text)
    carry_out(page, shown, text)
    assert one(Device, name="leaf-09").rack_id == racks[1].id
    vague = "name,location,status\nr1,fra01,Active\n"
    assert "1 changed" in text_of(check(page, vague, "/dcim/racks/import/")) or "Nothing would change" in text_of(
        check(page, vague, "/dcim/racks/import/")
    )
    ports = "device__name,device__location__name,name,status\nleaf-09,lhr01,Ethernet1,Active\n"
    shown = check(page, ports, "/dcim/interfaces/import/")
    assert "Device: leaf-09" in text_of(shown)


@on_sqlite
def test_cables_are_made_between_ports_that_are_called_by_their_devices(page, make):
    for number in (1, 2):
        make("dcim.interface", name="Ethernet 1/1", device=make("dcim.device", name=f"leaf 0{number}"))
    text = "termination_a,termination_b,status\nleaf 01 Ethernet 1/1,leaf 02 Ethernet 1/1,Connected\n"
    at = "/dcim/cables/import/"
    shown = check(page, text, at)
    assert "1 would be created" in text_of(shown)
    carry_out(page, shown, text, at)
    assert str(one(Cable)) == "leaf 01 Ethernet 1/1 – leaf 02 Ethernet 1/1"
    assert "Nothing would change" in text_of(check(page, text, at))
    nowhere = check(page, text.replace("leaf 02", "leaf 03"), at)
    assert "Line 2, termination_b : There is no port “leaf 03 Ethernet 1/1”." in text_of(nowhere)


@on_sqlite
def test_who_may_add_but_not_change_imports_new_objects_only(browse, page, site):
    with transaction() as session:
        may = Permission(name="import", kinds=["dcim.device"], actions=["view", "add"])
        may.users.append(one(User, username="sam"))
        more = Permission(name="see", kinds=["dcim.location", "extras.role", "extras.status", "dcim.devicetype"])
        more.actions, more.users = ["view"], [one(User, username="sam")]
        session.add_all([may, more])
    sam = browse("sam")
    carry_out(sam, check(sam, DEVICES), DEVICES)
    assert one(Device, name="leaf-01").serial == "A1"
    refused = check(sam, DEVICES.replace("A1", "A3"))
    assert "Line 2 : You may not change any device." in text_of(refused)
    assert sam.get("/dcim/racks/import/").status_code == 403


@on_sqlite
def test_the_page_says_what_a_kind_takes_with_an_example_that_can_be_imported(page, make, site):
    for kind in kinds.every():
        told = page.get(f"/{kind.path}/import/")
        assert told.status_code == 200
        for name in (*kind.settled, *kind.writable):
            assert f"<code>{name}</code>" in told.text
    assert re.search(r"<code>location</code>.*?<code>ams01</code>", page.get(AT).text, re.S)


@on_sqlite
def test_an_import_of_prefixes_says_which_line_is_no_network(page, make):
    at = "/ipam/prefixes/import/"
    wrong = "prefix,status\n10.0.0.0/8,Active\n10.0.0.1/8,Active\nten,Active\n"
    told = text_of(check(page, wrong, at))
    assert "Line 3, prefix" in told
    assert "Line 4, prefix" in told
    assert not re.search(r"Line 2(, \w+)?\s*:", told)
    right = "prefix,status\n10.0.0.0/8,Active\n2001:DB8::/32,Active\n"
    carry_out(page, check(page, right, at), right, at)
    assert one(Prefix, prefix="2001:db8::/32").version == 6
    assert "Nothing would change" in text_of(check(page, right, at))


def test_five_thousand_lines_are_a_table_and_one_more_are_too_many():
    lines = "name\n" + "a\n" * 5_000
    assert len(table_of(lines).rows) == 5_000
    with pytest.raises(Unreadable, match="more than 5,000 lines"):
        table_of(lines + "a\n")


PORTS = "/dcim/interfaces/import/"


def stock(make, names):
    """Devices of these names, each in a rack of its own that is called r1, at a location of its own."""
    [kept] = [make("dcim.device", name="first")]
    with transaction() as session:
        for name in names:
            place = Location(name=f"at {name}", location_type=kept.location.location_type, status=kept.status)
            rack = Rack(name="r1", location=place, status=kept.status, u_height=42)
            more = {"role": kept.role, "status": kept.status, "device_type": kept.device_type}
            session.add(Device(name=name, location=place, rack=rack, **more))


@on_sqlite
@pytest.mark.parametrize(
    ("at", "head", "line"),
    [
        (PORTS, "device__name,name,status", "{0},e1,Active"),
        (PORTS, "device__name,device__location__name,name,status", "{0},at {0},e1,Active"),
        (PORTS, "device__rack__name,device__location,name,status", "r1,{1},e1,Active"),
        (PORTS, "device__name__exact,device__status,name,status__name", "{0},{2},e1,Active"),
        (AT, "name,location,rack", "{0},at {0},r1"),
        (AT, "name,location__name,rack__location__name,rack__name", "{0},at {0},at {0},r1"),
    ],
)
def test_an_import_of_forty_lines_asks_as_often_as_one_of_four(page, make, at, head, line):
    names = {count: [f"sw{count}-{number}" for number in range(count)] for count in (4, 40)}
    stock(make, names[4] + names[40])
    asked = {}
    for count, several in names.items():
        rows = [one(Device, name=name) for name in several]
        text = "\n".join([head, *(line.format(row.name, row.location_id, row.status_id) for row in rows)])
        db.session.rollback()
        with heard() as said:
            shown = check(page, text, at)
            assert shown.status_code == 200, text_of(shown)
            if at == PORTS:
                assert carry_out(page, shown, text, at).status_code == 302
        asked[count] = Counter(statement for statement, _ in said)
    assert asked[40].total() <= asked[4].total() + 3, (asked[40] - asked[4]).most_common(3)
    if at == PORTS:
        made = db.session.scalars(sa.select(Interface).join(Device)).all()
        assert sorted(row.device.name for row in made) == sorted(names[4] + names[40])


@on_sqlite
def test_lookups_that_find_nothing_or_several_are_told_of_their_lines(page, make):
    stock(make, ["a", "b"])
    lines = "device__name,device__rack__name,name,status\na,r1,e1,Active\nc,r1,e1,Active\n,r1,e1,Active\nb,r2,e1,Active"
    told = text_of(check(page, lines, PORTS))
    assert re.findall(r"Line (\d), ", told) == ["3", "4", "5"]
    assert "Line 3, device__name : There is no device “name: c, rack__name: r1”, or you may not see it." in told
    assert "Line 4, device__name : “rack__name: r1” fits more than one device. Give its id." in told
    assert "Line 5, device__name : There is no device “name: b, rack__name: r2”" in told
    numbers = "device__rack__u_height,name,status\nforty,e1,Active\n41,e1,Active"
    told = text_of(check(page, numbers, PORTS))
    assert "Line 2, device__rack__u_height : rack__u_height: give a whole number." in told
    assert "Line 3, device__rack__u_height : There is no device “rack__u_height: 41”" in told
    named = "device__name__isw,name,status\na,e1,Active"
    assert "Device: a" in text_of(check(page, named, PORTS))
    unknown = "device__colour,name,status\na,e1,Active"
    assert "Line 2, device__colour : colour: there is nothing called “colour”" in text_of(check(page, unknown, PORTS))


@on_sqlite
def test_nobody_finds_by_lookups_what_they_may_not_see(browse, make):
    stock(make, ["a", "b"])
    with transaction() as session:
        may = Permission(name="import", kinds=["dcim.interface"], actions=["view", "add"])
        see = Permission(name="see", kinds=["dcim.device", "extras.status"], actions=["view"])
        may.users = see.users = [session.scalars(sa.select(User).filter_by(username="sam")).one()]
        session.add_all([may, see])
    sam = browse("sam")
    assert "1 would be created" in text_of(check(sam, "device__name,name,status\na,e1,Active", PORTS))
    told = text_of(check(sam, "device__name,device__location__name,name,status\na,at a,e1,Active", PORTS))
    assert "Line 2, device__name : There is no device “name: a, location__name: at a”, or you may not see it." in told


def test_many_lines_are_tried_in_parts_so_that_others_write_in_between_and_are_done_as_a_whole(
    page, make, site, monkeypatch
):
    monkeypatch.setattr(references, "AT_ONCE", 10)
    make("dcim.rack", name="r1", location=one(Location, name="ams01"), u_height=100)
    head = "name,location,role,device_type,status,rack,position,face\n"
    lines = head + "".join(f"d{number},ams01,Leaf,7050X,Active,,,\n" for number in range(11))
    with heard() as said:
        shown = check(page, lines)
    assert "11 would be created" in text_of(shown)
    told = [sum(count for each, count in part if each.startswith("INSERT INTO device ")) for part in parted(said)]
    assert [count for count in told if count] == [10, 1]
    twice = lines.replace("d0,ams01,Leaf,7050X,Active,,,", "d0,ams01,Leaf,7050X,Active,r1,7,front")
    twice = twice.replace("d10,ams01,Leaf,7050X,Active,,,", "d10,ams01,Leaf,7050X,Active,r1,7,front")
    before = rows(page.client.application)
    refused = carry_out(page, check(page, twice), twice)
    assert refused.status_code == 409
    assert "Line 12, Position : d0 is in the way" in text_of(refused)
    assert rows(page.client.application) == before
    assert carry_out(page, shown, lines).status_code == 302
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Device)) == 11


def parted(said):
    """What was said, transaction by transaction."""
    parts: list[list[tuple[str, int]]] = [[]]
    for each in said:
        parts.append([]) if each[0] == "ROLLBACK" else parts[-1].append(each)
    return parts


@on_sqlite
def test_what_is_deleted_between_reading_and_trying_is_told_of_its_line(page, make, site, monkeypatch):
    planned = service.Planner.planned

    def overtaken(planner):
        plan = planned(planner)
        db.session.rollback()
        with transaction() as session:
            session.execute(sa.delete(Location).where(Location.name == "soon gone"))
        return plan

    kept = one(Location, name="ams01")
    make("dcim.location", name="soon gone", location_type=kept.location_type)
    monkeypatch.setattr(service.Planner, "planned", overtaken)
    refused = check(page, DEVICES.replace("leaf-01,ams01", "leaf-01,soon gone"))
    assert re.findall(r'data-line="(\d+)">Line', refused.text) == ["2"]
    assert "What it refers to has been deleted meanwhile" in text_of(refused)
