"""Lookups become conditions, and what cannot be looked up is refused with words that help."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from webapp.accounts.models import Group, User
from webapp.accounts.permissions import may_be_looked_up
from webapp.db import db, transaction
from webapp.inventory.models import (
    Cable,
    Device,
    DeviceType,
    Interface,
    Location,
    LocationType,
    Manufacturer,
    Object,
    Prefix,
    Role,
    Status,
    Tag,
)
from webapp.lookups import matching

PEOPLE = ["admin", "ann", "bob", "sam", "vic"]


@pytest.fixture
def found(app):
    """Gives the names of the users that fit lookups."""

    def names(**lookups: object) -> list[str]:
        query = sa.select(User.username).where(matching(User, lookups, may_be_looked_up()))
        return sorted(db.session.scalars(query))

    return names


def test_rows_are_found_by_columns_and_by_what_they_are_related_to(found, person):
    ann = person("ann")
    operators = db.session.scalar(sa.select(Group.id).where(Group.name == "Operator"))
    assert found(username="ann") == found(username__exact="ann") == found(pk=str(ann.id)) == ["ann"]
    assert found(id=str(ann.id).upper(), is_active="True") == ["ann"]
    assert found(username__in=["ann", "bob", "nobody"]) == ["ann", "bob"]
    assert found(username__in=[]) == []
    assert found(username__icontains="A") == ["admin", "ann", "sam"]
    assert found(username__icontains="%") == found(username__icontains="_") == []
    assert found(groups__name="Operator") == found(groups=operators) == found(groups__in=[str(operators)]) == ["ann"]
    assert found(groups__name__icontains="OPER", is_superuser=False) == ["ann"]
    assert found(groups__users__username="bob") == ["bob"]
    assert found(username=None) == []
    assert found() == PEOPLE


@pytest.mark.parametrize(
    ("lookups", "message"),
    [
        (
            {"nmae": 1},
            "nmae: there is nothing called “nmae”; what can be looked up is groups, id, is_active, is_superuser",
        ),
        ({"password_hash": "x"}, "password_hash: there is nothing called “password_hash”"),
        (
            {"groups__created": 1},
            "groups__created: there is nothing called “created”; what can be looked up is id, name",
        ),
        (
            {"username__regex": "x"},
            "username__regex: there is nothing called “regex”; compare by exact, in, isnull, ic, isw, iew, ie,",
        ),
        ({"username__in__exact": "x"}, "username__in__exact: there is nothing called “in__exact”"),
        ({"username__in": "ann"}, "username__in: give a list of values."),
        ({"username__in": ["x"] * 5_001}, "username__in: give at most 5,000 values."),
        ({"username": ["ann"]}, "username: give a text."),
        ({"username": "a\0"}, "username: that text has characters that nothing here has."),
        ({"username": "\ud800"}, "username: that text has characters that nothing here has."),
        ({"is_active": 1}, "is_active: give true or false."),
        ({"id": "7"}, "id: give an id."),
        ({"groups": "x"}, "groups: give a whole number."),
        ({"groups": 2**31}, "groups: give a whole number."),
        ({"groups__id__icontains": "1"}, "groups__id__icontains: only texts are searched."),
        ({"__".join(["groups", "users"] * 4): 1}, "that is too far away to be looked up."),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_looked_up_says_why(app, lookups, message):
    with pytest.raises(ValueError) as caught:
        matching(User, lookups, may_be_looked_up())
    assert message in str(caught.value)


@pytest.fixture
def fabric(app):
    """A site with a room; leaf-1 and LEAF-2 in the room, spine-1 at the site."""
    active = Status(name="In use")
    site = Location(name="ams01", location_type=LocationType(name="Site", nestable=True), status=active)
    room = Location(name="room 1", location_type=site.location_type, status=active, parent=site)
    model = DeviceType(manufacturer=Manufacturer(name="Acme"), model="L48")
    red, blue = Tag(name="red"), Tag(name="blue")
    common = {"device_type": model, "status": active}
    leaf, spine = Role(name="leaf", content_types=["dcim.device"]), Role(name="spine")
    first = Device(name="leaf-1", location=room, role=leaf, tags=[red, blue], asset_tag="7", **common)
    first.interfaces.append(Interface(name="lo0", status=active))
    rows = [first, Device(name="LEAF-2", location=room, role=leaf, tags=[red], **common)]
    rows.append(Device(name="spine-1", location=site, role=spine, **common))
    nets = [Prefix(prefix=text, status=active) for text in ("10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32")]
    with transaction() as session:
        session.add_all([*rows, *nets])
    db.session.rollback()


@pytest.fixture
def rows(app, fabric):
    """Gives the texts of the rows of a model that fit lookups."""

    def texts(model: type[Object], **lookups: object) -> list[str]:
        return sorted(
            map(str, db.session.scalars(sa.select(model).where(matching(model, lookups, may_be_looked_up()))))
        )

    return texts


def test_every_comparison_finds_what_it_says(rows):
    leaves, all_of_them = ["LEAF-2", "leaf-1"], ["LEAF-2", "leaf-1", "spine-1"]
    assert rows(Device, name__ic="eaf") == rows(Device, name__icontains="EAF") == leaves
    assert rows(Device, name__contains="eaf") == rows(Device, name__startswith="leaf") == ["leaf-1"]
    assert rows(Device, name__isw="leaf") == rows(Device, name__istartswith="LEAF") == leaves
    assert rows(Device, name__iew="F-1") == rows(Device, name__iexact="LEAF-1") == rows(Device, name__ie="Leaf-1")
    assert rows(Device, name__endswith="-1") == rows(Device, name__nic="2") == ["leaf-1", "spine-1"]
    assert rows(Device, name__endswith="F-1") == rows(Device, name__contains="%") == rows(Device, name__ic="_") == []
    assert (
        rows(Device, name__contains="") == rows(Device, name__startswith="") == rows(Device, name__n="x") == all_of_them
    )
    assert rows(Device, asset_tag__n="7") == rows(Device, asset_tag=None) == ["LEAF-2", "spine-1"]
    assert rows(Device, asset_tag__isnull=False) == rows(Device, asset_tag__isnull="false") == ["leaf-1"]
    assert rows(Device, name__in={"leaf-1", "x"}) == rows(Device, name__nin=("LEAF-2", "spine-1")) == ["leaf-1"]
    moment = datetime.now(UTC) - timedelta(days=1)
    assert rows(Device, created_at__gt=moment, updated_at__gte=f"{moment:%Y-%m-%d}") == all_of_them
    assert rows(Device, created_at__lt=moment.isoformat()) == rows(Device, created_at__lte=moment.date()) == []
    assert rows(Role, content_types="dcim.device") == ["leaf"]


def test_relations_are_followed_and_may_lead_to_nothing(rows, fabric):
    room = db.session.scalars(sa.select(Location).where(Location.name == "room 1")).one()
    leaves = ["LEAF-2", "leaf-1"]
    assert rows(Device, location=room) == rows(Device, location__in=[room, room.id]) == leaves
    assert rows(Device, location__n=room) == rows(Device, location__name__n="room 1") == ["spine-1"]
    assert rows(Device, location__parent__name="ams01") == rows(Device, role__name__in=["leaf"]) == leaves
    assert rows(Device, tags__name="blue") == rows(Device, interfaces__name="lo0") == ["leaf-1"]
    assert rows(Device, tags__name__n="blue") == ["LEAF-2", "spine-1"]
    assert rows(Device, tags__isnull=True) == rows(Device, tags=None) == ["spine-1"]
    assert rows(Interface, assignments__isnull=True, device__location__name="room 1") == ["lo0"]
    assert rows(Location, parent=None) == rows(Location, parent__isnull=True) == ["ams01"]


def test_numbers_of_128_bits_are_compared_in_their_order(rows):
    assert rows(Prefix, first__gte=2**64) == rows(Prefix, version=6) == ["2001:db8::/32"]
    assert rows(Prefix, first__lte=str(0x0A010000), last__gt=0x0A00FFFF) == ["10.0.0.0/8", "10.1.0.0/16"]
    assert rows(Prefix, length__in=[8, "32"]) == ["10.0.0.0/8", "2001:db8::/32"]


UNFIT: list[tuple[type[Object], dict[str, object], str]] = [
    (Prefix, {"first": -1}, "first: give a whole number."),
    (Prefix, {"first": 2**128}, "first: give a whole number."),
    (Prefix, {"first": "9" * 40}, "first: give a whole number."),
    (Prefix, {"version__gt": 40_000}, "version__gt: give a whole number."),
    (Device, {"position": 2**31}, "position: give a whole number."),
    (Device, {"position__gte": "1.5"}, "position__gte: give a whole number."),
    (Device, {"created_at__gt": "yesterday"}, "created_at__gt: give a date, or a date and time"),
    (Device, {"created_at": 7}, "created_at: give a date, or a date and time"),
    (Device, {"name__gt": "a"}, "name__gt: only numbers and dates are greater or less."),
    (Device, {"name__isnull": "perhaps"}, "name__isnull: give true or false."),
    (Device, {"position__ic": "1"}, "position__ic: only texts are searched."),
    (Device, {"name__ic": "x" * 1_001}, "name__ic: look for 1,000 characters at most."),
    (Device, {"location__n__name": "x"}, "location__n__name: there is nothing called"),
    (Device, {"n": "x"}, "n: there is nothing called “n”"),
    (Device, {"location__isnull__in": [True]}, "location__isnull__in: there is nothing called"),
    (Cable, {"length__gt": "NaN"}, "length__gt: give a number."),
    (Role, {"content_types__in": ["x"]}, "content_types__in: of a list, look for one value at a time."),
    (Role, {"content_types__lt": "x"}, "content_types__lt: only numbers and dates are greater or less."),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_values_that_no_column_has_are_refused(app):
    for model, lookups, message in UNFIT:
        with pytest.raises(ValueError) as caught:
            matching(model, lookups, may_be_looked_up())
        assert message in str(caught.value)


def test_what_may_not_be_seen_is_related_to_nothing(rows, fabric):
    def seen(model: type[object]) -> sa.ColumnElement[bool]:
        return sa.false() if model is Tag else sa.true()

    for lookups, found in (({"tags__name": "red"}, 0), ({"tags__isnull": True}, 3), ({"tags__name__n": "red"}, 3)):
        query = sa.select(Device).where(matching(Device, lookups, may_be_looked_up(), seen))
        assert len(db.session.scalars(query).all()) == found
