"""Blocks of changes inside others, and what becomes of them when something ends them early."""

from __future__ import annotations

import contextlib

import pytest
import sqlalchemy as sa

from webapp.changes.models import Change
from webapp.db import db
from webapp.errors import NotPossible
from webapp.inventory import VLAN, Device, IPAddress, Manufacturer, Prefix, Status, count, first, get
from webapp.inventory.testing import at
from webapp.jobs import DryRunVar, Job, StringVar
from webapp.jobs.testing import run_job


class Parts(Job):
    """Two parts inside a block: one that is refused, however far it had come, and one that is not."""

    how = StringVar()
    dryrun = DryRunVar()

    def run(self, *, how, dryrun):
        device, refusals = first(Device), []
        with self.changes():
            device.comments = "before"
            try:
                with self.changes() as changes:
                    device.serial = "lost"
                    if how == "written":
                        changes.add(Manufacturer(name="Written"))
                        count(Manufacturer)
                    if how == "database":
                        first(VLAN).vid = 5000
                    else:
                        changes.add(Manufacturer(name="Acme"))
            except Exception as refusal:
                refusals.append(str(refusal))
            serial = device.serial
            with self.changes() as changes:
                changes.add(Manufacturer(name="Kept"))
            device.asset_tag = "after"
        return {"refusals": refusals, "serial": serial, "made": sorted(one.name for one in _makers())}


def _makers():
    return db.session.scalars(sa.select(Manufacturer)).all()


@pytest.mark.parametrize("how", ["new", "written", "database"])
def test_a_part_that_is_refused_is_taken_back_and_the_rest_of_its_block_is_kept(app, make, database_url, how):
    make("ipam.vlan")
    make("dcim.manufacturer", name="Acme")
    device = make("dcim.device", name="leaf-1", serial="s1")
    last = db.session.scalar(sa.select(sa.func.max(Change.number)))
    db.session.rollback()
    given = at(database_url)
    tried, done = (run_job(Parts, inventory=given, how=how, dryrun=dry) for dry in (True, False))
    for ran in (tried, done):
        assert ran.state == "success", ran.traceback
        assert len(ran.result["refusals"]) == 1
        assert ("vid" if how == "database" else "Acme already") in ran.result["refusals"][0]
        assert (ran.result["serial"], ran.result["made"]) == ("s1", ["Acme", "Kept"])
    db.session.rollback()
    row = db.session.get_one(Device, device.id, populate_existing=True)
    assert (row.comments, row.serial, row.asset_tag) == ("before", "s1", "after")
    columns = ("row_name", "action", "before", "after")
    rows = db.session.scalars(sa.select(Change).where(Change.number > last).order_by(Change.number))
    told = [tuple(getattr(one, name) for name in columns) for one in rows]
    assert told == [tuple(one[name] for name in columns) for one in given.planned]
    assert sorted(name for name, *_ in told) == ["Kept", "leaf-1"]
    [update] = [(before, after) for name, _, before, after in told if name == "leaf-1"]
    assert update == ({"comments": "", "asset_tag": None}, {"comments": "before", "asset_tag": "after"})


class Prefixes(Job):
    """A prefix that is refused together with something else, and then something that is about no prefix."""

    dryrun = DryRunVar()

    def run(self, *, dryrun):
        vlan = first(VLAN)
        with self.changes():
            with contextlib.suppress(NotPossible), self.changes() as part:
                part.add(Prefix(prefix="10.0.0.0/8", status=get(Status, name="Active")))
                vlan.vid = 5000
            vlan.description = "kept"
        return [vlan.description, count(Prefix), str(first(IPAddress).parent)]


def test_a_prefix_that_is_refused_takes_nothing_into_it_later(app, make, database_url):
    make("ipam.vlan")
    make("ipam.ipaddress", address="10.1.2.3/24")
    for dry in (True, False):
        ran = run_job(Prefixes, inventory=at(database_url), dryrun=dry)
        assert (ran.state, ran.result) == ("success", ["kept", 0, "None"]), ran.traceback
