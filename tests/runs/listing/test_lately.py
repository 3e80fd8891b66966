"""The picture beside a duration: how long the last runs of the job took."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa
from markupsafe import Markup

from tests.product import on_sqlite
from webapp.db import transaction, utcnow
from webapp.runs.listing import lately
from webapp.runs.models import Run, State


@pytest.fixture
def took(start, person):
    """Makes a run that took so many seconds."""

    def make(seconds: float, name: str = "NoInputs") -> int:
        number, now = start(name), utcnow()
        values = {"state": State.SUCCESS, "started_at": now - timedelta(seconds=seconds), "ended_at": now}
        with transaction() as session:
            session.execute(sa.update(Run).where(Run.number == number).values(values))
        return number

    return make


def pictures(text: str) -> dict[int, tuple[str, list[int]]]:
    """What the rows show, by number: the words, and the heights of the bars."""
    found = {}
    for number, row in re.findall(r'<tr id="run-(\d+)"(.*?)</tr>', text, re.S):
        if picture := re.search(r"<title>([^<]*)</title><path d=\"([^\"]*)\"", row):
            found[int(number)] = picture[1], [int(height) for height in re.findall(r"v-(\d+)", picture[2])]
    return found


def test_the_last_runs_of_a_job_are_drawn_with_the_newest_on_the_right(took, start, vic):
    made = [took(seconds) for seconds in (99, 5, 40, *[20] * 7, 10)]
    waits, other = start(), took(3, "Raise")
    shown = pictures(vic.get("/runs/").text)
    words = "The last 10 runs of this job, the newest on the right: 5.0 s to 40 s"
    assert shown[made[0]] == (words, [2, 16, *[8] * 7, 4])
    assert shown[waits] == shown[made[0]]
    assert other not in shown


@on_sqlite
def test_they_are_asked_for_once_in_a_while(took, vic, app):
    number, _ = took(1), took(2)
    before = pictures(vic.get("/runs/").text)
    took(4)
    assert pictures(vic.get("/runs/").text)[number] == before[number]
    kept = app.extensions[lately.EXTENSION]
    kept |= {job: (moment - lately.KEPT, picture) for job, (moment, picture) in kept.items()}
    assert pictures(vic.get("/runs/").text)[number][1] == [4, 8, 16]


@on_sqlite
def test_another_page_may_remember_more_of_them_meanwhile(took, job, vic, app):
    number, _, other, _ = took(1), took(2), took(3, "Raise"), took(4, "Raise")
    kept = app.extensions[lately.EXTENSION] = {}

    class Remembered(UUID):
        """A job that another thread remembers one more beside whenever somebody comes by it."""

        def __hash__(self) -> int:
            kept[uuid4()] = (0.0, Markup())
            return super().__hash__()

    kept[Remembered(str(job("Raise").id))] = (0.0, Markup())
    assert set(pictures(vic.get("/runs/").text)) >= {number, other}


@on_sqlite
def test_no_more_than_so_many_are_remembered(took, vic, app, monkeypatch):
    monkeypatch.setattr(lately, "MOST_KEPT", 1)
    took(1), took(2, "Raise")
    vic.get("/runs/")
    assert len(app.extensions[lately.EXTENSION]) == 2
    took(3, "Fail")
    vic.get("/runs/")
    assert len(app.extensions[lately.EXTENSION]) == 1


@on_sqlite
def test_whoever_sees_only_their_own_runs_sees_how_long_these_took(took, browse, person, vic):
    long, *mine = took(60), took(1), took(2)
    with transaction() as session:
        session.execute(sa.update(Run).where(Run.number.in_(mine)).values(user_id=person("sam").id))
    assert pictures(vic.get("/runs/").text)[long][1] == [16, 1, 1]
    assert set(pictures(browse("sam").get("/runs/").text)) == set(mine)
    assert pictures(browse("sam").get("/runs/").text)[mine[0]][1] == [8, 16]


@on_sqlite
def test_runs_of_deleted_jobs_have_none(took, vic):
    took(1), took(2)
    with transaction() as session:
        session.execute(sa.update(Run).values(job_id=None))
    assert pictures(vic.get("/runs/").text) == {}
