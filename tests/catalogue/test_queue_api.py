"""Job queues over the API, and which jobs may run on them."""

from __future__ import annotations

import re
import uuid

import pytest
import sqlalchemy as sa
from sqlalchemy import select

from tests.product import on_sqlite
from webapp.accounts.models import Permission
from webapp.catalogue import refreshing
from webapp.catalogue.models import JobQueue, JobQueueAssignment
from webapp.catalogue.queue_fields import LOCAL, problem_of_name
from webapp.db import SCHEMA, db, transaction
from webapp.runs import models as runs
from webapp.runs.process_models import Process

QUEUES = "/api/extras/job-queues/"
ASSIGNMENTS = "/api/extras/job-queue-assignments/"
KEYS = {
    *("id", "object_type", "display", "url", "natural_slug", "name", "description", "queue_type", "tenant", "created"),
    *("last_updated", "custom_fields", "tags", "paused", "paused_by", "pause_reason"),
}
DOTS = "Job queue name cannot contain '..', please use a different name."
SEPARATORS = "Job queue name cannot contain path separators (e.g. '/'), please use a different name."


@pytest.fixture
def fast(api):
    """A queue that no job is assigned to, as the API tells it."""
    return api("admin").post(QUEUES, json={"name": "fast", "queue_type": "celery", "description": "two boxes"}).json


def names() -> set[str]:
    db.session.rollback()
    return set(db.session.scalars(select(JobQueue.name)))


def pairs(job) -> set[str]:
    """The names of the queues that job is assigned to."""
    query = select(JobQueue.name).join(JobQueueAssignment).where(JobQueueAssignment.job_id == job.id)
    return set(db.session.scalars(query))


def test_t194_a_queue_is_made_read_changed_and_deleted(api, fast):
    admin, path = api("admin"), f"{QUEUES}{fast['id']}/"
    assert set(fast) == KEYS
    assert (fast["display"], fast["tenant"], fast["object_type"]) == (
        "celery: fast (0 workers)",
        None,
        "extras.jobqueue",
    )
    assert fast["url"] == f"http://localhost{path}"
    assert api("vic").get(path).json == fast
    assert admin.patch(path, json={"description": "three boxes"}).json["description"] == "three boxes"
    whole = {**fast, "name": "pods", "queue_type": "kubernetes"}
    assert admin.put(path, json=whole).json["display"] == "kubernetes: pods"
    assert admin.put(path, json={"name": "pods"}).json == {"queue_type": ["This field is required."]}
    assert (admin.delete(path).status_code, admin.get(path).status_code) == (204, 404)


def test_t194_several_queues_are_made_changed_and_deleted_at_once_or_not_at_all(api, fast):
    admin = api("admin")
    made = admin.post(QUEUES, json=[{"name": name, "queue_type": "celery"} for name in ("a", "b")])
    assert (made.status_code, [row["name"] for row in made.json]) == (201, ["a", "b"])
    ids = [row["id"] for row in made.json]
    refused = admin.post(QUEUES, json=[{"name": "c", "queue_type": "celery"}, {"name": "a", "queue_type": "x"}])
    assert (refused.status_code, refused.json) == (400, [{}, {"queue_type": ['"x" is not a valid choice.']}])
    twice = admin.post(QUEUES, json=[{"name": "c", "queue_type": "celery"}] * 2)
    assert twice.json == [{}, {"name": ["job queue with this name already exists."]}]
    changed = admin.patch(QUEUES, json=[{"id": id, "description": "old"} for id in ids])
    assert [row["description"] for row in changed.json] == ["old", "old"]
    half = admin.patch(QUEUES, json=[{"id": ids[0], "description": "new"}, {"id": ids[1], "name": "a/b"}])
    assert (half.status_code, half.json) == (400, [{}, {"name": [SEPARATORS]}])
    assert admin.get(f"{QUEUES}{ids[0]}/").json["description"] == "old"
    default = admin.get(f"{QUEUES}?name=default").json["results"][0]["id"]
    assert admin.delete(QUEUES, json=[{"id": ids[0]}, {"id": default}]).status_code == 409
    assert {"a", "b", "default"} < names()
    assert admin.delete(QUEUES, json=[{"id": id} for id in ids]).status_code == 204
    assert names() & {"a", "b", "c"} == set()


