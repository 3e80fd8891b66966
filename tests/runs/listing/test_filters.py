"""Which runs the Runs page shows: filters in the address, what means nothing, pages, one run by its number."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta
from html import unescape

import sqlalchemy as sa

from tests import product
from tests.product import on_sqlite, running
from tests.runs.listing.conftest import asks, shown
from webapp.catalogue import deleting
from webapp.catalogue.models import JobQueue
from webapp.db import db, transaction, utcnow
from webapp.launch import service as launch
from webapp.runs import logs, pins
from webapp.runs.fulltext import finding
from webapp.runs.listing import views
from webapp.runs.models import TRIGGERS, Run, State, Trigger


def age(number: int, passed: timedelta) -> None:
    with transaction() as session:
        session.execute(sa.update(Run).where(Run.number == number).values(created_at=utcnow() - passed))


@on_sqlite
def test_runs_stand_newest_first(start, vic):
    made = [start(), start("Echo", text="hi"), start()]
    assert shown(vic.get("/runs/").text) == made[::-1]


def test_filters_narrow_the_list_each_and_together(start, ended, vic, ann, job, person):
    queued, failed = start("Echo", text="hi"), ended(State.FAILURE)
    timed_out, claimed = ended(State.TIMED_OUT, "Echo", text="x"), start(who="admin")
    old = ended(State.FAILURE, who="admin")
    running(claimed)
    age(old, timedelta(days=2))
    pins.pin(db.session.get(Run, failed), person("ann"))
    echo = job("Echo").id
    day = f"{utcnow() - timedelta(days=2):%Y-%m-%d}"
    for query, found in {
        "": [old, claimed, timed_out, failed, queued],
        f"job={echo}": [timed_out, queued],
        "state=queued": [queued],
        "state=running": [claimed],
        "state=failed&state=timed_out": [old, timed_out, failed],
        "state=unsuccessful": [old, timed_out, failed],
        "state=unfinished": [claimed, queued],
        f"job={echo}&state=unsuccessful": [timed_out],
        "user=admin": [old, claimed],
        "queue=default": [old, claimed, timed_out, failed, queued],
        "queue=(local)": [],
        "period=24h": [claimed, timed_out, failed, queued],
        "period=7d&state=failed": [old, failed],
        f"to={day}": [old],
        f"from={day}": [old, claimed, timed_out, failed, queued],
        f"from={day}&to={day}": [old],
        "from=2100-01-01": [],
        "pinned=yes": [failed],
        "dry=yes": [],
        "dry=no&state=queued": [queued],
        "q=echo": [timed_out, queued],
        "q=ech%25": [],
        "q=_": [],
        "mine=yes": [],
        "unknown=x": [old, claimed, timed_out, failed, queued],
        f"before={timed_out}": [failed, queued],
        "before=x": [old, claimed, timed_out, failed, queued],
        "before=-1": [old, claimed, timed_out, failed, queued],
        "before=99999999999999999999": [old, claimed, timed_out, failed, queued],
    }.items():
        answer = vic.get(f"/runs/?{query}")
        assert (answer.status_code, shown(answer.text)) == (200, found), query
    assert shown(ann.get("/runs/?mine=yes").text) == [timed_out, failed, queued]
    assert "No runs like that" in vic.get("/runs/?state=cancelled").text


def test_what_means_nothing_is_said_at_its_field_and_shows_nothing(start, vic, job):
    start()
    for query, problem in {
        "state=nothing": "There is no such state.",
        "state=%00": "That text has characters that nothing here has.",
        "state=queued&state=x": "There is no such state.",
        "job=nothing": "No job is called so in an address.",
        f"job={uuid.uuid4()}": "There is no such job, or you may not see it.",
        "user=nobody": "Nobody here has that name.",
        "queue=nowhere": "There is no such queue.",
        "trigger=magic": f"Say {' or '.join(Trigger)}.",
        "period=soon": "Say today or 24h or 7d or 30d.",
        "from=yesterday": "Give a day as in 2026-01-31.",
        "to=9999-12-31": "Give a day as in 2026-01-31.",
        "from=2026-02-02&to=2026-02-01": "This day comes before the one that it begins with.",
        "dry=maybe": "Say yes or no.",
        "mine=you": "Say yes.",
        "pinned=1": "Say yes.",
        "q=%00": "That text has characters that nothing here has.",
        "q=%ED%A0%80%00": "That text has characters that nothing here has.",
        "log=-": "Type some words.|letters or digits",
    }.items():
        answer = vic.get(f"/runs/?{query}")
        assert (answer.status_code, shown(answer.text)) == (400, []), query
        assert re.search("|".join(map(re.escape, problem.split("|"))), unescape(answer.text)), query
        assert "This is not understood" in answer.text
        assert asks(answer.text) is None
    text = vic.get("/runs/?state=nothing&mine=yes").text
    state = re.search(r'<details class="drop drop--over" data-menu open>.*?</details>', text, re.S)[0]
    assert 'is-invalid">State' in state and "There is no such state." in state
    assert "Whose: Mine" in text
    assert "Save this view" not in text and "Save this view" in vic.get("/runs/?dry=yes").text
    text = vic.get("/runs/?from=yesterday").text
    assert 'name="from" value=""' in text  # a field for days shows nothing else
    assert 'aria-invalid="true" aria-describedby="filter-from-problem"' in text


@on_sqlite
def test_each_filter_is_a_chip_that_takes_it_away(start, vic, job):
    start("Echo", text="hi")
    text = vic.get(f"/runs/?state=queued&state=running&job={job('Echo').id}&q=ech").text
    chips = {
        unescape(label): unescape(href)
        for href, label in re.findall(
            r'class="count__filter" href="([^"]*)" aria-label="Remove the filter ([^"]*)"', text
        )
    }
    assert list(chips) == ["Named: “ech”", "Job: Echo", "State: Queued", "State: Running"]
    assert chips["State: Queued"] == f"/runs/?q=ech&job={job('Echo').id}&state=running"
    assert chips["Job: Echo"] == "/runs/?q=ech&state=queued&state=running"
    assert "1 run" in text


@on_sqlite
def test_the_form_keeps_what_was_chosen_and_offers_what_there_is(start, vic, job):
    start()
    text = vic.get(f"/runs/?state=timed_out&job={job('Echo').id}&period=7d&user=ann&log=word").text
    assert re.findall(r'name="state" value="(\w+)" checked', text) == ["timed_out"]
    assert f'value="{job("Echo").id}" selected' in text
    assert 'value="7d" selected' in text
    assert 'name="user" value="ann"' in text
    assert 'name="log" value="word"' in text
    assert re.findall(r'<datalist id="users">(.*?)</datalist>', text) == ['<option value="ann"></option>']
    assert '<option value="(local)"' in text


@on_sqlite
def test_what_there_is_to_choose_from_is_in_the_order_of_the_alphabet(vic):
    with transaction() as session:
        session.add_all([JobQueue(name=name) for name in ("Beta", "alpha", "gamma")])
    offered = re.search(r'<select[^>]*name="queue".*?</select>', vic.get("/runs/").text, re.S)[0]
    names = re.findall(r'value="(\w+)"', offered)
    assert [name for name in names if name not in ("default", "lab")] == ["alpha", "Beta", "gamma"]


def test_a_number_leads_straight_to_its_run(start, vic, browse):
    number, other = start(), start()
    for query in (f"q={number}", f"q=%23{number}"):
        assert vic.get(f"/runs/?{query}").location == f"/runs/{number}"
    # While somebody types, the list narrows; together with other filters it is one of them.
    assert shown(vic.get(f"/runs/?q={number}", headers={"HX-Request": "true"}).text) == [number]
    assert shown(vic.get(f"/runs/?q={other}&state=queued").text) == [other]
    assert vic.get("/runs/?q=4000000000").status_code == 200
    assert vic.get("/runs/?q=99").status_code == 200
    assert browse("sam").get(f"/runs/?q={number}").status_code == 200


@on_sqlite
def test_runs_of_deleted_jobs_say_so_and_are_found_together(start, vic, job, person, work):
    gone, waits, other = start("Echo", text="hi"), start("Fail"), start()
    assert "have been deleted" not in vic.get("/runs/").text
    work()
    deleting.delete([job("Echo"), job("Fail")], person("admin"))
    assert "its job has been deleted" in vic.get(f"/runs/{gone}").text
    assert "its job has been deleted" not in vic.get(f"/runs/{other}").text
    link = re.search(r'<option value="(\w+)" >Jobs that have been deleted</option>', vic.get("/runs/").text)[1]
    text = vic.get(f"/runs/?job={link}").text
    assert shown(text) == [waits, gone]
    assert f'<option value="{link}" selected>' in text
    assert shown(vic.get(f"/runs/?job={link}&state=succeeded").text) == [gone]


@on_sqlite
def test_runs_of_a_deleted_account_are_found_by_its_name(start, vic, app):
    number = start()
    with transaction() as session:
        session.execute(sa.update(Run).values(user_id=None, user_name="gone"))
    assert shown(vic.get("/runs/?user=gone").text) == [number]


@on_sqlite
def test_what_started_a_run_is_kept_shown_and_looked_for(start, vic, job, person):
    start()
    made = {trigger: launch.start(job("NoInputs"), person("ann"), {}, trigger=trigger).number for trigger in Trigger}
    for trigger, number in made.items():
        text = vic.get(f"/runs/?trigger={trigger}").text
        assert shown(text) == [number]
        assert f'<span class="list__trigger">{TRIGGERS[trigger]}</span>' in text


@on_sqlite
def test_form_api_and_retry_say_themselves_what_they_are(ann, api, job, app, work):
    id = job("NoInputs").id
    ann.get(f"/jobs/{id}/run")
    ann.post(f"/jobs/{id}/run")
    api("ann").post(f"/api/extras/jobs/{id}/run/", json={})
    runner = app.test_cli_runner()
    runner.invoke(args=["runjob", "--username", "ann", "--local", "plain.NoInputs"])
    found = db.session.scalars(sa.select(Run.trigger).order_by(Run.number)).all()
    assert found == [Trigger.FORM, Trigger.API, Trigger.RUNJOB]


def test_runs_are_found_by_words_in_their_logs(start, vic, work):
    said, other = start("Echo", text="quokka"), start("Echo", text="wombat")
    work()
    attempt_of = start()
    product.say(attempt_of, running(attempt_of), [logs.line(utcnow().timestamp(), "info", "run", "a quokka at last")])
    assert shown(vic.get("/runs/?log=quokka").text) == [attempt_of, said]
    assert shown(vic.get("/runs/?log=quokka&state=succeeded").text) == [said]
    assert shown(vic.get("/runs/?log=wombat").text) == [other]


@on_sqlite
def test_without_the_permission_there_are_only_ones_own_runs_and_numbers(start, browse):
    start(who="ann")
    text = browse("sam").get("/runs/").text
    assert shown(text) == []
    assert "No runs yet" in text
    assert re.findall(r'id="tally-\w+" class="views__tally">(\d+)<', text) == ["0", "0", "0"]
    assert 'id="filter-user"' not in text


@on_sqlite
def test_without_the_permission_nobody_learns_who_there_is(start, browse):
    start(who="ann")
    sam = browse("sam")
    for name in ("ann", "nobody"):
        answer = sam.get(f"/runs/?user={name}")
        assert (answer.status_code, "Nobody here has that name." in answer.text) == (400, True), name
    assert sam.get("/runs/?user=sam").status_code == 200


@on_sqlite
def test_where_not_all_logs_were_looked_through_it_is_said(start, vic, monkeypatch):
    for text in ("a quokka", "another one"):
        number = start()
        product.say(number, running(number), [logs.line(utcnow().timestamp(), "info", "run", text)])
    said = 'Older runs were not looked through; <a href="/search?q=quokka">search all logs</a>'
    assert said not in vic.get("/runs/?log=quokka").text
    monkeypatch.setattr(finding, "MOST_READ", 1)
    assert said in vic.get("/runs/?log=quokka").text
    assert "were not looked through" not in vic.get("/runs/?state=running").text


def test_older_runs_are_a_page_further(start, vic, monkeypatch):
    monkeypatch.setattr(views, "PAGE", 2)
    made = [start() for _ in range(5)][::-1]
    path, seen = "/runs/?state=queued", []
    for _ in range(3):
        text = vic.get(path).text
        seen.append(shown(text))
        older = re.search(r'rel="next" href="([^"]+)"', text)
        path = unescape(older[1]) if older else ""
    assert seen == [made[:2], made[2:4], made[4:]]
    assert path == ""
    assert "No older runs" in vic.get(f"/runs/?before={made[-1]}").text


def test_numbers_above_the_list_lead_to_the_runs_that_they_count(start, ended, vic):
    start(), start(), running(start())
    failures = [ended(State.FAILURE), ended(State.LOST)]
    old = ended(State.ERRORED)
    age(old, timedelta(hours=25))
    ended(State.SUCCESS)
    text = vic.get("/runs/").text
    assert dict(re.findall(r'id="tally-(\w+)"[^>]*>([^<]*)<', text)) == {"running": "1", "waiting": "2", "failed": "2"}
    link = re.search(r'href="([^"]*)"[^>]*>Failed in 24 h', text)[1]
    assert sorted(shown(vic.get(unescape(link)).text)) == failures


@on_sqlite
def test_the_address_after_filtering_says_no_more_than_it_has_to(vic):
    answer = vic.get("/runs/?job=&state=failed&q=&period=", headers={"HX-Request": "true", "HX-Trigger": "filters"})
    assert answer.headers["HX-Push-Url"] == "/runs/?state=failed"


@on_sqlite
def test_hostile_names_are_text(start, vic, ann):
    number = start("Echo", text="hi")
    with transaction() as session:
        session.execute(
            sa.update(Run).values(job_name='<script>"x"</script>', user_name="<b>ann", queue="<i>q", worker='"><u>')
        )
    text = vic.get("/runs/").text
    for wrong in ('<script>"', "<b>ann", "<i>q", '"><u>'):
        assert wrong not in text
    assert "&lt;script&gt;&#34;x&#34;&lt;/script&gt;" in text
    assert "&lt;script&gt;" in ann.get(f"/runs/cancellation?id={number}").text


@on_sqlite
def test_a_job_shows_its_own_last_runs(start, vic, job, monkeypatch):
    monkeypatch.setattr(views, "RECENT", 2)
    made = [start() for _ in range(3)]
    start("Echo", text="hi")
    text = vic.get(f"/jobs/{job('NoInputs').id}/runs/recent").text
    assert [int(number) for number in re.findall(r'href="/runs/(\d+)"', text)] == made[:0:-1]
    assert "<html" not in text
