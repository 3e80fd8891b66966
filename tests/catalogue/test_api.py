"""Job records over the API."""

from __future__ import annotations

import sqlite3
import uuid
from contextlib import closing, suppress

import pytest
import sqlalchemy as sa
from sqlalchemy import select
from sqlalchemy.orm.exc import ObjectDeletedError

from tests.product import on_sqlite
from webapp.accounts.models import Permission
from webapp.catalogue import api as endpoints
from webapp.catalogue.fields import read
from webapp.db import db, transaction
from webapp.errors import InvalidInputs

JOBS = "/api/extras/jobs/"
FLAGS = {
    *("grouping", "name", "description", "approval_required", "dryrun_default", "has_sensitive_variables", "hidden"),
    *("soft_time_limit", "time_limit", "is_singleton", "console_log_default"),
}
"""The fields with a switch of their own name, in the reference's words."""
KEYS = {
    *("id", "object_type", "display", "url", "natural_slug", "module_name", "job_class_name", "installed", "enabled"),
    *("read_only", "supports_dryrun", "is_job_hook_receiver", "is_job_button_receiver", "created", "last_updated"),
    *("custom_fields", "tags", "task_queues", "task_queues_override", "job_queues_override", "default_job_queue"),
    *("default_job_queue_override", "keep_days", "keep_runs", "source", "class_path"),
    *FLAGS,
    *(f"{name}_override" for name in FLAGS),
}


CLASS = "The class decides this. Switch its override on as well ({}_override), and this value counts instead."
ONE_FIELD = "job_queues and task_queues are two names of one field: send one of them."
NO_QUEUE = "Job Queue nobody's does not exist in the database."


@pytest.fixture
def named(job):
    """Gives the job Echo another name."""

    def rename(name: str) -> str:
        with transaction():
            job("Echo").name = name
        return name

    return rename


@on_sqlite
def test_t113_a_job_is_told_in_the_reference_shape_with_its_class_path(api, job):
    echo = job("Echo")
    told = api("vic").get(f"{JOBS}{echo.id}/").json
    assert set(told) == KEYS
    assert (told["id"], told["object_type"], told["display"]) == (str(echo.id), "extras.job", "Echo")
    assert told["url"] == f"http://localhost{JOBS}{echo.id}/"
    assert (told["module_name"], told["job_class_name"], told["grouping"]) == ("plain", "Echo", "Plain things")
    assert (told["task_queues"], told["enabled"], told["installed"]) == (["default"], True, True)
    assert (told["soft_time_limit"], told["created"][-1]) == (0.0, "Z")
    assert (told["console_log_default"], told["class_path"], told["source"]) == (False, "plain.Echo", "local")
    assert {told[key] for key in KEYS if key.endswith("_override")} == {False}
    assert set(told["default_job_queue"]) == {"id", "object_type", "url"}


@on_sqlite
def test_a_job_is_found_by_id_by_name_and_by_class_path(api, job, named):
    vic, id = api("vic"), str(job("Echo").id)
    assert vic.get(f"{JOBS}{id.upper()}/").json["id"] == id
    assert vic.get(f"{JOBS}plain.Echo/").json["id"] == id
    for name in ("Echo", "Rename 100% racks", "Grüße & Küsse?", "a+b", "<b>", "a;b", "0.5"):
        found = vic.get(f"{JOBS}{quote(named(name))}/")
        assert (found.status_code, found.json["id"]) == (200, id), name


@on_sqlite
def test_a_name_with_a_slash_is_found_by_the_filter(api, job, named):
    name = named("a/b")
    assert api("vic").get(f"{JOBS}{quote(name)}/").status_code == 404
    assert api("vic").get(JOBS, query_string={"name": name}).json["results"][0]["id"] == str(job("Echo").id)


def test_what_is_not_there_is_not_found(api):
    for name in (str(uuid.uuid4()), "nobody", "x%00y", "%00", "a" * 3000, "%ff", "..", "run"):
        answer = api("admin").get(f"{JOBS}{name}/")
        assert (answer.status_code, list(answer.json)) == (404, ["detail"]), name


