"""Files in the style of Nautobot 2 and 3, run by a worker as they are."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from webapp.catalogue.models import Job
from webapp.db import db

JOBS_ROOT = Path(__file__).parent / "today"


def test_a_greeting_takes_its_defaults(run_of, declared):
    ended = run_of("greeting.Greeting", badge="AB123")
    assert (ended.state, ended.run.result) == ("success", "Hello, Ann")
    assert ended.log == [("info", "run", "Hello, Ann"), ("success", "badges", "Badge AB123 is ready")]
    job = declared("greeting.Greeting")
    assert (job.grouping, job.name, job.description.splitlines()[0]) == ("Onboarding", "Greet a newcomer", "Say hello.")


def test_a_plan_is_written_unless_it_is_a_dry_run(run_of, files_of, declared):
    plan = run_of("vlan_plan.PlanVlans", prefix="LAB", count=2, kind="transit", dryrun=False)
    assert (plan.state, plan.run.result, plan.run.dry_run) == ("success", {"planned": 2, "written": 2}, False)
    assert files_of(plan) == {"vlans.csv": "vid,name\n100,LAB-transit-100\n101,LAB-transit-101\n"}
    dry = run_of("vlan_plan.PlanVlans", prefix="LAB", dryrun=True)
    assert (dry.run.result, dry.run.dry_run) == ({"planned": 3, "written": 0}, True)
    assert ("warning", "run", "Nothing is written in a dry run") in dry.log
    job = declared("vlan_plan.PlanVlans")
    assert [variable["name"] for variable in job.variables][:3] == ["kind", "prefix", "first"]
    assert (job.soft_time_limit, job.time_limit, job.dryrun_default) == (60, 90, True)


def test_t049_the_methods_around_a_good_run_are_called_in_order(run_of):
    ended = run_of("lifecycle.Told", what="this")
    assert (ended.state, ended.run.result) == ("success", "done")
    assert ended.log == [
        ("info", "before_start", "before_start True ['what']"),
        ("info", "run", "run this"),
        ("info", "on_success", "on_success done"),
        ("info", "after_return", "after_return SUCCESS done"),
    ]


def test_the_methods_around_a_run_that_raises_hear_of_it(run_of):
    ended = run_of("lifecycle.ToldOfTrouble")
    assert (ended.state, ended.run.reason) == ("errored", "RuntimeError: it broke")
    assert ended.messages[1:] == [
        "on_failure it broke True",
        "after_return FAILURE it broke",
        "RuntimeError: it broke",
    ]


def test_t055_what_fails_before_the_start_is_never_run(run_of):
    ended = run_of("lifecycle.StopsBeforeTheStart")
    assert (ended.state, ended.run.result, ended.run.reason) == ("failure", "early", "Not today")
    assert ended.messages[1:] == ["Not today", "on_failure early False", "after_return FAILURE early"]


def test_every_level_is_logged_and_prints_are_captured(run_of):
    ended = run_of("checks.CheckFans")
    assert (ended.state, ended.run.result) == ("success", {"broken": 0})
    told = {(level, grouping, message.splitlines()[0]) for level, grouping, message in ended.log}
    assert told >= {
        ("debug", "run", "Looking"),
        ("info", "count", "Counted 4"),
        ("success", "run", "Fan 1 turns"),
        ("warning", "run", "Fan 2 is slow"),
        ("error", "run", "Could not compute the speed"),
    }
    assert {"From the module's logger", "printed"} <= set(ended.messages)


def test_a_job_that_fails_goes_on_to_its_result(run_of):
    ended = run_of("checks.CheckFans", broken=2)
    assert (ended.state, ended.run.result) == ("failure", {"broken": 2})
    assert ended.run.reason == "2 fans do not turn"
    assert ("error", "advice", "Replace them") in ended.log


def test_addresses_answer_the_names_of_netaddr(run_of):
    given = {"host": "192.0.2.7", "interface": "192.0.2.7/25", "network": "192.0.2.0/24"}
    ended = run_of("addresses.DescribeAddresses", **given, host6="2001:db8::1")
    assert ended.run.result == {
        "host": "192.0.2.7",
        "value": 3221225991,
        "interface": "192.0.2.7/25",
        "mask": "255.255.255.128",
        "network": "192.0.2.0/24",
        "first": "192.0.2.0",
        "inside": True,
        "host6": "2001:db8::1",
    }
    assert ended.messages[1] == "192.0.2.7 lies in 192.0.2.0/25"


def test_lists_documents_and_texts_arrive_as_they_were_given(run_of, declared):
    ended = run_of("free_form.Mixture", colours=["r", "b"], notes="one\ntwo", tags=True, size="l")
    assert ended.messages == ["Colour r", "Colour b", "Lines: 2"]
    assert sorted(ended.run.result.pop("colours")) == ["b", "r"]
    assert ended.run.result == {"payload": {"a": [1, 2]}, "tags": True, "size": "l"}
    job = declared("free_form.Mixture")
    assert (job.hidden, job.read_only) == (True, True)


def test_the_places_from_which_version_2_imports_are_there(run_of, declared):
    ended = run_of("limits.OneAtATime")
    assert (ended.state, ended.run.result) == ("success", {"id": "", "user": "ann"})
    assert ended.log == [("info", "run", "Asked by ann"), ("warning", "run", "Careful")]
    assert declared("limits.OneAtATime").is_singleton


def test_t005_t013_bases_are_shared_and_their_variables_hidden_or_replaced(run_of, declared):
    opened = run_of("sites.OpenSite", site="ams", floor=2)
    assert opened.run.result == {"racks": 1, "base": True}
    assert opened.log == [("success", "run", "Opened AMS/2 for lab")]
    assert run_of("sites.CloseSite", site="ber").log == [("warning", "run", "Closed BER/9")]
    names = {job: [one["name"] for one in declared(f"sites.{job}").variables] for job in ("OpenSite", "CloseSite")}
    assert names == {"OpenSite": ["racks", "site", "floor", "purpose"], "CloseSite": ["site", "floor"]}


def test_t012_a_package_registers_the_jobs_of_its_modules(run_of, files_of, declared):
    checked = run_of("fabric.cabling.CheckCabling", pod="a")
    assert checked.run.result == 2
    assert checked.log == [("success", leaf, f"{leaf} has both uplinks") for leaf in ("leaf-1", "leaf-2")]
    exported = run_of("fabric.export.ExportFabric")
    assert exported.run.result == ["leaf-1", "leaf-2", "leaf-3"]
    assert files_of(exported) == {"fabric.txt": "leaf-1\nleaf-2\nleaf-3"}
    assert declared("fabric.cabling.CheckCabling").grouping == "Fabric: cables"


def test_the_example_of_the_documentation_runs(run_of, files_of):
    ended = run_of("lab_tools.RenameRacks", prefix="LAB", limit="7")
    assert (ended.state, ended.run.result) == ("success", {"renamed": 7})
    assert ended.log[0] == ("info", "setup", "Prefix is LAB")
    assert files_of(ended) == {"plan.csv": "old,new\n"}
    high = run_of("lab_tools.RenameRacks", prefix="LAB", limit=401)
    assert (high.state, high.run.reason, high.run.result) == ("failure", "limit 401 is too high", {"renamed": 0})


def test_modules_that_register_nothing_of_their_own_give_no_jobs(app):
    modules = set(db.session.scalars(select(Job.module_name).where(Job.installed)))
    assert modules & {"fabric", "fabric.cabling", "fabric.common", "site_base"} == {"fabric.cabling"}
