"""The Runs tab of a job: what is said of many runs, of few, of none; the picture; the list."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.accounts.models import Permission
from webapp.db import db, is_sqlite, transaction, utcnow
from webapp.runs import chart, deleting, statistics
from webapp.runs.models import Run, State
from webapp.runs.statistics import Told


@pytest.fixture
def record(job, person):
    """Puts a run into the database as if it had ended; gives its number."""
    user = person("ann")

    def make(*lengths: float, state: State = State.SUCCESS, days: float = 0, name: str = "NoInputs", **more) -> None:
        of, at = job(name), utcnow() - timedelta(days=days, minutes=5)
        common = {
            **{"job_id": of.id, "job_name": of.name, "class_path": of.class_path, "queue": "default"},
            **{"user_id": user.id, "user_name": "ann", "state": state, "sensitive": False, "fingerprint": ""},
            **{"soft_time_limit": 300, "time_limit": 600, "created_at": at, "started_at": at, **more},
        }
        rows = [{**common, "id": uuid4(), "ended_at": at + timedelta(seconds=length)} for length in lengths]
        with transaction() as session:
            session.execute(sa.insert(Run), rows)

    return make


@pytest.fixture
def tab(job, browse):
    """The text of the tab as somebody sees it."""

    def read(who: str = "vic", query: str = "") -> str:
        answer = browse(who).get(f"/jobs/{job('NoInputs').id}/runs{query}")
        assert answer.status_code == 200
        return answer.text

    return read


def words(text: str) -> str:
    """What a reader reads, in one line."""
    visible = re.sub(r"<(svg|title)\b.*?</\1>", " ", text.partition("<main")[2], flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", visible))


def test_many_runs_are_summed_up(record, tab):
    record(*range(1, 41))
    record(1, 2, state=State.FAILURE)
    record(3, state=State.ERRORED)
    record(4, state=State.CANCELLED)
    record(500, days=31)
    said = words(tab())
    assert "The last 30 days" in said
    assert "Runs 44" in said
    assert "Succeeded 93 % 40 of 43 that ended; 1 cancelled one is not counted" in said
    assert "Median duration 20 s" in said
    assert "95th percentile 38 s 95 of 100 successes took no longer" in said


@on_sqlite
def test_few_runs_are_too_few_for_a_percentile(record, tab):
    record(1, 2, 60)
    said = words(tab())
    assert "Median duration 2.0 s" in said
    assert "3 successes are too few for a percentile; it takes 20" in said
    assert "durations__line--p95" not in tab()


@on_sqlite
def test_runs_that_only_failed_have_no_durations(record, tab):
    record(1, 2, state=State.FAILURE)
    said = words(tab())
    assert "Succeeded 0 % 0 of 2 that ended" in said
    assert said.count("None has succeeded") == 2


def test_a_single_failure_among_a_thousand_is_no_hundred_per_cent():
    told = statistics.Statistics([], 1000, 1000, 999, 0, 1.0, 1.0, None)
    assert told.rate == 99


@on_sqlite
def test_a_job_without_runs_says_so(tab, browse, job):
    assert "No runs yet" in tab()
    assert "You have not run this job yet" not in tab()
    assert "durations__plot" not in tab()


def test_old_runs_are_listed_although_none_is_counted(record, tab):
    record(1, 2, days=40)
    said = words(tab())
    assert "Runs 0 All runs are older." in said
    assert "Succeeded –" in said
    assert len(re.findall(r'class="stretched-link"', tab())) == 2


@on_sqlite
def test_more_runs_than_are_looked_at_are_said_to_be_the_last_ones(record, tab, monkeypatch):
    monkeypatch.setattr(statistics, "MOST", 5)
    record(*range(8))
    assert "The last 5 runs, since" in words(tab())


@on_sqlite
def test_each_bar_leads_to_its_run_and_says_what_it_is_without_colours(record, tab):
    for state in (State.SUCCESS, State.FAILURE, State.ERRORED, State.TIMED_OUT, State.LOST, State.CANCELLED):
        record(5, state=state)
    text = tab()
    plot = re.search(r'<svg class="durations__plot".*?</svg>', text, re.S)[0]
    numbers = sorted(db.session.scalars(sa.select(Run.number)))
    assert [int(number) for number in re.findall(r'href="/runs/(\d+)"', plot)] == numbers
    assert re.findall(r"<title>#\d+ · ([\w ]+) · 5.0 s · ann", plot) == [
        *("Succeeded", "Failed", "Errored", "Timed out", "Lost", "Cancelled"),
    ]
    assert re.findall(r"durations__mark[^>]*>(.)<", plot) == ["×", "!", "T", "?", "–"]
    assert "style=" not in text
    listed = text.partition("</figure>")[2]
    assert all(f'href="/runs/{number}"' in listed for number in numbers)


@on_sqlite
def test_where_runs_have_been_deleted_it_is_said_that_only_the_others_are_counted(record, tab, job, person):
    said = "Of the runs that are still kept"

    def keep(**values: int | None) -> None:
        with transaction():
            for name, value in values.items():
                setattr(job("NoInputs"), name, value)

    record(1, 2, 3)
    assert said not in words(tab())
    keep(keep_runs=4)
    assert said not in words(tab())
    keep(keep_runs=3)
    assert said in words(tab())
    keep(keep_runs=None, keep_days=7)
    assert said in words(tab())
    keep(keep_days=statistics.DAYS)
    assert said not in words(tab())
    deleting.delete(db.session.scalars(sa.select(Run).limit(1)).all(), person("admin"))
    keep(last_run_number=None, last_run_at=utcnow())  # as after a run that was the newest one
    assert said in words(tab())


def test_a_picture_stays_inside_its_frame_whatever_the_durations():
    now = utcnow()
    for lengths in ([0.0], [0.0, 1e7], [5.0] * 40, [1e-9, 3600.0, 2.0]):
        runs = [Told(n, State.SUCCESS, "ann", now, now, now + timedelta(seconds=x)) for n, x in enumerate(lengths)]
        told = statistics.Statistics(runs, 1, 1, 1, 0, 1.0, 20.0, None)
        drawn = chart.drawn(told, now)
        assert len(drawn.bars) == len(lengths)
        for bar in drawn.bars:
            assert 0 <= bar.x <= bar.x + bar.width <= 100
            assert chart.TOP <= bar.y < bar.y + bar.height <= drawn.height
        assert chart.TOP <= drawn.p95 <= drawn.median <= drawn.base


def test_what_waits_and_goes_on_is_hollow():
    now = utcnow()
    runs = [
        Told(2, State.QUEUED, "ann", now, None, None),
        Told(1, State.RUNNING, "ann", now, now - timedelta(seconds=9), None),
    ]
    drawn = chart.drawn(statistics.Statistics(runs, 2, 0, 0, 0, None, None, None), now)
    assert [(bar.hollow, bar.height) for bar in drawn.bars] == [(True, chart.HEIGHT), (True, chart.LEAST)]
    assert "not begun" in drawn.bars[1].words


def test_who_may_see_only_own_runs_is_told_so_and_sees_no_others(record, tab, person, monkeypatch):
    with transaction() as session:
        session.add(Permission(name="x", kinds=["extras.job"], actions=["view"], users=[person("sam")]))
    record(1, 2)
    assert "You have not run this job yet" in tab("sam")
    record(3, user_id=person("sam").id)
    said = words(tab("sam"))
    assert "Runs 1 Only yours are counted." in said


def test_older_runs_are_a_page_further(record, tab, monkeypatch):
    monkeypatch.setattr("webapp.runs.tab_views.PAGE", 2)
    record(1, 2, 3)
    first = tab()
    older = re.search(r'rel="next" href="[^"]*(\?before=\d+)"', first)[1]
    second = tab(query=older)
    assert len(re.findall("stretched-link", second)) == 1
    assert "durations__plot" not in second
    assert "No older runs" in tab(query="?before=1")
    assert "durations__plot" in tab(query="?before=x")


def test_many_runs_cost_a_few_questions_and_are_read_by_an_index(record, tab):
    record(*range(200))
    asked: list[str] = []

    def note(_connection, _cursor, statement, *_):
        asked.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        tab()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    of_runs = [statement for statement in asked if "FROM run" in statement]
    assert len(of_runs) <= 3
    if is_sqlite():
        query = next(
            statement for statement in of_runs if "run.user_name" in statement and "run.inputs" not in statement
        )
        values = tuple(["x"] * query.count("?"))
        plan = db.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", (*values[:-2], 10, 0)).all()
        assert "ix_run_job_id_number" in str(plan)
        assert "TEMP B-TREE" not in str(plan)
