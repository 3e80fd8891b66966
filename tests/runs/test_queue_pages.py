"""The pages of queues: what goes on there, who may run there, and what people may do with them."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite, running
from tests.runs.test_queues import at, later, worker
from webapp.accounts.models import Permission
from webapp.catalogue.models import JobQueue
from webapp.db import db, transaction, utcnow
from webapp.runs.models import State
from webapp.runs.service import submit


@pytest.fixture
def start(job, person):
    """Submits a run of a class and gives its number."""
    return lambda name="NoInputs", inputs=None, **options: (
        submit(job(name), person("ann"), inputs or {}, **options).number
    )


@pytest.fixture
def address(app):
    """Gives the address of the page of the queue of that name."""

    def give(name: str, rest: str = "") -> str:
        id = db.session.scalar(sa.select(JobQueue.id).where(JobQueue.name == name))
        return f"/queues/{id}{rest}"

    return give


def words(answer) -> str:
    """What a page says, without its markup."""
    text = re.sub(r"<svg.*?</svg>|<nav.*?</nav>", "", answer.text, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def row(answer, name: str) -> str:
    """What the list says of the queue of that name."""
    table = answer.text.partition("</table>")[0]
    [found] = [each for each in table.split("<tr>") if re.search(rf'list__name"[^>]*>{re.escape(name)}<', each)]
    return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", found, flags=re.DOTALL)).split())


def test_the_list_says_what_goes_on_in_each_queue(browse, start):
    page = browse("vic")
    assert row(page.get("/queues/"), "default").startswith("default none 0 – 0 ")
    worker("one", "default", "lab")
    running(start())
    start()
    later(start(), created_at=utcnow() - timedelta(minutes=7))
    later(start(), start_after=utcnow() + timedelta(days=1))
    told = page.get("/queues/")
    assert row(told, "default").startswith("default 1 2 +1 not yet 7 min ago 1 ")
    assert row(told, "lab") == "lab 1 0 – 0 1"
    assert 'href="/workers/"' in told.text
    assert "No live worker" not in words(told)


def test_queues_without_a_record_are_shown_with_a_way_to_make_one(browse, start):
    worker("one", "bulk")
    later(start(), queue="forgotten")
    told = browse("admin").get("/queues/")
    assert row(told, "bulk") == "bulk not known to any job Make a record 1 0 – 0 0"
    assert row(told, "forgotten").startswith("forgotten not known to any job Make a record none 1 just now")
    assert 'href="/queues/new?name=bulk"' in told.text
    assert 'value="bulk"' in browse("admin").get("/queues/new?name=bulk").text
    assert "Make a record" not in browse("vic").get("/queues/").text


@on_sqlite
def test_only_runs_that_wait_in_vain_are_a_reason_for_alarm(browse, start, address):
    page = browse("admin")
    assert "message tone-bad" not in page.get("/queues/").text
    start("Elsewhere", queue="lab")
    for place in ("/queues/", address("lab"), "/workers/"):
        told = page.get(place)
        assert "message tone-bad" in told.text, place
        assert "1 run waits on the queue lab. No live worker listens to it. Start one: flask worker lab" in words(told)
    assert "message tone-bad" not in page.get(address("default")).text
    page.post(address("lab", "/pause"), {"reason": "the rack is being moved"})
    assert "message tone-bad" not in page.get("/queues/").text
    page.post(address("lab", "/resumption"))
    worker("one", "lab")
    assert "message tone-bad" not in page.get("/queues/").text


def test_the_page_of_a_queue_shows_workers_the_line_and_the_jobs(browse, start, address, job):
    worker("one", "lab", "default", host="rack-7")
    worker("two", "default", host="rack-8")
    number = start("Elsewhere", queue="lab")
    running(number)
    with transaction():
        db.session.execute(sa.text("UPDATE run SET worker = 'one'"))
    waiting = [start("Elsewhere", queue="lab") for _ in range(2)]
    later(start("Elsewhere", queue="lab"), start_after=utcnow() + timedelta(days=1))
    start("Elsewhere", queue="default")
    told = browse("vic").get(address("lab"))
    text = words(told)
    assert "rack-7" in text
    assert "rack-8" not in text
    assert f"#{number} Elsewhere" in text
    assert f"1st #{waiting[0]} Elsewhere ann" in text
    assert f"2nd #{waiting[1]} Elsewhere ann" in text
    assert "not yet" in text
    assert "Starts at" in text
    assert f"#{at(number).number + 4} " not in text
    assert f'href="/jobs/{job("Elsewhere").id}"' in told.text
    assert re.search(r"Elsewhere \S.* by default", text.partition("Jobs that may run here")[2])
    assert "if chosen; by default on lab" in words(browse("vic").get(address("default")))


@on_sqlite
def test_who_may_not_see_runs_reads_how_many_there_are(browse, person, start, address):
    grant(person("sam"), "extras.jobqueue")
    start("Elsewhere", queue="lab")
    text = words(browse("sam").get(address("lab")))
    assert "Elsewhere" not in text
    assert "1 more waits, further back or not for your eyes." in text
    assert "No job that you may see runs here." in text


def grant(user, kind: str, *actions: str) -> None:
    with transaction() as session:
        session.add(Permission(name=kind, kinds=[kind], actions=list(actions or ["view"]), users=[user]))


@on_sqlite
def test_a_queue_is_paused_with_a_reason_and_resumed(browse, start, address, work):
    number = start("Elsewhere", queue="lab")
    page = browse("admin")
    asked = words(page.get(address("lab", "/pause")))
    assert "one run waits now" in asked
    assert "Nothing of it runs at present." in asked
    done = page.post(address("lab", "/pause"), {"reason": "moving <the rack>"})
    assert (done.status_code, done.location) == (302, address("lab"))
    text = words(page.get(address("lab")))
    assert "by admin: moving <the rack>. What waits in it does not start; what runs goes on." in text
    assert "Resume" in text
    listed = row(browse("vic").get("/queues/"), "lab")
    assert "paused" in listed
    assert "by admin: moving <the rack>" in listed
    assert work() == [None]
    page.get(address("lab"))
    assert page.post(address("lab", "/resumption")).location == address("lab")
    assert work() == [State.SUCCESS]
    assert at(number).state == State.SUCCESS


@on_sqlite
def test_a_pause_without_a_reason_is_asked_again(browse, address):
    page = browse("admin")
    page.get(address("lab", "/pause"))
    for reason, message in (("", "This field is required."), ("x" * 501, "Give at most 500 characters.")):
        refused = page.post(address("lab", "/pause"), {"reason": reason})
        assert refused.status_code == 400
        assert message in refused.text
        assert 'aria-invalid="true"' in refused.text
    page.post(address("lab", "/pause"), {"reason": "first"})
    again = page.post(address("lab", "/pause"), {"reason": "second"})
    assert again.status_code == 409
    assert "by admin: first." in words(again)


def test_a_record_is_made_changed_and_deleted(browse, address):
    page = browse("admin")
    page.get("/queues/new")
    assert page.post("/queues/", {"name": "bulk", "description": "By night"}).location == address("bulk")
    assert "By night" in words(page.get(address("bulk")))
    assert 'value="By night"' in page.get(address("bulk", "/edit")).text
    here = address("bulk")
    assert page.post(f"{here}/edit", {"name": "night", "description": ""}).location == here
    assert address("night") == here
    assert "No job may run on it" in words(page.get(f"{here}/deletion"))
    assert page.post(f"{here}/deletion").location == "/queues/"
    assert page.get(here).status_code == 404
    assert page.post(f"{here}/pause", {"reason": "why not"}).status_code == 404


def shown(text: str) -> dict[str, str]:
    """What a browser would send back of the form of a record, if nobody touched it."""
    names = "name", "description", "shown_name", "shown_description"
    tags = {name: re.search(rf'<input [^>]*name="{name}"[^>]*>', text)[0] for name in names}
    return {name: unescape(re.search(r'value="([^"]*)"', tag)[1]) for name, tag in tags.items()}


@on_sqlite
def test_what_others_changed_while_a_form_was_open_is_not_undone(browse, address):
    page, here = browse("admin"), address("lab")
    form = shown(page.get(f"{here}/edit").text)
    browse("admin").post(f"{here}/edit", {**form, "name": "laboratory"})
    assert page.post(f"{here}/edit", {**form, "description": "Behind the wall"}).status_code == 302
    assert address("laboratory") == here
    wrong = page.post(f"{here}/edit", {**form, "name": "a/b", "description": "Before it"})
    assert wrong.status_code == 400
    assert shown(wrong.text) == {**form, "name": "a/b", "description": "Before it"}
    assert page.post(f"{here}/edit", {**shown(wrong.text), "name": "lab"}).status_code == 302
    assert address("laboratory") == here
    assert 'value="Before it"' in page.get(f"{here}/edit").text


@on_sqlite
def test_jobs_that_one_may_not_see_are_counted_and_not_named(browse, person, address, job):
    grant(person("sam"), "extras.jobqueue", "view", "change", "delete")
    edit, deletion = address("lab", "/edit"), address("lab", "/deletion")
    told = words(browse("sam").get(edit)), words(browse("sam").get(deletion))
    assert "One job that you may not see: its class asks for lab." in told[0]
    assert "because it is the default of this job." in told[1]
    assert "one job that you may not see" in told[1]
    with transaction():
        job("Elsewhere").task_queues = ["default", "lab"]
    told = *told, words(browse("sam").get(deletion))
    assert "One job that you may not see may not run on it any more." in told[2]
    assert "Elsewhere" not in " ".join(told)
    assert "Elsewhere" in words(browse("admin").get(deletion))


@on_sqlite
def test_what_is_wrong_with_a_name_stands_at_its_field_and_what_was_typed_stays(browse, address, start):
    start("Elsewhere", queue="lab")
    page = browse("admin")
    page.get("/queues/new")
    for where, name, message in (
        ("/queues/", "a/b", "Job queue name cannot contain path separators (e.g. '/'), please use a different name."),
        ("/queues/", "lab", "job queue with this name already exists."),
        ("/queues/", "", "This field may not be blank."),
        (address("lab", "/edit"), "a..b", "Job queue name cannot contain '..', please use a different name."),
        (address("lab", "/edit"), "other", "One run waits in it under this name. Rename it when nothing waits there."),
    ):
        refused = page.post(where, {"name": name, "description": "typed"})
        assert refused.status_code == 400
        assert message in unescape(re.search(r'id="name-errors">(.*?)</div>', refused.text, re.DOTALL)[1])
        assert f'value="{name}"' in refused.text
        assert 'value="typed"' in refused.text


@on_sqlite
def test_before_a_deletion_the_page_says_what_it_does(browse, address, start, job):
    later(start(), queue="lab")
    page = browse("admin")
    refused = words(page.get(address("lab", "/deletion")))
    assert "It cannot be deleted, because it is the default of this job." in refused
    assert page.post(address("lab", "/deletion")).status_code == 409
    with transaction():
        job("Elsewhere").task_queues = ["default", "lab"]
    page.post(address("lab", "/pause"), {"reason": "moving"})
    worker("one", "lab")
    asked = words(page.get(address("lab", "/deletion")))
    for sentence in (
        "Elsewhere may not run on it any more.",
        "Elsewhere: its class asks for it: unless its queues are overridden,",
        "One run waits in it. It goes on waiting for a worker that listens to this name.",
        "It is paused. Without the record it is not: what waits in it starts.",
        "One worker goes on listening to this name.",
    ):
        assert sentence in asked


@on_sqlite
def test_before_a_change_of_the_name_the_page_says_who_will_not_follow(browse, address):
    worker("one", "lab")
    asked = words(browse("admin").get(address("lab", "/edit")))
    assert "1 worker listens to the name lab, and will not follow a new one." in asked
    assert "Elsewhere: its class asks for lab." in asked


@on_sqlite
def test_what_one_may_not_do_is_not_offered_and_refused(browse, address):
    vic = browse("vic")
    text = vic.get(address("lab")).text
    for word in ("Pause", "Edit", "Delete", "Resume"):
        assert word not in text
    assert "New queue" not in vic.get("/queues/").text
    for rest in ("/pause", "/edit", "/deletion", "/resumption"):
        assert vic.post(address("lab", rest), {"reason": "mine", "name": "mine"}).status_code == 403
    assert vic.get("/queues/new").status_code == 403
    assert browse("sam").get("/queues/").status_code == 403


@on_sqlite
def test_the_numbers_ask_for_themselves_again_and_hold_no_inputs(browse, address, start):
    worker("one", "lab")
    start("Elsewhere", queue="lab")
    page = browse("admin")
    for whole, numbers in (("/queues/", "/queues/numbers"), (address("lab"), address("lab", "/numbers"))):
        fragment = page.get(numbers).text
        assert f'hx-get="{numbers}" hx-trigger="load delay:3s, again"' in fragment
        assert f'hx-get="{numbers}" hx-trigger="load delay:3s, again"' in page.get(whole).text
        assert 'hx-swap-oob="true"' in fragment
        assert not re.search(r"<(input|select|textarea|form|button)\b", fragment)
        assert "delay:30s" in page.get(numbers, headers={"X-Tab-Hidden": "1"}).text
        version = re.search(r'data-version="(\d+)"', fragment)[1]
        assert f'data-version="{version}"' in page.get(numbers).text
    start("Elsewhere", queue="lab")
    assert f'data-version="{version}"' not in page.get(numbers).text


@on_sqlite
def test_the_run_form_says_that_a_queue_is_paused(browse, address, job):
    worker("one", "lab", "default")
    page = browse("admin")
    page.get(address("lab"))
    page.post(address("lab", "/pause"), {"reason": "moving"})
    told = words(browse("ann").get(f"/jobs/{job('Elsewhere').id}/run"))
    assert "lab · paused" in told
    assert "default · 1 worker" in told
    assert "by admin: moving. A run waits until it is resumed." in told
    assert "paused" not in words(browse("ann").get(f"/jobs/{job('NoInputs').id}/run"))


@on_sqlite
def test_names_that_are_long_or_odd_are_shown_as_they_are(browse, address):
    page = browse("admin")
    page.get("/queues/new")
    name = "<b>&amp;" + "x" * 240
    page.post("/queues/", {"name": name, "description": "<i>" * 80})
    assert f"Start one: flask worker '{name}'" in words(page.get(address(name)))
    worker("one", name)
    text = words(page.get(address(name)))
    assert name in text
    assert name in words(page.get("/queues/"))


@on_sqlite
def test_the_rail_leads_there(browse):
    page = browse("vic").get("/queues/")
    assert re.search(r'href="/queues/"\s+aria-current="page"', page.text)
    assert 'href="/queues/"' not in browse("sam").get("/workers/").text


@on_sqlite
def test_forms_of_queues_are_sent_by_key_and_name_their_buttons_after_what_they_do(browse, address):
    admin = browse("admin")
    for path, (yes, no) in {
        "/queues/new": ("Create this queue", "Cancel"),
        address("lab", "/edit"): ("Save", "Keep it"),
        address("lab", "/pause"): ("Pause the queue", "Cancel"),
    }.items():
        form = re.search(r'<form class="panel question".*?</form>', admin.get(path).text, re.S)[0]
        assert 'data-send="ctrl-enter"' in form
        assert re.search(rf">[^<]*{yes}\s*</button>", form)
        assert f">{no}</a>" in form
    assert re.search(r'<input [^>]*autofocus[^>]*name="reason"', admin.get(address("lab", "/pause")).text)
