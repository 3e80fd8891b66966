"""How long runs usually take, and how far that says one has come."""

from __future__ import annotations

import pytest

from tests.product import on_sqlite
from tests.runs.page.conftest import words
from webapp.runs.models import State
from webapp.runs.page import usual
from webapp.runs.page.usual import Usual


@pytest.fixture(autouse=True)
def _forgetful(monkeypatch):
    monkeypatch.setattr(usual, "KEPT", 0.0)


def test_the_bar_is_even_up_to_what_is_usual_and_never_full():
    assert [usual.place(seconds, 100) for seconds in (0, 25, 50, 100)] == [0, 200, 400, 800]
    late = [usual.place(seconds, 100) for seconds in (101, 200, 1_000, 100_000, 10**9)]
    assert late == sorted(late)
    assert late[0] > 800
    assert late[-1] < usual.SCALE


def test_a_job_without_successes_has_no_usual_duration(ended):
    assert usual.of(ended(state=State.FAILURE)) is None


@on_sqlite
def test_the_median_is_that_of_the_last_successes_alone(ended, monkeypatch):
    monkeypatch.setattr(usual, "LOOKED_AT", 3)
    for seconds in (900, 10, 20, 30):
        run = ended(seconds=seconds)
    ended(state=State.FAILURE, seconds=5_000)
    ended("Echo", seconds=7_000)
    found = usual.of(run)
    assert (found.count, round(found.median), found.limit) == (3, 20, None)


@on_sqlite
def test_of_enough_successes_the_limit_is_what_nearly_all_kept_to(ended):
    for seconds in (10, 10, 10, 10, 40):
        run = ended(seconds=seconds)
    found = usual.of(run)
    assert (round(found.median), round(found.limit)) == (10, 40)
    assert [found.slow(seconds) for seconds in (39, 41)] == [False, True]


@on_sqlite
def test_of_very_short_runs_a_moment_more_is_not_slow(ended):
    for _ in range(5):
        run = ended(seconds=0.1)
    assert not usual.of(run).slow(1.5)
    assert usual.of(run).slow(3)


@on_sqlite
def test_dry_runs_are_measured_by_dry_runs(ended, begun):
    ended(seconds=100)
    assert usual.of(begun(dry_run=True)) is None


def test_a_process_asks_once_in_a_while(ended, monkeypatch):
    monkeypatch.setattr(usual, "KEPT", 100.0)
    run = ended(seconds=10)
    first = usual.of(run)
    ended(seconds=50)
    assert usual.of(run) == first == Usual(1, pytest.approx(10, abs=1), None)


@on_sqlite
def test_a_run_that_takes_longer_than_usual_says_so_and_an_ordinary_one_does_not(ended, begun, vic):
    for _ in range(5):
        ended(seconds=240)
    number, late = begun(seconds=120).number, begun(seconds=900).number
    page = vic.get(f"/runs/{number}").text
    assert "typical 4 m 00 s" in words(page, "#run-summary")
    assert 'class="way__bar tone-busy"' in page
    assert '<span class="way__slow tone-wait" hidden>' in page
    page = vic.get(f"/runs/{late}").text
    assert 'class="way__bar tone-wait"' in page
    assert '<span class="way__slow tone-wait" >slower than usual</span>' in page


@on_sqlite
def test_a_run_of_which_nobody_knows_how_long_it_takes_only_goes_on(begun, vic):
    page = vic.get(f"/runs/{begun().number}").text
    assert "way__bar" not in page
    assert 'aria-label="Going on, nobody knows for how long"' in page
