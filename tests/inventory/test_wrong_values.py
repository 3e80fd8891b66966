"""What no column takes is refused with a sentence at its field, whoever writes it."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from webapp.db import db
from webapp.errors import NotPossible
from webapp.inventory import VLAN, Cable, Device, IPAddress, Location, Prefix, Role, Tag, count, first
from webapp.inventory.testing import at
from webapp.jobs import Job
from webapp.jobs.testing import run_job

WHOLE, NUMBER, ID = "Give a whole number.", "Give a number.", "Give an object, or its id as a UUID."
NOBODY = uuid4()
WRONG = [
    (Device, "position", 1.5, WHOLE),
    (Device, "position", Decimal(1), WHOLE),
    (Device, "position", 10**12, WHOLE),
    (Device, "position", "1", WHOLE),
    (Device, "position", True, WHOLE),
    (Device, "name", 5, "Give a text."),
    (Device, "name", date(2031, 1, 2), "Give a text."),
    (Device, "name", None, "This field is required."),
    (Device, "name", "leaf\n1", "Take out the characters that no text may have."),
    (Device, "location", None, "This field is required."),
    (Device, "location_id", None, "This field is required."),
    (Device, "location", "ams01", "Give one location."),
    (Device, "location", Role(name="leaf"), "Give one location."),
    (Device, "role_id", "no-uuid", ID),
    (Device, "role_id", str(NOBODY), ID),
    (Device, "role_id", 1.5, ID),
    (Device, "role_id", [], ID),
    (Device, "role_id", "\ud800", ID),
    (Device, "role_id", NOBODY, "There is no role with this id."),
    (Device, "rack_id", NOBODY, "There is no rack with this id."),
    (Device, "primary_ip4_id", b"x", ID),
    (Device, "tags", [Role(name="leaf")], "Give a list of tags."),
    (Device, "tags", "core", "Give a list of tags."),
    (Device, "tags", None, "Give a list of tags."),
    (Location, "parent_id", NOBODY, "There is no location with this id."),
    (IPAddress, "parent_id", "no-uuid", ID),
    (IPAddress, "outside_allowed", 1, "Give true or false."),
    *(
        (Cable, "length", value, NUMBER)
        for value in (Decimal("NaN"), float("inf"), 10**12, "long", True, date(2031, 1, 2))
    ),
    (Tag, "color", 5, "“5” is no colour: give six hexadecimal digits, such as 4caf50."),
]


def setting(model, name, value):
    """A job that sets that of the first row of model, and says what came of it."""

    class Setting(Job):
        def run(self):
            row = first(model)
            with self.changes():
                setattr(row, name, value)

    return Setting


def test_a_job_that_sets_what_no_column_takes_is_told_so_at_the_field(app, make, database_url):
    for name in ("dcim.device", "dcim.cable", "ipam.ipaddress", "extras.tag"):
        make(name)
    given = at(database_url)
    for model, name, value, sentence in WRONG:
        told = run_job(setting(model, name, value), inventory=given).reason
        assert told.startswith(f"InvalidInputs: {name.removesuffix('_id')}: "), (name, value, told)
        assert told.endswith(sentence), (name, value, told)


def test_what_is_misspelt_is_no_field(app, make, database_url):
    make("dcim.device")
    told = run_job(setting(Device, "statuss", None), inventory=at(database_url)).reason
    assert told == "AttributeError: Nothing called “statuss” is kept of a device; do you mean “status”?"


def test_lengths_are_kept_as_the_database_keeps_them(app, make, database_url):
    make("dcim.cable")
    given = at(database_url)
    for value, kept in ((1.5, "1.50"), ("2", "2.00"), (Decimal("1.239"), "1.24"), (0, "0.00"), (None, "None")):
        assert run_job(setting(Cable, "length", value), inventory=given).state == "success"
        assert str(first(Cable).length) == kept
        db.session.rollback()


def test_what_follows_from_an_address_or_a_prefix_is_not_what_somebody_sets(app, make, database_url):
    make("ipam.prefix", prefix="10.1.0.0/16")
    make("ipam.ipaddress", address="10.1.2.3/24")
    given = at(database_url)
    wrong = ((Prefix, "first", 5), (Prefix, "version", 6), (IPAddress, "host", "x"), (IPAddress, "mask_length", 1.5))
    for model, name, value in wrong:
        assert run_job(setting(model, name, value), inventory=given).state == "success"
    db.session.rollback()
    prefix, address = first(Prefix), first(IPAddress)
    assert (prefix.version, prefix.first, prefix.last, prefix.length) == (4, 0x0A010000, 0x0A01FFFF, 16)
    assert (address.version, address.host, address.mask_length) == (4, 0x0A010203, 24)


def test_what_only_the_database_refuses_is_a_sentence_too(app, make, database_url):
    make("ipam.vlan")
    given = at(database_url)

    class Asking(Job):
        def run(self):
            row = first(VLAN)
            with self.changes():
                row.vid = 5000
                count(VLAN)  # which writes it

    class Ignoring(Job):
        def run(self):
            row = first(VLAN)
            with self.changes():
                row.vid = 5000
                with suppress(NotPossible):
                    count(VLAN)

    class Dating(Job):
        def run(self):
            row = first(VLAN)
            with self.changes():
                row.created_at = "yesterday"

    lead = "NotPossible: Nothing of this block is kept, as what it says does not go together: "
    for job, reason in (
        (setting(VLAN, "vid", 5000), "vid: Give a number from 1 to 4094."),
        (Asking, "vid: Give a number from 1 to 4094."),
        (Dating, "One of these values is none that can be kept."),
    ):
        ran = run_job(job, inventory=given)
        assert ran.reason == lead + reason
        assert "sqlalchemy.exc" not in ran.traceback
    assert "What may be refused belongs in a block of its own." in run_job(Ignoring, inventory=given).reason


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_over_the_api_the_same_values_are_refused_at_their_fields(app, make, api):
    device, cable, admin = make("dcim.device"), make("dcim.cable"), api("admin")
    wrong = {
        "position": (1.5, "1.5", 10**12, True),
        "name": (True, None, []),
        "location": (None, "no-uuid", 5, [], {}, 1.5, str(NOBODY)),
        "role": (None, "no-uuid", 5, [], {}, 1.5, str(NOBODY)),
    }
    length = (float("nan"), "NaN", 10**12, "long", True, [], "2031-01-02")
    for path, fields in ((f"dcim/devices/{device.id}", wrong), (f"dcim/cables/{cable.id}", {"length": length})):
        for name, values in fields.items():
            for value in values:
                answer = admin.patch(f"/api/{path}/", json={name: value})
                assert (answer.status_code, list(answer.json)) == (400, [name]), (name, value, answer.text)
