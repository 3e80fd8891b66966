"""Objects over the API: the same for every kind."""

from __future__ import annotations

import pytest

from webapp.db import db
from webapp.inventory import kinds
from webapp.inventory.builtin import KINDS

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NAMES = [kind.name for kind in KINDS]
HOSTILE = [
    "\0",
    "\ud800",
    "'; DROP TABLE device; --",
    "x" * 20_000,
    "",
    [],
    {},
    10**40,
    -1,
    1e400,
    True,
    None,
    [[]],
    {"id": []},
]
TRIED_ALONE = ("dcim.interface", "ipam.prefix")
"""Kinds whose every field gets each of these values by itself."""
OWN = ("id", "object_type", "url", "display", "natural_slug", "created", "last_updated")


def path(name: str, id: object = "") -> str:
    kind = kinds.called(name)
    assert kind is not None
    return f"/api/{kind.path}/{id}{'/' if id else ''}"


def without(told: dict[str, object]) -> dict[str, object]:
    """What has to be the same of an object that is made of what was told of another."""
    return {name: value for name, value in told.items() if name not in OWN}


def test_objects_of_every_kind_are_listed_changed_deleted_and_made_of_what_was_told(api, make):
    admin = api("admin")
    for name in NAMES:
        row = make(name)
        label, id = str(row), str(row.id)
        db.session.rollback()
        listed = admin.get(path(name)).json
        [told] = [one for one in listed["results"] if one["id"] == id]
        assert listed["count"] == len(listed["results"])
        assert told == admin.get(path(name, id)).json
        assert (told["object_type"], told["display"], told["custom_fields"]) == (name, label, {})
        assert told["url"].endswith(path(name, id))
        assert admin.put(path(name, id), json=told).status_code == 200, name
        for field in {"description", "comments", "color"} & told.keys():
            assert admin.patch(path(name, id), json={field: "abcdef"}).json[field] == "abcdef"
            assert admin.get(path(name, id)).json[field] == "abcdef"
        told = admin.get(path(name, id)).json
        assert admin.delete(path(name, id)).status_code == 204, name
        assert admin.get(path(name, id)).status_code == 404
        made = admin.post(path(name), json=told)
        assert made.status_code == 201, (name, made.json)
        assert without(made.json) == without(told)


def test_nothing_that_clients_send_is_more_than_a_mistake(api, make):
    admin = api("admin")
    for name in NAMES:
        kind, row = kinds.called(name), make(name)
        assert kind is not None
        fields = [*kind.fields, *kind.settled, "nothing"]
        for value in HOSTILE:
            body = dict.fromkeys(fields, value)
            assert admin.patch(path(name), json=[{**body, "id": str(row.id)}, 7]).status_code == 400, body
            assert admin.post(path(name), json=body).status_code == 400, body


@pytest.mark.parametrize("name", TRIED_ALONE)
def test_no_single_value_that_clients_send_is_more_than_a_mistake(api, make, name):
    admin, kind, row = api("admin"), kinds.called(name), make(name)
    assert kind is not None
    for value in HOSTILE:
        for field in kind.writable:
            answer = admin.patch(path(name, row.id), json={field: value})
            assert answer.status_code in (200, 400), (field, value)
    for field in (*kind.fields, "q", "within", "device__name__gte", "tags__name"):
        for text in ("\0", "x" * 20_000, "9" * 40):
            assert admin.get(path(name), query_string={field: text}).status_code in (200, 400), field


def test_every_filter_and_every_order_can_be_asked_for(api, make):
    admin = api("admin")
    for name in NAMES:
        kind, row = kinds.called(name), make(name)
        assert kind is not None
        told = admin.get(path(name, row.id)).json
        for field in kind.fields.values():
            if field.type == "reference" and told[field.name]:
                id = told[field.name]["id"]
                assert admin.get(path(name), query_string={field.name: id}).json["count"] >= 1
                assert admin.get(path(name), query_string={f"{field.name}__n": id}).json["count"] == 0
                assert admin.get(path(name), query_string={"sort": f"-{field.name}"}).status_code == 200
        assert admin.get(path(name), query_string={"id": str(row.id), "sort": "-created"}).json["count"] == 1
        assert admin.get(path(name), query_string={"nothing": "x"}).json == {"nothing": ["Unknown filter field"]}
