"""The example jobs that come with the product."""

import os
import sys

import pytest

from webapp import jobs
from webapp.config import PROJECT
from webapp.jobs.testing import run_job
from webapp.sources.discovery import discover
from webapp.sources.loader import load

ROOT = PROJECT / "jobs_root"


@pytest.fixture
def example(monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    return lambda class_path: load(ROOT, class_path)


def test_the_examples_are_found_without_errors():
    found = discover(ROOT, environ=os.environ)
    assert found.errors == []
    assert [(job["grouping"], job["name"]) for job in found.jobs] == [
        ("Checks", "Switches without a console connection"),
        ("Checks", "Routers without a loopback address"),
        ("Checks", "Addresses without a prefix"),
        ("Examples", "Hello"),
        ("Import", "Import devices"),
        ("Provisioning", "Prepare a new location"),
        ("Examples", "Prepare a port"),
        ("Examples", "Slow report"),
        ("Addresses", "Reserve addresses or prefixes"),
        ("Examples", "Tour of inputs"),
    ]
    assert [job["notes"] for job in found.jobs] == [[]] * 10
    assert not any(job["has_sensitive_variables"] for job in found.jobs)


def test_the_tour_has_a_variable_of_every_kind():
    tour = discover(ROOT, environ=os.environ).jobs[-1]
    told = {variable["type"] for variable in tour["variables"]}
    kinds = {name for name in jobs.__all__ if name.endswith("Var")}
    assert kinds == told
    assert {name for _, names in tour["fieldsets"] for name in names} >= {
        each["name"] for each in tour["variables"]
    } - {"dryrun"}


def test_the_tour_says_what_it_was_given_but_not_its_secret(example, tmp_path):
    ran = run_job(example("tour.Tour"), password="tell-nobody", vlans=[100, "129"], begins="2027-01-31T22:00+01:00")
    assert (ran.state, ran.result["vlans"], ran.result["begins"]) == (
        "success",
        "[100, 129]",
        "2027-01-31 21:00:00+00:00",
    )
    assert "a secret of 11 characters" in ran.messages("info")
    assert "Network4: 203.0.113.0/24" in ran.messages("info")
    assert not any("tell-nobody" in text for text in ran.messages())
    (tmp_path / "plan.txt").write_text("one\ntwo")
    assert "2 lines in plan.txt" in run_job(example("tour.Tour"), plan=tmp_path / "plan.txt").messages("info")


@pytest.mark.parametrize(
    ("inputs", "line"),
    [
        ({"vlan": 30}, "switchport access vlan 30"),
        ({"kind": "trunk", "site": "BER", "allowed": [10, 210]}, "switchport trunk allowed vlan 10,210"),
        ({"kind": "lag", "lag": 7}, "channel-group 7"),
    ],
)
def test_a_port_is_prepared_as_its_kind_wants(example, inputs, line):
    ran = run_job(example("ports.PreparePort"), **inputs)
    described = f"description {inputs.get('site', 'AMS')} Ethernet1 ({inputs.get('kind', 'access')})"
    assert ran.result["config"] == ["interface Ethernet1", described, line]


def test_hello_greets(example):
    ran = run_job(example("hello.Hello"), person="Ann", times=2, shout=True, message="How are you?")
    assert (ran.state, ran.result) == ("success", {"said": 2, "words": "HELLO, ANN!"})
    assert ran.messages("info") == ["HELLO, ANN!", "HELLO, ANN!", "How are you?"]
    assert ran.messages("success") == ["Greeted Ann"]


def test_a_dry_hello_says_nothing(example):
    ran = run_job(example("hello.Hello"), dryrun=True)
    assert (ran.result["said"], ran.messages("info")) == (0, [])


def test_the_report_counts_devices(example, capsys):
    ran = run_job(example("report.SlowReport"), seconds=1)
    assert ran.state == "success"
    assert ran.result["devices"] == sum(count or 0 for count in ran.result["sites"].values())
    assert "2 of 2 sites answered" in capsys.readouterr().out


def test_a_strict_report_fails_when_a_site_is_silent(example, monkeypatch, capsys):
    report = example("report.SlowReport")
    monkeypatch.setattr(sys.modules["report"].time, "sleep", lambda seconds: None)
    ran = run_job(report, seconds=10, strict=True)
    assert (ran.state, ran.result["silent"]) == ("failure", ["Essen", "Bergen 2", "Izmir 2"])
    assert ran.reason.startswith("3 of 20 sites did not answer")
    assert {line["level"] for line in ran.log} == {"debug", "info", "warning", "failure", "success"}