@on_sqlite
def test_an_administrator_switches_a_job_by_id_and_by_name(api, job):
    admin = api("admin")
    off = admin.patch(f"{JOBS}{job('Echo').id}/", json={"enabled": False})
    assert (off.status_code, off.json["enabled"], set(off.json)) == (200, False, KEYS)
    assert not job("Echo").enabled
    assert admin.patch(f"{JOBS}No%20inputs/", json={"enabled": False}).json["enabled"] is False
    assert admin.patch(f"{JOBS}plain.Echo/", json={"enabled": True}).json["enabled"] is True
    assert admin.patch(f"{JOBS}Echo", json={}).status_code == 200
    assert admin.patch(f"{JOBS}nobody/", json={"enabled": True}).status_code == 404


@on_sqlite
def test_a_body_that_does_not_fit_is_a_400_with_a_message_and_changes_nothing(api, job):
    admin, path = api("admin"), f"{JOBS}{job('Echo').id}/"
    for body, errors in (
        ({"name": "Other"}, {"name": [CLASS.format("name")]}),
        ({"enabled": False, "nothing": 1}, {"nothing": ["This field cannot be changed."]}),
        ({"enabled": "maybe"}, {"enabled": ["Must be a valid boolean."]}),
        ({"class_path": "a.B"}, {"class_path": ["This field cannot be changed."]}),
        ({"id": str(uuid.uuid4())}, {"id": ["This field cannot be changed."]}),
        ({"console_log_default": True}, {"console_log_default": ["This field cannot be changed."]}),
        ({"job_queues": ["nobody's"], "job_queues_override": True}, {"job_queues": [NO_QUEUE]}),
        ({"task_queues": ["nobody's"], "job_queues_override": True}, {"task_queues": [NO_QUEUE]}),
        ({"job_queues": ["lab"]}, {"job_queues": [CLASS.format("job_queues")]}),
        ({"task_queues": ["lab"], "job_queues": ["default", "lab"]}, {"task_queues": [ONE_FIELD]}),
        ({"enabled": 0}, {"enabled": ["Must be a valid boolean."]}),
        ({"enabled": None}, {"enabled": ["Must be a valid boolean."]}),
        ({"enabled": [False]}, {"enabled": ["Must be a valid boolean."]}),
        (
            {"\ud800": 1, "a\0b": 2},
            {"\ud800": ["This field cannot be changed."], "a\0b": ["This field cannot be changed."]},
        ),
        ([{"enabled": False}], {"non_field_errors": ["Invalid data. Expected a dictionary."]}),
        ("enabled", {"non_field_errors": ["Invalid data. Expected a dictionary."]}),
        (7, {"non_field_errors": ["Invalid data. Expected a dictionary."]}),
    ):
        answer = admin.patch(path, json=body)
        assert (answer.status_code, answer.json) == (400, errors), body
    unread = "JSON parse error: the body cannot be read as JSON."
    for raw, said in (
        (b"", "JSON parse error: Expecting value (line 1, column 1)."),
        (b'{"enabled":\n false', "JSON parse error: Expecting ',' delimiter (line 2, column 7)."),
        (
            b"{'enabled': false}",
            "JSON parse error: Expecting property name enclosed in double quotes (line 1, column 2).",
        ),
        *((raw, unread) for raw in (b"\xff", b"[" * 100_000, b'{"enabled": ' + b"9" * 5000 + b"}")),
    ):
        answer = admin.patch(path, data=raw, content_type="application/json")
        assert (answer.status_code, answer.json) == (400, {"detail": said}), raw[:20]
    assert admin.patch(path, data=b" " * 2_000_000, content_type="application/json").status_code == 413
    assert job("Echo").enabled


@on_sqlite
def test_t211_nobody_adds_a_job(api, job):
    for method, path in (("post", JOBS), ("post", f"{JOBS}Echo/"), ("put", f"{JOBS}Echo/variables/")):
        answer = getattr(api("admin"), method)(path, json={})
        assert (answer.status_code, list(answer.json)) == (405, ["detail"])
        assert answer.headers["Allow"]


@on_sqlite
def test_what_a_client_has_read_it_may_send_back_as_a_whole(api, job, named):
    named("Echo (2)")
    admin, path = api("admin"), f"{JOBS}{job('Echo').id}/"
    told = admin.get(f"{path}?exclude_m2m=false").json
    assert told["name_override"], "the reference calls a name with a number overridden"
    sent = admin.put(path, json={**told, "enabled": False})
    assert (sent.status_code, sent.json["enabled"], sent.json["time_limit_override"]) == (200, False, False)
    assert job("Echo").overridden == [], "what was only sent back decides nothing"
    assert admin.put(path, json={**told, "task_queues": ["lab"], "task_queues_override": True}).json["task_queues"] == [
        "lab"
    ]
    assert admin.patch(path, json={"name_override": True}).json["name"] == "Echo (2)"
    assert job("Echo").overridden == ["name", "task_queues"]
    admin.patch(path, json={"enabled": False})
    assert admin.put(path, json={"enabled": True}).json == {
        "grouping": ["This field is required."],
        "name": ["This field is required."],
    }
    assert not job("Echo").enabled


