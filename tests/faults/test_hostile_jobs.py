"""Jobs that will not end, multiply, leave, lie, pry and tamper: none of it hurts their worker or the next run."""

from __future__ import annotations

import json
import os
import signal
from functools import partialmethod

import pytest
from cryptography.fernet import Fernet

from tests.faults.apart import command, eventually, is_gone
from webapp.runs import logs, stopping
from webapp.runs.forks import Forks, ForkServer
from webapp.runs.models import State
from webapp.runs.supervisor import supervise

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def run_of(start, at):
    """Runs a job on a worker that lives as long as the test, and gives the run when it is over."""
    forks = Forks("worker@test")

    def to_the_end(name: str, **inputs: object):
        number = start(name, **inputs)
        supervise(number, "worker@test", forks=forks)
        return at(number)

    yield to_the_end
    forks.close()


def said(run) -> list[str]:
    return [line.message for line in logs.after(run.number, 0, 100)]


def test_fault_15_a_job_that_hangs_in_c_ends_at_the_hard_limit(run_of):
    run = run_of("Locked")
    assert (run.state, run.reason) == (State.TIMED_OUT, "It was stopped after its time limit of 2 s.")


def test_fault_15_a_process_of_which_no_end_is_heard_is_left_behind(run_of, paper, monkeypatch):
    monkeypatch.setattr(stopping, "UNKILLABLE_SECONDS", 0.2)
    monkeypatch.setattr(ForkServer, "close", partialmethod(ForkServer.close, patience=0.2))
    run = run_of("Stopping", file=paper)
    stopped = int(paper.read_text())
    assert run.state == State.TIMED_OUT
    assert [line for line in said(run) if line.endswith(" was killed and is still there.")]
    assert run_of("Finding").state == State.SUCCESS
    assert is_gone(stopped)


def test_fault_16_a_daemon_does_not_outlive_its_run(run_of, paper):
    assert run_of("Daemon", file=paper).state == State.SUCCESS
    assert is_gone(int(paper.read_text()))


def test_fault_17_a_bomb_of_128_processes_is_gone_with_its_run(run_of, paper):
    run = run_of("Bomb", file=paper)
    assert (run.state, run.reason) == (State.ERRORED, "RuntimeError: the bomb has gone off")
    splinters = [int(line) for line in paper.read_text().splitlines()]
    assert len(splinters) == 127
    assert [pid for pid in splinters if not is_gone(pid)] == []
    assert run_of("Finding").state == State.SUCCESS


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("sys.exit(0)", "The job called sys.exit(0)."),
        ("sys.exit(3)", "The job called sys.exit(3)."),
        ("os._exit(0)", "Its process exited with code 0 before the job had finished."),
        ("os.abort()", "Its process crashed with signal 6 (Aborted)."),
        ("a segmentation fault", "Its process crashed with signal 11 (Segmentation fault)."),
    ],
)
def test_fault_18_whoever_leaves_early_has_errored(run_of, how, reason):
    run = run_of("Leaving", how=how)
    assert (run.state, run.reason, run.result) == (State.ERRORED, reason, None)
    assert f"leaving by {how}" in said(run)


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("closed", "Its process exited with code 1 before the job had finished."),
        ("shut", "Its process "),
        ("ten megabytes of junk", "The job's process broke its contract: "),
        ("ten megabytes of nothing", "The job's process broke its contract: "),
        ("half a message", "Its process exited with code 0 before the job had finished."),
    ],
)
def test_fault_19_a_job_that_muddles_its_way_to_the_supervisor_has_errored(run_of, how, reason):
    run = run_of("Muddled", how=how)
    assert run.state == State.ERRORED
    assert run.reason.startswith(reason)
    assert run_of("Finding").state == State.SUCCESS


def test_fault_21_nothing_that_a_job_changes_is_there_in_the_next_run(run_of):
    before = run_of("Finding").result
    assert run_of("Tampering").finished
    assert run_of("Finding").result == before
    assert before["dumps"] == "json"
    assert before["signal"] == signal.SIG_DFL
    assert json.dumps.__module__ == "json"
    assert os.environ.get("TAMPERED") is None


def test_fault_20_a_job_finds_no_setting_in_an_environment(settings, start, at, tmp_path):
    told = {"SECRET_KEY": "canary-of-the-sessions", "ENCRYPTION_KEYS": Fernet.generate_key().decode()}
    number = start("Prying")
    with command(settings, tmp_path / "output", "worker", **told):
        eventually(lambda: at(number).finished)
    seen = at(number).result
    assert [name for name in seen["own"] if name.startswith("JOBDECK_")] == []
    assert [word for words in seen["seen"] for word in words if word.startswith("JOBDECK_")] == []
    assert "canary" not in str(seen)
