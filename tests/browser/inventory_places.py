"""The places of a tour that show the inventory: lists, objects, changes, imports, and what jobs do to it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.place import Place

TAGS = "name,color,content_types\n"
SWITCH = {"name": "ams01-tor-01"}
NEW = {
    "where": "new",
    "new_name": "tour-edge",
    "type": {"name": "Site"},
    "parent": {"name": "Europe"},
    "template": "edge",
}
DRY = {**NEW, "dryrun": True}
PREPARE = "new_location.PrepareLocation"


def _choose_three(page: Page) -> None:
    for box in page.locator("#several [name=id]").all()[:3]:
        box.check()
    expect(page.get_by_text("3 chosen")).to_be_visible()


def _send_nonsense(page: Page) -> None:
    page.get_by_label("Serial").fill("x" * 300)
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.locator(".problems")).to_be_visible()


def _look_for_a_rack(page: Page) -> None:
    page.get_by_role("combobox", name="Rack").fill("r2")
    expect(page.locator(".chips__option").first).to_be_visible()
    page.evaluate("scrollTo(0, 0)")


def _edit_three(page: Page) -> None:
    _choose_three(page)
    page.get_by_role("button", name="Edit…").click()
    page.get_by_label("Serial", exact=True).fill("SN-2027-" + "0" * 40)
    page.get_by_label("Status", exact=True).select_option("Planned")


def _ask_to_edit_three(page: Page) -> None:
    _edit_three(page)
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()


def _ask_to_delete_three(page: Page) -> None:
    _choose_three(page)
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete 3 devices?")


def _check_the_lines(page: Page, lines: str) -> None:
    page.get_by_label("Lines, the names of fields first").fill(TAGS + lines)
    page.get_by_role("button", name="Check").click()


def _import_with_mistakes(page: Page) -> None:
    _check_the_lines(page, "Spare part,9e9e9e,dcim.device\nLab device,purple,dcim.devices\n,9e9e9e,\n")
    expect(page.get_by_role("alert")).to_be_visible()


def _rehearse_an_import(page: Page) -> None:
    _check_the_lines(
        page, "Spare part,9e9e9e,dcim.device\ndemo,00bcd4,\n" + "A very long name of a tag " * 3 + ",ff5722,"
    )
    expect(page.get_by_role("heading", name="What would be done")).to_be_visible()


def _open_the_first_change(page: Page) -> None:
    page.locator(".changes__when a").first.click()
    expect(page.locator(".list--changes")).to_be_visible()


def _look_at_all(page: Page) -> None:
    expect(page.locator(".run-change").first).to_be_visible()


PLACES = {
    "inventory": Place("/inventory/"),
    "inventory searched": Place("/inventory/?q=ams01", pictured=True),
    "inventory searched in vain": Place("/inventory/?q=nothing-like-it", pictured=True),
    "devices": Place("/dcim/devices/?more=1&status=Active&role=router", then=_choose_three),
    "all devices": Place("/dcim/devices/", pictured=True),
    "no device found": Place("/dcim/devices/?q=nothing-like-it&role=server", pictured=True),
    "devices asked wrongly": Place("/dcim/devices/?position=high", pictured=True),
    "no objects like that": Place("/dcim/console-server-ports/?q=zzz", pictured=True),
    "locations": Place("/dcim/locations/", pictured=True),
    "prefixes": Place("/ipam/prefixes/", pictured=True),
    "device": Place(kind="dcim/devices", named=SWITCH),
    "changes of a device": Place(kind="dcim/devices", named=SWITCH, tab="changes/"),
    "prefix full of addresses": Place(kind="ipam/prefixes", named={"prefix": "10.1.0.0/22"}, pictured=True),
    "prefix": Place(kind="ipam/prefixes", named={"prefix": "10.0.0.0/8"}),
    "rack": Place(kind="dcim/racks", named={"name": "ams01-r01"}, pictured=True),
    "location": Place(kind="dcim/locations", named={"name": "ams01"}),
    "location above others": Place(kind="dcim/locations", named={"name": "Europe"}, pictured=True),
    "interface": Place(kind="dcim/interfaces", named={"device": "ams01-tor-01", "name": "Ethernet1"}, pictured=True),
    "cable": Place(kind="dcim/cables", pictured=True),
    "address": Place(kind="ipam/ip-addresses", pictured=True),
    "vlan": Place(kind="ipam/vlans", pictured=True),
    "new device": Place("/dcim/devices/add/", then=_send_nonsense),
    "new cable": Place("/dcim/cables/add/", pictured=True),
    "device being edited": Place(kind="dcim/devices", named=SWITCH, tab="edit/", then=_look_for_a_rack, pictured=True),
    "devices being edited": Place("/dcim/devices/", then=_edit_three, pictured=True),
    "question of devices being edited": Place("/dcim/devices/", then=_ask_to_edit_three),
    "question of a device": Place(kind="dcim/devices", named=SWITCH, tab="delete/"),
    "question of a location": Place(kind="dcim/locations", named={"name": "ams01"}, tab="delete/", pictured=True),
    "question of devices": Place("/dcim/devices/", then=_ask_to_delete_three, pictured=True),
    "import": Place("/extras/tags/import/", pictured=True),
    "import of devices": Place("/dcim/devices/import/", pictured=True),
    "import with mistakes": Place("/extras/tags/import/", then=_import_with_mistakes),
    "import rehearsed": Place("/extras/tags/import/", then=_rehearse_an_import, pictured=True),
    "changes": Place("/changes/?q=hello"),
    "all changes": Place("/changes/", pictured=True),
    "no changes like that": Place("/changes/?run=999999", pictured=True),
    "changes asked wrongly": Place("/changes/?run=none", pictured=True),
    "change": Place("/changes/", then=_open_the_first_change),
    "dry run with a preview": Place(run=PREPARE, inputs=DRY, tab="/changes/", ends="Succeeded", then=_look_at_all),
    "dry run without changes": Place(run="hello.Hello", inputs={"dryrun": True}, ends="Succeeded", pictured=True),
    "run with changes": Place(run=PREPARE, inputs=NEW, tab="/changes/", ends="Succeeded", pictured=True),
    "changes after the run": Place("/changes/?action=create&kind=dcim.device", pictured=True),
    "form about a place": Place(form=PREPARE, pictured=True),
    "form about addresses": Place(form="reserving.Reserve", pictured=True),
    "form of an import": Place(form="importing.ImportDevices", pictured=True),
}  # fmt: skip
