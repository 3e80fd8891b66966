"""Key inputs: what authors mark with `summary=True` stands beside each run, as people read it."""

from __future__ import annotations

import io
import json
import re
from html import unescape
from html.parser import HTMLParser

import pytest
import sqlalchemy as sa

from tests.hostile import CHARACTERS, HOSTILE
from tests.inventory.conftest import make  # noqa: F401 -- the fixture
from tests.product import on_sqlite, running, say
from webapp.accounts.models import Group, User
from webapp.catalogue import service as catalogue
from webapp.db import db, is_sqlite, transaction
from webapp.errors import InvalidInputs
from webapp.inventory import Device
from webapp.jobs.plain import UNSTORABLE
from webapp.runs import deleting, key_inputs, logs, states
from webapp.runs.models import Run, State
from webapp.runs.service import submit
from webapp.runs.unseen import UNSEEN


@pytest.fixture
def job(app):
    """Gives the record of a class of tests/jobs_root/marked.py."""
    return lambda name: catalogue.by_class_path(f"marked.{name}")


class Given(HTMLParser):
    """The key inputs that a page shows, as a reader gets to see them, and how many elements it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.tags: list[str] = []
        self.inside = False
        self.feed(text)

    def handle_starttag(self, tag, _attributes):
        self.tags.append(tag)
        self.inside = tag == "bdi"
        self.texts += [""] if self.inside else []

    def handle_endtag(self, tag):
        self.inside = self.inside and tag != "bdi"

    def handle_data(self, data):
        if self.inside:
            self.texts[-1] += data


def given(text: str) -> list[str]:
    return Given(text).texts


def of_row(text: str, number: int) -> str:
    """What the Runs page shows beside the job's name of that run."""
    [row] = re.findall(rf'<tr id="run-{number}".*?</tr>', text, re.S)
    told = given(row)
    return told[0] if told else ""


def last() -> Run:
    db.session.rollback()
    return db.session.scalars(sa.select(Run).order_by(Run.number.desc()).limit(1)).one()


def ids(model, name) -> dict[str, str]:
    return {getattr(row, name): str(row.id) for row in db.session.scalars(sa.select(model))}


def test_each_list_of_runs_shows_what_the_author_has_marked(job, browse, ann):
    path = f"/jobs/{job('Patching').id}/run"
    ann.get(path)
    for form in ({"site": "BER", "loud": "on", "reason": "why"}, {"site": "AMS", "ports": ["dns", "log"]}):
        assert ann.post(path, form).location.startswith("/runs/")
    second, told = last().number, "site=Amsterdam · ports=dns, Logging"
    first = second - 1
    page = ann.get("/runs/").text
    assert of_row(page, first) == "site=Bergen · loud=yes"
    assert of_row(page, second) == told, "what is not asked for is not told"
    assert "why" not in page
    running(second)
    for address in ("/", f"/runs/{second}", f"/runs/{second}/events", f"/jobs/{job('Patching').id}/runs"):
        assert told in given(ann.get(address).text), address
    assert told in given(ann.get(f"/jobs/{job('Patching').id}/runs/recent").text)
    assert given(ann.get(f"/runs/cancellation?id={first}&id={second}").text) == [told, "site=Bergen · loud=yes"]
    attempt = db.session.get_one(Run, second, populate_existing=True).attempt
    say(second, attempt, [logs.line(1e9, "info", "run", "needle")])
    assert given(ann.get("/search?q=needle").text) == [told]
    assert given(ann.get(f"/runs/{second}/compare").text) == ["site=Bergen · loud=yes"]
    assert given(browse("sam").get("/runs/").text) == []


@on_sqlite
def test_what_failed_is_told_apart_at_home_and_rows_that_are_exchanged_say_it_too(job, person, ann):
    number = submit(job("Patching"), person("ann"), {"site": "BER"}).number
    page = ann.get("/runs/").text
    attempt = running(number)
    news = unescape(re.search(r'hx-get="(/runs/news[^"]*)"', page)[1])
    assert of_row(ann.get(news).text, number) == "site=Bergen · loud=no"
    with transaction():
        states.finish(number, attempt, State.RUNNING, State.ERRORED, "w", reason="no route")
    home = ann.get("/").text
    [failed] = re.findall(r'<section class="home-part home-part--failed".*?</section>', home, re.S)
    assert given(failed) == ["site=Bergen · loud=no"]