@on_sqlite
def test_t119_names_of_queues_that_could_be_paths_are_refused_whatever_their_type(api, fast):
    admin = api("admin")
    for name, message in (
        ("a..b", DOTS),
        ("..", DOTS),
        ("a/b", SEPARATORS),
        ("", "This field may not be blank."),
        ("a" * 256, "Ensure this field has no more than 255 characters."),
        (7, "Not a valid string."),
        ("(local)", "(local) stands for what a command runs itself, please use a different name."),
        ("a,b", "Job queue name cannot contain ',', please use a different name."),
        *((name, "Give one line of printable characters.") for name in ("a\0b", "a\u202eb", "a\nb", "a\ud800b")),
        ("fast", "job queue with this name already exists."),
    ):
        for type in ("celery", "kubernetes"):
            refused = admin.post(QUEUES, json={"name": name, "queue_type": type})
            assert (refused.status_code, refused.json) == (400, {"name": [message]}), name
    default = admin.get(f"{QUEUES}?name=default").json["results"][0]["id"]
    assert admin.patch(f"{QUEUES}{fast['id']}/", json={"name": "a/b"}).json == {"name": [SEPARATORS]}
    assert admin.patch(f"{QUEUES}{default}/", json={"name": "fast"}).status_code == 400
    for values in ({"tenant": fast["id"]}, {"tags": ["a"]}, {"custom_fields": {"a": 1}}):
        refused = admin.post(QUEUES, json={"name": "new", "queue_type": "celery", **values})
        assert (refused.status_code, refused.json) == (400, {next(iter(values)): ["Queues have none here."]})


def test_the_default_queue_of_a_job_cannot_be_deleted_and_another_one_stays_deleted(api, job, fast, plain):
    admin = api("admin")
    admin.patch("/api/extras/jobs/plain.Echo/", json={"job_queues": ["default", "fast"], "job_queues_override": True})
    default = admin.get(f"{QUEUES}?name=default").json["results"][0]["id"]
    refused = admin.delete(f"{QUEUES}{default}/")
    assert (refused.status_code, list(refused.json)) == (409, ["detail"])
    told = r"Unable to delete object\. [0-9]+ dependent objects were found: .* \([0-9a-f-]{36}\), .* and [0-9]+ more"
    assert re.fullmatch(told, refused.json["detail"])
    assert admin.delete(f"{QUEUES}{fast['id']}/").status_code == 204
    refreshing.refresh(plain)
    assert (job("Echo").queues, pairs(job("Echo")), "fast" in names()) == (["default"], {"default"}, False)


def test_queues_are_found_by_their_jobs_and_by_text(api, job, fast):
    vic = api("vic")
    for query, expected in (
        ("has_jobs=false", {"fast"}),
        ("jobs=Echo", {"default"}),
        (f"jobs={job('Echo').id}", {"default"}),
        ("jobs__n=Echo", {"fast"}),
        ("q=two+boxes", {"fast"}),
        ("queue_type=celery&name__isw=FA", {"fast"}),
        ("queue_type__n=celery", set()),
        ("tenant__isnull=true&name=fast", {"fast"}),
    ):
        found = {row["name"] for row in vic.get(f"{QUEUES}?{query}").json["results"]}
        assert found & {"fast", "default"} == expected, query
    assert vic.get(f"{QUEUES}?name=default&exclude_m2m=false").json["results"][0]["jobs"]
    assert vic.get(f"{QUEUES}?foo=1").json == {"foo": ["Unknown filter field"]}


def test_t194_t118_assignments_are_made_and_deleted_and_the_default_queue_stays(api, job, fast, plain):
    admin, echo = api("admin"), str(job("Echo").id)
    made = admin.post(ASSIGNMENTS, json={"job": echo, "job_queue": {"name": "fast"}})
    assert (made.status_code, made.json["display"]) == (201, "Echo: fast")
    assert (made.json["job"]["id"], made.json["job_queue"]["id"]) == (echo, fast["id"])
    again = admin.post(ASSIGNMENTS, json={"job": {"id": echo}, "job_queue": fast["id"]})
    assert (again.status_code, again.json) == (
        400,
        {"non_field_errors": ["The fields job, job_queue must make a unique set."]},
    )
    refreshing.refresh(plain)
    assert (job("Echo").queues, pairs(job("Echo"))) == (["default", "fast"], {"default", "fast"})
    assert admin.get("/api/extras/jobs/plain.Echo/").json["job_queues_override"] is True
    listed = admin.get(f"{ASSIGNMENTS}?job=Echo").json["results"]
    [default] = [row["id"] for row in listed if row["id"] != made.json["id"]]
    refused = admin.delete(f"{ASSIGNMENTS}{default}/")
    assert (refused.status_code, list(refused.json)) == (409, ["detail"])
    assert admin.delete(f"{ASSIGNMENTS}{made.json['id']}/").status_code == 204
    refreshing.refresh(plain)
    assert (job("Echo").queues, pairs(job("Echo"))) == (["default"], {"default"})


