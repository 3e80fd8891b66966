"""Who changed an object: a tab of its page."""

from __future__ import annotations

from uuid import uuid4

import pytest

from webapp.changes import acting
from webapp.db import transaction

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_the_tab_tells_who_changed_the_object_and_nothing_of_others(browse, make, person):
    device, other = make("dcim.device", name="leaf-1"), make("dcim.device", name="leaf-2")
    with acting(person("ann")), transaction():
        device.serial, other.serial = "ABC", "XYZ"
    page = browse("vic").get(f"/dcim/devices/{device.id}/changes/")
    assert page.text.count('class="changes__entry"') == 2
    assert "ann" in page.text
    assert "<ins>ABC</ins>" in page.text
    assert "XYZ" not in page.text
    assert f'href="/dcim/devices/{device.id}/changes/" aria-current="page"' in page.text


@on_sqlite
def test_the_page_of_an_object_leads_to_its_changes_for_those_who_may_see_them(browse, make):
    id = make("dcim.device").id
    assert f'href="/dcim/devices/{id}/changes/"' in browse("vic").get(f"/dcim/devices/{id}/").text
    assert browse("sam").get(f"/dcim/devices/{id}/changes/").status_code == 403
    assert browse("vic").get(f"/dcim/devices/{uuid4()}/changes/").status_code == 404


@on_sqlite
def test_many_changes_come_in_pages(browse, make):
    device = make("dcim.device")
    for number in range(55):
        with transaction():
            device.serial = str(number)
    vic, here = browse("vic"), f"/dcim/devices/{device.id}/changes/"
    first = vic.get(here)
    assert first.text.count('class="changes__entry"') == 50
    older = first.text.partition('rel="next" href="')[2].partition('"')[0]
    assert vic.get(older).text.count('class="changes__entry"') == 6
    assert "No older changes" in vic.get(f"{here}?before=1").text