def test_however_a_run_is_started_it_says_what_it_was_given(job, ann, api, app, person, work):
    record, told = job("Patching"), "site=Bergen · loud=no"
    variables = api("ann").get(f"/api/extras/jobs/{record.id}/variables/").json
    assert [one["name"] for one in variables if one.get("summary")] == ["site", "ports", "loud", "dryrun"]
    answer = api("ann").post(f"/api/extras/jobs/{record.id}/run/", json={"data": {"site": "BER", "dryrun": True}})
    assert answer.status_code == 201
    by_api, kept = last().number, last().key_inputs
    page = ann.get("/runs/").text
    assert of_row(page, by_api) == told
    [row] = re.findall(rf'<tr id="run-{by_api}".*?</tr>', page, re.S)
    assert row.count("dry run") == 1, "that it is a dry run is not said twice"
    ran = app.test_cli_runner().invoke(
        args=["runjob", "--username", "ann", "--local", "--data", '{"site": "BER"}', "marked.Patching"]
    )
    assert (ran.exit_code, last().queue) == (0, "(local)")
    assert of_row(ann.get("/runs/").text, last().number) == told
    work()
    again = ann.get(f"/runs/{by_api}/again").text
    [form] = [one for one in re.findall(r"<form.*?</form>", again, re.S) if "Run again with the same inputs" in one]
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    assert ann.post(re.search(r'action="([^"]+)"', form)[1], fields).location.startswith("/runs/")
    assert (last().again_of, last().key_inputs) == (by_api, kept)


def test_objects_have_the_names_that_the_reader_may_see(job, person, browse):
    users, groups = ids(User, "username"), ids(Group, "name")
    people = [users[name] for name in ("ann", "bob", "vic", "sam")]
    number = submit(job("Gathering"), person("admin"), {"team": groups["Operator"], "people": people}).number
    nobodys = submit(job("Gathering"), person("admin"), {"team": "null", "people": people[:3]}).number
    page = browse("admin").get("/runs/").text
    assert of_row(page, number) == "team=Operator · people=ann, bob and 2 more"
    assert of_row(page, nobodys) == "team=Nobody’s · people=ann, bob, vic"
    seen = of_row(browse("vic").get("/runs/").text, number)
    assert "ann" not in seen
    assert "Operator" not in seen
    assert seen.startswith(f"team={groups['Operator']} · people={users['ann'][:20]}")
    inputs = browse("vic").get(f"/runs/{number}/inputs").text
    assert groups["Operator"] in inputs, "no less than the tab Inputs tells"
    with transaction() as session:
        session.delete(session.get_one(Group, Group.id.type.python_type(groups["Operator"])))
    assert of_row(browse("admin").get("/runs/").text, number).startswith(f"team={groups['Operator']} · ")


def test_a_page_of_objects_asks_for_their_names_at_once(job, person, browse, statements, make):  # noqa: F811
    def asked(page) -> int:
        page.get("/runs/")  # by which the pictures of how long runs took are remembered
        statements.clear()
        assert "leaf-" in page.get("/runs/").text
        return len(statements)

    page, users = browse("admin"), ids(User, "username")
    devices = [str(make("dcim.device", name=f"leaf-{number}").id) for number in range(6)]
    submit(job("Gathering"), person("admin"), {"device": devices[0], "people": [users["ann"]]})
    one = asked(page)
    for number, device in enumerate(devices * 2):
        people = list(users.values())[number % 5 :][:2]
        submit(job("Gathering"), person("admin"), {"device": device, "people": people})
    assert asked(page) == one
    told = given(page.get("/runs/").text)
    named = db.session.scalars(sa.select(Device).where(Device.name == "leaf-5")).one()
    assert f"device=leaf-5 ({named.location})" in told[0]


@on_sqlite
def test_nothing_is_asked_for_what_is_written_down(job, person, browse, statements):
    counts = {}
    for name in ("PatchingUnmarked", "Patching"):
        record, ann = job(name), person("ann")
        submit(record, ann, {"ports": ["dns"]})
        statements.clear()
        submit(job(name), person("ann"), {"ports": ["dns"]})
        counts[name] = len(statements)
        page = browse("vic")
        page.get("/runs/")
        statements.clear()
        page.get("/runs/")
        counts[f"page with {name}"] = len(statements)
    assert counts["Patching"] == counts["PatchingUnmarked"]
    assert counts["page with Patching"] == counts["page with PatchingUnmarked"]


def test_what_may_be_sensitive_is_never_shown(job, person, ann):
    run = submit(job("Sealed"), person("ann"), {"site": "secret place"})
    assert db.session.get_one(Run, run.number).key_inputs is None
    for address in ("/runs/", "/", f"/runs/{run.number}"):
        assert given(ann.get(address).text) == []
    with transaction():
        job("Patching").has_sensitive_variables = True
    submit(job("Patching"), person("ann"), {"site": "BER"})
    assert last().key_inputs is None
    with transaction():
        record = job("Kinds")
        record.variables = [{**one, "summary": True} for one in record.variables]
    number = submit(job("Kinds"), person("ann"), {"key": "hunter2hunter2", "word": "w"}).number
    page = ann.get("/runs/").text
    assert of_row(page, number) == "word=w", "whatever the record says"
    assert "hunter2" not in page
    assert "hunter2" not in json.dumps(last().key_inputs)


