"""The judge finds each kind of wrong: a checker that cannot fail would prove nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.chaos import ledger
from tests.chaos.check import Check, allowed_seconds
from tests.chaos.client import Answer
from tests.chaos.evidence import Event, Evidence, Fault, Row
from tests.chaos.ledger import Entry
from tests.chaos.nemesis import SILENCES
from tests.chaos.plan import Submission, plan

CALM = 100.0


def submission(token: str, kind: str = "Once", site: str | None = None) -> Submission:
    return Submission(token, kind, 100, site, 1)


def story(run: int, *states: str) -> list[Event]:
    final = ("success", "lost", "errored", "failure")
    moves = zip((None, *states), states, strict=False)
    return [Event(run, n, "moved", frm, to, to in final) for n, (frm, to) in enumerate(moves, 1)]


@pytest.fixture
def seen() -> Evidence:
    """A storm in which all went well: #1 succeeded, #2 was lost, #3 succeeded the second time; 4 and 5 took turns."""
    return Evidence(
        plan=[
            *(submission("a"), submission("b"), submission("c", "Again")),
            *(submission("d", "Alone"), submission("e", "Alone")),
        ],
        answers=[
            *(Answer("a", None), Answer("a", 1), Answer("a", 1), Answer("b", None), Answer("b", 2), Answer("c", None)),
            *(Answer("c", 3), Answer("d", None), Answer("d", 4), Answer("e", None), Answer("e", 5)),
        ],
        entries=[
            *(Entry("a", 11, 10.0, 10.1, ended=True), Entry("b", 12, 20.0, 20.05)),
            *(Entry("c", 13, 30.0, 30.05), Entry("c", 14, 40.0, 40.1, ended=True)),
            *(Entry("d", 15, 50.0, 50.1, ended=True), Entry("e", 16, 51.0, 51.1, ended=True)),
        ],
        rows=[
            *(Row(1, "a", "success", 1, 1, 10.2), Row(2, "b", "lost", 1, 1, 26.0), Row(3, "c", "success", 2, 2, 40.2)),
            *(Row(4, "d", "success", 1, 1, 50.2), Row(5, "e", "success", 1, 1, 51.2)),
        ],
        events=[
            *story(1, "queued", "claimed", "running", "success"),
            *story(2, "queued", "claimed", "running", "lost"),
            *story(3, "queued", "claimed", "running", "queued", "claimed", "running", "success"),
            *story(4, "queued", "claimed", "running", "success"),
            *story(5, "queued", "claimed", "running", "success"),
        ],
        lost_after=5,
        calm=CALM,
        faults=[Fault(20.06, "job", 12), Fault(30.06, "worker", 99)],
    )


@pytest.fixture
def wrong(seen):
    """Gives the questions that find something, after seen was changed."""
    return lambda: [question for question, found in Check(seen).judge().items() if found]


def row(seen: Evidence, number: int, **values: object) -> None:
    seen.rows[number - 1] = replace(seen.rows[number - 1], **values)


def test_where_all_went_well_nothing_is_found(wrong):
    assert wrong() == []


def test_what_the_latest_run_took_is_told_beside_what_is_allowed(seen):
    assert Check(seen).longest() == pytest.approx(5.95)
    assert allowed_seconds(seen) == 15
    assert allowed_seconds(replace(seen, lost_after=10)) == 25


def test_a_worker_may_stand_still_for_less_and_for_more_than_the_lost_after_time():
    assert SILENCES[0] < 1 < SILENCES[1]


def test_a_run_that_was_acknowledged_and_is_gone(seen, wrong):
    del seen.rows[1], seen.entries[1]
    assert wrong() == ["acknowledged and not there"]


def test_a_run_that_was_acknowledged_under_another_number(seen, wrong):
    seen.answers.append(Answer("a", 7))
    assert wrong() == ["acknowledged and not there", "one submission, several runs"]


def test_a_submission_that_became_two_runs(seen, wrong):
    seen.rows.append(Row(6, "a", "lost", 1, 1, 10.3))
    seen.events += story(6, "queued", "claimed", "running", "lost")
    assert wrong() == ["one submission, several runs"]


@pytest.mark.parametrize("state", ["queued", "claimed", "running"])
def test_a_run_without_a_terminal_state(seen, wrong, state):
    row(seen, 2, state=state, ended=None)
    seen.events[4:8] = story(2, "queued", "claimed", "running", state)
    assert wrong() == ["without a terminal state"]


def test_a_terminal_run_that_has_no_end(seen, wrong):
    row(seen, 2, ended=None)
    assert wrong() == ["without a terminal state"]


def test_a_doubled_start(seen, wrong):
    seen.entries.insert(1, Entry("a", 31, 10.15, 10.18, ended=True))
    assert wrong() == ["executed more often than allowed"]


def test_a_retry_too_many(seen, wrong):
    seen.entries[4:4] = [Entry("c", 41, 41.0, 41.1), Entry("c", 42, 42.0, 42.1, ended=True)]
    assert wrong() == ["executed more often than allowed"]


def test_two_attempts_at_once(seen, wrong):
    seen.entries[2].seen = 40.02
    assert wrong() == ["executed twice at once"]


def test_an_attempt_that_outlives_the_one_after_the_next(seen, wrong):
    seen.entries[2].seen = 41.0
    seen.entries[3:4] = [Entry("c", 41, 35.0, 35.1), Entry("c", 42, 40.0, 40.1, ended=True)]
    assert wrong() == ["executed twice at once"]


def test_a_singleton_beside_another(seen, wrong):
    seen.entries[5].began = 50.05
    assert wrong() == ["more at once than their key allows"]


