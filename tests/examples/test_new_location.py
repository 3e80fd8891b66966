"""Preparing a new location: what the dry run shows is what happens, and a second run finds everything there."""

from __future__ import annotations

import json

import pytest

from tests.examples.conftest import changes, last, planned
from webapp.db import db, transaction
from webapp.demo.objects import id_of
from webapp.inventory import filter, get
from webapp.inventory.models import ConsolePort, Device, Interface, Location, LocationType, Rack, Role, Status
from webapp.runs import items
from webapp.runs.models import State

JOB = "new_location.PrepareLocation"
EDGE = {"rack": 2, "device": 11, "interface": 35, "console_port": 2, "console_server_port": 8, "cable": 10}
EUROPE = {"type": {"name": "Site"}, "parent": {"name": "Europe"}}
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_the_dry_run_shows_what_then_happens_object_by_object(send):
    given = {"new_name": "bru01", "type": str(id_of(LocationType, "Site")), "parent": str(id_of(Location, "Europe"))}
    given |= {"where": "new", "template": "edge"}
    dry = send(JOB, **given, dryrun="true")
    assert (dry.state, changes(dry)) == (State.SUCCESS, [])
    assert filter(Location, name="bru01") == []
    preview = planned(dry)
    real = send(JOB, **given)
    assert (real.state, real.result["made"]) == (State.SUCCESS, {"location": 1, **EDGE})
    assert changes(real) == preview
    assert len(preview) == sum(EDGE.values()) + 1
    again = send(JOB, **given)
    assert (again.state, again.result["made"], changes(again)) == (State.SUCCESS, {}, [])
    assert {item.state for item in items.of(again)} == {"skipped"}


@on_sqlite
def test_everything_is_where_the_template_says_and_connected(start):
    run = start(JOB, new_name="bru01", **EUROPE, template="edge")
    assert [item.title for item in items.of(run)] == ["bru01-r01", "bru01-r02"]
    assert [rack.name for rack in filter(Rack, location__name="bru01")] == ["bru01-r01", "bru01-r02"]
    server = get(Device, name="bru01-srv-02-03")
    assert (str(server.rack), server.position, server.status.name) == ("bru01-r02", 6, "Planned")
    cable = get(Interface, device=server, name="eth0").cable
    assert str(cable) == "bru01-srv-02-03 eth0 – bru01-tor-02 Ethernet3"
    console = get(ConsolePort, device__name="bru01-tor-02").cable
    assert str(console) == "bru01-tor-02 Console – bru01-console-01 port02"


@on_sqlite
def test_what_is_there_already_is_left_as_it_is(start):
    with transaction() as session:
        site = session.get(LocationType, id_of(LocationType, "Site"))
        states = {name: get(Status, name=name) for name in ("Planned", "Active")}
        europe = session.get(Location, id_of(Location, "Europe"))
        location = Location(name="bru01", location_type=site, parent=europe, status=states["Planned"])
        rack = Rack(name="bru01-r01", location=location, status=states["Planned"], u_height=45)
        session.add_all([location, rack])
    run = start(JOB, where="planned", planned={"name": "bru01"}, template="edge")
    assert run.state == State.SUCCESS, run.reason
    assert run.result["made"] == {**EDGE, "rack": 1}
    db.session.expire_all()
    assert (get(Rack, name="bru01-r01").u_height, get(Location, name="bru01").status.name) == (45, "Planned")


@on_sqlite
def test_a_template_that_needs_what_is_not_there_writes_nothing(start):
    with transaction() as session:
        session.get(Role, id_of(Role, "top of rack")).name = "leaf"
    run = start(JOB, new_name="bru01", **EUROPE, template="edge")
    assert (run.state, changes(run)) == (State.FAILURE, [])
    assert run.reason == "Nothing was made. No Role with name='top of rack'"


@on_sqlite
def test_a_location_that_is_in_use_is_not_prepared_again(start):
    run = start(JOB, new_name="ams01", **EUROPE, template="edge")
    assert (run.state, changes(run)) == (State.FAILURE, [])
    assert run.reason == "Nothing was made. ams01 is there already, and Active. Choose another name."


@on_sqlite
def test_a_location_that_cannot_be_there_is_refused_in_a_sentence(start):
    run = start(JOB, new_name="bru01", type={"name": "Site"}, template="edge")
    assert (run.state, changes(run)) == (State.FAILURE, [])
    assert run.reason == "Nothing was made. parent: bru01: A Site lies in a Region: say in which."


@on_sqlite
def test_a_row_of_racks_from_the_shell(command):
    given = {"new_name": "bru01", **EUROPE, "template": "row"}
    done = command(JOB, "--data", json.dumps(given))
    assert done.exit_code == 0, done.output
    made = last().result["made"]
    assert (made["rack"], made["device"], made["cable"]) == (10, 10 * 11 + 1, 10 * 11)
