"""The reports of the example jobs name what the demonstration lacks, and nothing else."""

from __future__ import annotations

import csv
import io
import re

import pytest
import sqlalchemy as sa

from tests.examples.conftest import changes, last
from webapp.db import db, transaction
from webapp.demo.objects import NO_CONSOLE, NO_CONSOLE_PORT, NO_LOOPBACK_ADDRESS, ORPHANS
from webapp.inventory import filter
from webapp.inventory.models import Device, Location
from webapp.runs import items
from webapp.runs.models import State

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
REPORTS = {
    "checks.SwitchesWithoutConsole": (NO_CONSOLE, 180),
    "checks.RoutersWithoutLoopback": (NO_LOOPBACK_ADDRESS, 9),
    "checks.AddressesWithoutPrefix": (frozenset(ORPHANS), 7),
}


def id_of(model: type, name: str) -> str:
    return str(db.session.scalar(sa.select(model.id).where(model.name == name)))


def names(run) -> set[str]:
    return {one["object"] for one in run.result["findings"]}


def findings(page, run) -> list[list[str]]:
    """The rows of the file that the run has made, without its first line."""
    text = page.get(f"/runs/{run.number}/files").text
    [path] = set(re.findall(rf'href="(/runs/{run.number}/files/[0-9a-f-]+)"', text))
    _, *rows = csv.reader(io.StringIO(page.get(path).text))
    return rows


def test_the_faults_were_planted():
    assert [len(found) for found, _ in REPORTS.values()] == [5, 2, 7]


@pytest.mark.parametrize("class_path", REPORTS)
def test_a_report_names_exactly_the_planted_faults(class_path, send, browse):
    found, looked_at = REPORTS[class_path]
    run = send(class_path)
    assert run.state == State.FAILURE
    assert (names(run), run.result["found"]) == (found, len(found))
    assert (run.result["checked"], run.item_count, run.item_failure_count) == (looked_at, looked_at, len(found))
    assert {item.title for item in items.of(run) if item.state == "failure"} == found
    assert {name for name, *_ in findings(browse("ann"), run)} == found
    assert changes(run) == []


@on_sqlite
def test_a_switch_without_a_console_port_is_told_apart(start):
    found = start("checks.SwitchesWithoutConsole").result["findings"]
    assert [one["object"] for one in found if one["problem"] == "It has no console port."] == [NO_CONSOLE_PORT]


@on_sqlite
def test_a_report_of_a_location_covers_what_lies_in_it(start):
    for name, found in (("ams01", 2), ("Europe", 5)):
        run = start("checks.SwitchesWithoutConsole", locations=[id_of(Location, name)])
        assert (run.result["found"], run.result["checked"]) == (found, 60 if name == "ams01" else 180)


@on_sqlite
def test_switches_of_the_same_name_are_told_apart_by_where_they_are(start, browse):
    with transaction() as session:
        for name in ("ams01-tor-07", "fra01-tor-13"):
            session.query(Device).filter_by(name=name).one().name = "tor"
    run = start("checks.SwitchesWithoutConsole", devices=[str(one.id) for one in filter(Device, name="tor")])
    rows = findings(browse("ann"), run)
    assert sorted(row[:2] for row in rows) == [["tor", "ams01"], ["tor", "fra01"]]
    assert {(one["object"], one["location"]) for one in run.result["findings"]} == {("tor", "ams01"), ("tor", "fra01")}


@on_sqlite
def test_what_failed_is_looked_at_again(start, api, work):
    switches = [id_of(Device, name) for name in ("ams01-tor-07", "ams01-tor-08")]
    run = start("checks.SwitchesWithoutConsole", devices=switches)
    answer = api("ann").post(f"/api/extras/job-results/{run.id}/retry-failed/")
    assert answer.status_code == 201, answer.json
    work()
    assert (last().result["checked"], names(last())) == (1, {"ams01-tor-07"})


@on_sqlite
def test_a_report_can_be_had_from_the_shell(command):
    done = command("checks.AddressesWithoutPrefix", "--data", '{"version": 6}')
    assert done.exit_code == 1  # something was found
    [found] = last().result["findings"]
    assert (found["object"], found["problem"]) == ("2001:db8:dead::1/64", "It lies in no prefix.")