def test_t194_assignments_are_changed_listed_and_deleted_in_bulk(api, job, fast):
    admin = api("admin")
    echo, talk = str(job("Echo").id), str(job("Talk").id)
    made = admin.post(ASSIGNMENTS, json=[{"job": id, "job_queue": fast["id"]} for id in (echo, talk)]).json
    slow = admin.post(QUEUES, json={"name": "slow", "queue_type": "celery"}).json
    moved = admin.patch(f"{ASSIGNMENTS}{made[0]['id']}/", json={"job_queue": slow["id"]})
    assert (moved.status_code, moved.json["id"], moved.json["display"]) == (200, made[0]["id"], "Echo: slow")
    assert (job("Echo").queues, pairs(job("Echo"))) == (["default", "slow"], {"default", "slow"})
    for query, expected in (
        (f"job_queue={slow['id']}", 1),
        ("job_queue=slow&job=Talk", 0),
        ("job_queue__n=default&job=Echo&job=Talk", 2),
    ):
        assert admin.get(f"{ASSIGNMENTS}?{query}").json["count"] == expected, query
    assert admin.get(f"{ASSIGNMENTS}?q=slow&depth=1").json["results"][0]["job"]["name"] == "Echo"
    for body, errors in (
        ({"job": echo}, {"job_queue": ["This field is required."]}),
        ({"job": None, "job_queue": 7}, {"job", "job_queue"}),
        ({"job": str(uuid.uuid4()), "job_queue": {"name": "a\0"}}, {"job", "job_queue"}),
        ({"job": {"password": "x"}, "job_queue": slow["id"]}, {"job"}),
        ({"job": echo, "job_queue": slow["id"], "weight": 1}, {"weight"}),
    ):
        refused = admin.post(ASSIGNMENTS, json=body)
        assert (refused.status_code, set(refused.json)) == (400, set(errors)), body
    assert admin.delete(ASSIGNMENTS, json=[{"id": row["id"]} for row in made]).status_code == 204
    assert (job("Echo").queues, job("Talk").queues) == (["default"], ["default"])


@on_sqlite
def test_who_may_only_look_changes_no_queue_and_no_assignment(api, job, fast):
    ann, echo = api("ann"), str(job("Echo").id)
    assert ann.get(QUEUES).status_code == 200
    for method, path, body in (
        ("post", QUEUES, {"name": "a", "queue_type": "celery"}),
        ("patch", QUEUES, []),
        ("delete", QUEUES, []),
        ("patch", f"{QUEUES}{fast['id']}/", {}),
        ("delete", f"{QUEUES}{fast['id']}/", None),
        ("post", ASSIGNMENTS, {"job": echo, "job_queue": fast["id"]}),
        ("get", ASSIGNMENTS, None),
    ):
        assert getattr(ann, method)(path, json=body).status_code == 403, (method, path)


