"""The pages of one object, of every kind alike: looked at, made, changed and deleted, by whoever may."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID

import pytest
import sqlalchemy as sa

from webapp.db import db, transaction
from webapp.inventory import kinds
from webapp.inventory.builtin import KINDS
from webapp.inventory.forms import shown_of
from webapp.inventory.models import Device, Location, Rack, Tag

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOSTILE = ("\0<script>alert(1)</script>", "9" * 400 + "[")
MADE_BY_FORM = [kind for kind in KINDS if not kind.settled]


def page_of(row, rest: str = "") -> str:
    return f"{kinds.of(type(row)).url(row)}{rest}"


def typed(kind, row) -> dict:
    """What a form sends that shows row."""
    shown = shown_of(kind, row)
    return {name: "true" if value is True else value for name, value in shown.items() if value is not False}


def reread(row):
    [id] = sa.inspect(row).identity
    db.session.rollback()
    return db.session.get(type(row), id, populate_existing=True)


def shown_in(form: str) -> str:
    """What a form tells of what it showed."""
    found = re.search(r'name="_seen" value="([^"]*)"', form)
    assert found
    return unescape(found[1])


def test_every_kind_shows_edits_and_asks_before_deleting(make, browse):
    admin = browse("admin")
    for kind in KINDS:
        row = make(kind.name)
        for rest, words in (("", "Record"), ("edit/", "Save"), ("delete/", "Delete")):
            answer = admin.get(page_of(row, rest))
            assert (answer.status_code, kind.name, rest) == (200, kind.name, rest)
            assert words in answer.text
        assert admin.get(f"/{kind.path}/add/").status_code == 200


def test_an_object_of_every_kind_is_made_and_changed_by_its_form(make, browse):
    admin = browse("admin")
    for kind in MADE_BY_FORM:
        sample = make(kind.name)
        data = typed(kind, sample)
        with transaction() as session:
            session.delete(reread(sample))
        made = admin.post(f"/{kind.path}/add/", data)
        assert made.status_code == 302, made.text
        id = UUID(made.location.split("/")[-2])
        assert "is created" in admin.get(made.location).text
        texts = [one.name for one in kind.writable.values() if one.type in ("text", "long text") and not one.required]
        for text in texts[-1:]:
            assert admin.post(f"/{kind.path}/{id}/edit/", {**data, text: "abc"}).status_code == 302
            assert getattr(db.session.get(kind.model, id), text) == "abc"


def test_hostile_texts_are_refused_or_kept_but_never_break_a_page(make, browse):
    admin = browse("admin")
    for kind in MADE_BY_FORM:
        row = make(kind.name)
        for text in HOSTILE:
            data = dict.fromkeys([*kind.writable, "_seen", "_typed_status", "_again"], text)
            for answer in (
                admin.post(f"/{kind.path}/add/", data),
                admin.post(page_of(row, "edit/"), data),
                admin.get(f"/{kind.path}/add/", query_string={**data, "_back": text}),
                admin.get(f"/{kind.path}/search", query_string={**data, "q": text, "for": text}),
            ):
                assert answer.status_code < 500, (kind.name, answer.text)
                assert answer.is_json or "<script>alert" not in answer.text
        assert admin.post(f"/{kind.path}/search", {"_labels": text}).status_code == 400


def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(make, browse):
    place = make("dcim.location", name="ams01")
    answer = browse("admin").post("/dcim/racks/add/", {"name": "", "location": str(place.id), "u_height": "many"})
    assert answer.status_code == 400
    assert "3 things are not right yet" in answer.text
    for name, words in (("name", "required"), ("status", "required"), ("u_height", "whole number")):
        assert re.search(rf'id="id_{name}-errors".*?{words}', answer.text, re.S)
    assert 'value="many"' in answer.text
    assert re.search(rf'<option selected value="{place.id}">ams01', answer.text)


def test_a_reference_that_is_typed_counts_by_name_or_id(make, browse):
    status, place = make("extras.status"), make("dcim.location", name="ams01")
    data = {"name": "r1", "_typed_location": "ams01", "_typed_status": str(status.id), "u_height": "42"}
    assert browse("admin").post("/dcim/racks/add/", data).status_code == 302
    assert db.session.scalars(sa.select(Rack)).one().location_id == place.id
    answer = browse("admin").post("/dcim/racks/add/", {**data, "name": "r2", "_typed_location": "par09"})
    assert answer.status_code == 400
    assert "There is no location “par09”" in answer.text
    assert "par09</option>" in answer.text


def test_a_name_that_is_typed_means_the_one_that_another_field_narrows(make, browse):
    here, there = make("dcim.location", name="ams01"), make("dcim.location", name="par01")
    racks = {place: make("dcim.rack", name="r1", location=place) for place in (here, there)}
    sample = make("dcim.device", location=here)
    data = {**typed(kinds.of(Device), sample), "name": "sw1", "location": str(there.id), "rack": "r1"}
    assert browse("admin").post("/dcim/devices/add/", data).status_code == 302
    made = db.session.scalars(sa.select(Device).where(Device.name == "sw1")).one()
    assert made.rack_id == racks[there].id


def test_the_address_fills_in_a_new_object_and_leads_back(make, browse):
    admin, device, status = browse("admin"), make("dcim.device", name="sw1"), make("extras.status")
    address = f"/dcim/interfaces/add/?device={device.id}&name=eth0&enabled=false&_back=device"
    form = admin.get(address).text
    assert re.search(rf'<option selected value="{device.id}">sw1', form)
    assert 'value="eth0"' in form
    assert not re.search(r'id="id_enabled"[^>]*checked|checked[^>]*id="id_enabled"', form)
    data = {"device": str(device.id), "name": "eth0", "type": "other", "status": str(status.id)}
    assert admin.post(address, data).location == page_of(device)


def test_another_one_is_added_with_what_the_address_says(make, browse):
    place, status = make("dcim.location"), make("extras.status")
    data = {"name": "r1", "location": str(place.id), "status": str(status.id), "u_height": "42", "_again": "true"}
    answer = browse("admin").post(f"/dcim/racks/add/?location={place.id}", data)
    assert answer.location == f"/dcim/racks/add/?location={place.id}"


def test_only_what_was_changed_in_the_form_is_saved(make, browse):
    admin, rack = browse("admin"), make("dcim.rack", name="r1", serial="old")
    seen = shown_in(admin.get(page_of(rack, "edit/")).text)
    with transaction():
        reread(rack).asset_tag = "set meanwhile"
    data = typed(kinds.of(Rack), rack) | {"asset_tag": "set meanwhile", "serial": "new", "_seen": seen}
    assert admin.post(page_of(rack, "edit/"), data).status_code == 302
    now = reread(rack)
    assert (now.serial, now.asset_tag) == ("new", "set meanwhile")


def test_whoever_saves_later_hears_what_the_other_has_changed_and_decides(make, browse):
    admin, ann, rack = browse("admin"), browse("ann"), make("dcim.rack", name="r1", serial="old")
    kind = kinds.of(Rack)
    seen, before = shown_in(admin.get(page_of(rack, "edit/")).text), typed(kind, rack)
    assert ann.post(page_of(rack, "edit/"), before | {"serial": "by ann", "u_height": "40"}).status_code == 302
    late = admin.post(page_of(rack, "edit/"), before | {"serial": "by admin", "_seen": seen})
    assert late.status_code == 409
    assert "ann has changed this rack since you opened the form." in late.text
    assert "ann has set this to “by ann”. Save again to replace it." in late.text
    assert 'value="by admin"' in late.text
    assert 'value="40"' in late.text
    assert reread(rack).serial == "by ann"
    again = shown_in(late.text)
    data = before | {"serial": "by admin", "u_height": "40", "_seen": again}
    assert admin.post(page_of(rack, "edit/"), data).status_code == 302
    assert (reread(rack).serial, reread(rack).u_height) == ("by admin", 40)


def test_an_object_that_is_gone_is_not_found_when_its_form_is_sent(make, browse):
    admin, tag = browse("admin"), make("extras.tag", name="t")
    with transaction() as session:
        session.delete(reread(tag))
    assert admin.post(page_of(tag, "edit/"), {"name": "t"}).status_code == 404
    assert admin.post(page_of(tag, "delete/")).status_code == 404


def test_deleting_says_what_goes_with_it_and_leads_to_the_list(make, browse):
    admin, device = browse("admin"), make("dcim.device", name="sw1")
    make("dcim.interface", device=device)
    question = admin.get(page_of(device, "delete/")).text
    assert "What goes with it" in question
    assert "1 interface</a>" in question
    assert admin.post(page_of(device, "delete/")).location == "/dcim/devices/"
    assert reread(device) is None


def test_what_needs_an_object_prevents_its_deletion_and_is_named(make, browse):
    admin, place = browse("admin"), make("dcim.location", name="ams01")
    make("dcim.rack", location=place)
    question = admin.get(page_of(place, "delete/")).text
    assert "It cannot be deleted yet" in question
    assert f'href="/dcim/racks/?location={place.id}">1 rack</a>' in question
    assert "btn-danger" not in question
    assert admin.post(page_of(place, "delete/")).status_code == 409
    assert reread(place) is not None


def test_what_refers_to_an_object_is_listed_with_a_link_to_the_rest(make, browse):
    make("dcim.locationtype", name="Room", nestable=True)
    place = make("dcim.location", name="ams01")
    for number in range(11):
        make("dcim.rack", name=f"r{number:02}", location=place)
    text = browse("vic").get(page_of(place)).text
    assert "r09" in text
    assert "r10" not in text
    assert f'href="/dcim/racks/?location={place.id}"' in text
    inner = make("dcim.location", name="hall", parent=place)
    assert re.search(r'aria-label="Path">.*?ams01.*?</nav>', browse("vic").get(page_of(inner)).text, re.S)
    assert "Locations below" in browse("vic").get(page_of(place)).text


def test_tags_lead_to_what_has_them(make, browse):
    tag = make("extras.tag", name="edge", color="ff0000")
    rack = make("dcim.rack", name="r1", tags=[tag])
    assert "r1" in browse("vic").get(page_of(tag)).text
    assert 'fill="#ff0000"' in browse("vic").get(page_of(rack)).text
    kind = kinds.of(Rack)
    assert browse("admin").post(page_of(rack, "edit/"), typed(kind, rack) | {"tags": []}).status_code == 302
    assert reread(rack).tags == []
    assert reread(tag) is not None


def test_a_viewer_sees_no_way_to_change_anything_and_is_refused(make, browse):
    vic, rack = browse("vic"), make("dcim.rack")
    text = vic.get(page_of(rack)).text
    assert "edit/" not in text
    assert "delete/" not in text
    for rest in ("edit/", "delete/"):
        assert vic.get(page_of(rack, rest)).status_code == 403
        assert vic.post(page_of(rack, rest)).status_code == 403
    assert vic.get("/dcim/racks/add/").status_code == 403
    assert vic.post("/dcim/racks/add/").status_code == 403
    sam = browse("sam")
    assert sam.get(page_of(rack)).status_code == 403
    assert sam.get("/dcim/racks/search?q=r").status_code == 403


def test_an_unknown_id_is_not_found(make, browse):
    admin, place = browse("admin"), make("dcim.location")
    for rest in ("", "edit/", "delete/"):
        assert admin.get(f"/dcim/racks/{place.id}/{rest}").status_code == 404


def test_names_that_deceive_or_are_long_stay_what_they_are(make, browse):
    rack = make("dcim.rack", name="x" * 100, comments="line one\nline two <b>")
    text = browse("vic").get(page_of(rack)).text
    assert "x" * 100 in text
    assert "line one\nline two &lt;b&gt;" in text


def test_the_search_finds_what_begins_so_first_and_other_words_next(make, browse):
    place = make("dcim.location", name="ams01")
    for name in ("leaf-1", "spare leaf", "spine-1"):
        make("dcim.rack", name=name, location=place)
    other = make("dcim.rack", name="leaf-2", location=make("dcim.location", name="par01"))
    ann = browse("ann")

    def found(**asked: str) -> list[str]:
        answer = ann.get("/dcim/racks/search", query_string=asked).json
        assert answer["more"] is False
        return [one["label"] for one in answer["results"]]

    assert found(q="leaf") == ["leaf-1", "leaf-2", "spare leaf"]
    assert found(q="LEAF spare") == ["spare leaf"]
    assert found(q="leaf", location="par01") == ["leaf-2"]
    assert found(q="leaf", location=str(other.location_id)) == ["leaf-2"]
    assert found(q="leaf", location="nowhere") == []


def test_components_are_searched_and_shown_with_what_they_lie_in(make, browse):
    for device in ("leaf-1", "leaf-2"):
        made = make("dcim.device", name=device)
        for name in ("eth0", "eth1"):
            make("dcim.interface", name=name, device=made)
    answer = browse("ann").get("/dcim/interfaces/search?q=leaf-2 eth1").json
    assert [one["label"] for one in answer["results"]] == ["leaf-2 eth1"]


def test_labels_are_offered_for_the_kinds_that_they_are_for(make, browse):
    make("extras.role", name="any")
    make("extras.role", name="frame", content_types=["dcim.rack"])
    ann = browse("ann")
    for subject, names in (("dcim.rack", ["any", "frame"]), ("dcim.device", ["any"])):
        answer = ann.get(f"/extras/roles/search?for={subject}").json
        assert [one["label"] for one in answer["results"]] == names


def test_a_pasted_list_is_taken_by_name_or_id_and_what_is_unknown_is_told(make, browse):
    tags = {name: make("extras.tag", name=name) for name in ("edge", "core")}
    asked = f'["CORE", "{tags["edge"].id}", "none"]'
    answer = browse("ann").post("/extras/tags/search", {"_labels": asked}).json
    assert [one["label"] for one in answer["results"]] == ["core", "edge"]
    assert answer["unknown"] == ["none"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Tag)) == 2
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Location)) == 0
