"""Pausing a queue: what waits in it goes on waiting and says why, until somebody lets it go on."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from redis import Redis

from tests.product import on_sqlite, running, take
from webapp.catalogue import queues
from webapp.catalogue.models import JobQueue
from webapp.db import SCHEMA, db, transaction, utcnow
from webapp.errors import InvalidInputs, NotAllowed, NotFound, NotPossible
from webapp.queue import bell
from webapp.runs import line, pausing, processes, slots, states, traffic, waiting
from webapp.runs.models import Run, State
from webapp.runs.process_models import Process
from webapp.runs.reconciler import Reconciler
from webapp.runs.service import submit


@pytest.fixture
def start(job, person):
    """Submits a run of a class and gives its number."""
    return lambda name="NoInputs", inputs=None, **options: (
        submit(job(name), person("ann"), inputs or {}, **options).number
    )


@pytest.fixture
def queue(app):
    """Gives the record of the queue of that name."""
    return lambda name: db.session.scalars(sa.select(JobQueue).where(JobQueue.name == name)).one()


@pytest.fixture
def pause(queue, person):
    """Pauses the queue of that name."""
    return lambda name, reason="the rack is being moved": pausing.pause(queue(name), person("admin"), reason)


@pytest.fixture
def redis_client(redis_url):
    """What the workers listen to."""
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def resume(queue, person):
    """Lets the queue of that name go on."""
    return lambda name: pausing.resume(queue(name), person("admin"))


def at(number: int) -> Run:
    db.session.rollback()
    return db.session.get_one(Run, number, populate_existing=True)


def why(number: int) -> str:
    return str(waiting.why(at(number)))


def worker(name: str, *names: str, **values: object) -> str:
    """A worker that has just given a sign of life, or did what values say."""
    told = {"kind": "worker", "host": "h", "pid": 1, "version": "1", "schema": SCHEMA, "queues": list(names), **values}
    with transaction() as session:
        session.add(Process(name=name, **told))
    return name


def later(number: int, **values: object) -> None:
    with transaction() as session:
        for field, value in values.items():
            setattr(session.get_one(Run, number), field, value)


def test_nothing_that_waits_in_a_paused_queue_starts_and_what_is_elsewhere_does(start, pause, work):
    here, there = start(), start("Elsewhere", queue="lab")
    pause("default")
    assert take(here, "w") is None
    assert work() == [None, State.SUCCESS]
    assert (at(here).state, at(here).attempt) == (State.QUEUED, 0)
    assert at(there).state == State.SUCCESS


def test_a_claim_is_refused_although_the_run_was_looked_at_before_the_pause(start, pause):
    number = start()
    pause("default")
    with pytest.raises(NotPossible), transaction():
        states.claim(number, "w")


def test_what_a_worker_has_goes_on(start, pause):
    number = start()
    attempt = running(number)
    pause("default")
    with transaction():
        states.finish(number, attempt, State.RUNNING, State.SUCCESS, "w")
    assert at(number).state == State.SUCCESS


def test_a_run_that_is_claimed_when_the_pause_comes_begins(start, pause):
    number = start()
    with transaction():
        attempt = states.claim(number, "w")
    pause("default")
    with transaction():
        states.start(number, attempt, "w")
    assert at(number).state == State.RUNNING


def test_an_attempt_that_is_to_be_repeated_waits_for_the_end_of_the_pause(start, pause, resume):
    number = start()
    later(number, max_attempts=2, retry_backoff=0)
    attempt = running(number)
    pause("default")
    with transaction():
        states.finish(number, attempt, State.RUNNING, State.ERRORED, "w", reason="it failed")
    assert take(number, "w") is None
    assert why(number).startswith("The queue default is paused since ")
    resume("default")
    assert take(number, "w").attempt == 2


def test_a_run_that_finds_no_place_does_not_end_while_its_queue_is_paused(start, pause):
    first, second = start("Singleton"), start("Singleton")
    with transaction():
        states.claim(first, "w", slot=1)
    pause("default")
    assert take(second, "w") is None
    assert at(second).state == State.QUEUED


def test_a_local_run_is_run_by_its_command_all_the_same(job, person, pause, supervise):
    number = submit(job("NoInputs"), person("ann"), {}, local=True).number
    pause("default")
    assert supervise(number, "runjob@test") == State.SUCCESS


@on_sqlite
def test_runs_may_be_asked_for_while_the_queue_is_paused(start, pause):
    pause("default")
    assert at(start()).state == State.QUEUED


def test_why_a_run_waits_names_the_queue_since_when_by_whom_and_why(start, pause, queue):
    number = start()
    later(number, start_after=utcnow() + timedelta(hours=1))
    pause("default", " the rack is being moved.\n")
    since = f"{queue('default').paused_at:%Y-%m-%d %H:%M:%S} UTC"
    assert why(number) == f"The queue default is paused since {since} by admin: the rack is being moved."


@on_sqlite
def test_pages_and_the_api_say_why(start, pause, browse, api, job):
    number = start()
    pause("default", "<b>moving</b>")
    vic = browse("vic")
    for address in ("/runs/", f"/runs/{number}", f"/runs/{number}/log", f"/jobs/{job('NoInputs').id}/runs"):
        text = vic.get(address).text
        assert "The queue default is paused since" in text, address
        assert "by admin: &lt;b&gt;moving&lt;/b&gt;." in text, address
    told = api("vic").get(f"/api/extras/job-results/{at(number).id}/").json["meta"]["waiting"]
    assert told.startswith("The queue default is paused since")


def test_places_in_line_are_kept(start, pause):
    numbers = [start() for _ in range(3)]
    pause("default")
    assert line.places([at(number) for number in numbers]) == dict(zip(numbers, (1, 2, 3), strict=True))


@on_sqlite
def test_a_reason_is_needed_and_not_a_novel(start, queue, person):
    for reason, message in (("", "This field is required."), (" \n", "This field is required.")):
        with pytest.raises(InvalidInputs) as refusal:
            pausing.pause(queue("default"), person("admin"), reason)
        assert refusal.value.errors == {"reason": [message]}
    with pytest.raises(InvalidInputs):
        pausing.pause(queue("default"), person("admin"), "x" * 501)
    assert queue("default").paused_at is None


@on_sqlite
def test_only_who_may_change_queues_pauses_and_resumes(queue, person, pause):
    for name in ("ann", "vic", "sam"):
        with pytest.raises(NotAllowed):
            pausing.pause(queue("default"), person(name), "why not")
    pause("default")
    with pytest.raises(NotAllowed):
        pausing.resume(queue("default"), person("ann"))
    assert queue("default").paused_by == "admin"


def test_a_second_pause_says_whose_the_first_one_is_and_changes_nothing(pause, queue):
    pause("default", "first")
    with pytest.raises(NotPossible, match="is paused since .* by admin: first"):
        pause("default", "second")
    assert queue("default").pause_reason == "first"


def test_a_queue_that_is_deleted_meanwhile_cannot_be_paused(queue, person):
    record = queue("lab")
    admin, id = person("admin"), record.id
    with db.engine.begin() as somebody_else:
        somebody_else.execute(sa.delete(JobQueue).where(JobQueue.id == id))
    for act in (lambda: pausing.pause(record, admin, "moving"),):
        with pytest.raises(NotFound):
            act()


def test_a_pause_is_a_change_that_is_kept_with_who_made_it(browse, queue):
    page = browse("admin")
    page.post(f"/queues/{queue('lab').id}/pause", {"reason": "moving"})
    told = db.session.execute(sa.text("SELECT user_name, kind, action FROM change ORDER BY number DESC LIMIT 1")).one()
    assert tuple(told) == ("admin", "extras.jobqueue", "update")


# Rings


def test_nobody_is_rung_for_while_the_queue_is_paused(start, pause, redis_client):
    number = start()
    later(number, rung_at=utcnow() - timedelta(minutes=1))
    pause("default")
    redis_client.delete("rq:queue:default")
    Reconciler(60).reconcile()
    assert bell.waiting("default") == set()


def test_resuming_rings_at_once_for_all_that_wait_there_and_could_start(start, pause, resume, redis_client):
    numbers = [start() for _ in range(3)]
    start("Elsewhere", queue="lab")
    tomorrow = start()
    later(tomorrow, start_after=utcnow() + timedelta(days=1))
    pause("default")
    redis_client.delete("rq:queue:default", "rq:queue:lab")
    resume("default")
    assert bell.waiting("default") == set(numbers)
    assert redis_client.llen("rq:queue:default") == 3
    assert bell.waiting("lab") == set()


@on_sqlite
def test_resuming_does_not_ring_twice_for_what_nobody_has_heard_yet(start, pause, resume, redis_client):
    start()
    pause("default")
    resume("default")
    assert redis_client.llen("rq:queue:default") == 1


@on_sqlite
def test_resuming_what_is_not_paused_does_nothing(start, resume, redis_client):
    start()
    redis_client.delete("rq:queue:default")
    resume("default")
    assert bell.waiting("default") == set()


@on_sqlite
def test_resuming_works_while_redis_is_away(start, app, pause, resume, queue):
    number = start()
    pause("default")
    app.extensions["bell"].silent_until = float("inf")
    resume("default")
    assert queue("default").paused_at is None
    assert take(number, "w") is not None


def test_who_waits_for_a_place_in_a_paused_queue_keeps_nobody_else_from_hearing_of_it(start, pause):
    holder = start("Exclusive", {"site": "lab"})
    attempt = running_in_a_slot(holder)
    waiting_here = [start("Exclusive", {"site": "lab"}) for _ in range(slots.AT_ONCE)]
    elsewhere = start("Exclusive", {"site": "lab"})
    later(elsewhere, queue="lab")
    pause("default")
    with transaction():
        assert slots.waiting(at(elsewhere).concurrency_key) == [(elsewhere, "lab")]
        states.finish(holder, attempt, State.RUNNING, State.SUCCESS, "w")
    assert bell.waiting("lab") == {elsewhere}
    assert set(waiting_here) <= bell.waiting("default")


def running_in_a_slot(number: int) -> int:
    with transaction():
        attempt = states.claim(number, "w", slot=1)
        states.start(number, attempt, "w")
    return attempt


# What goes on in queues


def test_t256_workers_are_counted_by_queue_where_there_are_none_one_shared_ones_and_some_of_each(app):
    assert traffic.by_queue("default")["default"].workers == []
    worker("one", "default")
    assert counts() == {"default": 1}
    worker("shared", "default", "lab")
    assert counts() == {"default": 2, "lab": 1}
    worker("other", "bulk")
    worker("old", "lab", schema="0001")
    worker("gone", "bulk", left_at=utcnow())
    worker("silent", "bulk", beat_at=utcnow() - timedelta(minutes=1))
    assert counts() == {"default": 2, "lab": 1, "bulk": 1}


def counts() -> dict[str, int]:
    db.session.rollback()
    return {name: len(one.workers) for name, one in traffic.by_queue().items()}


def test_t257_the_workers_of_a_queue_are_counted_by_its_name_and_of_one_that_nobody_knows_there_are_none(app):
    worker("one", "lab")
    assert len(processes.serving("lab")) == 1
    assert processes.serving("unknown") == []
    assert traffic.by_queue("unknown")["unknown"].workers == []


def test_what_waits_what_is_not_ready_and_what_runs_are_told_apart(start):
    waiting_since = at(start()).created_at
    start()
    running(start())
    tomorrow = start()
    later(tomorrow, start_after=utcnow() + timedelta(days=1))
    retried = start("Elsewhere", queue="lab")
    moment = utcnow() - timedelta(minutes=5)
    later(retried, start_after=moment, created_at=moment - timedelta(days=1))
    db.session.rollback()
    state = traffic.by_queue()
    here = state["default"]
    assert (here.waiting, here.not_yet, here.running, here.oldest) == (2, 1, 1, waiting_since)
    assert (state["lab"].waiting, state["lab"].oldest) == (1, moment)


def test_local_runs_are_in_no_queue(job, person):
    submit(job("NoInputs"), person("ann"), {}, local=True)
    assert traffic.by_queue() == {}


def test_a_queue_without_a_worker_is_told_only_where_something_waits_that_nobody_has_paused(start, pause, resume):
    assert unserved() == []
    start("Elsewhere", queue="lab")
    assert unserved() == ["lab"]
    pause("lab")
    assert unserved() == []
    resume("lab")
    assert unserved() == ["lab"]
    worker("w", "lab")
    assert unserved() == []


def unserved() -> list[str]:
    db.session.rollback()
    return [one.queue for one in traffic.unserved(traffic.by_queue().values())]


# Records


@on_sqlite
def test_t119_names_with_two_dots_or_separators_are_refused_for_every_type(person):
    dots = "Job queue name cannot contain '..', please use a different name."
    separators = "Job queue name cannot contain path separators (e.g. '/'), please use a different name."
    for kind in ("celery", "kubernetes"):
        for name, message in (("a..b", dots), ("..", dots), ("a/b", separators), ("/", separators)):
            with pytest.raises(InvalidInputs) as refusal:
                queues.create({"name": name, "queue_type": kind}, person("admin"))
            assert refusal.value.errors == {"name": [message]}
    assert db.session.scalar(sa.select(JobQueue).where(JobQueue.name.contains(".."))) is None


REFUSED = [
    ({}, {"name": ["This field is required."]}),
    ({"name": " "}, {"name": ["This field may not be blank."]}),
    ({"name": "x" * 256}, {"name": ["Ensure this field has no more than 255 characters."]}),
    ({"name": "two\nlines"}, {"name": ["Give one line of printable characters."]}),
    ({"name": 7}, {"name": ["Not a valid string."]}),
    ({"name": "lab"}, {"name": ["job queue with this name already exists."]}),
    ({"name": "q", "queue_type": "carrier pigeon"}, {"queue_type": ['"carrier pigeon" is not a valid choice.']}),
    ({"name": "q", "colour": "red"}, {"colour": ["This field cannot be changed."]}),
]


def test_what_does_not_fit_is_told_at_its_field(person):
    for values, errors in REFUSED:
        with pytest.raises(InvalidInputs) as refusal:
            queues.create(values, person("admin"))
        assert refusal.value.errors == errors


def test_a_new_name_counts_for_the_jobs_that_run_there(queue, person, job):
    queues.change(queue("lab"), {"name": "laboratory", "description": "Behind the wall."}, person("admin"))
    assert job("Elsewhere").task_queues == ["laboratory", "default"]
    assert [each.name for each in queues.jobs_of(queue("laboratory"))] == ["Elsewhere"]


def test_a_queue_in_which_runs_wait_keeps_its_name_and_the_rest_may_change(queue, person, start):
    number = start("Elsewhere", queue="lab")
    later(number, start_after=utcnow() + timedelta(days=1))
    with pytest.raises(InvalidInputs) as refusal:
        queues.change(queue("lab"), {"name": "laboratory"}, person("admin"))
    told = "One run waits in it under this name. Rename it when nothing waits there."
    assert refusal.value.errors == {"name": [told]}
    queues.change(queue("lab"), {"name": "lab", "description": "Behind the wall."}, person("admin"))
    assert (queue("lab").description, at(number).queue) == ("Behind the wall.", "lab")


def test_a_queue_of_which_runs_go_on_keeps_its_name_for_they_may_wait_in_it_again(queue, person, start):
    number = start("Elsewhere", queue="lab")
    running(number)
    with pytest.raises(InvalidInputs) as refusal:
        queues.change(queue("lab"), {"name": "laboratory"}, person("admin"))
    told = "One run goes on that came from it, and may have to wait in it again. Rename it when nothing of it runs."
    assert refusal.value.errors == {"name": [told]}
    with transaction():
        states.finish(number, at(number).attempt, State.RUNNING, State.SUCCESS, "w")
    queues.change(queue("lab"), {"name": "laboratory"}, person("admin"))
    assert queue("laboratory")


def test_the_default_of_a_job_cannot_be_deleted_and_the_job_is_named(queue, person):
    with pytest.raises(NotPossible, match=r"found: Elsewhere \("):
        queues.delete(queue("lab"), person("admin"))
    assert queue("lab")


def test_jobs_may_not_run_any_more_on_a_queue_that_is_deleted(queue, person, job):
    bulk = queues.create({"name": "bulk"}, person("admin"))
    with transaction():
        queues.assign({job("Elsewhere"): ["lab", "bulk", "default"]})
    queues.delete(bulk, person("admin"))
    assert job("Elsewhere").task_queues == ["lab", "default"]
    assert [each.name for each in queues.jobs_of(queue("lab"))] == ["Elsewhere"]


def test_records_are_made_changed_and_deleted_by_whom_the_permissions_name(queue, person):
    for act in (
        lambda: queues.create({"name": "q"}, person("ann")),
        lambda: queues.change(queue("lab"), {"description": "mine"}, person("ann")),
        lambda: queues.delete(queue("lab"), person("ann")),
    ):
        with pytest.raises(NotAllowed):
            act()
