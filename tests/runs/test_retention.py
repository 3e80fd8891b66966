"""Runs that are not kept any more: which they are, and that all of them goes, and nothing else."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite, running
from webapp.db import db, is_sqlite, transaction, utcnow
from webapp.errors import NotPossible
from webapp.files.models import File, FileChunk
from webapp.queue import bell
from webapp.runs import attachments, deleting, logs, pins, retention, states, steps
from webapp.runs.event_models import RunEvent
from webapp.runs.log.models import LogGroup, LogLine
from webapp.runs.models import Envelope, Run, RunFile, State
from webapp.runs.service import submit
from webapp.worker.upkeep import Upkeep

PARTS = (LogLine, LogGroup, RunEvent, RunFile, Envelope)


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    """Nobody else wants to write."""
    monkeypatch.setattr(deleting, "PAUSE_SECONDS", 0)


@pytest.fixture
def ended(job, person):
    """Makes a run that has ended, so many days ago."""

    def make(days: float = 0, name: str = "NoInputs", state: State = State.SUCCESS, **options: object) -> int:
        number = submit(job(name), person("ann"), {}, **options).number
        with transaction():
            states.finish(number, states.claim(number, "w"), State.CLAIMED, state, "w")
            _age(number, days)
        return number

    return make


@pytest.fixture
def keep(job):
    """Sets for how long the runs of a job are kept."""

    def decide(name: str = "NoInputs", **terms: int | None) -> None:
        with transaction():
            for field, value in terms.items():
                setattr(job(name), field, value)

    return decide


def _age(number: int, days: float) -> None:
    if days:
        runs, at = steps.runs, utcnow() - timedelta(days=days)
        moments = {"created_at": at, "claimed_at": at, "started_at": at}
        db.session.execute(sa.update(runs).where(runs.c.number == number).values(moments))
        # Ends are fixed: whoever wants an old one has to go round the trigger.
        _without_trigger(sa.update(runs).where(runs.c.number == number).values(ended_at=at))


def _without_trigger(statement: sa.Update) -> None:
    if is_sqlite():
        sql = db.session.scalar(sa.text("SELECT sql FROM sqlite_master WHERE name = 'run_is_over'"))
        db.session.execute(sa.text("DROP TRIGGER run_is_over"))
        db.session.execute(statement)
        db.session.execute(sa.text(sql))
    else:
        db.session.execute(sa.text("ALTER TABLE run DISABLE TRIGGER run_is_over"))
        db.session.execute(statement)
        db.session.execute(sa.text("ALTER TABLE run ENABLE TRIGGER run_is_over"))


def numbers() -> list[int]:
    """The runs that are in the database, let go of or not."""
    db.session.rollback()
    return list(db.session.scalars(sa.select(Run.number).order_by(Run.number)))


def clean() -> dict[str, int]:
    counts: dict[str, int] = {}
    for step in retention.clean():
        if step.count:
            counts[step.name] = counts.get(step.name, 0) + step.count
    return counts


def test_a_run_is_deleted_when_it_ended_longer_ago_than_its_job_keeps_runs(app, ended, keep):
    old, young = ended(31), ended(29)
    other = ended(31, "Talk")
    keep(keep_days=30)
    assert [(each.name, each.count) for each in retention.due()] == [("No inputs", 1)]
    assert numbers() == [old, young, other]
    assert clean() == {"No inputs": 1}
    assert numbers() == [young, other]
    assert clean() == {}


def test_the_installation_says_what_jobs_do_not_and_nought_is_no_limit(app, ended, keep):
    kept, old = ended(400), ended(400, "Talk")
    fresh = ended(300, "Talk")
    keep(keep_days=0)
    clean()
    assert numbers() == [kept, fresh]
    assert old not in numbers()


def test_only_the_newest_runs_that_are_over_are_kept_where_a_job_keeps_so_many(app, ended, keep, job, person):
    first, second, third = ended(), ended(), ended()
    waiting = submit(job("NoInputs"), person("ann"), {}).number
    keep(keep_runs=2)
    assert clean() == {"No inputs": 1}
    assert numbers() == [second, third, waiting]
    assert first not in numbers()


def test_what_waits_or_goes_on_is_never_deleted_and_neither_is_what_somebody_keeps(app, ended, keep, job, person):
    waiting, going = (submit(job("NoInputs"), person("ann"), {}).number for _ in range(2))
    running(going)
    kept, old = ended(500), ended(500)
    with transaction():
        for number in (waiting, going):
            _age(number, 500)
    pins.pin(db.session.get_one(Run, kept), person("ann"))
    keep(keep_days=1, keep_runs=1)
    assert clean() == {"No inputs": 1}
    assert numbers() == [waiting, going, kept]
    pins.unpin(db.session.get_one(Run, kept), person("ann"))
    ended()
    assert clean() == {"No inputs": 1}
    assert old not in numbers()


def test_runs_whose_job_is_gone_get_as_old_as_the_installation_says(app, ended, keep, job):
    old, young = ended(366), ended(364)
    keep(keep_days=1)
    with transaction() as session:
        session.delete(job("NoInputs"))
    assert clean() == {retention.GONE: 1}
    assert numbers() == [young]
    assert old not in numbers()


def test_everything_that_belongs_to_a_run_goes_and_nothing_else_does(app, job, person, keep, work):
    mine, other = (submit(job(name), person("ann"), {}).number for name in ("NoInputs", "Talk"))
    work()
    for number in (mine, other):
        with transaction() as session:
            session.add(
                LogGroup(run_number=number, seq=9, attempt=1, is_item=False, path="9/", title="t", started_us=1)
            )
            session.add(Envelope(run_number=number, sealed=b"x"))
            file = File(size=1, whole=True, bound=True, needed_at=utcnow() - timedelta(days=2))
            session.add(file)
            session.flush()
            session.add(FileChunk(file_id=file.id, n=0, content=b"x"))
            session.add(RunFile(run_number=number, file_id=file.id, variable=None))
    deleting.delete([db.session.get_one(Run, mine)], person("admin"))
    assert numbers() == [other]
    for part in PARTS:
        assert set(db.session.scalars(sa.select(part.run_number))) == {other}, part
    db.session.rollback()
    attachments.sweep()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FileChunk)) == 1


def test_a_long_log_goes_in_short_transactions_and_nobody_sees_what_is_left_of_it(
    app, ended, keep, browse, monkeypatch
):
    monkeypatch.setattr(deleting, "LINES", 10)
    number = submit_with_lines(ended, 35)
    keep(keep_runs=1)
    ended()
    steps, left = retention.clean(), []
    for _ in steps:
        db.session.rollback()
        left.append(db.session.scalar(sa.select(sa.func.count()).select_from(LogLine)))
        if db.session.get(Run, number) is not None and left[-1] < 35:
            assert browse("vic").get(f"/runs/{number}").status_code == 404
    assert [count for count in dict.fromkeys(left) if count] == [35, 25, 15, 5]
    assert number not in numbers()
    assert left[-1] == 0


def submit_with_lines(ended, count: int) -> int:
    number = ended()
    with transaction():
        logs.insert(number, 1, [logs.line(1e9, "info", "run", f"said {n}") for n in range(count)])
        db.session.execute(sa.update(steps.runs).where(steps.runs.c.number == number).values(last_seq=count))
    return number


def test_whoever_is_killed_while_cleaning_leaves_what_the_next_one_carries_on_with(app, ended, keep, monkeypatch):
    monkeypatch.setattr(deleting, "LINES", 10)
    long, other = submit_with_lines(ended, 35), ended()
    keep(keep_runs=1)
    steps = retention.clean()
    while db.session.scalar(sa.select(sa.func.count()).select_from(LogLine)) != 25:
        next(steps)
        db.session.rollback()
    steps.close()
    keep(keep_runs=None)
    assert numbers() == [long, other]
    assert clean() == {}
    assert numbers() == [other]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LogLine)) == 0


def test_two_that_clean_at_once_delete_each_run_once(app, ended, keep):
    made = [ended() for _ in range(12)]
    keep(keep_runs=2)
    told, barrier = [], threading.Barrier(2)

    def tidy() -> None:
        with app.app_context():
            barrier.wait()
            told.append(sum(clean().values()))

    both = [threading.Thread(target=tidy) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sum(told) == 10
    assert numbers() == made[-2:]


def test_a_run_that_is_made_while_others_are_deleted_is_left_alone(app, ended, keep, job, person):
    for _ in range(3):
        ended()
    keep(keep_runs=1, keep_days=1)
    steps, made = retention.clean(), []
    for _ in steps:
        made.append(submit(job("NoInputs"), person("ann"), {}).number)
    assert set(made) <= set(numbers())
    assert bell.waiting("default") >= set(made)


def test_the_job_still_says_when_it_ran_last_but_links_to_nothing(app, ended, job, person, browse):
    number = ended()
    at = job("NoInputs").last_run_at
    deleting.delete([db.session.get_one(Run, number)], person("admin"))
    db.session.expire_all()
    record = job("NoInputs")
    assert (record.last_run_number, record.last_run_state, record.last_run_at) == (None, "success", at)
    for path in ("/jobs/", f"/jobs/{record.id}", f"/jobs/{record.id}/runs"):
        answer = browse("admin").get(path)
        assert answer.status_code == 200, path
        assert f"/runs/{number}" not in answer.text
    assert "No runs are kept" in browse("admin").get(f"/jobs/{record.id}/runs").text
    assert "None of its runs is kept any more" in browse("admin").get(f"/jobs/{record.id}/runs/recent").text
    again = submit(record, person("ann"), {}).number
    db.session.expire_all()
    assert job("NoInputs").last_run_number == again


def test_a_key_holds_for_a_day_although_its_run_has_been_deleted(app, ended, job, person):
    number = ended(idem_key="once")
    deleting.delete([db.session.get_one(Run, number)], person("admin"))
    with pytest.raises(NotPossible, match=f"became run #{number}, which has been deleted"):
        submit(job("NoInputs"), person("ann"), {}, idem_key="once")
    assert numbers() == [number]
    assert [db.session.scalar(sa.select(sa.func.count()).select_from(part)) for part in PARTS] == [0] * len(PARTS)
    with transaction():
        runs = steps.runs
        db.session.execute(sa.update(runs).values(created_at=utcnow() - timedelta(hours=25)))
    clean()
    assert numbers() == []
    assert not submit(job("NoInputs"), person("ann"), {}, idem_key="once").replayed


def test_a_run_that_is_not_over_or_is_kept_stops_the_deletion_of_all(app, ended, job, person):
    over, kept, admin = ended(), ended(), person("admin")
    waiting = submit(job("NoInputs"), person("ann"), {}).number
    pins.pin(db.session.get_one(Run, kept), admin)
    for spared, words in ((waiting, "is not over"), (kept, "is kept, by admin")):
        with pytest.raises(NotPossible, match=words):
            deleting.delete([db.session.get_one(Run, number) for number in (over, spared)], admin)
    assert numbers() == [over, kept, waiting]


@on_sqlite
def test_the_scheduler_cleans_and_so_does_an_idle_worker_while_there_is_none(app, settings, ended, keep):
    keep(keep_days=1)
    for kind in ("worker", "scheduler"):
        ended(2)
        upkeep = Upkeep(kind, ["default"], 60, settings.data_dir)
        # A busy machine may need a turn more: one takes a second at most.
        deadline = time.monotonic() + 20
        while numbers():
            assert time.monotonic() < deadline, kind
            upkeep.chores.turn()


def test_cleaning_that_ran_out_of_time_goes_on_at_the_next_turn_and_then_rests(app, ended, keep, monkeypatch):
    monkeypatch.setattr(deleting, "ROUND_SECONDS", -1)
    monkeypatch.setattr(deleting, "RUNS", 1)
    for _ in range(4):
        ended()
    keep(keep_runs=1)
    cleaner, left = retention.Cleaner(), []
    while len(left) < 300 and left[-20:] != [1] * 20:
        cleaner.turn()
        left.append(len(numbers()))
    assert list(dict.fromkeys(left)) == [4, 3, 2, 1]
    ended()
    cleaner.turn()
    assert len(numbers()) == 2


def test_the_command_says_what_it_deleted_of_each_job_and_beforehand_what_it_would(app, ended, keep):
    for name in ("NoInputs", "NoInputs", "Talk"):
        ended(3, name)
    for name in ("NoInputs", "Talk"):
        keep(name, keep_days=2)
    said = app.test_cli_runner().invoke(args=["cleanup", "--dry-run"])
    assert said.output.splitlines() == ["No inputs: 2 runs", "Talk: 1 run", "3 runs would be deleted."]
    assert len(numbers()) == 3
    said = app.test_cli_runner().invoke(args=["cleanup"])
    assert said.output.splitlines() == ["No inputs: 2 runs", "Talk: 1 run", "3 runs deleted."]
    assert numbers() == []
    assert app.test_cli_runner().invoke(args=["cleanup"]).output == "Nothing was due.\n"


def test_t195_job_results_can_be_deleted_one_or_several(app, ended, job, person, api):
    numbers_, path = [ended() for _ in range(4)], "/api/extras/job-results/"
    ids = [str(db.session.get_one(Run, number).id) for number in numbers_]
    waiting = submit(job("NoInputs"), person("ann"), {})
    assert api("ann").delete(f"{path}{ids[0]}/").status_code == 403
    assert api("ann").delete(path, json=[{"id": ids[0]}]).status_code == 403
    admin = api("admin")
    assert (admin.delete(f"{path}{ids[0]}/").status_code, admin.get(f"{path}{ids[0]}/").status_code) == (204, 404)
    refused = admin.delete(f"{path}{waiting.id}/")
    assert refused.status_code == 409
    assert refused.json["detail"] == (
        f"Run #{waiting.number} is not over. Cancel it first, and delete it once it is over."
    )
    assert admin.delete(path, json=[{"id": ids[1]}, {"id": str(waiting.id)}]).status_code == 409
    assert admin.delete(path, json=[{"id": ids[1]}, {"id": ids[0]}]).status_code == 400
    assert admin.get(path).json["count"] == 4
    assert admin.delete(path, json=[{"id": id} for id in ids[1:3]]).status_code == 204
    assert [run["id"] for run in admin.get(path).json["results"]] == [str(waiting.id), ids[3]]
    assert admin.delete(f"{path}{ids[1]}/").status_code == 404


def test_what_is_asked_of_each_job_has_an_index(app, job):
    if not is_sqlite():
        pytest.skip("an empty table of PostgreSQL is read as a whole")
    terms = retention.Terms(job("NoInputs").id, "", 30, 0)
    [condition] = retention._conditions(terms)
    query = sa.select(steps.runs.c.number).where(retention._deletable_of(terms), condition)
    plan = db.session.execute(sa.text(f"EXPLAIN QUERY PLAN {compiled(query)}")).all()
    assert "ix_run_job_id_ended_at" in str(plan)
    plan = db.session.execute(
        sa.text(f"EXPLAIN QUERY PLAN {compiled(sa.select(Run.number).where(deleting.IS_LET_GO))}")
    )
    assert "ix_run_let_go" in str(plan.all())


def compiled(query: sa.Select) -> str:
    return str(query.compile(db.engine, compile_kwargs={"literal_binds": True}))


def test_pages_of_the_database_are_used_again(app, ended):
    if not is_sqlite():
        pytest.skip("PostgreSQL does so by itself")

    def size() -> int:
        db.session.rollback()
        return db.session.scalar(sa.text("PRAGMA page_count")) or 0

    sizes = []
    for _ in range(3):
        number = submit_with_lines(ended, 3000)
        sizes.append(size())
        with transaction():
            deleting.let_go([number])
        for _ in deleting.carry_out():
            pass
    assert sizes[2] <= sizes[0] * 1.05


@on_sqlite
def test_a_job_keeps_its_say_over_the_settings_of_its_installation(app, keep, ended):
    assert retention.fate(db.session.get_one(Run, ended())) == "It is deleted after 365 days."
    keep(keep_days=0, keep_runs=20)
    number = ended()
    assert "the last 20 runs of its job" in retention.fate(db.session.get_one(Run, number))
    keep(keep_days=0, keep_runs=0)
    assert retention.fate(db.session.get_one(Run, number)) == ""
    keep(keep_days=10**9, keep_runs=10**9)
    assert clean() == {}
