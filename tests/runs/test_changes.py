"""What a run has changed, or would change: on its page, on a page of its own, and over the API."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
import sqlalchemy as sa

from tests.product import running
from webapp.changes import acting
from webapp.changes.models import Action, Change, PlannedChange
from webapp.db import db, transaction
from webapp.inventory.models import Role
from webapp.runs import deleting, states
from webapp.runs.models import Run, State
from webapp.runs.service import submit

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def ended(job, user, *, dry: bool = False, state: State = State.SUCCESS) -> Run:
    """A run of Echo that is over."""
    run = submit(job("Echo"), user, {"text": "x"})
    attempt = running(run.number)
    with transaction() as session:
        session.execute(sa.update(Run).where(Run.number == run.number).values(dry_run=dry))
        states.finish(run.number, attempt, State.RUNNING, state, "w", reason=None if state is State.SUCCESS else "No.")
    return db.session.get_one(Run, run.number, populate_existing=True)


@pytest.fixture
def real(job, person):
    """A run of ann's that made a role and renamed it later."""
    run = ended(job, person("ann"))
    with acting(person("ann"), run_number=run.number), transaction() as session:
        row = Role(name="border", content_types=[])
        session.add(row)
    with acting(person("ann"), run_number=run.number), transaction():
        row.name = "spine"
    return run


@pytest.fixture
def dry(job, person):
    """A dry run of ann's that would make two devices and rename a role, which is there."""
    run = ended(job, person("ann"), dry=True)
    with transaction() as session:
        role = Role(name="leaf", content_types=[])
        session.add(role)
        session.flush()
        plan(
            session,
            run,
            "dcim.device",
            "leaf-1",
            Action.CREATE,
            None,
            {"name": "leaf-1", "location": "ams01", "tags": []},
        )
        plan(
            session,
            run,
            "dcim.device",
            "leaf-2",
            Action.CREATE,
            None,
            {"name": "leaf-2", "location": "ams01", "tags": []},
        )
        plan(session, run, "extras.role", "leaf", Action.UPDATE, {"name": "leaf"}, {"name": "spine"}, role.id)
    return run


def plan(session, run, kind, name, action, before, after, id: UUID | None = None) -> None:
    values = {"kind": kind, "row_name": name, "action": action, "before": before, "after": after}
    session.add(PlannedChange(run_number=run.number, row_id=str(id or uuid4()), **values))
    session.flush()


def shown(page) -> list[str]:
    """Object by object, what a page says."""
    found = re.findall(r'<section class="run-change".*?</section>', page.text, re.DOTALL)
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", one)).strip() for one in found]


