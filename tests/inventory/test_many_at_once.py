"""Many who change, try and read the same objects at once. CHANGES_SECONDS and CHANGES_THREADS make it longer."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Callable

import sqlalchemy as sa

from webapp.changes import acting
from webapp.changes.models import Change
from webapp.db import db
from webapp.inventory import Device, count, get
from webapp.inventory.jobs.access import Access
from webapp.inventory.jobs.blocks import Blocks

SECONDS = float(os.environ.get("CHANGES_SECONDS", "2"))
THREADS = int(os.environ.get("CHANGES_THREADS", "6"))
DEVICES = 8


class Actor(threading.Thread):
    """One who does the same thing again and again, as a job of its own."""

    def __init__(self, url: str, number: int, until: float) -> None:
        super().__init__(name=f"actor {number}")
        dry = number % 3 == 1
        self.access = Access(url, shared=dry)
        self.planned: list[dict] = []
        plan = self.planned.extend if dry else None
        self.blocks = Blocks(self.access, acting=lambda: acting(None, self.name), check=lambda session: None, plan=plan)
        self.act: Callable[[], None] = self.read if number % 3 == 2 else self.change
        self.number, self.until, self.random = number, until, random.Random(number)
        self.times, self.errors = 0, list[BaseException]()

    def run(self) -> None:
        while (time.monotonic() < self.until or self.times < 2) and not self.errors:
            try:
                self.act()
                self.times += 1
            except BaseException as error:
                self.errors.append(error)
        self.access.close()

    def change(self) -> None:
        """Set something of several devices, in any order; make one and delete it."""
        session = self.access.session()
        devices = list(session.scalars(sa.select(Device).where(Device.name.startswith("leaf"))))
        self.random.shuffle(devices)
        changes = self.blocks.begin()
        for device in devices[:4]:
            device.comments = f"{self.number}-{self.times}"
            device.serial = str(self.random.randrange(3))
        first = devices[0]
        common = {"location_id": first.location_id, "device_type_id": first.device_type_id}
        made = changes.add(
            Device(name=f"made-{self.number}", role_id=first.role_id, status_id=first.status_id, **common)
        )
        counts = self.blocks.end()
        assert counts.created == 1
        self.blocks.begin().delete(made)
        assert self.blocks.end().deleted == 1

    def read(self) -> None:
        names = self.access.session().scalars(sa.select(Device.name).where(Device.name.startswith("leaf"))).all()
        assert len(names) == DEVICES


def test_many_change_try_and_read_at_once_and_all_changes_add_up(app, make, database_url):
    ids = [make("dcim.device", name=f"leaf-{n}", comments="0", serial="0").id for n in range(DEVICES)]
    db.session.remove()
    until = time.monotonic() + SECONDS
    actors = [Actor(app.extensions["settings"].database_url, number, until) for number in range(THREADS)]
    for actor in actors:
        actor.start()
    for actor in actors:
        actor.join()
    assert [error for actor in actors for error in actor.errors] == []
    assert all(bool(actor.planned) == (actor.number % 3 == 1) for actor in actors)
    assert count(Device) == DEVICES
    told: dict[str, list[Change]] = defaultdict(list)
    for change in db.session.scalars(sa.select(Change).where(Change.kind == "dcim.device").order_by(Change.number)):
        told[change.row_id].append(change)
    planning = {actor.name for actor in actors if actor.number % 3}
    assert not planning & {change.user_name for changes in told.values() for change in changes}
    for id in ids:
        state: dict = {}
        for change in told[str(id)]:
            assert {name: state.get(name) for name in change.before or {}} == (change.before or {})
            state |= change.after
        device = get(Device, id=id)
        assert (device.comments, device.serial) == (state["comments"], state["serial"])
    gone = [changes for id, changes in told.items() if id not in map(str, ids)]
    assert all([change.action for change in changes] == ["create", "delete"] for changes in gone)
