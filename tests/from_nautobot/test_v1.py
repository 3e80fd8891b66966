"""Files in the style of Nautobot 1.x, run by a worker as they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from webapp.catalogue.models import Job
from webapp.db import db, transaction
from webapp.errors import NotPossible
from webapp.jobs.legacy import NOTE, REVERTED, REVERTED_BY_ERROR
from webapp.runs import logs
from webapp.runs.models import Run, State

JOBS_ROOT = Path(__file__).parent / "v1"
USER = {"user_email": "josh@example.com", "user_name": "Josh", "meraki_access_level": "full"}


def test_every_file_gives_its_jobs_though_it_registers_none(app):
    found = {job.class_path for job in db.session.scalars(select(Job).where(Job.installed))}
    assert found == {
        "abort.Abort",
        "after_run.RunTestsAndAfter",
        "compliance.base.CountRules",
        "compliance.ntp.CheckNtp",
        "every_variable.EveryVariable",
        "failures.Fails",
        "hello.HelloWorld",
        "listed.Listed",
        "log_orders.LogOrders",
        "meraki_users.CreateUsers",
        "rack_checks.GoodChecks",
        "rack_checks.RackChecks",
    }


def test_the_smallest_job_runs(run_of, declared):
    ended = run_of("hello.HelloWorld")
    assert (ended.state, ended.run.result, ended.run.dry_run) == ("success", None, False)
    assert ended.log == [("debug", "run", "Hello, this is my first Nautobot job.")]
    assert declared("hello.HelloWorld").notes == [NOTE]


def test_data_is_a_dictionary_and_commit_says_whether_to_keep_changes(run_of, declared):
    kept = run_of("meraki_users.CreateUsers", **USER, _commit=True)
    assert (kept.state, kept.run.dry_run) == ("success", False)
    assert kept.log == [("success", "run", "Invited Josh")]
    dry = run_of("meraki_users.CreateUsers", **USER)
    assert (dry.state, dry.run.dry_run) == ("success", True)
    data = {"user_name": "Josh", "user_email": "josh@example.com", "meraki_network": "", "meraki_access_level": "full"}
    assert dry.log == [
        ("info", "run", "Commit set to False"),
        ("info", "run", f"Data pushed in: {data}"),
        ("info", "run", "Database changes have been reverted automatically."),
    ]
    job = declared("meraki_users.CreateUsers")
    assert [one["name"] for one in job.variables][:2] == ["user_name", "user_email"]
    assert job.variables[-1]["label"] == "Commit changes"
    assert job.variables[-1]["default"] is False


def test_objects_and_messages_are_told_apart_in_any_order(run_of):
    ended = run_of("log_orders.LogOrders")
    assert ended.run.result == "logged"
    lines = [line for line in logs.after(ended.run.number, 0, 100) if line.grouping == "run"]
    assert [(line.level, line.object_text, line.message) for line in lines] == [
        ("info", "", "plain"),
        ("debug", "", "only a message"),
        ("info", "rack R1", "by name"),
        ("info", "rack R1", "names turned round"),
        ("success", "rack R1", "object first"),
        ("warning", "rack R1", "mixed"),
        ("success", "", "no object"),
        ("info", "", "a message alone"),
        ("info", "", "nothing and a message"),
    ]


def test_tests_are_called_in_turn_and_group_their_lines(run_of):
    ended = run_of("rack_checks.GoodChecks")
    assert (ended.state, ended.log) == ("success", [("info", "test_one", "one"), ("info", "test_two", "two")])


def test_a_failure_marks_the_run_and_the_other_tests_go_on(run_of, declared):
    ended = run_of("rack_checks.RackChecks")
    assert (ended.state, ended.run.reason) == ("failure", "R2 has no units")
    assert [(level, grouping) for level, grouping, _ in ended.log] == [
        *[("success", "test_racks_have_names")] * 3,
        ("success", "test_racks_have_units"),
        ("failure", "test_racks_have_units"),
        ("success", "test_racks_have_units"),
        ("info", "test_racks_have_units"),
    ]
    assert ended.messages[-1] == REVERTED
    assert declared("rack_checks.RackChecks").variables == [], "a job that only reads has nothing to commit"


def test_what_run_and_post_run_return_is_the_output(run_of):
    ended = run_of("after_run.RunTestsAndAfter")
    assert (ended.state, ended.run.result) == ("success", "from run\nfrom post_run")
    assert ended.log == [
        ("info", "run", "run"),
        ("info", "test_something", "test"),
        ("info", "post_run", "after run, test"),
    ]


def test_post_run_is_called_after_an_exception_as_well_but_no_test(run_of):
    ended = run_of("after_run.RunTestsAndAfter", stumble=True)
    assert (ended.state, ended.run.reason) == ("errored", "ValueError: stumbled")
    assert ended.messages[:3] == ["run", REVERTED_BY_ERROR, "after run"]


def test_a_logged_failure_fails_a_run_that_goes_on_to_its_end(run_of):
    ended = run_of("failures.Fails", how="log")
    assert (ended.state, ended.run.result, ended.run.reason) == ("failure", "the end", "failed on demand")
    assert ended.log == [("failure", "run", "failed on demand"), ("info", "run", "and went on")]
    assert run_of("failures.Fails", how="raise").state == "errored"
    assert run_of("failures.Fails", how="no").state == "success"


def test_an_aborted_transaction_is_no_failure(run_of):
    ended = run_of("abort.Abort")
    assert (ended.state, ended.run.result) == ("success", None)
    assert ended.messages == ["Limit is 10", "Too many changes", REVERTED]
    assert run_of("abort.Abort", limit=2).run.result == "few changes"


def test_every_variable_of_those_days_arrives(run_of):
    given = {"text": "abc", "lines": "1\n2", "choice": "b", "choices": ["x", "z"], "address": "192.0.2.1"}
    ended = run_of("every_variable.EveryVariable", **given, with_mask="192.0.2.1/24", network="192.0.2.0/24")
    assert (ended.state, ended.run.result) == ("success", "9 values")
    assert ended.messages == [
        "address=192.0.2.1",
        "box=False",
        "choice=b",
        "choices=['x', 'z']",
        "lines=1\n2",
        "network=192.0.2.0/24",
        "number=5",
        "text=abc",
        "with_mask=192.0.2.1/24",
        "192.0.2.1 in 192.0.2.0",
    ]


def test_a_package_needs_no_list_of_its_jobs(run_of, declared):
    ended = run_of("compliance.ntp.CheckNtp", site="fra")
    assert (ended.run.result, ended.log) == ("CountRules", [("success", "run", "NTP of fra is 192.0.2.2")])
    assert run_of("compliance.base.CountRules").run.result == "1"
    assert declared("compliance.ntp.CheckNtp").grouping == "Compliance"


def test_listed_jobs_run(run_of):
    ended = run_of("listed.Listed", ports=["1", "3"], _commit=False)
    assert ended.run.result == "1 3"
    assert ended.messages == [
        "Would enable port 1",
        "Would enable port 3",
        "Nothing was sent",
        REVERTED,
        "Closed the connection",
    ]
    assert ended.log[-1][1] == "post_run"


def test_a_dry_run_of_a_job_that_needs_approval_needs_it_too(run_of, declared):
    with transaction():
        declared("hello.HelloWorld").approval_required = True
    with pytest.raises(NotPossible, match="only with approval"):
        run_of("hello.HelloWorld", _commit=False)


class TestScripts:
    """They send `commit` beside the data."""

    def test_commit_beside_the_data_is_obeyed(self, api, ended):
        path = "/api/extras/jobs/meraki_users.CreateUsers/run/"
        for commit in (True, False):
            answer = api("ann").post(path, json={"data": USER, "commit": commit})
            assert answer.status_code == 201
            number = answer.json["job_result"]["meta"]["number"]
            assert ended(number).run.dry_run is not commit

    def test_without_it_the_job_says(self, api, declared):
        for path, default in (("listed.Listed", False), ("hello.HelloWorld", True)):
            data = {"ports": ["1"]} if path == "listed.Listed" else {}
            answer = api("ann").post(f"/api/extras/jobs/{path}/run/", json={"data": data})
            assert answer.json["job_result"]["meta"]["dry_run"] is not default
            assert declared(path).variables[-1]["default"] is default

    def test_dryrun_among_the_data_says_the_opposite(self, api):
        answer = api("ann").post("/api/extras/jobs/hello.HelloWorld/run/", json={"data": {"dryrun": True}})
        assert answer.json["job_result"]["meta"]["dry_run"] is True
        answer = api("ann").post("/api/extras/jobs/hello.HelloWorld/run/", json={"data": {"dryrun": False}})
        assert answer.json["job_result"]["meta"]["dry_run"] is False

    def test_what_makes_no_sense_is_refused_at_its_name(self, api):
        def refusal(verb, **body):
            answer = api("ann").post(f"/api/extras/jobs/hello.HelloWorld/{verb}/", json=body)
            return answer.status_code, answer.json

        for verb in ("run", "validate"):
            wrong = (400, {"errors": {"commit": ["Must be a valid boolean."]}})
            assert refusal(verb, commit="yes") == wrong
            assert refusal(verb, commit=1) == wrong
            assert refusal(verb, commit=True, data={"dryrun": True}) == (
                400,
                {"errors": {"commit": ["commit and dryrun say the opposite of each other here."]}},
            )
            assert refusal(verb, data={"dryrun": "x"})[1]["errors"] == {
                "dryrun": ["Job data contained an unknown property"]
            }
            assert refusal(verb, data={"_commit": "perhaps"})[1]["errors"] == {"_commit": ["Must be true or false."]}
        assert db.session.scalars(select(Run)).all() == []

    def test_a_body_in_parts_says_it_with_a_part(self, api):
        for text, dry in (("false", True), ("true", False)):
            options = {"data": {"_commit": text}, "content_type": "multipart/form-data"}
            answer = api("ann").post("/api/extras/jobs/hello.HelloWorld/run/", **options)
            assert (answer.status_code, answer.json["job_result"]["meta"]["dry_run"]) == (201, dry)

    def test_a_job_that_only_reads_has_nothing_to_commit(self, api):
        answer = api("ann").post("/api/extras/jobs/rack_checks.RackChecks/run/", json={"commit": True})
        assert (answer.status_code, answer.json["job_result"]["meta"]["dry_run"]) == (201, False)

    def test_the_command_takes_its_word_for_dry_runs(self, app):
        start = ["runjob", "--username", "ann", "--local", "--dry-run", "hello.HelloWorld"]
        result = app.test_cli_runner().invoke(args=start)
        assert result.exit_code == 0, result.output
        assert REVERTED in result.output


class TestTheForm:
    """It has the box *Commit changes*."""

    def test_the_box_is_ticked_as_the_job_says(self, browse, declared):
        for path, ticked in (("hello.HelloWorld", True), ("meraki_users.CreateUsers", False)):
            text = browse("ann").get(f"/jobs/{declared(path).id}/run").text
            box = text.partition('id="id__commit"')
            tag = box[0].rpartition("<")[2] + box[1] + box[2].partition(">")[0]
            assert ("checked" in tag) is ticked
            assert "Commit changes" in text

    def test_a_box_that_is_not_ticked_makes_a_dry_run(self, browse, declared):
        ann, place = browse("ann"), f"/jobs/{declared('hello.HelloWorld').id}/run"
        for sent, dry in (({}, True), ({"_commit": "true"}, False)):
            ann.get(place)
            assert ann.post(place, sent).status_code == 302
            run = db.session.scalars(select(Run).order_by(Run.number.desc())).first()
            assert (run.dry_run, run.state) == (dry, State.QUEUED)
            page = ann.get(f"/runs/{run.number}").text
            assert ("dry run" in page) is dry