def told_of(page) -> str:
    """What the tab of a run says of its changes."""
    found = page.text.partition('aria-label="About this run"')[2].partition("</main>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found))


def test_the_page_of_a_run_counts_its_changes_and_tells_them(browse, real):
    page = browse("vic").get(f"/runs/{real.number}/changes/")
    told = told_of(page)
    assert told.index("Created 1 role") < told.index("Changed 1 role")
    assert "Name border spine" in told
    assert "dry run" not in told
    assert "Changes 2 " in told_of(browse("vic").get(f"/runs/{real.number}"))


@on_sqlite
def test_a_run_that_has_changed_nothing_says_nothing_of_it(browse, job, person):
    run = ended(job, person("ann"))
    page = browse("vic").get(f"/runs/{run.number}")
    assert re.search(r'<a id="tab-changes" class="[^"]*tabs__link--empty', page.text)
    assert "Nothing has changed" in browse("vic").get(f"/runs/{run.number}/changes/").text


def test_a_dry_run_says_that_nothing_was_changed_and_what_would_be(browse, dry):
    told = told_of(browse("vic").get(f"/runs/{dry.number}/changes/"))
    assert "Preview" in told
    assert "This was a dry run: nothing was changed." in told
    assert "Would be created 2 devices" in told
    assert "Would be changed 1 role" in told


@on_sqlite
@pytest.mark.parametrize(
    ("state", "words"), [(State.SUCCESS, "No object would have been"), (State.FAILURE, "No changes were planned")]
)
def test_a_dry_run_without_a_plan_says_so(browse, job, person, state, words):
    run = ended(job, person("ann"), dry=True, state=state)
    told = told_of(browse("vic").get(f"/runs/{run.number}/changes/"))
    assert "nothing was changed" in told
    assert words in told
    assert "Nothing would change" in browse("vic").get(f"/runs/{run.number}/changes/").text


def test_the_preview_goes_object_by_object_with_links_to_those_that_are_there(browse, dry):
    page = browse("vic").get(f"/runs/{dry.number}/changes/")
    first, second, third = shown(page)
    assert "Would be created device leaf-1" in first
    assert "Location ams01" in first
    assert "Would be created device leaf-2" in second
    assert "Would be changed role leaf" in third
    assert "Name leaf spine" in third
    assert "nothing was changed" in page.text
    links = re.findall(r'href="(/(?:dcim|extras)/[^"]+)"', page.text)
    role = db.session.scalars(sa.select(Role).where(Role.name == "leaf")).one()
    assert links == [f"/extras/roles/{role.id}/"]


@on_sqlite
@pytest.mark.parametrize(
    ("query", "count"), [("kind=dcim.device", 2), ("action=update", 1), ("q=LEAF-2", 1), ("q=nothing", 0)]
)
def test_the_preview_is_narrowed_by_its_address(browse, dry, query, count):
    assert len(shown(browse("vic").get(f"/runs/{dry.number}/changes/?{query}"))) == count


@on_sqlite
def test_what_cannot_be_read_in_the_address_gets_a_sentence(browse, dry):
    page = browse("vic").get(f"/runs/{dry.number}/changes/?action=gone")
    assert page.status_code == 200
    assert 'role="alert"' in page.text


def test_a_preview_of_many_comes_in_pages_in_its_order(browse, api, dry):
    rows = [
        {"run_number": dry.number, "kind": "dcim.rack", "row_id": str(uuid4()), "row_name": f"rack {number:05}"}
        | {"action": Action.CREATE, "before": None, "after": {"name": f"rack {number:05}"}}
        for number in range(10_000)
    ]
    with transaction() as session:
        session.execute(sa.insert(PlannedChange), rows)
    vic = browse("vic")
    assert "Would be created 2 devices 10,000 racks" in told_of(vic.get(f"/runs/{dry.number}/changes/"))
    first = vic.get(f"/runs/{dry.number}/changes/?kind=dcim.rack")
    more = re.search(r'rel="next" href="([^"]+)"', first.text)[1].replace("&amp;", "&")
    names = [re.search(r"rack \d+", one)[0] for page in (first, vic.get(more)) for one in shown(page)]
    assert names == [f"rack {number:05}" for number in range(100)]
    answer = api("vic").get(f"/api/extras/job-results/{dry.id}/changes/?limit=1000&offset=9500").json
    assert (answer["count"], len(answer["results"])) == (10_003, 503)


def test_the_api_tells_a_plan_in_the_shape_of_changes(api, dry):
    answer = api("vic").get(f"/api/extras/job-results/{dry.id}/changes/").json
    assert (answer["planned"], answer["count"], answer["hidden"]) == (True, 3, 0)
    assert {"changed_object_type": "dcim.device", "action": "create", "count": 2} in answer["counts"]
    device, _, role = answer["results"]
    assert (device["planned"], device["time"], device["changed_object"]) == (True, None, None)
    assert device["object_data"]["location"] == "ams01"
    assert (role["action"], role["before"], role["after"]) == (
        {"value": "update", "label": "Updated"},
        {"name": "leaf"},
        {"name": "spine"},
    )
    assert role["changed_object"]["object_type"] == "extras.role"
    assert role["job_result"]["id"] == str(dry.id)


def test_the_api_tells_what_a_run_has_changed_as_it_tells_changes(api, real):
    vic = api("vic")
    answer = vic.get(f"/api/extras/job-results/{real.id}/changes/").json
    assert (answer["planned"], answer["count"]) == (False, 2)
    assert answer["results"] == vic.get(f"/api/extras/object-changes/?run={real.number}&sort=time").json["results"]


@on_sqlite
def test_the_api_refuses_what_it_does_not_know(api, dry):
    vic = api("vic")
    for query in ("foo=1", "action=gone", "changed_object_type=dcim.nothing", "sort=time"):
        assert vic.get(f"/api/extras/job-results/{dry.id}/changes/?{query}").status_code == 400, query
    assert vic.get(f"/api/extras/job-results/{uuid4()}/changes/").status_code == 404
    assert len(vic.get(f"/api/extras/job-results/{dry.id}/changes/?action=create").json["results"]) == 2


@on_sqlite
def test_whoever_may_see_the_run_but_not_the_objects_learns_how_many_there_are(browse, api, job, person):
    run = ended(job, person("ann"), dry=True)
    with transaction() as session:
        session.execute(sa.update(Run).values(user_id=person("sam").id))
        plan(session, run, "dcim.device", "leaf-1", Action.CREATE, None, {"name": "leaf-1"})
    told = told_of(browse("sam").get(f"/runs/{run.number}/changes/"))
    assert "1 more is of kinds that you may not view" in told
    assert "leaf-1" not in told
    answer = api("sam").get(f"/api/extras/job-results/{run.id}/changes/").json
    assert (answer["count"], answer["hidden"], answer["results"]) == (0, 1, [])


@on_sqlite
def test_nobody_sees_changes_of_a_run_that_they_may_not_see(browse, api, dry):
    assert browse("sam").get(f"/runs/{dry.number}/changes/").status_code == 404
    assert api("sam").get(f"/api/extras/job-results/{dry.id}/changes/").status_code == 404


def test_a_plan_goes_with_its_run_a_little_at_a_time_and_changes_stay(dry, real, person, monkeypatch):
    monkeypatch.setattr(deleting, "LINES", 2)
    planned, changed = dry.number, real.number
    with transaction():
        deleting.let_go([planned, changed])
    steps = deleting.carry_out()
    next(steps)
    assert left(PlannedChange) == 1
    assert left(Run, Run.number == planned) == 1
    assert list(steps)
    assert left(PlannedChange) == 0
    assert left(Run, Run.number.in_([planned, changed])) == 0
    assert left(Change, Change.run_number == changed) == 2


def left(model, *conditions) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(*conditions))