@on_sqlite
def test_t116_an_override_over_the_api_counts_and_goes_back_to_the_class(api, job):
    admin, path = api("admin"), f"{JOBS}plain.Echo/"
    wanted = {"time_limit": 900, "time_limit_override": True, "grouping": "Mine", "grouping_override": True}
    told = admin.patch(path, json=wanted).json
    assert {name: told[name] for name in wanted} == wanted
    assert admin.patch(path, json={"time_limit": 800}).json["time_limit"] == 800.0, "it is overridden already"
    back = admin.patch(path, json={"time_limit_override": False, "grouping_override": False}).json
    assert (back["time_limit"], back["grouping"], back["time_limit_override"]) == (0.0, "Plain things", False)
    refused = admin.patch(path, json={"soft_time_limit": 60, "enabled": False})
    assert (refused.status_code, refused.json) == (400, {"soft_time_limit": [CLASS.format("soft_time_limit")]})
    assert job("Echo").enabled


def test_a_switch_that_is_said_twice_must_not_contradict_itself():
    for switches, said in (((True, True), None), ((True, False), "two names of one switch: send one of them.")):
        given = dict(zip(("task_queues_override", "job_queues_override"), switches, strict=True))
        try:
            assert (read(given).switches, said) == ({"task_queues": True}, None)
        except InvalidInputs as refusal:
            assert said and said in refusal.errors["job_queues_override"][0]


@on_sqlite
def test_queues_are_told_and_decided_by_name_by_id_and_as_objects(api, job):
    admin, path = api("admin"), f"{JOBS}plain.Echo/"
    fast = admin.post("/api/extras/job-queues/", json={"name": "fast", "queue_type": "celery"}).json
    assert "job_queues" not in admin.get(path).json
    for queues in (["default", "fast"], "default, fast", [{"name": "default"}, {"id": fast["id"]}]):
        told = admin.patch(f"{path}?exclude_m2m=false", json={"job_queues": queues, "job_queues_override": True}).json
        assert told["task_queues"] == ["default", "fast"]
        assert [queue["id"] for queue in told["job_queues"]] == [told["default_job_queue"]["id"], fast["id"]]
        assert told["job_queues_override"] is told["task_queues_override"] is True
    told = admin.patch(path, json={"default_job_queue": fast["id"], "default_job_queue_override": True}).json
    assert (told["default_job_queue"]["id"], told["task_queues"]) == (fast["id"], ["fast", "default"])
    assert job("Echo").queues == ["fast", "default"]


@on_sqlite
def test_depth_tells_what_a_job_points_to_in_full_for_those_who_may_see_it(api, job):
    vic, path = api("vic"), f"{JOBS}plain.Echo/"
    assert vic.get(f"{path}?depth=1").json["default_job_queue"]["display"] == "celery: default (0 workers)"
    assert "display" not in vic.get(f"{path}?depth=0").json["default_job_queue"]
    listed = vic.get(f"{JOBS}?name=Echo&depth=10&exclude_m2m=false").json["results"][0]
    assert [queue["name"] for queue in listed["job_queues"]] == ["default"]
    assert "jobs" not in listed["job_queues"][0], "many that point to many would never end"
    for depth in ("11", "-1", "x", "9" * 50):
        refused = vic.get(f"{path}?depth={depth}")
        assert (refused.status_code, refused.json) == (400, {"depth": ["Enter a whole number from 0 to 10."]})
    with transaction() as session:
        session.scalars(select(Permission).where(Permission.name == "Viewer")).one().kinds = ["extras.job"]
    assert "display" not in vic.get(f"{path}?depth=1").json["default_job_queue"]


