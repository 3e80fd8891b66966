"""Deleting records of jobs, and what becomes of their runs."""

from __future__ import annotations

import threading
from html import unescape

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite, running
from webapp.catalogue import deleting, favourites, refreshing
from webapp.catalogue.deciding import decide
from webapp.catalogue.models import Favourite, Job, JobQueueAssignment
from webapp.db import WRITING, db, transaction, utcnow
from webapp.errors import NotAllowed, NotFound
from webapp.runs import claims, orphaning, service, states, waiting
from webapp.runs.event_models import RunEvent
from webapp.runs.models import Run, State
from webapp.runs.service import submit
from webapp.runs.supervisor import supervise

on_postgresql = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
"""SQLite has one writer at a time."""


def delete(browse, *jobs: Job, who: str = "admin"):
    """Delete jobs through the page that asks first."""
    page, ids = browse(who), [str(job.id) for job in jobs]
    asked = page.get("/jobs/deletion", query_string={"id": ids})
    assert asked.status_code == 200
    return page.post("/jobs/deletion/confirmation", {"id": ids}, follow_redirects=True)


def asked_about(browse, *jobs: Job) -> str:
    text = browse("admin").get("/jobs/deletion", query_string={"id": [str(job.id) for job in jobs]}).text
    return " ".join(unescape(text).split())


@pytest.fixture
def ran(job, person, work):
    """The number of a run of Echo that is over."""
    number = submit(job("Echo"), person("ann"), {"text": "hello"}).number
    assert work() == [State.SUCCESS]
    return number


def run(number: int) -> Run:
    db.session.rollback()
    return db.session.get_one(Run, number)


def test_the_page_says_beforehand_what_deleting_does(browse, job, person, ran):
    submit(job("Echo"), person("ann"), {"text": "waits"})
    going = submit(job("Echo"), person("ann"), {"text": "goes on"}).number
    running(going)
    favourites.like(job("Echo"), person("vic"))
    decide([job("Echo")], {"hidden": True, "hidden_override": True}, person("admin"))
    text = asked_about(browse, job("Echo"))
    for sentence in (
        "Delete Echo?",
        "One run stays readable, with log and files, but loses the link to its job for good, even if it comes back.",
        "One run waits now. It will not start: a scheduler or an idle worker ends it as Errored, within seconds.",
        "One run goes on now. It goes on to its end.",
        "What administrators have decided about it is forgotten.",
        "One favourite goes with it.",
        "Its code is still there: the next refresh makes a new record of it, switched off.",
    ):
        assert sentence in text
    assert job("Echo")
    assert "Delete 2 jobs?" in asked_about(browse, job("Echo"), job("Talk"))
    assert "The code of all of them is still there" in asked_about(browse, job("Echo"), job("Talk"))


@on_sqlite
def test_of_a_job_that_is_gone_and_never_ran_nothing_else_is_lost(browse, job):
    with transaction():
        job("Echo").installed = False
    assert "It has never run, and its code is gone: nothing else is lost." in asked_about(browse, job("Echo"))
    with transaction():
        job("Echo").last_run_at = utcnow()
    assert "None of its runs is kept, and its code is gone: nothing else is lost." in asked_about(browse, job("Echo"))


def test_what_belongs_to_the_record_goes_with_it(browse, job, person):
    favourites.like(job("Elsewhere"), person("ann"))
    id = job("Elsewhere").id
    assert "Elsewhere is deleted." in delete(browse, job("Elsewhere")).text
    for model in (Favourite, JobQueueAssignment):
        assert not db.session.scalars(sa.select(model).where(model.job_id == id)).all()
    with pytest.raises(NotFound):
        job("Elsewhere")
    assert browse("admin").get(f"/jobs/{id}").status_code == 404


def test_several_are_deleted_at_once(browse, job):
    answer = delete(browse, job("Echo"), job("Talk"), job("Fail"))
    assert "3 jobs are deleted." in answer.text
    assert not db.session.scalars(sa.select(Job).where(Job.job_class_name.in_(["Echo", "Talk", "Fail"]))).all()


@on_sqlite
def test_only_who_may_delete_deletes(browse, job, person):
    id = str(job("Echo").id)
    for who in ("ann", "bob", "vic", "sam"):
        assert browse(who).get(f"/jobs/deletion?id={id}").status_code == 403
        assert browse(who).post("/jobs/deletion/confirmation", {"id": [id]}).status_code == 403
        with pytest.raises(NotAllowed):
            deleting.delete([job("Echo")], person(who))
    assert job("Echo")


@on_sqlite
def test_deleting_what_is_gone_already_is_told(browse, job, person):
    gone = job("Echo")
    id = str(gone.id)
    delete(browse, gone)
    answer = browse("admin").post("/jobs/deletion/confirmation", {"id": [id, "rubbish"]}, follow_redirects=True)
    assert "Choose some jobs first" in answer.text


