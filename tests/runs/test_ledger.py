"""An answer of the database may be lost although what was asked has happened: asking again does no harm."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.product import running
from tests.runs.test_stopping import at, messages, story
from webapp.db import DatabaseAway, transaction
from webapp.runs import ledger, logs, states
from webapp.runs.models import State
from webapp.runs.service import submit


@pytest.fixture
def deaf(monkeypatch):
    """From now on the first answer to each question of a ledger is lost, after it was carried out."""
    asked: list[str] = []
    original = ledger.Ledger.ask

    def ask(self, question, *arguments, **options):
        def losing():
            answer = question()
            asked.append("")
            if len(asked) % 2:
                raise DatabaseAway
            return answer

        return original(self, losing, *arguments, **options)

    monkeypatch.setattr(ledger.Ledger, "ask", ask)
    return asked


def test_every_first_answer_is_lost_and_the_run_is_as_it_should_be(job, person, deaf, supervise):
    number = submit(job("Echo"), person("ann"), {"text": "hi"}).number
    assert supervise(number, "w") == State.SUCCESS
    assert len(deaf) >= 4
    assert story(number) == ["queued", "claimed", "running", "success"]
    assert messages(number) == ["Running job", "text is hi", "Job completed"]


def test_a_retry_whose_answer_is_lost_is_one_retry(job, person, deaf, tmp_path, supervise):
    number = submit(job("Flaky"), person("ann"), {"file": str(tmp_path / "counter")}).number
    assert supervise(number, "w") == State.QUEUED
    assert story(number) == ["queued", "claimed", "running", "queued"]
    assert at(number).starts == 1


@contextmanager
def held(number: int) -> Iterator[ledger.Ledger]:
    with transaction():
        attempt = states.claim(number, "w")
    yield ledger.Ledger(number, attempt, "w", 0)


def test_an_attempt_that_does_not_count_any_more_is_fenced(job, person):
    number = submit(job("NoInputs"), person("ann"), {}).number
    with held(number) as ours:
        assert ours.start()
        with transaction():
            states.lose(number, ours.attempt, at(number).heartbeat, "reconciler", "gone")
        for step in (
            ours.beat,
            lambda: ours.write([], 0),
            ours.start,
            lambda: ours.finish(State.RUNNING, (State.SUCCESS, {}), [], 0),
        ):
            with pytest.raises(ledger.Fenced):
                step()
    assert at(number).state == State.LOST


def test_lines_whose_answer_was_lost_are_written_once(job, person):
    number = submit(job("NoInputs"), person("ann"), {}).number
    lines = [logs.line(0.0, "warning", "run", f"line {place}") for place in range(5)]
    with held(number) as ours:
        ours.write(lines[:2], 0)
        ours.write(lines, 0)
        ours.safe(lines)
        ours.write(lines[:1], 0)
    assert messages(number) == ["line 0", "line 1", "line 2", "line 3", "line 4", "line 0"]
    run = at(number)
    assert (run.last_seq, run.warning_count) == (6, 6)


def test_news_that_a_transaction_around_them_took_back_are_told_again(job, person):
    number = submit(job("Echo"), person("ann"), {"text": "hi"}).number
    ours = ledger.Ledger(number, running(number), "w", 0)
    ours.news = {"progress_done": 5.0}

    def lost():
        with transaction():
            ours.beat()
            raise DatabaseAway

    assert ours.ask(lost) is None
    assert (at(number).progress_done, ours.news) == (None, {"progress_done": 5.0})
    assert ours.ask(ours.beat)
    assert (at(number).progress_done, ours.news) == (5.0, {})
