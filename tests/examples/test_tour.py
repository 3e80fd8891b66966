"""The tour of inputs chooses objects that depend on one another."""

from __future__ import annotations

import pytest

from webapp.catalogue import service as catalogue
from webapp.demo.objects import id_of
from webapp.inventory.models import Device, Location, Rack
from webapp.runs import items

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PLACE = {"location": str(id_of(Location, "ams01")), "rack": str(id_of(Rack, "ams01 01"))}


def test_it_is_given_real_objects_and_has_an_item_for_each(start):
    devices = [str(id_of(Device, name)) for name in ("ams01-tor-01", "ams01-srv-01-01")]
    run = start("tour.Tour", **PLACE, devices=devices)
    assert (run.result["location"], run.result["rack"]) == ("ams01", "ams01-r01")
    assert [item.title for item in items.of(run)] == ["ams01-tor-01", "ams01-srv-01-01"]


def test_only_what_is_at_the_location_and_in_the_rack_may_be_chosen(api):
    address = f"/api/extras/jobs/{catalogue.by_class_path('tour.Tour').id}/run/"
    elsewhere = {**PLACE, "devices": [str(id_of(Device, "ams01-tor-02"))]}
    answer = api("ann").post(address, json={"data": elsewhere})
    assert (answer.status_code, "Failed to find requested objects for var devices" in answer.text) == (400, True)
