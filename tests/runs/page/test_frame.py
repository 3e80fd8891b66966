"""The frame of the page of a run: its header in each state, its tabs, and what keeps them up to date."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests import product
from tests.product import on_sqlite
from tests.runs.page.conftest import fresh, words
from webapp.db import db, transaction, utcnow
from webapp.runs import logs, processes, states
from webapp.runs.models import FINAL, Run, State
from webapp.runs.page import versions
from webapp.runs.process_models import Process

TABS = ["Log", "Items", "Changes", "Files", "Result", "Inputs", "Events"]
PATHS = ["", "/items", "/changes/", "/files", "/result", "/inputs", "/events"]
TRACEBACK = """Traceback (most recent call last):
  File "{}/webapp/runs.py", line 3, in go
    job.run()
  File "{}/backup.py", line 12, in run
    raise ValueError("bad rack")
ValueError: bad rack
"""


def tabs(text: str) -> list[str]:
    """What the tabs say."""
    return re.findall(r'<a id="tab-\w+"[^>]*>(\w+)', text)


def quiet(text: str) -> list[str]:
    """Those of them on which nothing is."""
    return re.findall(r'<a id="tab-\w+" class="[^"]*--empty"[^>]*>(\w+)', text)


def summary_asked(text: str) -> str | None:
    found = re.search(r'hx-get="(/runs/\d+/summary[^"]*)"', text)
    return found[1] if found else None


@pytest.mark.parametrize("state", FINAL)
@on_sqlite
def test_each_tab_has_an_address_and_stands_in_its_place_in_each_state(ended, vic, state):
    run = ended(state=state)
    for path, label in zip(PATHS, TABS, strict=True):
        text = vic.get(f"/runs/{run.number}{path}").text
        assert tabs(text) == TABS
        assert re.search(r'<a id="tab-\w+"[^>]*aria-current="page"[^>]*>(\w+)', text)[1] == label
        assert summary_asked(text) is None
        assert words(text, "#run-summary")


@on_sqlite
def test_tabs_say_how_many_things_are_on_them_and_are_quiet_without_any(ended, begun, vic):
    run = ended(result={"a": 1})
    text = vic.get(f"/runs/{run.number}").text
    assert quiet(text) == ["Log", "Items", "Changes", "Files", "Inputs"]
    assert "Events 4" in words(text, "#content")
    run = begun()
    lines = [logs.line(1e9, "info", "run", "sw")._replace(mark=("item", "1", "")) for _ in range(3)]
    end = logs.line(1e9, "info", "run", "x")._replace(path="1/", mark=("end", 1, "failure", "no"))
    product.say(run.number, run.attempt, [*lines, end])
    text = vic.get(f"/runs/{run.number}").text
    assert "Items 3 1 failed" in words(text)
    assert "Items" not in quiet(text)


@on_sqlite
def test_a_dry_run_has_a_preview_where_others_have_changes(ended, vic):
    run = ended()
    with transaction() as session:
        session.get_one(Run, run.number).dry_run = True
    assert tabs(vic.get(f"/runs/{run.number}").text)[2] == "Preview"


@on_sqlite
def test_the_summary_is_asked_for_until_the_run_is_over_and_sent_when_it_is_another_one(begun, vic):
    run = begun()
    first = summary_asked(vic.get(f"/runs/{run.number}/files").text)
    answer = vic.get(first)
    assert "<html" not in answer.text
    again = summary_asked(answer.text)
    assert "seen=" in again
    assert "run-summary" not in vic.get(again).text
    assert 'hx-trigger="load delay:3s, again"' in vic.get(again, headers={"X-Tab-Hidden": "1"}).text
    with transaction():
        states.finish(run.number, run.attempt, State.RUNNING, State.SUCCESS, "w")
    answer = vic.get(again).text
    assert summary_asked(answer) is None
    assert 'hx-swap-oob="true"' in answer
    assert "Succeeded" in words(answer, "#run-summary")


@on_sqlite
def test_what_has_not_changed_is_told_by_the_same_word(begun, vic):
    run = begun()
    first, second, items = (vic.get(f"/runs/{run.number}{tab}").text for tab in ("", "", "/items"))
    versions = {re.search(r'data-version="(\w+)"', text)[1] for text in (first, second, items)}
    assert len(versions) == 1


@on_sqlite
@pytest.mark.parametrize("state", [State.ERRORED, State.FAILURE, State.TIMED_OUT, State.LOST])
def test_a_run_that_failed_says_first_what_went_wrong_and_where(begun, vic, settings, state):
    run = begun()
    product.say(
        run.number, run.attempt, [logs.line(1e9, level, "run", level) for level in ("info", "error", "failure")]
    )
    traceback = TRACEBACK.format(settings.jobs_root, settings.jobs_root)
    with transaction():
        told = {"reason": "ValueError: bad rack", "traceback": traceback}
        states.finish(run.number, run.attempt, State.RUNNING, state, "w", **told)
    text = vic.get(f"/runs/{run.number}/events").text
    said = words(text, "#run-summary")
    order = [said.index(part) for part in ("ValueError: bad rack", "in run , backup.py:12", "Asked for")]
    assert order == sorted(order)
    assert 'raise ValueError("bad rack")' in said
    assert f'href="/runs/{run.number}?at=2#L2">First error: line 2' in text
    assert re.search(r"<title>\s*✗ ", text)


@on_sqlite
def test_a_run_that_failed_is_compared_with_the_last_success_before_it(ended, vic):
    good, bad = ended().number, ended(state=State.FAILURE).number
    ended()
    assert f'href="/runs/{bad}/compare?with={good}"' in vic.get(f"/runs/{bad}").text
    assert "Compare with" not in vic.get(f"/runs/{good}").text
    assert vic.get(f"/runs/{bad}/compare?with={good}").status_code == 200


@on_sqlite
def test_run_again_is_for_those_who_may_run_jobs_once_the_run_is_over(ended, begun, browse):
    over, goes_on = ended().number, begun().number
    shown = f'href="/runs/{over}/again"'
    assert shown in browse("ann").get(f"/runs/{over}").text
    assert shown not in browse("vic").get(f"/runs/{over}").text
    assert "/again" not in browse("ann").get(f"/runs/{goes_on}").text


@on_sqlite
def test_a_run_that_says_nothing_for_a_while_shows_that_its_worker_lives(app, begun, vic):
    processes.beat("worker", ["default"])
    name = processes.name_of("worker")
    quiet, young = begun(seconds=60, worker=name), begun(seconds=5, worker=name)
    assert "No output yet. Last sign of life" in words(vic.get(f"/runs/{quiet.number}").text, "#run-summary")
    assert "No output yet" not in vic.get(f"/runs/{young.number}").text
    product.say(quiet.number, quiet.attempt, [logs.line(1e9, "info", "run", "said")] * 2)
    text = vic.get(f"/runs/{quiet.number}").text
    assert "No output yet" not in text
    assert "ast sign of life" not in text


@on_sqlite
def test_a_run_whose_worker_has_fallen_silent_says_so_whatever_it_has_said(app, begun, vic):
    processes.beat("worker", ["default"])
    run = begun(seconds=60, worker=processes.name_of("worker"))
    product.say(run.number, run.attempt, [logs.line(1e9, "info", "run", "said")] * 2)
    with transaction() as session:
        session.execute(sa.update(Process).values(beat_at=utcnow() - timedelta(seconds=25)))
    told = words(vic.get(f"/runs/{run.number}").text, "#run-summary")
    assert "Last sign of life of its worker 25 s ago: it may be gone." in told
    assert "Without another one for 60 s, the run counts as lost." in told


@on_sqlite
def test_how_its_worker_is_comes_anew_every_two_seconds_and_that_of_others_later(begun, monkeypatch):
    quiet, young = (db.session.get_one(Run, begun(seconds=seconds).number) for seconds in (60, 2))
    moments = (0.0, 1.0, 2.0, 4.0)
    told = {run: [] for run in (quiet, young)}
    for moment in moments:
        monkeypatch.setattr(versions.time, "time", lambda now=moment: now)
        for run, versions_of in told.items():
            versions_of.append(versions.version(run))
    assert len(set(told[young])) == 1
    assert told[quiet][0] == told[quiet][1]
    assert len(set(told[quiet])) == 3


@on_sqlite
def test_progress_says_how_long_it_will_still_take(begun, vic):
    values = {"progress_done": 30.0, "progress_total": 120.0, "progress_text": "sw-30"}
    for seconds, said in (
        (1, ""),
        (60, "about 3 min left"),
        (4_000, "about 3 h left"),
        (10, "less than a minute left"),
    ):
        text = words(vic.get(f"/runs/{begun(seconds=seconds, **values).number}").text, "#run-summary")
        assert "30 / 120 · sw-30" in text
        assert said in text
        assert (" left" in text) == bool(said)


@on_sqlite
def test_the_first_error_is_told_aloud_once(begun, vic):
    run = begun()

    def told() -> str:
        return re.search(r'data-announcement="([^"]+)"', vic.get(f"/runs/{run.number}/summary").text)[1]

    said = [told()]
    for _ in range(2):
        product.say(run.number, run.attempt, [logs.line(1e9, "error", "run", "bad")])
        said.append(told())
    plain = f"Run #{run.number}: Running"
    assert said == [plain, *[f"{plain}, with errors in its log"] * 2]


@on_sqlite
def test_where_a_job_stopped_stands_among_the_facts(begun, vic):
    run = begun(progress_done=2.0, progress_total=4.0, progress_text="sw-2")
    with transaction():
        states.finish(run.number, run.attempt, State.RUNNING, State.ERRORED, "w", reason="bad")
    text = vic.get(f"/runs/{run.number}").text
    assert "Got to 2 / 4 · sw-2" in words(text, "#run-summary")
    assert "<progress" not in text


@on_sqlite
def test_nobody_sees_tabs_of_a_run_that_they_may_not_see(ended, browse):
    number = ended().number
    for path in (*PATHS, "/summary"):
        assert browse("sam").get(f"/runs/{number}{path}").status_code == 404, path
        assert browse("vic").get(f"/runs/{number}{path}").status_code == 200, path


@on_sqlite
def test_the_tabs_read_only(ended, vic):
    run = ended("Echo")
    for path in (*PATHS, "/summary"):
        assert vic.client.head(f"/runs/{run.number}{path}").status_code == 200
    assert fresh(run.number).state_version == run.state_version
