"""Why is it waiting? One answer for the page of a run, for lists, for the API and for the terminal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.db import SCHEMA, db, transaction, utcnow
from webapp.runs import states, waiting
from webapp.runs.models import Run, State
from webapp.runs.process_models import Process
from webapp.runs.service import submit


@pytest.fixture
def start(job, person):
    """Submits a run of a class, changed as values say, and gives its number."""

    def make(name: str = "NoInputs", inputs: dict | None = None, queue: str | None = None, **values: object) -> int:
        number = submit(job(name), person("ann"), inputs or {}, queue=queue).number
        change(number, **values)
        return number

    return make


def change(number: int, **values: object) -> None:
    with transaction() as session:
        for field, value in values.items():
            setattr(session.get_one(Run, number), field, value)


def worker(name: str, *queues: str, **values: object) -> str:
    """A worker that has just given a sign of life, or did what values say."""
    told = {"kind": "worker", "host": "h", "pid": 1, "version": "1", "schema": SCHEMA, "queues": list(queues), **values}
    with transaction() as session:
        session.add(Process(name=name, **told))
    return name


def works_on(name: str, number: int, slot: int | None = None) -> int:
    with transaction():
        attempt = states.claim(number, name, slot=slot)
        states.start(number, attempt, name)
    return attempt


def why(number: int) -> str:
    db.session.rollback()
    return str(waiting.why(db.session.get_one(Run, number)))


def test_a_run_for_later_says_when_it_starts(start):
    moment = datetime(2099, 12, 31, 2, 0, tzinfo=UTC)
    assert why(start(start_after=moment)) == "Starts at 2099-12-31 02:00:00 UTC."


def test_a_retry_says_which_attempt_it_is(start):
    number = start(max_attempts=3, retry_backoff=3600)
    attempt = works_on("w", number)
    with transaction():
        states.finish(number, attempt, State.RUNNING, State.ERRORED, "w", reason="it failed")
    assert why(number).startswith("Attempt 2 starts at 2")


def test_a_run_whose_time_has_come_waits_for_something_else(start):
    assert why(start(start_after=utcnow() - timedelta(seconds=1))).startswith("No live worker listens")


def test_a_run_names_the_run_that_holds_it(start):
    first, second = (start("Exclusive", {"site": "lab"}) for _ in range(2))
    works_on("w", first, 1)
    reason = waiting.why(db.session.get_one(Run, second))
    assert (reason.blocker, reason.text) == (first, f"Held by run #{first}, which has to end first.")


def test_a_run_that_more_than_one_hold_names_one_of_them(start):
    numbers = [start("Exclusive", {"site": "lab"}, concurrency_limit=3) for _ in range(4)]
    for slot, number in enumerate(numbers[:3], 1):
        works_on("w", number, slot)
    assert why(numbers[3]) == f"Held by run #{numbers[0]} and 2 more; one of them has to end first."


def test_a_run_is_not_held_while_there_is_a_place(start):
    numbers = [start("Exclusive", {"site": "lab"}, concurrency_limit=2) for _ in range(2)]
    works_on("w", numbers[0], 1)
    assert why(numbers[1]).startswith("No live worker")


def test_a_run_that_ends_when_it_finds_no_place_is_not_held(start):
    first, second = start("Singleton"), start("Singleton")
    works_on("w", first, 1)
    assert why(second).startswith("No live worker")


@on_sqlite
def test_a_local_run_waits_for_its_command(job, person):
    number = submit(job("NoInputs"), person("ann"), {}, local=True).number
    assert why(number) == "It waits for the command that made it, which runs it itself."


@on_sqlite
def test_nobody_listens_and_nobody_ever_did(start):
    assert why(start()) == (
        "No live worker listens to the queue default, and none has lately. "
        "It starts as soon as one does: flask worker default"
    )


def test_fault_11_nobody_listens_since_the_last_worker_was_heard_of(start):
    heard = datetime(2026, 1, 2, 12, 3, tzinfo=UTC)
    worker("old", "lab", "default", beat_at=heard - timedelta(days=1), left_at=heard - timedelta(days=1))
    worker("last", "default", beat_at=heard)
    worker("elsewhere", "lab")
    assert why(start()).startswith("No live worker listens to the queue default since 2026-01-02 12:03:00 UTC. It")


@on_sqlite
def test_workers_that_are_made_for_another_version_of_the_database_do_not_help(start):
    number = start()
    worker("old", "default", schema="0001")
    assert why(number) == (
        "The only worker of the queue default is made for another version of the database. Restart it."
    )
    worker("older", "default", schema="0000")
    assert why(number) == (
        "All 2 workers of the queue default are made for another version of the database. Restart them."
    )
    worker("new", "default")
    assert why(number) == "A worker of the queue default is about to take it."


@on_sqlite
def test_redis_is_away(start, app):
    number = start()
    worker("w", "default")
    app.extensions["bell"].silent_until = float("inf")
    assert why(number).startswith("Redis is away")


@on_sqlite
def test_with_an_idle_worker_it_is_about_to_start(start):
    worker("busy", "default")
    worker("idle", "default")
    works_on("busy", start())
    assert why(start()) == "A worker of the queue default is about to take it."


def test_all_workers_are_busy_and_nobody_knows_how_long_runs_take(start):
    works_on(worker("w", "default"), start())
    assert why(start()) == "The only worker of the queue default is busy. This run is next in line."


def test_all_workers_are_busy_and_the_line_moves_as_it_did_lately(start):
    for seconds in (1, 110, 3000):
        ended(start(), timedelta(seconds=seconds))
    for name in ("one", "two"):
        works_on(worker(name, "default"), start())
    line = [start() for _ in range(3)]
    both = "All 2 workers of the queue default are busy."
    assert why(line[0]) == f"{both} This run is next in line, likely to start within a minute."
    assert why(line[1]) == f"{both} This run is 2nd in line, likely to start in 2 min."
    assert why(line[2]) == f"{both} This run is 3rd in line, likely to start in 3 min."


def test_an_estimate_rests_on_the_last_runs_of_the_queue(start):
    for _ in range(20):
        ended(start(), timedelta(hours=5))
    for _ in range(20):
        ended(start(), timedelta(hours=2))
    ended(start("Elsewhere", queue="lab"), timedelta(seconds=1))
    works_on(worker("w", "default"), start())
    assert why(start()).endswith("This run is next in line, likely to start in 2 h.")


def test_who_is_for_later_held_or_in_another_line_does_not_count(start):
    works_on(worker("w", "default"), start("Exclusive", {"site": "lab"}), 1)
    start(start_after=utcnow() + timedelta(hours=1))
    start("Exclusive", {"site": "lab"})
    start("Elsewhere", queue="lab")
    assert why(start()).endswith("This run is next in line.")


def ended(number: int, length: timedelta) -> None:
    attempt = works_on("gone", number)
    change(number, started_at=utcnow() - length)
    with transaction():
        states.finish(number, attempt, State.RUNNING, State.SUCCESS, "gone")


@pytest.mark.parametrize(
    ("number", "words"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (22, "22nd")]
)
def test_ordinals(number, words):
    assert waiting.ordinal(number) == words


def test_what_does_not_wait_has_no_reason(start):
    number = start()
    works_on("w", number)
    assert waiting.why(db.session.get_one(Run, number)) is None
    with transaction():
        states.cancel_queued(start(), "ann", "")
    assert waiting.reasons(db.session.scalars(sa.select(Run)).all()) == {}


def test_the_reasons_of_a_whole_list_cost_as_little_as_that_of_one_run(start, app):
    first, *_ = [start(queue=None) for _ in range(30)]
    start(start_after=utcnow() + timedelta(hours=1))
    works_on("w", start("Exclusive", {"site": "lab"}), 1)
    start("Exclusive", {"site": "lab"})
    start("Elsewhere", queue="lab")
    works_on(worker("busy", "default"), start())
    runs = db.session.scalars(sa.select(Run)).all()
    asked: list[str] = []

    def count(_connection, _cursor, statement, *_):
        asked.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", count)
    assert len(waiting.reasons(runs)) == 33
    assert len(asked) <= 8
    assert why(first).endswith("next in line.")


@on_sqlite
@pytest.mark.parametrize("address", ["/runs/", "/runs/2", "/runs/2/log", "/jobs/{job}/runs"])
def test_pages_say_why_a_run_waits_and_lead_to_the_run_that_holds_it(start, browse, job, address):
    first, _ = (start("Exclusive", {"site": "lab"}) for _ in range(2))
    works_on("w", first, 1)
    text = " ".join(browse("vic").get(address.format(job=job("Exclusive").id)).text.split())
    assert f'Held by run <a class="blocker" href="/runs/{first}">#{first}</a>, which has to end first.' in text