READ = [
    ({"word": "a\n" * 3 + "b"}, "word=a a a b"),
    ({"notes": "one\n\ntwo\tthree"}, "notes=one two three"),
    (
        {"word": "sw\u200b-1", "options": {"\u00ad": "می\u200cخواهم"}},
        'word=sw\\u200b-1 · options={"\\xad": "می\u200cخواهم"}',
    ),
    ({"power": "1.50"}, "power=1.50"),
    ({"begins": "2026-03-31T14:30:00+02:00"}, "begins=2026-03-31 12:30 UTC"),
    ({"begins": "0001-01-01T00:00:00Z"}, "begins=0001-01-01 00:00 UTC"),
    ({"begins": "2026-03-31T14:30:59.5Z"}, "begins=2026-03-31 14:30 UTC"),
    ({"prefix": "192.0.2.0/24"}, "prefix=192.0.2.0/24"),
    ({"options": {"mtu": [9100, None]}}, 'options={"mtu": [9100, null]}'),
    ({"options": "[]"}, ""),
    ({"word": "", "notes": "", "power": None}, ""),
    ({"word": "x" * 61}, f"word={'x' * 59}…"),
    ({"word": "x" * 60, "notes": "y" * 60}, f"word={'x' * 60} · notes={'y' * 45}…"),
    ({"options": list(range(100_000))}, f"options={json.dumps(list(range(40)))[:58]}…"),
]
"""Inputs, and what people read of them."""


@on_sqlite
def test_values_stand_there_as_people_read_them_and_clipped(job, person):
    for inputs, told in READ:
        run = submit(job("Kinds"), person("ann"), inputs)
        assert key_inputs.shown([run], person("vic")).get(run.number, "") == told


@on_sqlite
def test_of_a_file_its_name_is_told(job, ann):
    path = f"/jobs/{job('Kinds').id}/run"
    ann.get(path)
    sent = ann.post(path, {"plan": (io.BytesIO(b"x"), "plan <of> cables.csv")}, content_type="multipart/form-data")
    assert sent.location.startswith("/runs/")
    assert of_row(ann.get("/runs/").text, last().number) == "plan=plan <of> cables.csv"


def test_hostile_texts_are_shown_as_text(job, person, ann, make):  # noqa: F811
    submit(job("Kinds"), person("ann"), {"word": "harmless"})
    usual = set(Given(ann.get("/runs/").text).tags)
    texts = HOSTILE if is_sqlite() else CHARACTERS
    taken = {number: text for text in texts.values() if (number := taken_by(job("Kinds"), person("ann"), text))}
    assert len(taken) > (120 if is_sqlite() else 20)
    seen, before = {}, ""
    while before is not None:
        page = ann.get(f"/runs/{before}").text
        assert set(Given(page).tags) <= usual | {"nav"}
        seen |= {number: of_row(page, number) for number in taken if f'<tr id="run-{number}"' in page}
        older = re.search(r'href="/runs/(\?before=\d+)"', page)
        before = older and older[1]
    assert seen.keys() == taken.keys()
    for number, told in seen.items():
        assert told.startswith("notes=") or not taken[number].strip()
        assert len(told) <= key_inputs.LONGEST_OF_ALL
        assert not UNSTORABLE.search(told)
        assert not UNSEEN.search(told)
    worst = max(taken) if not is_sqlite() else next(number for number in taken if "<script>" in taken[number])
    for address in (f"/runs/{worst}", f"/runs/{worst}/inputs"):
        assert given(ann.get(address).text) == [seen[worst]]
    device = make("dcim.device", name='<img src=x onerror="window.pwned=1">')
    number = submit(job("Gathering"), person("admin"), {"device": str(device.id)}).number
    assert device.name in given(ann.get(f"/runs/{number}").text)[0]


def taken_by(record, user, text: str) -> int | None:
    """The number of a run that was given text and is over; None if text was refused."""
    try:
        number = submit(record, user, {"notes": text}).number
    except InvalidInputs:
        return None
    with transaction():
        states.cancel_queued(number, "ann", "")
    return number


@on_sqlite
def test_a_run_that_is_let_go_of_keeps_nothing_of_it(job, person):
    number = submit(job("Patching"), person("ann"), {}, idem_key="once").number
    with transaction():
        states.cancel_queued(number, "ann", "")
    with transaction():
        assert deleting.let_go([number]) == [number]
    assert db.session.execute(sa.select(Run.inputs, Run.key_inputs).where(Run.number == number)).one() == (None, None)
