"""The objects of the demonstration: how many, always the same, and as the inventory itself would have written them."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from webapp.db import db, transaction
from webapp.demo import objects
from webapp.demo.objects import ORPHANS, id_of
from webapp.inventory.addresses import containing, next_free_address
from webapp.inventory.models import Cable, Device, Interface, IPAddress, Location, Prefix, Rack

COUNTS = {Location: 4, Rack: 180, Device: 2_000, Interface: 8_000, IPAddress: 4_000, Cable: 1_975, Prefix: 20}
SWITCH = "fra01-tor-13"


def count(model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model))


def test_there_are_as_many_as_promised_and_always_the_same(app):
    assert {model: count(model) for model in COUNTS} == COUNTS
    switch = db.session.scalars(sa.select(Device).where(Device.name == SWITCH)).one()
    assert (str(switch.primary_ip4), str(switch.rack)) == ("172.17.0.140/22", "fra01-r13")
    assert str(switch.id) == "4d80b63c-3841-5c97-b627-fd6b7b6475ed"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_there_stays_as_people_left_it(app):
    with transaction() as session:
        session.get(Device, id_of(Device, SWITCH)).name = "mine"
    assert not objects.load()
    assert db.session.get(Device, id_of(Device, SWITCH)).name == "mine"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_they_are_as_the_inventory_itself_would_have_written_them(app):
    addresses = db.session.scalars(sa.select(IPAddress).order_by(IPAddress.version, IPAddress.host)).all()
    for address in addresses[::100]:
        assert address.parent is [None, *containing(address)][-1], address
    assert {str(address) for address in addresses if address.parent is None} == set(ORPHANS)
    for prefix in db.session.scalars(sa.select(Prefix)):
        assert prefix.parent is [None, *containing(prefix)][-1], prefix
    servers = db.session.get(Prefix, id_of(Prefix, "10.1.0.0/22"))
    assert str(next_free_address(servers)) == "10.1.2.89/22"
