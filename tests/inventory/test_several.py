"""Several objects at once: changed or deleted after a look at what would happen, all of them or none."""

from __future__ import annotations

import csv
import io
import re
from html import unescape

import pytest

from webapp.changes.models import Change
from webapp.db import db, transaction
from webapp.inventory import kinds
from webapp.inventory.models import Device, Interface, Location, Tag
from webapp.ui import spreadsheets

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DEVICES = "/dcim/devices/"
EDIT, PREVIEW, CHANGE = f"{DEVICES}edit/", f"{DEVICES}edit/preview/", f"{DEVICES}edit/changes/"
REMOVE, DELETE = f"{DEVICES}delete/", f"{DEVICES}delete/confirmation/"


def said(answer) -> str:
    """The text of a page in one line."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def hidden(answer) -> dict[str, list[str]]:
    """What the hidden fields of a page hold."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', answer.text):
        found.setdefault(name, []).append(unescape(value))
    found.pop("csrf_token", None)
    return found


def names(**by: object) -> list[str]:
    db.session.rollback()
    return [row.name for row in db.session.query(Device).filter_by(**by).order_by(Device.name)]


@pytest.fixture
def devices(make):
    """Three devices, the first of them with a tag."""
    old = make("extras.tag", name="old")
    make("extras.tag", name="new")
    return [make("dcim.device", name=name, serial="s", tags=[old] * (name == "a")) for name in ("a", "b", "c")]


@pytest.fixture
def ids(devices):
    """Their ids."""
    return [str(device.id) for device in devices]


def test_what_would_change_is_shown_object_by_object_and_then_done(browse, ids):
    admin = browse("admin")
    form = admin.post(EDIT, {"id": ids[:2], "_query": "q=x&sort=-label"})
    assert "Edit 2 devices" in said(form)
    asked = {"id": ids[:2], "_query": "q=x&sort=-label", "_set": ["serial", "face"], "serial": "new", "face": "rear"}
    shown = admin.post(PREVIEW, {**asked, "comments": "not ticked"})
    assert "Change 2 devices?" in said(shown)
    assert said(shown).count("Serial from s to new") == 2
    assert said(shown).count("Face from nothing to rear") == 2
    assert names(serial="new") == []
    done = admin.post(CHANGE, hidden(shown))
    assert done.location == f"{DEVICES}?q=x&sort=-label"
    assert names(serial="new", face="rear", comments="") == ["a", "b"]
    rows = db.session.query(Change).filter_by(kind="dcim.device", action="update").all()
    assert sorted(row.row_name for row in rows) == ["a", "b"]
    assert all((row.before["serial"], row.after["serial"], row.user_name) == ("s", "new", "admin") for row in rows)


def test_what_is_so_already_is_counted_and_nothing_that_is_not_ticked_changes(browse, ids):
    admin = browse("admin")
    shown = admin.post(PREVIEW, {"id": ids, "_set": "serial", "serial": "s", "face": "rear"})
    assert "Nothing would change" in said(shown)
    assert "3 devices are so already" in said(shown)
    nothing = admin.post(PREVIEW, {"id": ids, "serial": "other"})
    assert nothing.status_code == 400
    assert "Nothing is ticked" in said(nothing)
    assert 'value="other"' in nothing.text


def test_tags_are_added_and_taken_away_without_touching_the_others(browse, ids):
    admin = browse("admin")
    new = str(db.session.query(Tag.id).filter_by(name="new").scalar())
    asked = {"id": ids, "_set": "tags", "_way_tags": "add", "tags": new}
    shown = admin.post(PREVIEW, asked)
    assert "Tags from old to new, old" in said(shown)
    assert said(shown).count("Tags from nothing to new") == 2
    admin.post(CHANGE, hidden(shown))
    assert [sorted(map(str, row.tags)) for row in db.session.query(Device).order_by(Device.name)] == [
        *(["new", "old"], ["new"], ["new"])
    ]
    admin.post(CHANGE, {**asked, "_way_tags": "remove"})
    assert [sorted(map(str, row.tags)) for row in db.session.query(Device).order_by(Device.name)] == [["old"], [], []]


def test_a_value_that_does_not_fit_one_of_them_changes_none_of_them(browse, ids, make):
    admin = browse("admin")
    elsewhere = make("dcim.location", name="Elsewhere")
    make("dcim.device", name="b", location=elsewhere)
    asked = {"id": ids, "_set": ["location", "serial"], "location": str(elsewhere.id), "serial": "new"}
    for path in (PREVIEW, CHANGE):
        refused = admin.post(path, asked)
        assert refused.status_code == 400
        assert "not right yet" in said(refused)
        assert 'value="new"' in refused.text
        assert names(serial="new") == []
    assert db.session.query(Change).filter_by(kind="dcim.device", action="update").count() == 0


def test_all_that_fit_the_filter_are_meant_even_beyond_the_page(browse, ids, make, monkeypatch):
    monkeypatch.setattr("webapp.inventory.lists.paging.page.__defaults__", ("", "", 2))
    admin = browse("admin")
    make("dcim.device", name="other", serial="t")
    assert "All 3 that fit" in said(admin.get(f"{DEVICES}?serial__ic=s"))
    for name in ("admin", "ann"):
        assert "4 devices" in said(browse(name).get(DEVICES)), name
    form = admin.post(EDIT, {"_all": "1", "id": ids[:1], "_query": "serial__ic=s"})
    assert "Edit 3 devices" in said(form)
    assert sorted(hidden(form)["id"]) == sorted(ids)
    assert "Edit 3 devices" in said(admin.get(f"{EDIT}?_all=1&serial__ic=s"))
    wrong = admin.post(EDIT, {"_all": "1", "_query": "serial__xx=s"})
    assert wrong.status_code == 409
    assert "There is no such filter" in said(wrong) or "nothing called" in said(wrong)


