"""Changes of objects: what others refer to is called by its name, whatever becomes of it."""

from __future__ import annotations

from decimal import Decimal

import pytest
import sqlalchemy as sa

from webapp.changes import acting
from webapp.changes.models import Action, Change
from webapp.db import db, transaction
from webapp.inventory import kinds
from webapp.inventory.models import Device, IPAddress, Location, Prefix, Status

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def told(row: object | None = None, kind: str = "") -> list[Change]:
    """The changes in their order: those of a row, or of a kind."""
    db.session.rollback()
    query = sa.select(Change).order_by(Change.number)
    return list(
        db.session.scalars(query.where(Change.row_id == str(row.id) if row is not None else Change.kind == kind))
    )


@pytest.fixture
def leaf(make):
    """A device whose past is forgotten."""
    row = make("dcim.device", name="leaf-1", location=make("dcim.location", name="ams01"))
    with transaction() as session:
        session.execute(sa.delete(Change))
    return row


def statements(act):
    """How often act asks the database for rows of tables other than those that it writes."""
    said: list[str] = []

    def listen(_connection, _cursor, statement, *_rest):
        said.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", listen)
    try:
        act()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", listen)
    return [statement for statement in said if statement.startswith("SELECT")]


def test_a_new_object_is_told_with_the_names_of_what_it_refers_to(make):
    device = make("dcim.device", name="leaf-1", location=make("dcim.location", name="ams01"))
    [change] = told(device)
    assert (change.action, change.row_name, change.before) == (Action.CREATE, "leaf-1", None)
    assert change.after["location"] == "ams01"
    assert change.after["status"] == "Active"
    assert change.after["rack"] is None
    assert change.after["tags"] == []
    assert "location_id" not in change.after
    assert {"id", "created_at", "updated_at"}.isdisjoint(change.after)


@on_sqlite
def test_what_follows_from_other_fields_is_not_recorded(make):
    [change] = told(make("ipam.prefix", prefix="10.20.0.0/16"))
    assert change.after["prefix"] == "10.20.0.0/16"
    assert {"version", "first", "last", "length", "parent"}.isdisjoint(change.after)


def test_the_parent_of_an_address_is_recorded_only_if_somebody_has_chosen_it(make):
    big = make("ipam.prefix", prefix="10.0.0.0/8")
    lost = make("ipam.prefix", prefix="192.0.2.0/24")
    found = make("ipam.ipaddress", address="10.1.2.3/24")
    named = make("ipam.ipaddress", address="10.1.2.4/24", parent=big)
    allowed = make("ipam.ipaddress", address="10.1.2.5/24", parent=lost, outside_allowed=True)
    small = make("ipam.prefix", prefix="10.1.0.0/16")  # which takes all but the one that is allowed
    with transaction() as session:
        session.get_one(IPAddress, found.id).address = "10.9.2.3/24"  # which is in the big one again
        session.get_one(IPAddress, named.id).parent_id = big.id
    with transaction() as session:
        session.delete(session.get_one(Prefix, lost.id))
        session.delete(session.get_one(Prefix, small.id))
    with transaction() as session:
        session.delete(session.get_one(IPAddress, found.id))

    def parents(row: object) -> list[tuple]:
        return [(str(each.action), each.before and each.before.get("parent"), each.after) for each in told(row)]

    assert [action for action, *_ in parents(found)] == ["create", "update", "delete"]
    assert all("parent" not in {**(each.before or {}), **(each.after or {})} for each in told(found))
    [(_, _, created), *rest] = parents(named)
    assert created["parent"] == "10.0.0.0/8"
    assert rest == [("update", "10.1.0.0/16", {"parent": "10.0.0.0/8"})]
    [(_, _, created), *rest] = parents(allowed)
    assert created["parent"] == "192.0.2.0/24"
    assert rest == [("update", "192.0.2.0/24", {"parent": None})]