def test_a_run_whose_job_is_gone_can_still_be_read_everywhere(browse, api, job, ran):
    id, job_id = run(ran).id, job("Echo").id
    delete(browse, job("Echo"))
    assert (run(ran).job_id, run(ran).job_name, run(ran).state) == (None, "Echo", State.SUCCESS)
    ann, vic = browse("ann"), browse("vic")
    for path in (
        f"/runs/{ran}",
        f"/runs/{ran}/log",
        *(f"/runs/{ran}/{tab}" for tab in ("items", "changes/", "files", "result", "inputs", "events")),
        *(f"/runs/{ran}/log.{form}" for form in ("txt", "ndjson", "csv")),
        f"/runs/{ran}/compare",
        f"/runs/{ran}/cancellation",
    ):
        assert ann.get(path).status_code == 200, path
    assert "hello" in ann.get(f"/runs/{ran}").text
    assert f"/jobs/{job_id}" not in ann.get(f"/runs/{ran}").text.partition("run-summary")[0]
    for path in ("/runs/", "/runs/?state=succeeded"):
        assert f"/runs/{ran}" in vic.get(path).text
    assert f"/runs/{ran}" not in vic.get(f"/runs/?job={job_id}").text
    assert ann.post(f"/runs/{ran}/retry-failed").status_code == 409
    client = api("ann")
    told = client.get(f"/api/extras/job-results/{id}/").json
    assert (told["job_model"], told["name"], told["task_name"]) == (None, "Echo", "plain.Echo")
    for path in ("logs", "items"):
        assert client.get(f"/api/extras/job-results/{id}/{path}/").status_code == 200
    for query in ("", "?name=Echo", "?q=echo", "?status=SUCCESS"):
        assert [one["id"] for one in client.get(f"/api/extras/job-results/{query}").json["results"]] == [str(id)]
    for query in (f"?job_model={job_id}", "?job_model=Echo", f"?job_model_id={job_id}"):
        answer = client.get(f"/api/extras/job-results/{query}")
        assert answer.status_code == 400 or answer.json["results"] == [], query
    assert client.post(f"/api/extras/job-results/{id}/retry-failed/").status_code == 409
    assert client.get("/api/extras/file-proxies/").status_code == 200


@on_sqlite
def test_a_run_that_waits_for_a_job_that_is_gone_says_so_and_ends_at_its_claim(browse, api, job, person, work):
    number = submit(job("Echo"), person("ann"), {"text": "hello"}).number
    delete(browse, job("Echo"))
    said = waiting.why(run(number))
    assert said is not None
    assert said.text.startswith("Its job has been deleted, so that it will not start.")
    assert "Its job has been deleted" in browse("ann").get(f"/runs/{number}").text
    assert "Its job has been deleted" in browse("ann").get("/runs/").text
    assert (
        "Its job has been deleted"
        in api("ann").get(f"/api/extras/job-results/{run(number).id}/").json["meta"]["waiting"]
    )
    work()
    assert run(number).state == State.ERRORED
    assert run(number).reason == "Not started: its job has been deleted."
    assert "Not started: its job has been deleted." in browse("ann").get(f"/runs/{number}").text


@on_sqlite
def test_a_run_that_waits_for_a_job_that_is_gone_can_be_cancelled(browse, job, person):
    number = submit(job("Echo"), person("ann"), {"text": "hello"}).number
    delete(browse, job("Echo"))
    assert browse("ann").post(f"/runs/{number}/cancellation", {"reason": "no"}).status_code == 302
    assert run(number).state == State.CANCELLED


@on_sqlite
def test_a_run_that_goes_on_when_its_job_is_deleted_goes_on_to_its_end(browse, job, person, monkeypatch):
    number = submit(job("Echo"), person("ann"), {"text": "hello"}).number
    take = claims.take

    def taken_and_deleted(*arguments):
        claim = take(*arguments)
        deleting.delete([job("Echo")], person("admin"))
        return claim

    monkeypatch.setattr(claims, "take", taken_and_deleted)
    assert supervise(number, "worker@test") == State.SUCCESS
    assert (run(number).job_id, run(number).result["text"]) == (None, "hello")
    events = db.session.scalars(sa.select(RunEvent.to_state).where(RunEvent.run_number == number).order_by(RunEvent.n))
    assert events.all() == ["queued", "claimed", "running", "success"]


def test_a_record_that_comes_back_is_a_new_one_without_the_old_runs(browse, job, ran, plain):
    old = job("Echo").id
    delete(browse, job("Echo"))
    assert "plain.Echo" in refreshing.refresh(plain).made
    new = job("Echo")
    assert new.id != old
    assert (new.enabled, new.overridden, new.last_run_number, new.last_run_state) == (False, [], None, None)
    assert run(ran).job_id is None
    assert f"/runs/{ran}" not in browse("vic").get(f"/runs/?job={new.id}").text