@on_sqlite
def test_what_a_queue_cannot_be_told_is_refused_unless_it_is_so(api, fast, job):
    admin, path = api("admin"), f"{QUEUES}{fast['id']}/"
    admin.post(ASSIGNMENTS, json={"job": {"name": "Echo"}, "job_queue": fast["id"]})
    told = admin.get(f"{path}?exclude_m2m=false").json
    assert [row["id"] for row in told["jobs"]] == [str(job("Echo").id)]
    assert admin.put(path, json={**told, "description": "new"}).json["description"] == "new"
    other = {"paused": "2031-01-01", "pause_reason": "x", "paused_by": "ann", "jobs": [], "id": str(job("Echo").id)}
    for name, value in {**other, "object_type": "extras.job"}.items():
        refused = admin.patch(path, json={"description": "newer", name: value})
        assert (refused.status_code, refused.json) == (400, {name: ["This field cannot be changed."]}), name
    made = admin.post(QUEUES, json={**fast, "name": "copy"})
    assert (made.status_code, made.json["id"] != fast["id"]) == (201, True)
    refused = admin.post(QUEUES, json={**fast, "name": "other", "paused": "2031-01-01"})
    assert refused.json == {"paused": ["This field cannot be changed."]}
    [row] = admin.get(f"{ASSIGNMENTS}?job_queue=fast").json["results"]
    assert admin.put(f"{ASSIGNMENTS}{row['id']}/", json=row).status_code == 200
    refused = admin.patch(f"{ASSIGNMENTS}{row['id']}/", json={"id": fast["id"]})
    assert refused.json == {"id": ["This field cannot be changed."]}


@on_sqlite
def test_a_name_that_a_queue_has_already_is_not_judged_again(api, fast):
    with transaction() as session:
        session.execute(sa.update(JobQueue).where(JobQueue.name == "fast").values(name="lab/fast"))
    path = f"{QUEUES}{fast['id']}/"
    told = api("admin").put(path, json={"name": "lab/fast", "queue_type": "celery", "description": "new"})
    assert (told.status_code, told.json["description"]) == (200, "new")
    assert api("admin").patch(path, json={"name": "lab/slow"}).json == {"name": [SEPARATORS]}


@on_sqlite
def test_jobs_that_one_may_not_see_are_not_named(api, person, job, fast):
    kinds = ["extras.jobqueue", "extras.jobqueueassignment"]
    with transaction() as session:
        session.add(Permission(name="Queues", kinds=kinds, actions=["*"], users=[person("sam")]))
    sam, echo = api("sam"), str(job("Echo").id)
    rows = sam.get(f"{ASSIGNMENTS}?limit=1000").json["results"]
    assert f"{echo}: default" in {row["display"] for row in rows}
    assert [row["display"] for row in rows] == sorted(row["display"] for row in rows)
    for query, count in (("job=Echo", 0), (f"job={echo}", 0), ("q=Echo", 0), ("q=lab", 1), ("job__n=Echo", len(rows))):
        assert sam.get(f"{ASSIGNMENTS}?{query}").json["count"] == count, query
    assert api("admin").get(f"{ASSIGNMENTS}?q=Echo").json["count"] == 1
    assert sam.get(f"{QUEUES}?jobs=Echo").json["count"] == 0
    [default] = sam.get(f"{QUEUES}?name=default").json["results"]
    refused = sam.delete(f"{QUEUES}{default['id']}/")
    told = r"Unable to delete object\. ([0-9]+) dependent objects were found: \1 more"
    assert refused.status_code == 409 and re.fullmatch(told, refused.json["detail"])


@on_sqlite
def test_assignments_are_listed_by_job_and_queue(api, fast, job):
    admin = api("admin")
    admin.post(ASSIGNMENTS, json={"job": {"name": "Echo"}, "job_queue": fast["id"]})
    for query in ("", "?sort=job_queue"):
        rows = [row["display"].rsplit(": ", 1) for row in admin.get(f"{ASSIGNMENTS}{query}").json["results"]]
        assert rows == sorted(rows, key=lambda row: row[::-1] if query else row), query


@on_sqlite
def test_a_queue_says_how_many_workers_serve_it(api, fast):
    worker = {"kind": "worker", "host": "h", "pid": 1, "version": "1", "schema": SCHEMA, "queues": ["fast"]}
    for number, told in enumerate(("celery: fast (1 worker)", "celery: fast (2 workers)")):
        with transaction() as session:
            session.add(Process(name=f"w{number}", **worker))
        assert api("vic").get(f"{QUEUES}?name=fast").json["results"][0]["display"] == told
    pods = api("admin").patch(f"{QUEUES}{fast['id']}/", json={"queue_type": "kubernetes"})
    assert pods.json["display"] == "kubernetes: fast"


def test_no_queue_is_called_as_the_place_of_local_runs():
    assert runs.LOCAL == LOCAL
    assert problem_of_name(LOCAL) and problem_of_name(" a") and not problem_of_name("a b")
