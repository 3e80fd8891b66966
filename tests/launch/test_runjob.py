"""`flask runjob`: at once in this process, or through the queue and a real worker."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import pytest
from sqlalchemy import select

from tests.product import on_sqlite
from webapp.accounts import service as accounts
from webapp.config import PROJECT
from webapp.db import db, transaction
from webapp.launch import following
from webapp.runs import processes
from webapp.runs.models import Run, State
from webapp.runs.service import submit

pytestmark = on_sqlite


@pytest.fixture
def runjob(app):
    """Runs the command as Ann, unless another user is given."""

    def run(*words: str, user: str = "ann"):
        result = app.test_cli_runner().invoke(args=["runjob", "--username", user, *words])
        db.session.rollback()
        return result

    return run


def last() -> Run | None:
    db.session.rollback()
    return db.session.scalars(select(Run).order_by(Run.number.desc()).limit(1)).first()


def test_a_local_run_prints_its_log_its_result_and_its_end(runjob):
    done = runjob("--local", "--data", '{"text": "hi", "count": 2}', "plain.Echo")
    run = last()
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[0] == f"Run #{run.number} of Echo"
    assert lines[1].endswith("info     initialization: Echo: Running job")
    assert lines[2].endswith("info     run: text is hi")
    assert '"count": 2,' in done.stdout
    assert lines[-1].startswith(f"Run #{run.number}: Succeeded after ")
    assert done.stderr == ""
    assert (run.state, run.user_name, run.queue) == (State.SUCCESS, "ann", "(local)")


def test_a_number_keeps_the_digits_that_are_written(runjob):
    done = runjob("--local", "--data", '{"power": 12345678901234567890.123456789}', "marked.Kinds")
    assert (done.exit_code, last().inputs["power"]) == (0, "12345678901234567890.123456789")


def test_a_job_that_did_not_succeed_exits_with_1(runjob):
    failed = runjob("--local", "plain.Fail")
    assert (failed.exit_code, "2 things are wrong" in failed.stderr) == (1, True)
    assert f"Run #{last().number}: Failed" in failed.stdout
    raised = runjob("--local", "plain.Raise")
    assert (raised.exit_code, "ValueError" in raised.stderr) == (1, True)
    assert "raise ValueError" in raised.stderr
    assert f"Run #{last().number}: Errored" in raised.stdout


def test_what_cannot_be_started_exits_with_2_and_one_line(runjob, job):
    with transaction():
        job("Talk").enabled = False
        job("Fail").installed = False
    accounts.deactivate(accounts.named("bob"))
    unread = "Invalid JSON data"
    for words, user, said in (
        (["plain.Echo"], "nobody", "No such user"),
        (["plain.Echo"], "vic", "vic may not run job Echo"),
        (["plain.Echo"], "bob", "bob may not run job Echo"),
        (["Echo"], "ann", 'Job must be specified in the Python module form: "<module_name>.<JobClassName>"'),
        (["plain.Nothing"], "ann", 'Job "plain.Nothing" not found'),
        (["plain.Talk"], "ann", "This job is not enabled to be run."),
        (["plain.Fail"], "ann", "This job is not presently installed and cannot be run"),
        (["plain.Echo"], "ann", "text: This field is required."),
        (["--data", '{"text": "x", "colour": "blue"}', "plain.Echo"], "ann", "colour: Select a valid choice."),
        (["--data", '{"nothing": 1}', "plain.NoInputs"], "ann", "nothing: Job data contained an unknown property"),
        (["--data", "{", "plain.Echo"], "ann", unread),
        (["--data", "[" * 100_000, "plain.Echo"], "ann", unread),
        (["--data", "9" * 5000, "plain.Echo"], "ann", unread),
        (["--data", "[]", "plain.Echo"], "ann", "Invalid job data: give a JSON object."),
        (["--data", "7", "plain.Echo"], "ann", "Invalid job data: give a JSON object."),
        (["--queue", "nowhere", "plain.NoInputs"], "ann", '"nowhere" is not a valid choice.'),
        (["--queue", "(local)", "plain.NoInputs"], "ann", '"(local)" is not a valid choice.'),
        (["--dry-run", "plain.NoInputs"], "ann", "dryrun: Job data contained an unknown property"),
    ):
        for local in ([], ["--local"] if "--queue" not in words else []):
            refused = runjob(*local, *words, user=user)
            assert refused.exit_code == 2, (words, refused.output)
            assert said in refused.stderr, (words, refused.stderr)
            assert "Traceback" not in refused.output
            assert refused.stdout == ""
    assert last() is None


def test_a_dry_run_is_one(runjob):
    assert runjob("--local", "--dry-run", "--data", '{"text": "hi"}', "plain.Echo").exit_code == 0
    assert last().dry_run


def test_a_sensitive_job_runs_locally_and_its_inputs_are_not_printed(runjob):
    done = runjob("--local", "--data", '{"password": "tell-nobody"}', "plain.Secretive")
    assert (done.exit_code, "tell-nobody" in done.output) == (0, False)
    assert last().inputs is None


def test_through_the_queue_a_real_worker_runs_it_and_the_log_is_followed(runjob, app, settings):
    with worker(settings, "default", "lab"):
        done = runjob("plain.Talk")
        assert done.exit_code == 0, done.output
        assert "this is critical" in done.stdout
        assert "said by a child" in done.stdout
        assert "Succeeded after" in done.stdout
        assert runjob("plain.Raise").exit_code == 1
        assert runjob("--queue", "default", "plain.Elsewhere").exit_code == 0
    assert last().queue == "default"
    assert last().worker.startswith("worker@")


def test_a_run_that_nobody_works_on_says_why_it_waits(app, job, person, capsys, monkeypatch):
    number = submit(job("NoInputs"), person("ann"), {}).number
    monkeypatch.setattr(following, "PATIENCE_SECONDS", -1.0)
    follower = following.Follower(number)
    assert not follower.look()
    assert not follower.look()
    assert capsys.readouterr().err.count("No live worker listens to the queue default, ") == 1
    processes.beat("worker", ["default"])
    assert not follower.look()
    assert capsys.readouterr().err == "A worker of the queue default is about to take it.\n"


def test_ctrl_c_ends_the_following_and_not_the_run(settings, app):
    line = [*FLASK, "runjob", "--username", "ann", "plain.NoInputs"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(line, cwd=PROJECT, env=environ(settings), **pipes) as program:
        first = program.stdout.readline()
        program.send_signal(signal.SIGINT)
        _, said = program.communicate(timeout=20)
    run = last()
    assert first == f"Run #{run.number} of No inputs\n"
    assert (program.returncode, said.strip()) == (130, f"Run #{run.number} goes on. Cancel it on its page")
    assert (run.state, run.cancel_requested_at) == (State.QUEUED, None)


def test_ctrl_c_ends_a_local_run_and_says_so(settings, app):
    line = [*FLASK, "runjob", "--local", "--username", "ann", "plain.Cancellable"]
    with subprocess.Popen(line, cwd=PROJECT, env=environ(settings), stdout=subprocess.PIPE, text=True) as program:
        while " run: " not in program.stdout.readline():
            pass
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=20)
    run = last()
    assert program.returncode == 1
    assert (run.state, run.reason) == (
        State.CANCELLED,
        "Interrupted at the terminal. Its job ended when it was told to.",
    )
    assert "cleaned up" in said


FLASK = [sys.executable, "-m", "flask", "--app", "wsgi"]


def environ(settings) -> dict[str, str]:
    """The environment of a process of this installation."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("JOBDECK_")}
    names = ("data_dir", "jobs_root", "database_url", "redis_url", "secret_key")
    return inherited | {f"JOBDECK_{name.upper()}": str(getattr(settings, name)) for name in names}


@contextmanager
def worker(settings, *queues: str):
    """A real `flask worker` in a process of its own, which ends in order."""
    line = [*FLASK, "worker", *queues]
    with subprocess.Popen(
        line, cwd=PROJECT, env=environ(settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as program:
        yield program
        program.send_signal(signal.SIGTERM)
        assert program.wait(20) == 0
    db.session.rollback()
    assert processes.alive("worker") == []
