"""A run from its claim to its end, each in a real process of its own."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.runs import logs, states, supervisor
from webapp.runs.event_models import RunEvent
from webapp.runs.ledger import Ledger
from webapp.runs.models import Envelope, Run, State
from webapp.runs.service import submit


@pytest.fixture
def run_of(job, person, work):
    """Runs the job of that name as Ann, with these inputs, and gives the run when it is over."""

    def to_the_end(name: str, **inputs: object) -> Run:
        number = submit(job(name), person("ann"), inputs).number
        work()
        return reloaded(number)

    return to_the_end


def reloaded(number: int) -> Run:
    return db.session.get_one(Run, number, populate_existing=True)


def messages(run: Run) -> list[tuple[str, str, str]]:
    return [(line.level, line.grouping, line.message) for line in logs.after(run.number, 0, 10_000)]


def story(run: Run) -> list[str]:
    query = select(RunEvent.to_state).where(RunEvent.run_number == run.number).order_by(RunEvent.n)
    return list(db.session.scalars(query))


def test_a_run_succeeds_and_leaves_result_log_and_story(run_of):
    run = run_of("Echo", text="hi", count="4")
    assert run.state == State.SUCCESS
    assert run.result == {"text": "hi", "count": 4, "loud": False, "colour": "r", "note": "", "dryrun": False}
    assert messages(run) == [
        ("info", "initialization", "Running job"),
        ("info", "run", "text is hi"),
        ("success", "post_run", "Job completed"),
    ]
    assert story(run) == ["queued", "claimed", "running", "success"]
    assert run.duration is not None
    assert run.code_version


def test_the_job_knows_its_last_run(run_of, job):
    run = run_of("NoInputs")
    record = job("NoInputs")
    assert (record.last_run_number, record.last_run_state) == (run.number, "success")


def test_everything_that_a_job_says_is_in_the_log(run_of):
    run = run_of("Talk")
    said = messages(run)
    for level in ("debug", "info", "success", "warning", "failure", "error", "critical"):
        assert (level, "run", f"this is {level}") in said
    assert ("info", "stdout", "printed") in said
    assert ("warning", "stderr", "printed to stderr") in said
    assert ("warning", "some.library", "logged by a library") in said
    assert ("info", "stdout", "said by a child") in said
    assert ("info", "own group", "about a thing") in said
    assert ("info", "run", r"NUL \x00 and surrogate \ud800 end") in said
    assert (run.debug_count, run.success_count, run.error_count) == (1, 2, 3)


def test_lines_are_numbered_without_a_gap(run_of):
    run = run_of("Many", lines=1200)
    seqs = [line.seq for line in logs.after(run.number, 0, 10_000)]
    assert seqs == list(range(1, 1203))
    assert run.last_seq == 1202


def test_a_job_that_says_so_has_failed_and_keeps_its_result(run_of):
    run = run_of("Fail")
    assert (run.state, run.result, run.reason) == (State.FAILURE, {"wrong": 2}, "2 things are wrong")
    assert messages(run)[-1] == ("failure", "run", "2 things are wrong")


def test_an_exception_leaves_its_type_its_arguments_and_the_authors_frames(run_of):
    run = run_of("Raise")
    assert run.state == State.ERRORED
    assert run.error == {"exc_type": "ValueError", "exc_module": "builtins", "exc_message": ["bad rack", "7"]}
    assert "raise ValueError" in run.traceback
    assert "webapp" not in run.traceback


@on_sqlite
@pytest.mark.parametrize(
    ("how", "state", "reason"),
    [
        ("sys.exit", State.ERRORED, "The job called sys.exit(3)."),
        ("os._exit(0)", State.ERRORED, "Its process exited with code 0 before the job had finished."),
        ("os._exit(3)", State.ERRORED, "Its process exited with code 3 before the job had finished."),
        ("kill", State.LOST, "Its process was killed by signal 9 (often: out of memory)."),
        ("abort", State.ERRORED, "Its process crashed with signal 6 (Aborted)."),
        ("junk", State.ERRORED, "The job's process broke its contract:"),
    ],
)
def test_fault_18_leaving_early_is_never_a_success(run_of, how, state, reason):
    run = run_of("Leave", how=how)
    assert run.state == state
    assert run.reason.startswith(reason)
    assert ("info", "run", f"leaving by {how}") in messages(run)


@on_sqlite
def test_a_job_that_lets_the_soft_limit_through_has_timed_out(run_of):
    run = run_of("Sleep", seconds=60)
    assert (run.state, run.reason) == (State.TIMED_OUT, "It was stopped after its soft time limit of 1 s.")


@on_sqlite
def test_a_job_may_catch_the_soft_limit_and_end_in_order(run_of):
    run = run_of("Sleep", seconds=60, catch=True)
    assert (run.state, run.result) == (State.SUCCESS, "awake")


@on_sqlite
def test_fault_14_a_job_that_swallows_everything_ends_at_the_hard_limit(run_of):
    run = run_of("Deaf")
    assert (run.state, run.reason) == (State.TIMED_OUT, "It was stopped after its time limit of 2 s.")


@on_sqlite
def test_fault_39_a_jobs_process_sees_nothing_of_its_worker(job, person, monkeypatch):
    monkeypatch.setenv("JOBDECK_SECRET_KEY", "do not tell")
    number = submit(job("Look"), person("ann"), {}).number
    with Path(os.devnull).open() as inherited:
        supervisor.supervise(number, "worker@test")  # forked here, from a process that has all of this
        assert inherited.fileno() > 2
    run = reloaded(number)
    assert run.result["settings"] == []
    assert run.result["path"] == os.environ["PATH"]
    assert not [name for name in run.result["files"] if "jobdeck" in name]
    assert run.result["title"] == f"jobdeck: job #{run.number}"


def test_t120_a_result_that_json_cannot_say_is_kept_as_well_as_it_can_be(run_of):
    run = run_of("Odd")
    assert run.state == State.SUCCESS
    assert run.result["set"] == [1]
    assert run.result["nul"] == r"a\x00b"


def test_inputs_of_a_sensitive_job_are_sealed_until_the_run_is_over(job, person, work):
    run = submit(job("Secretive"), person("ann"), {"password": "tell-nobody"})
    assert run.inputs is None
    assert b"tell-nobody" not in db.session.get_one(Envelope, run.number).sealed
    number = run.number
    work()
    assert reloaded(number).result == 11
    assert db.session.get(Envelope, number) is None


def test_a_run_is_claimed_once(job, person, supervise):
    number = submit(job("NoInputs"), person("ann"), {}).number
    assert supervise(number, "one") == State.SUCCESS
    assert supervise(number, "two") is None
    assert reloaded(number).attempt == 1


def test_permission_is_asked_again_at_the_claim(job, person, work):
    number = submit(job("NoInputs"), person("ann"), {}).number
    ann = person("ann")
    with transaction():
        ann.groups.clear()
    work()
    run = reloaded(number)
    assert run.state == State.ERRORED
    assert run.reason.startswith("Not started: ann may not run")
    assert story(run) == ["queued", "claimed", "errored"]


@on_sqlite
def test_a_job_that_was_switched_off_meanwhile_does_not_start(job, person, work):
    number = submit(job("NoInputs"), person("ann"), {}).number
    with transaction():
        job("NoInputs").enabled = False
    work()
    run = reloaded(number)
    assert (run.state, run.reason) == (State.ERRORED, "Not started: This job is not enabled to be run.")


@on_sqlite
def test_a_module_that_no_longer_loads_ends_the_run_with_the_place(app, job, person, work, tmp_path):
    number = submit(job("NoInputs"), person("ann"), {}).number
    broken = tmp_path / "jobs"
    broken.mkdir()
    (broken / "plain.py").write_text("import nothing_like_that\n")
    app.extensions["settings"] = replace(app.extensions["settings"], jobs_root=broken)
    work()
    run = reloaded(number)
    assert run.state == State.ERRORED
    assert "plain.py, line 1" in run.reason


def test_a_supervisor_whose_run_is_somebody_elses_writes_nothing_more(job, person, monkeypatch, supervise):
    monkeypatch.setattr(supervisor, "BEAT_SECONDS", 0.1)
    number = submit(job("Deaf"), person("ann"), {}).number

    def lose():
        with transaction():
            row = db.session.get_one(Run, number, populate_existing=True)
            if row.state == State.RUNNING:
                states.lose(number, row.attempt, row.heartbeat, "test", "nobody knows")

    assert supervise(number, "slow", on_beat=lose) is None
    run = reloaded(number)
    assert (run.state, run.reason, run.result) == (State.LOST, "nobody knows", None)


LIES = [
    "an end without content",
    "an end that is none",
    "an end with more",
    "a line of the wrong types",
    "an unknown word",
    "readiness again",
    "a refusal of too much",
    "no list",
    "a deep one",
]


@pytest.fixture
def hostile(app, person, work):
    """Runs a job of tests/jobs_root/hostile.py and gives the run when it is over."""

    def to_the_end(name: str, **inputs: object) -> Run:
        job = catalogue.by_class_path(f"hostile.{name}")
        number = submit(job, person("ann"), inputs).number
        work()
        return reloaded(number)

    return to_the_end


@on_sqlite
@pytest.mark.parametrize("frame", LIES)
def test_a_job_that_says_what_no_job_may_say_ends_as_errored(hostile, frame):
    run = hostile("Liar", frame=frame)
    assert run.state == State.ERRORED
    assert run.reason.startswith("The job's process broke its contract:")


@on_sqlite
def test_a_job_that_announces_success_and_leaves_in_disorder_has_not_succeeded(hostile):
    run = hostile("Pretender")
    assert (run.state, run.reason) == (State.ERRORED, "Its process exited with code 3 before the job had finished.")


def test_a_refusal_is_kept_as_well_as_it_can_be(hostile):
    run = hostile("Liar", frame="a refusal of the wrong types")
    assert run.state == State.ERRORED
    assert (run.reason, run.traceback) == (r"{'why': '\ud800\x00'}", "7")


def test_a_line_from_the_end_of_time_is_dated_as_late_as_can_be_kept(hostile):
    run = hostile("Liar", frame="a line from never")
    assert run.state == State.SUCCESS
    assert "never" in [message for _, _, message in messages(run)]


@on_sqlite
def test_what_children_of_a_job_print_is_in_its_log(hostile):
    said = messages(hostile("Family"))
    for words in ("a fork speaks", "a program speaks", "bytes speak"):
        assert ("info", "stdout", words) in said


def test_a_supervisor_keeps_nothing_of_the_runs_that_it_saw(run_of, hostile):
    def kept() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    run_of("NoInputs")
    before = kept()
    for _ in range(3):
        run_of("NoInputs")
        hostile("Liar", frame="an unknown word")
    assert kept() <= before
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    assert [pid for pid in children if ") Z " in Path(f"/proc/{pid}/stat").read_text()] == []


@on_sqlite
def test_a_follower_who_fails_does_not_end_the_run(job, person, supervise):
    number = submit(job("NoInputs"), person("ann"), {}).number

    def closed(_lines: object) -> None:
        raise BrokenPipeError

    assert supervise(number, "test", on_lines=closed) == State.SUCCESS


@on_sqlite
def test_a_mistake_in_the_supervision_ends_the_run_and_not_the_worker(job, person, monkeypatch, supervise):
    monkeypatch.setattr(supervisor, "BEAT_SECONDS", 0.1)
    number = submit(job("Deaf"), person("ann"), {}).number

    def mistaken(*_: object) -> None:
        raise LookupError("a mistake of ours")

    monkeypatch.setattr(Ledger, "beat", mistaken)
    assert supervise(number, "test") == State.ERRORED
    assert reloaded(number).reason.startswith("Its supervision failed: LookupError.")


@on_sqlite
def test_what_goes_wrong_beside_a_heartbeat_is_not_the_runs_fault(job, person, monkeypatch, supervise):
    monkeypatch.setattr(supervisor, "BEAT_SECONDS", 0.1)
    number = submit(job("Sleep"), person("ann"), {"seconds": 60, "catch": True}).number

    def mistaken() -> None:
        raise LookupError("a mistake of ours")

    assert supervise(number, "test", on_beat=mistaken) == State.SUCCESS


@on_sqlite
@pytest.mark.parametrize(
    ("name", "was", "kind"),
    [
        ("text", "hi", "FileVar"),
        ("text", "hi", "IPAddressVar"),
        ("text", "hi", "DateVar"),
        ("text", "hi", "JSONVar"),
        ("count", 4, "SecretVar"),
        ("count", 4, "FileVar"),
    ],
)
def test_a_run_whose_inputs_do_not_fit_any_more_is_not_started(job, person, work, name, was, kind):
    number = submit(job("Echo"), person("ann"), {"text": "hi", name: was}).number
    with transaction():
        declared = job("Echo").variables
        job("Echo").variables = [{**each, "type": kind} if each["name"] == name else each for each in declared]
    assert work() == [None]
    run = reloaded(number)
    assert (run.state, run.reason) == (
        State.ERRORED,
        f"Not started: what was given as {name} does not fit what the job takes by now.",
    )
    assert story(run) == ["queued", "claimed", "errored"]


@on_sqlite
@pytest.mark.parametrize("where", ["mask_of", "LogWriter", "lending.lent", "memory.oom_kills", "Hearing"])
def test_whatever_goes_wrong_before_a_job_begins_ends_its_run(job, person, work, monkeypatch, where):
    def broken(*_arguments: object) -> None:
        raise AttributeError("a mistake of ours")

    number = submit(job("Echo"), person("ann"), {"text": "hi"}).number
    monkeypatch.setattr(f"webapp.runs.supervisor.{where}", broken)
    assert work() == [State.ERRORED]
    run = reloaded(number)
    reason = "Its supervision failed: AttributeError. The worker's log says more."
    assert (run.state, run.reason) == (State.ERRORED, reason)
    assert ("error", "initialization", reason) in messages(run)
    monkeypatch.undo()
    submit(job("Echo"), person("ann"), {"text": "again"})
    assert work() == [State.SUCCESS]
