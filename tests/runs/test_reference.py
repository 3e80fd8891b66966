"""Behaviours of runs that the tests of the reference assert, under their numbers; 0011 says which have none."""

from __future__ import annotations

import logging

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.db import db
from webapp.jobs.logger import line_of
from webapp.runs import logs
from webapp.runs.log.models import LogLine
from webapp.runs.models import Run, State
from webapp.runs.service import submit


def lines_of(run: Run) -> list[LogLine]:
    return logs.after(run.number, 0, 1_000)


@on_sqlite
def test_t048_a_hard_limit_that_is_not_above_the_soft_one_is_warned_of(run_of, job, person, supervise):
    number = submit(job("NoInputs"), person("ann"), {}).number
    with db.engine.begin() as connection:
        connection.execute(Run.__table__.update().values(soft_time_limit=9, time_limit=7))
    supervise(number, "worker@test")
    [line] = [line for line in logs.after(number, 0, 10) if line.level == "warning"]
    assert line.grouping == "initialization"
    assert line.message == (
        "The hard time limit of 7 seconds is less than or equal to the soft time limit of 9 seconds. "
        "This job will fail silently after 7 seconds."
    )


@on_sqlite
def test_t048_limits_in_order_are_not_warned_of(run_of):
    assert run_of("plain.NoInputs").warning_count == 0


def test_t051_a_job_with_sensitive_variables_leaves_no_inputs(run_of, api):
    run = run_of("plain.Secretive", password="hunter2")
    told = api("ann").get(f"/api/extras/job-results/{run.id}/").json
    assert (told["status"]["value"], told["task_args"], told["task_kwargs"]) == ("SUCCESS", [], {})


@on_sqlite
def test_t067_a_line_that_asks_for_it_stays_out_of_the_database(run_of):
    assert [line.message for line in lines_of(run_of("itemised.Levels")) if "out" in line.message] == ["not left out"]


def test_t068_lines_are_counted_by_level(run_of, api):
    run = run_of("itemised.Levels")
    told = api("ann").get(f"/api/extras/job-results/{run.id}/").json
    counts = {name: told[f"{name}_log_count"] for name in ("debug", "success", "info", "warning", "error")}
    # The run's own lines are "Running job" and "Job completed".
    assert counts == {"debug": 0, "success": 1 + 1, "info": 3 + 1, "warning": 2, "error": 3}


@on_sqlite
def test_t070_a_line_about_nothing_has_an_empty_object(run_of, api):
    run = run_of("itemised.Levels")
    told = api("ann").get(f"/api/extras/job-results/{run.id}/logs/").json
    [line] = [line for line in told if line["message"] == "not left out"]
    assert (line["log_object"], line["absolute_url"]) == ("", "")


@on_sqlite
def test_t073_the_latest_run_of_a_job_is_its_newest(run_of):
    numbers = [run_of("plain.NoInputs").number for _ in range(3)]
    job = catalogue.by_class_path("plain.NoInputs")
    db.session.refresh(job)
    assert (job.last_run_number, job.last_run_state) == (max(numbers), State.SUCCESS)


@on_sqlite
def test_t075_a_second_run_of_a_singleton_fails(run_of, job, person):
    first = submit(job("Singleton"), person("ann"), {"seconds": 0}).number
    with db.engine.begin() as connection:
        held = {"state": State.RUNNING, "attempt": 1, "slot": 1}
        connection.execute(Run.__table__.update().where(Run.number == first).values(held))
    second = run_of("plain.Singleton", seconds=0)
    assert (second.state, second.reason) == (
        State.ERRORED,
        "Job 'Singleton' is a singleton and already running.",
    )


def test_t092_a_line_that_says_nothing_of_itself_is_of_level_info_and_grouping_main():
    line = line_of(logging.makeLogRecord({"msg": "x", "levelno": logging.INFO}))
    assert (line["level"], line["grouping"], line["object"], line["url"]) == ("info", "main", "", "")