def test_more_than_a_thousand_are_too_many_at_once(browse, ids, monkeypatch):
    admin = browse("admin")
    many = admin.post(EDIT, {"id": [f"{n}" for n in range(1001)]})
    assert many.status_code == 409
    assert "These are 1,001 devices; at most 1,000 can be chosen at once." in said(many)
    monkeypatch.setattr("webapp.ui.chosen.MOST", 2)
    assert "These are more than 2 devices" in said(admin.post(EDIT, {"_all": "1", "_query": ""}))


def test_somebody_who_has_chosen_nothing_is_sent_back(browse, ids):
    for path in (EDIT, PREVIEW, REMOVE, DELETE, CHANGE):
        answer = browse("admin").post(path, {"_query": "q=a"})
        assert answer.location == f"{DEVICES}?q=a"


def test_what_is_gone_meanwhile_leaves_the_others_as_they_are(browse, ids):
    admin = browse("admin")
    with transaction() as session:
        session.delete(session.query(Device).filter_by(name="c").one())
    asked = {"id": ids, "_set": "serial", "serial": "new"}
    assert "Change 2 devices" in said(admin.post(PREVIEW, asked))
    late = admin.post(CHANGE, asked)
    assert late.status_code == 409
    assert "One of the devices has just been deleted. Nothing was changed" in said(late)
    assert names(serial="new") == []


def test_deleting_says_first_what_goes_and_then_all_of_it_goes(browse, ids, make, devices):
    admin = browse("admin")
    for device in devices[:2]:
        make("dcim.interface", device=device, name="eth0")
        make("dcim.interface", device=device, name="eth1")
    question = admin.post(REMOVE, {"id": ids[:2]})
    assert "Delete 2 devices?" in said(question)
    assert "4 interfaces" in said(question)
    assert names() == ["a", "b", "c"]
    assert admin.post(DELETE, hidden(question)).status_code == 302
    assert names() == ["c"]
    assert db.session.query(Interface).count() == 0
    assert db.session.query(Change).filter_by(kind="dcim.device", action="delete").count() == 2


def test_what_others_need_is_not_deleted_and_it_is_said_who_needs_it(browse, devices, make):
    admin = browse("admin")
    used, free = devices[0].location, make("dcim.location", name="Unused")
    question = admin.post("/dcim/locations/delete/", {"id": [str(used.id), str(free.id)]})
    assert "They cannot be deleted yet." in said(question)
    assert "3 devices (Location): a, b, c" in said(question)
    assert "Delete 2 locations</button>" not in question.text
    refused = admin.post("/dcim/locations/delete/confirmation/", {"id": [str(used.id), str(free.id)]})
    assert refused.status_code == 409
    assert db.session.query(Location).filter_by(name="Unused").count() == 1


def test_whoever_only_looks_can_neither_choose_nor_change_nor_delete(browse, ids):
    vic = browse("vic")
    assert "several__bar" not in vic.get(DEVICES).text
    for path in (EDIT, PREVIEW, CHANGE, REMOVE, DELETE):
        assert vic.post(path, {"id": ids, "_set": "serial", "serial": "new"}).status_code == 403
    assert names(serial="s") == ["a", "b", "c"]


def test_an_export_holds_what_the_filters_show_in_its_order(browse, ids, make):
    vic = browse("vic")
    answer = vic.get(f"{DEVICES}export/?serial__ic=s&sort=-label")
    assert answer.mimetype == "text/csv"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="devices.csv"'
    head, *rows = csv.reader(io.StringIO(answer.text))
    assert head == list(kinds.called("dcim.device").writable)
    told = [dict(zip(head, row, strict=True)) for row in rows]
    assert [(row["name"], row["tags"]) for row in told] == [("c", ""), ("b", ""), ("a", "old")]
    assert told[0]["role"] == db.session.query(Device).first().role.name
    assert vic.get(f"{DEVICES}export/?role=nobody").status_code == 400
    assert browse("sam").get(f"{DEVICES}export/").status_code == 403


def test_a_long_export_comes_in_pieces_and_misses_nothing(browse, ids, monkeypatch):
    monkeypatch.setattr("webapp.inventory.lists.export.CHUNK", 1)
    rows = list(csv.reader(io.StringIO(browse("vic").get(f"{DEVICES}export/").text)))
    assert [row[0] for row in rows[1:]] == ["a", "b", "c"]


def test_a_name_that_several_have_is_exported_as_an_id(browse, make, devices):
    make("dcim.interface", device=devices[0], name="lag0")
    other = make("dcim.interface", device=devices[1], name="lag0")
    make("dcim.interface", device=devices[1], name="eth0", lag=other)
    make("extras.tag", name="one, two")
    answer = browse("vic").get("/dcim/interfaces/export/?name=eth0")
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["device"], row["lag"], row["enabled"]) == ("b", str(other.id), "true")


def test_every_kind_can_be_exported(browse, make):
    for kind in kinds.every():
        make(kind.name)
        answer = browse("vic").get(f"/{kind.path}/export/")
        assert len(list(csv.reader(io.StringIO(answer.text)))) >= 2, kind.name


def test_a_formula_is_only_a_text_and_is_the_same_again_when_it_is_read(database_url):
    for text in ("=1+1", "+49", "-5", "@x", "\tx", "'=x", "''-x", "x=1", "'quoted'", "", "'"):
        written = spreadsheets.guarded(text)
        assert written[:1] not in ("=", "+", "-", "@", "\t", "\r")
        assert spreadsheets.unguarded(written) == text