def test_three_at_a_site_for_two(seen, wrong):
    for place, number in enumerate((1, 4, 5)):
        seen.plan[number - 1] = submission(seen.plan[number - 1].token, "Keyed", "oslo")
        seen.entries[(0, 4, 5)[place]] = Entry(seen.plan[number - 1].token, 50 + place, 50.0, 50.1, ended=True)
    assert wrong() == ["more at once than their key allows"]
    seen.plan[4] = submission("e", "Keyed", "rome")
    assert wrong() == []


def test_a_success_without_its_end(seen, wrong):
    seen.entries[0].ended = False
    assert wrong() == ["success without its end"]


def test_a_success_that_never_began(seen, wrong):
    del seen.entries[0]
    assert wrong() == ["success without its end"]


@pytest.mark.parametrize("state", ["errored", "failure"])
def test_an_end_that_nothing_explains(seen, wrong, state):
    row(seen, 1, state=state)
    seen.events[3] = replace(seen.events[3], to=state)
    assert wrong() == ["ended without a cause"]


def test_a_singleton_that_found_no_place_and_a_run_that_kills_workers_are_explained(seen, wrong):
    row(seen, 4, state="errored", reason="Job 'Alone' is a singleton and already running.")
    row(seen, 1, state="errored", deaths=3)
    del seen.entries[4], seen.entries[0]
    for place in (3, 18):
        seen.events[place] = replace(seen.events[place], to="errored")
    assert wrong() == []


@pytest.mark.parametrize(("deaths", "found"), [(3, []), (2, ["ended without a cause"])])
def test_what_may_be_repeated_may_die_on_its_way_into_the_last_attempt(seen, wrong, deaths, found):
    row(seen, 3, state="errored", deaths=deaths)
    seen.events[14] = replace(seen.events[14], to="errored")
    assert wrong() == found


def test_a_run_that_is_given_up_before_its_last_attempt(seen, wrong):
    row(seen, 3, state="lost")
    seen.events[14] = replace(seen.events[14], to="lost")
    assert wrong() == ["given up before the last attempt"]
    row(seen, 3, deaths=3)
    assert wrong() == []


def test_a_run_that_is_lost_though_nobody_touched_it(seen, wrong):
    seen.faults.clear()
    assert wrong() == ["more lost than faults explain"]


def test_a_start_that_nobody_asked_for(seen, wrong):
    seen.entries.append(Entry("z", 60, 60.0, 60.1, ended=True))
    assert wrong() == ["ran without being asked for"]


def test_a_run_that_nobody_asked_for(seen, wrong):
    seen.answers = [answer for answer in seen.answers if answer.token != "b"]
    assert wrong() == ["never acknowledged", "ran without being asked for"]


def test_a_submission_that_was_never_answered(seen, wrong):
    seen.answers.remove(Answer("b", 2))
    assert wrong() == ["never acknowledged"]


def test_a_submission_that_was_refused(seen, wrong):
    seen.answers.append(Answer("b", None, "500 Internal Server Error"))
    assert wrong() == ["refused"]


def test_two_ends(seen, wrong):
    seen.events[2] = replace(seen.events[2], final=True)
    assert wrong() == ["not exactly one end"]


def test_an_end_without_an_event(seen, wrong):
    seen.events[3] = replace(seen.events[3], final=False)
    assert wrong() == ["not exactly one end"]


@pytest.mark.parametrize(
    "change", [{"frm": "queued"}, {"n": 7}, {"to": "claimed"}], ids=["another before", "a gap", "another after"]
)
def test_a_broken_story(seen, wrong, change):
    seen.events[2] = replace(seen.events[2], **change)
    assert wrong() == ["broken story"]


def test_a_story_that_ends_otherwise_than_its_run(seen, wrong):
    row(seen, 1, state="lost")
    assert "broken story" in wrong()


def test_a_story_may_tell_of_more_than_transitions(seen, wrong):
    seen.events[8:8] = [Event(2, 5, "came_late", "lost", "lost", final=False)]
    assert wrong() == []


def test_a_run_that_waits_long_for_its_end(seen, wrong):
    row(seen, 2, ended=20.05 + 15.5)
    assert wrong() == ["terminal too late"]


def test_a_fault_that_delays_an_end_excuses_it_and_no_more(seen, wrong):
    row(seen, 2, ended=45.0)
    seen.faults.append(Fault(31.0, "scheduler", 70))
    assert wrong() == []
    row(seen, 2, ended=46.5)
    assert wrong() == ["terminal too late"]
    seen.returns.append(33.0)
    assert wrong() == []


def test_a_run_that_goes_on_long_after_the_storm(seen, wrong):
    row(seen, 3, ended=CALM + 15.5)
    assert wrong() == ["terminal too late"]


def test_a_process_that_outlives_its_run(seen, wrong):
    seen.left_behind.append("jobdeck: job #1 [11]")
    assert wrong() == ["processes left behind"]


def test_the_ledger_is_read_as_jobs_write_it(tmp_path):
    lines = ["a 7 start 1.5", "b 8 start 1.6", "a 7 goes 1.7", "a 7 end 1.8", "a 9 start 2.0"]
    (tmp_path / "ledger").write_text("".join(f"{line}\n" for line in lines))
    told = [Entry("a", 7, 1.5, 1.8, ended=True), Entry("b", 8, 1.6, 1.6), Entry("a", 9, 2.0, 2.0)]
    assert ledger.read(tmp_path / "ledger") == told
    assert ledger.read(tmp_path / "nowhere") == []


def test_a_seed_stands_for_one_plan():
    assert plan(7, 50) == plan(7, 50)
    assert plan(7, 50) != plan(8, 50)
    assert {wanted.kind for wanted in plan(7, 200)} == {"Once", "Again", "Keyed", "Alone"}