@on_sqlite
@pytest.mark.parametrize("by", ["object", "id"])
def test_another_reference_is_told_by_both_names_however_it_was_set(make, leaf, by):
    other = make("dcim.location", name="fra01")
    with transaction():
        if by == "object":
            leaf.location = other
        else:
            leaf.location_id = other.id
    [change] = told(leaf)
    assert (change.before, change.after) == ({"location": "ams01"}, {"location": "fra01"})


@on_sqlite
def test_a_reference_is_told_by_the_name_of_what_was_deleted_in_the_same_transaction(make, leaf):
    other = make("dcim.location", name="fra01")
    with transaction() as session:
        old, leaf.location = leaf.location, other
        session.flush()
        session.delete(old)
    [change] = told(leaf)
    assert change.before == {"location": "ams01"}
    [gone] = told(old)
    assert (gone.action, gone.before["name"], gone.after) == (Action.DELETE, "ams01", None)


@on_sqlite
def test_two_of_the_same_name_are_another_reference_all_the_same(make, leaf):
    with transaction():
        leaf.location.location_type.nestable = True
    other = make("dcim.location", name="ams01", parent=leaf.location)
    with transaction():
        leaf.location = other
    [change] = told(leaf)
    assert (change.before, change.after) == ({"location": "ams01"}, {"location": "ams01"})


@on_sqlite
def test_a_reference_that_comes_back_is_no_change(make, leaf):
    other, old = make("dcim.location", name="fra01"), leaf.location
    with transaction() as session:
        leaf.location = other
        session.flush()
        leaf.location = old
    assert told(leaf) == []


@pytest.fixture
def tagged(make, leaf):
    """The device with two tags, and a third one."""
    tags = [make("extras.tag", name=name) for name in ("red", "blue", "green")]
    with transaction() as session:
        leaf.tags = tags[:2]
        session.flush()
        session.info.pop("jobdeck.changes")
    return leaf, tags


@on_sqlite
@pytest.mark.parametrize(
    ("act", "after"),
    [
        (lambda device, tags: device.tags.append(tags[2]), ["blue", "green", "red"]),
        (lambda device, tags: device.tags.remove(tags[0]), ["blue"]),
        (lambda device, tags: device.tags.pop(), ["blue"]),
        (lambda device, tags: device.tags.clear(), []),
        (lambda device, tags: setattr(device, "tags", [tags[2]]), ["green"]),
        (lambda device, tags: device.tags.extend([tags[2]]), ["blue", "green", "red"]),
    ],
)
@pytest.mark.parametrize("read_before", [True, False])
def test_tags_are_lists_of_names_however_they_are_changed(tagged, act, after, read_before):
    device, tags = tagged
    db.session.expire_all()
    with transaction():
        assert not read_before or len(device.tags) == 2
        act(device, tags)
    [change] = told(device)
    assert (change.before, change.after) == ({"tags": ["blue", "red"]}, {"tags": after})


@on_sqlite
def test_tags_in_another_order_or_changed_back_are_no_change(tagged):
    device, tags = tagged
    with transaction() as session:
        device.tags = [tags[0], tags[1]]
        session.flush()
        device.tags.append(tags[2])
        session.flush()
        device.tags.remove(tags[2])
    assert told(device) == []


@on_sqlite
def test_tags_given_to_a_new_object_or_added_before_it_is_safe_are_among_its_first_values(make):
    tags = [make("extras.tag", name=name) for name in ("red", "blue")]
    device = make("dcim.device", tags=[tags[0]])
    assert told(device)[0].after["tags"] == ["red"]
    values = {name: getattr(device, name) for name in ("device_type", "role", "status", "location")}
    with transaction() as session:
        other = Device(name="leaf-2", **values)
        session.add(other)
        session.flush()
        other.tags.append(tags[1])
    [change] = told(other)
    assert change.after["tags"] == ["blue"]


def test_a_deleted_object_is_told_with_its_tags_and_references(tagged):
    device, _ = tagged
    with transaction() as session:
        session.delete(device)
    [change] = told(device)
    assert (change.action, change.after) == (Action.DELETE, None)
    assert (change.before["tags"], change.before["location"]) == (["blue", "red"], "ams01")


