"""Objects of the inventory as inputs: found among very many, told apart, narrowed, pasted, named by lookups."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.inventory.conftest import make  # noqa: F401 -- the fixture
from webapp.accounts.models import User
from webapp.db import db, transaction
from webapp.inputs import searching
from webapp.inputs.resolving import resolved
from webapp.inventory import Device, Interface, kinds
from webapp.jobs import MultiObjectVar, ObjectVar
from webapp.lookups import beginnings

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DEVICE = ObjectVar(model="dcim.device")


def user(name: str = "admin") -> User:
    return db.session.scalars(sa.select(User).filter_by(username=name)).one()


def many(make, number: int, called: str = "leaf-{:05}") -> None:  # noqa: F811
    """Make so many devices, as the first one is, in one statement."""
    first = make("dcim.device", name=called.format(0))
    columns = {column.key: getattr(first, column.key) for column in Device.__table__.columns}
    rows = [{**columns, "id": uuid4(), "name": called.format(n), "asset_tag": None} for n in range(1, number)]
    with transaction() as session:
        session.execute(sa.insert(Device.__table__), rows)
        session.connection().exec_driver_sql("ANALYZE")


def labels(variable, words="", others=None, most=50, by="admin"):
    found = searching.found(variable, user(by), others or {}, words, most=most)
    return [label for _, label in found.results]


def test_what_names_begin_with_is_found_by_an_index_whatever_the_capitals(make):  # noqa: F811
    many(make, 3000)
    site = db.session.scalars(sa.select(Device)).first().location
    first = f"leaf-00010 ({site})"
    assert labels(DEVICE, "LEAF-0001", most=3)[0] == first
    assert labels(DEVICE, "leaf-0001") == [f"leaf-{n:05} ({site})" for n in range(10, 20)]
    query = sa.select(Device.id).where(beginnings.begin(Device.name, "leaf-0001"))
    query = query.order_by(beginnings.in_order(Device.name)).limit(51)
    plan = sa.text(f"EXPLAIN {'QUERY PLAN ' if db.engine.dialect.name == 'sqlite' else ''}{_said(query)}")
    told = " ".join(str(row) for row in db.session.execute(plan))
    assert re.search(r"ix_device_name\w*", told), told
    assert not re.search(r"Seq Scan|SCAN device\b(?! USING)|TEMP B-TREE FOR ORDER|Sort", told), told


def _said(query) -> str:
    return str(query.compile(db.engine, compile_kwargs={"literal_binds": True})).replace("%%", "%")


def test_words_in_the_middle_of_names_are_found_where_few_begin_with_them(make):  # noqa: F811
    many(make, 120)
    make("dcim.device", name="00077-spare")
    assert [label.split(" ")[0] for label in labels(DEVICE, "00077")] == ["00077-spare", "leaf-00077"]
    assert len(labels(DEVICE, "leaf 0007")) == 11
    assert labels(DEVICE, "nowhere") == []
    assert labels(DEVICE, "le\0af") == labels(DEVICE, "\ud800") == []


def test_objects_of_the_same_name_are_told_apart_by_what_they_lie_in(make):  # noqa: F811
    for site in ("ams01", "fra01"):
        rack = make("dcim.rack", name="r1", location=make("dcim.location", name=site))
        device = make("dcim.device", name="leaf-01", location=rack.location, rack=rack)
        make("dcim.interface", name="Ethernet1", device=device)
    assert sorted(labels(DEVICE, "leaf")) == ["leaf-01 (ams01)", "leaf-01 (fra01)"]
    assert sorted(labels(ObjectVar(model="dcim.rack"))) == ["r1 (ams01)", "r1 (fra01)"]
    assert labels(ObjectVar(model="dcim.interface"), "eth") == ["leaf-01 Ethernet1"] * 2
    assert labels(ObjectVar(model="dcim.device", display_field="name")) == ["leaf-01", "leaf-01"]
    ports = [port.id for port in db.session.scalars(sa.select(Interface))]
    assert len(set(ports)) == 2


def test_choices_depend_on_other_fields_from_place_to_rack_to_device(make):  # noqa: F811
    racks = {}
    for site in ("ams01", "fra01"):
        racks[site] = make("dcim.rack", name="r1", location=make("dcim.location", name=site))
        make("dcim.device", name=f"leaf-{site}", location=racks[site].location, rack=racks[site])
    rack = ObjectVar(model="dcim.rack", query_params={"location": "$location"})
    assert labels(rack, others={"location": str(racks["fra01"].location_id)}) == ["r1 (fra01)"]
    device = ObjectVar(model="dcim.device", query_params={"rack": "$rack"})
    assert labels(device, others={"rack": str(racks["ams01"].id)}) == ["leaf-ams01 (ams01)"]
    assert labels(device, others={"rack": [str(one.id) for one in racks.values()]}) == [
        "leaf-ams01 (ams01)",
        "leaf-fra01 (fra01)",
    ]
    named = ObjectVar(model="dcim.device", query_params={"location__name": ["fra01"]})
    assert labels(named) == ["leaf-fra01 (fra01)"]
    with pytest.raises(ValueError, match="location: give an id"):
        labels(rack, others={"location": "x"})


def test_a_list_of_a_thousand_names_is_pasted_in_one_question(make):  # noqa: F811
    many(make, 1200)
    site = db.session.scalars(sa.select(Device)).first().location
    wanted = [*(f"leaf-{n:05}" for n in range(600)), *(f"LEAF-{n:05}" for n in range(600, 997))]
    found, unknown = searching.labelled(DEVICE, user(), {}, [*wanted, f"leaf-00997 ({site})", "spine-1"])
    assert [label for _, label in found] == [f"leaf-{n:05} ({site})" for n in range(998)]
    assert unknown == ["spine-1"]


@on_sqlite
def test_a_reference_names_an_object_by_key_or_lookups_and_says_at_the_field_what_is_wrong(make):  # noqa: F811
    fra, ams = (make("dcim.location", name=name) for name in ("fra01", "ams01"))
    rows = [make("dcim.device", name="leaf-01", location=site) for site in (fra, ams)]
    variables = {"device": DEVICE, "several": MultiObjectVar(model="dcim.device")}
    found, errors = resolved(
        variables,
        {"device": {"name": "leaf-01", "location__name": "ams01"}, "several": [str(row.id) for row in rows]},
        user(),
    )
    assert (found["device"], found["several"], errors) == (str(rows[1].id), [str(row.id) for row in rows], {})
    _, errors = resolved({"device": DEVICE}, {"device": {"name": "leaf-01"}}, user())
    assert "fits more than one device" in errors["device"][0]
    _, hidden = resolved({"device": DEVICE}, {"device": str(rows[0].id)}, user("sam"))
    with transaction() as session:
        session.delete(db.session.merge(rows[0]))
    _, gone = resolved({"device": DEVICE}, {"device": str(rows[0].id)}, user())
    assert hidden == gone
    assert "not one of the available choices" in gone["device"][0]


@on_sqlite
def test_every_kind_can_be_chosen_also_those_that_are_called_nothing(make):  # noqa: F811
    for kind in kinds.every():
        row = make(kind.name)
        variable = ObjectVar(model=kind.name)
        assert str(row.id) in dict(searching.found(variable, user(), {}, most=200).results)
        assert searching.labelled(variable, user(), {}, [str(row.id)])[0][0][0] == str(row.id)
        searching.found(variable, user(), {}, "nothing", most=200)
