"""Changes over the API: in the reference's shape, for whoever may see what they are about."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from webapp.accounts import service
from webapp.catalogue.models import JobQueue
from webapp.changes import acting
from webapp.changes.models import Action, Change
from webapp.db import db, transaction, utcnow
from webapp.runs.service import submit

CHANGES = "/api/extras/object-changes/"
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def found(client, query: str = "") -> list[dict]:
    answer = client.get(CHANGES + query)
    assert answer.status_code == 200, answer.text
    return answer.json["results"]


def test_a_change_has_the_shape_of_the_reference(api, role, person):
    newest, oldest = found(api("vic"))
    assert oldest["action"] == {"value": "create", "label": "Created"}
    assert (oldest["changed_object_type"], oldest["changed_object_id"]) == ("extras.role", str(role.id))
    assert (oldest["object_repr"], oldest["object_data"]["name"], oldest["before"]) == ("leaf", "leaf", None)
    assert (oldest["user_name"], oldest["user"]["id"]) == ("ann", str(person("ann").id))
    assert oldest["display"] == "role leaf created by ann"
    assert oldest["changed_object"]["id"] == str(role.id)
    assert newest["user"] is None
    assert (newest["user_name"], newest["change_context"]) == ("the shell", "orm")
    assert (newest["before"], newest["after"]) == ({"name": "leaf"}, {"name": "spine"})
    assert newest["request_id"] != oldest["request_id"]
    assert newest["time"].endswith("Z")
    assert (newest["planned"], newest["run"], newest["job_result"]) == (False, None, None)


@on_sqlite
def test_one_change_is_found_at_its_own_address_and_nothing_can_be_written(api, role):
    admin = api("admin")
    one = found(admin)[0]
    assert admin.get(one["url"]).json == one
    assert admin.get(f"{CHANGES}{uuid4()}/").status_code == 404
    for method in ("post", "put", "patch", "delete"):
        assert getattr(admin, method)(one["url"], json={}).status_code == 405
        assert getattr(admin, method)(CHANGES, json={}).status_code == 405
    assert admin.get(f"{CHANGES}?depth=1").json["results"][0]["changed_object"]["name"] == "spine"


@on_sqlite
def test_a_deleted_object_is_told_as_it_was_and_leads_nowhere(api, role):
    with transaction() as session:
        session.delete(role)
    deleted = found(api("admin"), "?action=delete")[0]
    assert deleted["object_data"]["name"] == "spine"
    assert (deleted["after"], deleted["changed_object"]) == (None, None)


@on_sqlite
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?action=create", 1),
        ("?action=create&action=update", 2),
        ("?action__n=create", 1),
        ("?user=ann", 1),
        ("?user__n=ann", 1),
        ("?user_name=ann", 1),
        ("?user_name__ic=SHELL", 1),
        ("?changed_object_type=extras.role", 2),
        ("?changed_object_type=dcim.device", 0),
        ("?changed_object_type__n=extras.role", 0),
        ("?changed_object_id={id}", 2),
        ("?object_repr=leaf", 1),
        ("?object_repr__isw=SP", 1),
        ("?time__gte={before}", 2),
        ("?time__lte={before}", 0),
        ("?time__gt={after}", 0),
        ("?change_context=orm", 2),
        ("?change_context=job", 0),
        ("?run__isnull=true", 2),
        ("?run=7", 0),
        ("?q=spin", 1),
        ("?q=ANN", 1),
        ("?limit=1", 1),
    ],
)
def test_filters_find_what_they_say(api, role, query, count):
    moments = {"before": utcnow() - timedelta(minutes=5), "after": utcnow() + timedelta(minutes=5)}
    said = {name: moment.isoformat().replace("+00:00", "Z") for name, moment in moments.items()}
    assert len(found(api("admin"), query.format(id=role.id, **said))) == count


@on_sqlite
@pytest.mark.parametrize(
    "query",
    ["foo=1", "action=gone", "changed_object_type=dcim.nothing", "time__gte=soon", "run=x", "job_result=x", "sort=foo"]
    + ["change_context=magic", "id=7", "request_id=7", "user_name=%00", "changed_object_type=%00"],
)
def test_what_cannot_be_looked_for_is_a_message_at_its_name(api, role, query):
    answer = api("admin").get(f"{CHANGES}?{query}")
    assert answer.status_code == 400
    assert list(answer.json) == [query.partition("=")[0]]


@on_sqlite
def test_changes_of_a_run_are_found_by_its_number_and_by_its_id(api, role, job, person):
    run = submit(job("Echo"), person("ann"), {"text": "x"})
    with acting(person("ann"), run_number=run.number), transaction():
        role.description = "By a job."
    vic = api("vic")
    for query in (f"?run={run.number}", f"?job_result={run.id}", "?change_context=job"):
        [one] = found(vic, query)
        assert (one["run"], one["job_result"]["id"], one["change_context"]) == (run.number, str(run.id), "job")
        assert one["change_context_detail"] == "plain.Echo"
    assert found(vic, f"?job_result={uuid4()}") == []


def test_nobody_sees_changes_of_what_they_may_not_view(api, role, of_queues):
    with transaction() as session:
        session.add(JobQueue(name="attic"))
    [one] = found(api("quinn"))
    assert one["changed_object_type"] == "extras.jobqueue"
    of_roles = db.session.scalars(sa.select(Change).where(Change.kind == "extras.role").limit(1)).one()
    assert api("quinn").get(f"{CHANGES}{of_roles.id}/").status_code == 404
    assert api("sam").get(CHANGES).status_code == 403
    assert api().get(CHANGES).status_code == 403
    assert len(found(api("vic"))) == 3


@on_sqlite
def test_superusers_see_changes_of_kinds_that_are_gone(api, role):
    service.create_user("root", "correct horse", superuser=True)
    with transaction() as session:
        values = {"kind": "old.thing", "row_id": "1", "row_name": "it", "action": Action.DELETE, "user_name": "x"}
        session.add(Change(**values, before={"a": 1}))
    assert found(api("root"))[0]["changed_object_type"] == "old.thing"
    assert "old.thing" not in {one["changed_object_type"] for one in found(api("vic"))}
