"""Files over the API and from the shell: requests in parts, file-proxies, `flask runjob`."""

from __future__ import annotations

import json
import uuid

import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.db import db
from webapp.runs.models import Run, RunFile, State

NOT_SENT = "No file was submitted. Check the encoding type on the form."
PROXIES = "/api/extras/file-proxies/"


def errors(answer):
    assert answer.status_code == 400
    return answer.json.get("errors", answer.json)


def test_a_request_in_parts_runs_the_job_with_its_file(ask, desk, work):
    answer = ask("Read", plan=desk.file(b"one\ntwo"), text="hi", document='{"a": [1]}', colours=["red", "blue"])
    assert answer.status_code == 201
    made = answer.json["job_result"]
    assert made["task_kwargs"]["plan"]["name"] == "plan.csv"
    assert made["files"] == []
    assert work() == [State.SUCCESS]
    result = desk.last().result
    assert (result["first"], result["text"], result["document"]) == ("one\n", "hi", {"a": [1]})
    assert result["colours"] == ["red", "blue"]


@on_sqlite
def test_a_single_part_is_a_list_for_a_variable_that_takes_several(ask, desk, work):
    ask("Read", plan=desk.file(b"x"), colours="green")
    work()
    assert desk.last().result["colours"] == ["green"]


@on_sqlite
def test_the_queue_is_named_by_a_part_of_either_name(ask, desk):
    for name in ("_job_queue", "_task_queue"):
        made = ask("Read", plan=desk.file(b"x"), **{name: "default"})
        assert made.json["job_result"]["celery_kwargs"]["queue"] == "default"
    assert errors(ask("Read", plan=desk.file(b"x"), _job_queue="nowhere")) == {
        "_task_queue": ['"nowhere" is not a valid choice.']
    }
    both = ask("Read", plan=desk.file(b"x"), _job_queue="default", _task_queue="default")
    assert errors(both) == {
        "_task_queue": ["task_queue and job_queue are both specified. Please specify only one or another."]
    }
    assert errors(ask("Read", plan=desk.file(b"x"), _schedule_interval="later"))["_schedule_interval"]
    assert ask("Read", plan=desk.file(b"x"), _schedule_interval="immediately").status_code == 201
    assert ask("Read", plan=desk.file(b"x"), _schedule_interval="future").status_code == 409


@on_sqlite
def test_what_does_not_fit_is_told_by_name_and_nothing_is_made(ask, desk, api):
    one = desk.file
    assert errors(ask("Read")) == {"plan": ["This field is required."]}
    assert errors(ask("Read", plan=one(b""))) == {"plan": ["The submitted file is empty."]}
    assert errors(ask("Read", plan="text")) == {"plan": [NOT_SENT]}
    assert errors(ask("Read", plan=[one(b"x"), one(b"y")])) == {"plan": ["Choose one file: 2 were sent."]}
    unknown = ["Job data contained an unknown property"]
    for name in ("stranger", "_stranger", "_kept_plan", "data", "schedule"):
        assert errors(ask("Read", plan=one(b"x"), **{name: "x"})) == {name: unknown}
    assert errors(ask("Read", stranger=one(b"x"))) == {"stranger": unknown, "plan": ["This field is required."]}
    assert errors(ask("Read", plan=one(b"x"), text=one(b"x"))) == {"text": ["This input takes no file."]}
    assert errors(ask("Read", plan=one(b"x"), text=["a", "b"])) == {"text": ["Enter text."]}
    assert errors(ask("Read", plan=one(b"x"), colours="pink"))["colours"]
    assert ask("Read", "vic", plan=one(b"x")).status_code == 403
    db.session.rollback()
    assert desk.count(Run) == 0


@on_sqlite
def test_json_carries_no_file(api, desk):
    path = f"/api/extras/jobs/{desk.job('Read').id}/run/"
    for given in ({}, {"plan": None}, {"plan": ""}):
        answer = api("ann").post(path, json={"data": given})
        assert errors(answer) == {"plan": ["This field is required."]}, given
    for given in ("x", str(uuid.uuid4()), {"id": "x"}):
        answer = api("ann").post(path, json={"data": {"plan": given}})
        assert errors(answer) == {"plan": [NOT_SENT]}, given
    answer = api("ann").post(path, json={"data": {"notes": ["x"]}})
    assert errors(answer)["notes"] == [NOT_SENT]
    assert desk.empty()


def test_t132_file_proxies_are_listed_found_and_fetched_by_whoever_sees_the_run(ask, desk, work, api):
    ask("Make", files='[["b.txt", 2], ["a.txt", 1]]')
    ask("Read", plan=desk.file(b"given"))
    work()
    run = db.session.scalars(sa.select(Run).where(Run.job_name == "Make")).one()
    vic = api("vic")
    listed = vic.get(PROXIES).json
    assert [row["name"] for row in listed["results"]] == ["a.txt", "b.txt", "plan.csv"]
    assert [row["variable"] for row in listed["results"]] == [None, None, "plan"]
    one = listed["results"][0]
    assert (one["object_type"], one["display"], one["size"]) == ("extras.fileproxy", "a.txt", 1)
    assert one["job_result"]["id"] == str(run.id)
    assert vic.get(one["url"]).json == one
    for query in (f"job_result_id={run.id}", f"job_result={run.id}&name=a.txt&name=b.txt", f"job_id={run.job_id}"):
        assert vic.get(f"{PROXIES}?{query}").json["count"] == 2
    assert vic.get(f"{PROXIES}?q=PLAN").json["count"] == 1
    assert vic.get(f"{PROXIES}?limit=1&sort=uploaded_at").json["results"][0]["name"] == "plan.csv"
    assert vic.get(f"{PROXIES}?job_result_id=x").status_code == 400
    answer = vic.get(one["file"])
    assert (answer.data, answer.headers["Content-Type"]) == (b"x", "application/octet-stream")
    told = vic.get(f"/api/extras/job-results/{run.id}/").json
    assert sorted(file["id"] for file in told["files"]) == sorted(row["id"] for row in listed["results"][:2])
    assert vic.get("/api/extras/job-results/?name=Make").json["results"][0]["files"] == told["files"]
    sam = api("sam")
    assert sam.get(PROXIES).json["count"] == 0
    assert sam.get(one["url"]).status_code == 404
    assert sam.get(one["file"]).status_code == 404
    assert api().get(one["file"]).status_code == 403


@on_sqlite
def test_runjob_takes_a_file_by_its_path(app, desk, tmp_path):
    path = tmp_path / "plan.txt"
    path.write_bytes(b"from the shell")
    runner = app.test_cli_runner()

    def runjob(plan: str):
        data = json.dumps({"plan": plan})
        return runner.invoke(args=["runjob", "-u", "ann", "--local", "--data", data, "filing.Read"])

    done = runjob(f"@{path}")
    assert done.exit_code == 0, done.output
    assert desk.last().result["first"] == "from the shell"
    assert desk.last().inputs["plan"]["name"] == "plan.txt"
    for wrong, message in (
        (f"@{tmp_path}/nobody", "plan: [Errno 2] No such file or directory"),
        (f"@{tmp_path}", f"plan: {tmp_path} is no regular file"),
        ("@/dev/zero", "plan: /dev/zero is no regular file"),
        ("plan.txt", f"plan: {NOT_SENT}"),
        ("@\0", "plan: embedded null byte"),
    ):
        refused = runjob(wrong)
        assert refused.exit_code == 2
        assert message in refused.output
    assert db.session.scalar(sa.select(sa.func.count()).select_from(RunFile)) == 1