def test_several_jobs_are_changed_at_once_or_not_at_all(api, job):
    admin = api("admin")
    echo, talk = str(job("Echo").id), str(job("Talk").id)
    both = [{"id": echo, "enabled": False}, {"id": talk, "hidden": True, "hidden_override": True}]
    told = admin.patch(JOBS, json=both)
    assert (told.status_code, [row["id"] for row in told.json]) == (200, [echo, talk])
    assert (job("Echo").enabled, job("Talk").hidden) == (False, True)
    stranger, twice = str(uuid.uuid4()), "This object is in the list already."
    for body, errors in (
        ([{"id": echo, "enabled": True}, {"id": talk, "enabled": 7}], [{}, {"enabled": ["Must be a valid boolean."]}]),
        ([{"id": echo, "enabled": True}, {"id": stranger}], [{}, {"id": ["There is no such object."]}]),
        ([{"id": echo, "enabled": True}, {"enabled": False}], [{}, {"id": ["This field is required."]}]),
        ([{"id": echo, "enabled": True}, {"id": echo}], [{}, {"id": [twice]}]),
        ([{"id": echo, "enabled": True}, {"id": 7}], [{}, {"id": ["Must be a valid UUID."]}]),
        ([{"id": echo}, 7], [{}, {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]}]),
        ({"id": echo}, {"non_field_errors": ['Expected a list of items but got type "dict".']}),
        ([{}] * 1001, {"non_field_errors": ["Send at most 1000 items at once."]}),
    ):
        answer = admin.patch(JOBS, json=body)
        assert (answer.status_code, answer.json) == (400, errors), str(body)[:200]
    assert not job("Echo").enabled
    assert admin.patch(JOBS, json=[]).json == []
    assert api("ann").patch(JOBS, json=both).status_code == 403


def test_records_are_deleted_one_by_one_and_several_at_once(api, job):
    admin, ids = api("admin"), [str(job(name).id) for name in ("Echo", "Talk")]
    assert api("ann").delete(f"{JOBS}Echo/").status_code == 403
    assert api("ann").delete(JOBS, json=[{"id": ids[0]}]).status_code == 403
    assert admin.delete(JOBS, json=[{"id": id} for id in (*ids, str(uuid.uuid4()))]).status_code == 400
    assert {admin.get(f"{JOBS}{id}/").status_code for id in ids} == {200}
    assert (admin.delete(f"{JOBS}No%20inputs/").status_code, admin.delete(f"{JOBS}No%20inputs/").status_code) == (
        204,
        404,
    )
    gone = admin.delete(JOBS, json=[{"id": id} for id in ids])
    assert (gone.status_code, gone.data) == (204, b"")
    assert {admin.get(f"{JOBS}{id}/").status_code for id in ids} == {404}


def test_the_list_is_paged_filtered_and_sorted(api, job):
    vic = api("vic")
    everything = vic.get(f"{JOBS}?limit=1000").json
    names = [row["name"] for row in everything["results"]]
    assert (everything["count"], everything["next"], everything["previous"]) == (len(names), None, None)
    order = [(row["grouping"], row["name"]) for row in everything["results"]]
    assert order == sorted(order)
    first = vic.get(f"{JOBS}?limit=2&enabled=true").json
    assert [row["name"] for row in first["results"]] == names[:2]
    assert first["next"] == f"http://localhost{JOBS}?enabled=true&limit=2&offset=2"
    assert vic.get(first["next"]).json["previous"] == f"http://localhost{JOBS}?enabled=true&limit=2&offset=0"
    assert [row["name"] for row in vic.get(f"{JOBS}?sort=-name&limit=1").json["results"]] == [max(names)]
    assert vic.get(f"{JOBS}?enabled=false").json["count"] == 0
    assert [row["name"] for row in vic.get(f"{JOBS}?name=Echo&name=Talk").json["results"]] == ["Echo", "Talk"]
    assert vic.get(f"{JOBS}?id={job('Echo').id}&job_class_name=Echo&module_name=plain&hidden=0").json["count"] == 1
    assert vic.get(f"{JOBS}?q=ech").json["count"] == 1
    assert vic.get(f"{JOBS}?name=Echo&console_log_default_override=false").json["count"] == 1
    assert vic.get(f"{JOBS}?console_log_default_override=true").json["count"] == 0
    assert vic.get(f"{JOBS}?q=%25").json["count"] == 0


