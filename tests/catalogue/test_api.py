"""Job records over the API."""

from __future__ import annotations

import uuid

import pytest

from webapp.db import transaction

JOBS = "/api/extras/jobs/"
KEYS = {
    *(
        "id",
        "object_type",
        "display",
        "url",
        "natural_slug",
        "task_queues",
        "module_name",
        "job_class_name",
        "grouping",
    ),
    *("name", "description", "installed", "enabled", "hidden", "has_sensitive_variables", "is_singleton"),
    *("dryrun_default", "read_only", "supports_dryrun", "soft_time_limit", "time_limit", "created", "last_updated"),
    *("custom_fields", "tags", "approval_required", "is_job_hook_receiver", "is_job_button_receiver"),
}


@pytest.fixture
def named(job):
    """Gives the job Echo another name."""

    def rename(name: str) -> str:
        with transaction():
            job("Echo").name = name
        return name

    return rename


def test_a_job_is_told_in_the_reference_shape(api, job):
    echo = job("Echo")
    told = api("vic").get(f"{JOBS}{echo.id}/").json
    assert set(told) == KEYS
    assert (told["id"], told["object_type"], told["display"]) == (str(echo.id), "extras.job", "Echo")
    assert told["url"] == f"http://localhost{JOBS}{echo.id}/"
    assert (told["module_name"], told["job_class_name"], told["grouping"]) == ("plain", "Echo", "Plain things")
    assert (told["task_queues"], told["enabled"], told["installed"]) == (["default"], True, True)
    assert (told["soft_time_limit"], told["created"][-1]) == (0.0, "Z")


def test_a_job_is_found_by_id_by_name_and_by_class_path(api, job, named):
    vic, id = api("vic"), str(job("Echo").id)
    assert vic.get(f"{JOBS}{id.upper()}/").json["id"] == id
    assert vic.get(f"{JOBS}plain.Echo/").json["id"] == id
    for name in ("Echo", "Rename 100% racks", "Grüße & Küsse?", "a+b", "<b>", "a;b", "0.5"):
        found = vic.get(f"{JOBS}{quote(named(name))}/")
        assert (found.status_code, found.json["id"]) == (200, id), name


def test_a_name_with_a_slash_is_found_by_the_filter(api, job, named):
    name = named("a/b")
    assert api("vic").get(f"{JOBS}{quote(name)}/").status_code == 404
    assert api("vic").get(JOBS, query_string={"name": name}).json["results"][0]["id"] == str(job("Echo").id)


def test_what_is_not_there_is_not_found(api):
    for name in (str(uuid.uuid4()), "nobody", "x%00y", "%00", "a" * 3000, "%ff", "..", "run"):
        answer = api("admin").get(f"{JOBS}{name}/")
        assert (answer.status_code, list(answer.json)) == (404, ["detail"]), name


def test_an_administrator_switches_a_job_by_id_and_by_name(api, job):
    admin = api("admin")
    off = admin.patch(f"{JOBS}{job('Echo').id}/", json={"enabled": False})
    assert (off.status_code, off.json["enabled"], set(off.json)) == (200, False, KEYS)
    assert not job("Echo").enabled
    assert admin.patch(f"{JOBS}No%20inputs/", json={"enabled": False}).json["enabled"] is False
    assert admin.patch(f"{JOBS}plain.Echo/", json={"enabled": True}).json["enabled"] is True
    assert admin.patch(f"{JOBS}Echo", json={}).status_code == 200
    assert admin.patch(f"{JOBS}nobody/", json={"enabled": True}).status_code == 404


def test_a_body_that_does_not_fit_is_a_400_with_a_message_and_changes_nothing(api, job):
    admin, path = api("admin"), f"{JOBS}{job('Echo').id}/"
    for body, errors in (
        ({"name": "Other"}, {"name": ["This field cannot be changed."]}),
        ({"enabled": False, "nothing": 1}, {"nothing": ["This field cannot be changed."]}),
        ({"enabled": "false"}, {"enabled": ["Must be a valid boolean."]}),
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


def test_methods_that_are_not_offered_are_refused_as_json(api, job):
    for method, path in (("post", JOBS), ("delete", f"{JOBS}{job('Echo').id}/"), ("put", f"{JOBS}Echo/")):
        answer = getattr(api("admin"), method)(path, json={})
        assert (answer.status_code, list(answer.json)) == (405, ["detail"])
        assert answer.headers["Allow"]


def test_the_list_is_paged_filtered_and_sorted(api, job):
    vic = api("vic")
    everything = vic.get(f"{JOBS}?limit=1000").json
    names = [row["name"] for row in everything["results"]]
    assert (everything["count"], everything["next"], everything["previous"]) == (len(names), None, None)
    assert names == sorted(names)
    first = vic.get(f"{JOBS}?limit=2&enabled=true").json
    assert [row["name"] for row in first["results"]] == names[:2]
    assert first["next"] == f"http://localhost{JOBS}?enabled=true&limit=2&offset=2"
    assert vic.get(first["next"]).json["previous"] == f"http://localhost{JOBS}?enabled=true&limit=2&offset=0"
    assert [row["name"] for row in vic.get(f"{JOBS}?sort=-name&limit=1").json["results"]] == names[-1:]
    assert vic.get(f"{JOBS}?enabled=false").json["count"] == 0
    assert [row["name"] for row in vic.get(f"{JOBS}?name=Echo&name=Talk").json["results"]] == ["Echo", "Talk"]
    assert vic.get(f"{JOBS}?id={job('Echo').id}&job_class_name=Echo&module_name=plain&hidden=0").json["count"] == 1
    assert vic.get(f"{JOBS}?q=ech").json["count"] == 1
    assert vic.get(f"{JOBS}?q=%25").json["count"] == 0


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


def test_the_variables_of_a_job_are_told_in_the_order_of_its_form(api, job):
    told = api("vic").get(f"{JOBS}{job('Echo').id}/variables/").json
    assert [variable["name"] for variable in told] == [variable["name"] for variable in job("Echo").variables]
    by_name = {variable["name"]: variable for variable in told}
    assert {"name": "text", "type": "StringVar", "label": "Text", "required": True}.items() <= by_name["text"].items()
    assert "description" not in by_name["text"]
    assert (by_name["count"]["type"], by_name["count"]["required"]) == ("IntegerVar", True)
    assert None not in by_name["count"].values()


def test_variables_of_a_job_whose_code_is_gone_are_not_found(api, job):
    with transaction():
        job("Echo").installed = False
    assert api("vic").get(f"{JOBS}plain.Echo/variables/").status_code == 404