@on_sqlite
def test_what_lies_in_a_device_is_told_with_it_and_so_are_both_ends_of_a_cable(make):
    left = make("dcim.interface", name="Ethernet1", device=make("dcim.device", name="leaf-1"))
    right = make("dcim.interface", name="Ethernet9", device=make("dcim.device", name="spine-1"))
    assert told(left)[0].row_name == "leaf-1 Ethernet1"
    cable = make("dcim.cable", termination_a=left, termination_b=right, length=Decimal("1.50"), length_unit="m")
    [made] = told(cable)
    assert (made.after["termination_a"], made.after["termination_b"]) == ("leaf-1 Ethernet1", "spine-1 Ethernet9")
    assert made.after["length"] == "1.50"
    with transaction() as session:
        session.delete(cable)
    deleted = told(cable)[-1]
    assert (deleted.action, deleted.before["termination_b"]) == (Action.DELETE, "spine-1 Ethernet9")


@on_sqlite
def test_a_number_that_is_written_differently_is_no_change(make):
    cable = make("dcim.cable", length=Decimal("1.50"))
    with transaction():
        cable.length = Decimal("1.5")
    assert len(told(cable)) == 1


@on_sqlite
def test_an_address_of_an_interface_is_told_with_the_device(make):
    interface = make("dcim.interface", name="Loopback0", device=make("dcim.device", name="leaf-1"))
    address = make("ipam.ipaddress", address="10.0.0.7/32")
    assigned = make("ipam.ipaddresstointerface", ip_address=address, interface=interface)
    [change] = told(assigned)
    assert change.after == {"ip_address": "10.0.0.7/32", "interface": "leaf-1 Loopback0"}


@on_sqlite
def test_the_same_names_are_not_asked_again_and_again(make):
    """A thousand devices of two locations: names cost a question for each kind, and not for each device."""
    locations = [make("dcim.location", name=name).id for name in ("ams01", "fra01")]
    keys = {"device_type_id": make("dcim.devicetype").id, "role_id": make("extras.role").id}
    keys["status_id"] = db.session.scalar(sa.select(Status.id).limit(1))
    db.session.expunge_all()

    def create() -> None:
        with transaction() as session:
            session.add_all(
                Device(name=f"leaf-{number}", location_id=locations[number % 2], **keys) for number in range(1000)
            )

    asked = statements(create)
    assert len([one for one in asked if f"FROM {Location.__tablename__}" in one]) <= 1
    assert len(asked) < 20
    made = told(kind="dcim.device")
    assert len(made) == 1000
    assert {change.after["location"] for change in made} == {"ams01", "fra01"}


@on_sqlite
def test_changes_of_one_request_have_one_id_and_say_how_they_came(make, api, person):
    role = make("extras.role", name="leaf")
    admin = api("admin")
    answer = admin.patch("/api/extras/roles/", json=[{"id": str(role.id), "name": "spine"}])
    assert answer.status_code == 200
    with acting(person("ann"), run_number=7), transaction():
        role.name = "core"
    by_shell, by_web, by_job = told(role)
    assert [one.context for one in (by_shell, by_web, by_job)] == ["orm", "web", "job"]
    assert (by_job.user_name, by_job.run_number) == ("ann", 7)
    assert len({one.request_id for one in (by_shell, by_web, by_job)}) == 3


@on_sqlite
def test_every_kind_can_be_made_changed_and_deleted_and_says_so(make, app):
    for kind in kinds.every():
        row = make(kind.name)
        name = next((name for name, field in kind.writable.items() if field.type == "text"), None)
        with transaction():
            if name == "description":
                row.description = "Other"
        with transaction() as session:
            session.delete(row)
        actions = [change.action for change in told(row)]
        assert (actions[0], actions[-1]) == (Action.CREATE, Action.DELETE), kind.name