@on_sqlite
def test_filters_and_sorts_that_do_not_fit_are_told(api):
    for query, errors in (
        ("foo=1", {"foo": ["Unknown filter field"]}),
        ("enabled=maybe", {"enabled": ["“maybe” is not a valid value."]}),
        ("id=7", {"id": ["“7” is not a valid value."]}),
        ("name=a%00b", {"name": ["“a\0b” is not a valid value."]}),
        ("sort=password", {"sort": ["Cannot sort by password."]}),
        ("&".join(["q=a"] * 1000), {"q": ["Search for 20 texts at most, of 1000 characters at most."]}),
    ):
        answer = api("vic").get(f"{JOBS}?{query}")
        assert answer.status_code == 400
        assert set(answer.json) == set(errors), query
        assert "\0" in query or "%00" in query or answer.json == errors


def quote(name: str) -> str:
    return "".join(f"%{byte:02x}" for byte in name.encode())


@on_sqlite
def test_the_variables_of_a_job_are_told_in_the_order_of_its_form(api, job):
    told = api("vic").get(f"{JOBS}{job('Echo').id}/variables/").json
    assert [variable["name"] for variable in told] == [variable["name"] for variable in job("Echo").variables]
    by_name = {variable["name"]: variable for variable in told}
    assert {"name": "text", "type": "StringVar", "label": "Text", "required": True}.items() <= by_name["text"].items()
    assert "description" not in by_name["text"]
    assert (by_name["count"]["type"], by_name["count"]["required"]) == ("IntegerVar", True)
    assert None not in by_name["count"].values()


@on_sqlite
def test_variables_of_a_job_whose_code_is_gone_are_not_found(api, job):
    with transaction():
        job("Echo").installed = False
    assert api("vic").get(f"{JOBS}plain.Echo/variables/").status_code == 404


@pytest.fixture
def meanwhile(settings, monkeypatch):
    """Has somebody else tell the database something, just before the API tells a job for the nth time; in vain while it
    is locked."""

    def say(nth: int, statement: str) -> None:
        left, tell = [nth], endpoints.job_json

        def told(job):
            left[0] -= 1
            with closing(sqlite3.connect(settings.database_url.removeprefix("sqlite:///"), timeout=0)) as other:
                if left[0] == 0:
                    with suppress(sqlite3.OperationalError), other:
                        other.execute(statement)
            return tell(job)

        monkeypatch.setattr(endpoints, "job_json", told)

    return say


@on_sqlite
def test_what_is_sent_back_is_compared_with_what_is_true_by_then(api, job, meanwhile):
    admin, path = api("admin"), f"{JOBS}plain.Echo/"
    admin.patch(path, json={"time_limit": 900, "time_limit_override": True})
    meanwhile(1, "UPDATE job SET time_limit = 1000 WHERE name = 'Echo'")
    assert admin.patch(path, json={"time_limit": 900}).json["time_limit"] == 900.0


@on_sqlite
def test_a_job_that_is_deleted_meanwhile_is_not_found(api, app, job, meanwhile):
    meanwhile(2, "DELETE FROM job WHERE name = 'Echo'")
    gone = api("admin").patch(f"{JOBS}plain.Echo/", json={"enabled": False})
    assert (gone.status_code, gone.json) == (404, {"detail": "It has been deleted meanwhile."})
    for address, kind in (("/jobs/", "text/html"), (JOBS, "application/json")):
        with app.test_request_context(address):
            answer = app.make_response(app.handle_user_exception(ObjectDeletedError(sa.inspect(job("Talk")))))
        assert (answer.status_code, answer.mimetype) == (404, kind)


@pytest.fixture
def asked(app):
    """What the database is asked."""
    statements: list[str] = []
    sa.event.listen(db.engine, "before_cursor_execute", lambda *told: statements.append(told[2]))
    return statements


@on_sqlite
def test_depth_asks_as_often_for_many_rows_as_for_one(api, job, asked):
    admin = api("admin")
    for kind in ("jobs", "job-queues", "job-queue-assignments"):
        counts = {}
        for limit in (1, 1000):
            asked.clear()
            rows = admin.get(f"/api/extras/{kind}/?depth=2&exclude_m2m=false&limit={limit}").json["results"]
            counts[len(rows)] = len(asked)
        assert max(counts) > 1 and max(counts.values()) - min(counts.values()) <= 2, (kind, counts)


@on_sqlite
def test_whoever_changes_one_job_does_not_read_the_queues_of_all(api, job, asked):
    assert api("admin").patch(f"{JOBS}plain.Echo/", json={"enabled": False}).status_code == 200
    assigned = [text for text in asked if "FROM job_queue_assignment" in text]
    assert assigned and all("WHERE job_queue_assignment.job_id IN" in text for text in assigned)