def test_a_run_asked_for_at_the_moment_of_deleting_is_refused_and_not_an_error(browse, job, person, monkeypatch):
    echo, check = job("Echo"), service.check

    def checked_and_deleted(*arguments, **options):
        wanted = check(*arguments, **options)
        with transaction() as session:
            session.execute(sa.delete(Job).where(Job.job_class_name == "Echo"))
        return wanted

    monkeypatch.setattr(service, "check", checked_and_deleted)
    with pytest.raises(NotFound, match="just been deleted"):
        submit(echo, person("ann"), {"text": "hello"})
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Run)) == 0


@on_postgresql
def test_a_worker_that_moves_a_run_and_somebody_who_deletes_its_job_do_not_block_each_other(app, job, person):
    echo = job("Echo")
    number, id = submit(echo, person("ann"), {"text": "hello"}).number, echo.id
    db.session.rollback()
    wrong = []

    def delete() -> None:
        with app.app_context():
            try:
                deleting.delete([job("Echo")], person("admin"))
            except Exception as error:
                wrong.append(error)

    with transaction() as worker:
        worker.execute(sa.update(Run).where(Run.number == number).values(heartbeat=1))
        deleter = threading.Thread(target=delete)
        deleter.start()
        locks = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
        while not worker.scalar(locks):
            assert deleter.is_alive(), wrong
        worker.execute(sa.update(Job).where(Job.id == id).values(last_run_state="running"))
    deleter.join()
    assert wrong == []
    assert run(number).job_id is None


def test_many_runs_are_let_go_of_a_few_at_a_time_and_others_may_write_in_between(api, job, person, monkeypatch):
    numbers = [over(job, person) for _ in range(5)]
    waits = submit(job("Echo"), person("ann"), {"text": "waits"}).number
    seen = []

    def look(_seconds: float) -> None:
        assert not db.session().info.get(WRITING)
        seen.append([number for number in (*numbers, waits) if run(number).job_id])

    monkeypatch.setattr(orphaning, "RUNS", 2)
    monkeypatch.setattr(orphaning.time, "sleep", look)
    assert api("admin").delete("/api/extras/jobs/", json=[{"id": str(job("Echo").id)}]).status_code == 204
    assert seen == [[*numbers[2:], waits], [numbers[4], waits]]
    assert [number for number in (*numbers, waits) if run(number).job_id] == []


def over(job, person) -> int:
    number = submit(job("Echo"), person("ann"), {"text": "hello"}).number
    with transaction():
        states.finish(number, states.claim(number, "w"), State.CLAIMED, State.SUCCESS, "w")
    return number


def test_who_is_killed_while_deleting_leaves_the_job_with_fewer_runs(browse, job, person, monkeypatch):
    first, second = over(job, person), over(job, person)

    def killed(_seconds: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(orphaning, "RUNS", 1)
    monkeypatch.setattr(orphaning.time, "sleep", killed)
    with pytest.raises(KeyboardInterrupt):
        deleting.delete([job("Echo")], person("admin"))
    assert (run(first).job_id, run(second).job_id) == (None, job("Echo").id)
    assert "One run stays readable" in asked_about(browse, job("Echo"))
    vic = browse("vic")
    for path in ("/jobs/", f"/jobs/{job('Echo').id}/runs", f"/runs/{first}", f"/runs/{second}"):
        assert vic.get(path).status_code == 200


@on_postgresql
def test_runs_are_locked_by_their_numbers_whatever_order_they_lie_in(app, job, person):
    first, second = (submit(job("Echo"), person("ann"), {"text": "hello"}).number for _ in range(2))
    id, wrong = job("Echo").id, []
    with transaction() as session:  # the first lies behind the second now
        session.execute(sa.update(Run).where(Run.number == first).values(heartbeat=1))

    def let_go() -> None:
        with app.app_context():
            try:
                with transaction() as session:
                    session.execute(
                        sa.text(
                            "SELECT set_config(name, 'off', true) FROM pg_settings WHERE name IN "
                            "('enable_indexscan', 'enable_bitmapscan', 'enable_indexonlyscan')"
                        )
                    )
                    orphaning.let_go([id])
            except Exception as error:
                wrong.append(error)

    with transaction() as cleaner:
        locking = sa.select(Run.number).with_for_update()
        cleaner.execute(locking.where(Run.number == first))
        other = threading.Thread(target=let_go)
        other.start()
        while not cleaner.scalar(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            assert other.is_alive(), wrong
        cleaner.execute(locking.where(Run.number == second))
    other.join()
    assert wrong == []
    assert (run(first).job_id, run(second).job_id) == (None, None)
