"""Home: what goes on, what the reader has started and has at hand, what waits for them."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite, running
from tests.runs.home.conftest import parts
from webapp.catalogue import favourites
from webapp.catalogue.models import Job
from webapp.db import transaction, utcnow
from webapp.runs.home import waiting
from webapp.runs.home.waiting import Waiting
from webapp.runs.models import Run, State
from webapp.runs.service import submit


@pytest.fixture
def start(job, person):
    """Submits a run of the class of that name and gives its number."""

    def make(name: str = "NoInputs", who: str = "ann", **inputs: object) -> int:
        return submit(job(name), person(who), inputs).number

    return make


def asked_again(text: str) -> tuple[str, str]:
    """The address that the page asks for what is new, and how often."""
    found = re.search(r'hx-get="(/home/live\?version=[^"]+)" hx-trigger="every (\w+), ', text)
    return unescape(found[1]), found[2]


def test_it_shows_what_runs_what_waits_and_what_the_reader_started(browse, start):
    mine, other, queued = start("NoInputs"), start("Talk", "admin"), start("NoInputs")
    running(mine), running(other)
    told = parts(browse("ann").get("/").text)
    assert told["running"].startswith("Running now 2 1 waits to start")
    assert f"Talk #{other} admin" in told["running"]
    assert f"#{queued}" not in told["running"]
    assert f"Queued No inputs #{queued}" in told["mine"]
    assert f"#{mine}" in told["mine"]
    assert "Talk" not in told["mine"]


@on_sqlite
def test_more_runs_than_there_is_room_for_are_counted_and_linked(browse, ended):
    ended.several([(State.RUNNING, "NoInputs", 1, {"ended_at": None}) for _ in range(11)])
    text = browse("ann").get("/").text
    assert parts(text)["running"].startswith("Running now 11")
    assert parts(text)["running"].count("No inputs #") == 8
    assert 'href="/runs/?state=running">All 11 that run now' in text


def test_who_may_not_see_all_runs_sees_their_own(browse, ended):
    own = ended(State.ERRORED, who="sam", reason="no route to host")
    going_on = ended(State.RUNNING, who="sam", ended_at=None)
    others = ended(State.ERRORED, who="bob"), ended(State.RUNNING, who="bob", ended_at=None)
    text = browse("sam").get("/").text
    assert f"#{own} no route to host" in parts(text)["failed"]
    assert f"#{going_on}" in parts(text)["running"]
    assert not [number for number in others if f"/runs/{number}" in text]
    assert "/jobs/" not in parts(text)["mine"]


def test_nothing_new_is_said_in_no_words_and_news_bring_the_part_that_changes(browse, start):
    page = browse("ann")
    number = start("NoInputs")
    address, pace = asked_again(page.get("/").text)
    assert pace == "5s"
    assert (page.get(address).status_code, page.get(address).text) == (204, "")
    running(number)
    answer = page.get(address)
    assert answer.status_code == 200
    assert f"#{number}" in parts(answer.text)["running"]
    assert "<html" not in answer.text
    address, pace = asked_again(answer.text)
    assert pace == "3s"
    assert page.get(address).status_code == 204
    with transaction() as session:
        session.execute(sa.update(Run).where(Run.number == number).values(progress_done=3, progress_total=7))
    assert "3 / 7" in page.get(address).text


@on_sqlite
def test_where_nothing_has_run_yet_people_are_led_to_the_jobs(browse, job):
    text = browse("ann").get("/").text
    assert "Nothing has run yet" in text
    assert 'class="btn btn-primary" href="/jobs/"' in text
    assert "Running now" not in text
    assert "Ask an administrator" in browse("sam").get("/").text


@on_sqlite
def test_where_others_have_runs_one_without_any_is_told_where_to_begin(browse, ended):
    ended(State.SUCCESS)
    assert "Nothing runs now." in parts(browse("ann").get("/").text)["running"]
    assert parts(browse("ann").get("/").text)["mine"] == "My last runs You have not run anything yet. Pick a job"
    assert "but not run jobs" in parts(browse("vic").get("/").text)["mine"]


def test_favourites_lead_to_their_forms_and_tell_how_they_ended_last(browse, job, person, ended):
    number = ended(State.ERRORED, of="Talk")
    with transaction() as session:
        session.execute(
            sa.update(Job)
            .where(Job.id == job("Talk").id)
            .values(last_run_number=number, last_run_state=State.ERRORED, last_run_at=utcnow())
        )
        job("Odd").enabled = False
    for name in ("Talk", "Odd", "Echo"):
        favourites.like(job(name), person("ann"))
    favourites.like(job("Sleep"), person("bob"))
    text = browse("ann").get("/").text
    told = parts(text)["favourites"]
    assert told.index("Echo") < told.index("Odd") < told.index("Talk")
    assert f"Errored Run #{number}" in told
    assert "Echo never run Run" in told
    assert "Switched off" in told
    assert "Sleep" not in told
    assert f'href="/jobs/{job("Echo").id}/run"' in text
    assert f'href="/jobs/{job("Odd").id}/run"' not in text
    assert "Mark a job with a star" in parts(browse("admin").get("/").text)["favourites"]
    assert "/run" not in parts(browse("vic").get("/").text)["favourites"]


@on_sqlite
def test_what_waits_is_asked_of_the_features_that_know_and_else_not_shown(app, browse, ended):
    ended(State.SUCCESS)
    assert "waiting" not in parts(browse("ann").get("/").text)
    now = utcnow()
    of_ann = [Waiting("Restart the core", "/there/2", now, "bob asks"), Waiting("Old", "/there/1", now - timedelta(1))]
    waiting.ask(app, lambda user: of_ann if user.username == "ann" else [])
    text = browse("ann").get("/").text
    assert parts(text)["waiting"].startswith("Waiting for me 2 Old")
    assert "Restart the core bob asks · just now" in parts(text)["waiting"]
    assert 'href="/there/2"' in text
    assert parts(browse("bob").get("/").text)["waiting"] == "Waiting for me Nothing waits for you."


@on_sqlite
def test_the_first_place_of_the_rail_and_where_people_arrive_is_home(browse):
    page = browse("vic")
    rail = re.findall(r'nav-list__link"\s+href="([^"]+)"\s+(aria-current)?', page.get("/").text)
    assert rail[0] == ("/", "aria-current")
    assert [href for href, current in rail if current] == ["/", "/"]  # once more in the drawer
    assert browse(None).get("/").location == "/login/?next=/"


def test_the_page_asks_the_database_few_questions_however_much_there_is(browse, ended, job, person, statements):
    page = browse("ann")
    for name in ("Talk", "Echo"):
        favourites.like(job(name), person("ann"))
    ended.several(
        [(State.ERRORED, of, 5, {}) for of in ("NoInputs", "Talk", "Echo", "Sleep")]
        + [(State.RUNNING, "Talk", 1, {"ended_at": None, "who": "ann"}) for _ in range(12)]
    )
    page.get("/")
    statements.clear()
    address, _ = asked_again(page.get("/").text)
    questions = [each for each in statements if each.lstrip().startswith(("SELECT", "WITH"))]
    assert len(questions) <= 9, "\n".join(questions)
    statements.clear()
    assert page.get(address).status_code == 204
    assert len([each for each in statements if each.lstrip().startswith("SELECT")]) <= 3
