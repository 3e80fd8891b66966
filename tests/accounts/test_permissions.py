"""Who may do and see what: the roles, permission rows, and the one query for what is visible."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.product import on_sqlite
from webapp.accounts import roles, service
from webapp.accounts.models import Group, Permission
from webapp.accounts.permissions import may, require, visible
from webapp.catalogue.models import Job
from webapp.db import db, transaction
from webapp.errors import NotAllowed
from webapp.runs.models import Run
from webapp.runs.service import submit

RIGHTS = {  # sees jobs, runs jobs, switches jobs on, sees everybody's runs
    "admin": (True, True, True, True),
    "ann": (True, True, False, True),
    "bob": (True, False, False, True),
    "vic": (True, False, False, True),
    "sam": (False, False, False, False),
}


@on_sqlite
def test_the_roles_may_do_what_their_names_say(app, person):
    names = ("extras.view_job", "extras.run_job", "extras.change_job", "extras.view_jobresult")
    assert {who: tuple(may(person(who), name) for name in names) for who in RIGHTS} == RIGHTS
    assert [who for who in RIGHTS if may(person(who), "extras.approve_job")] == ["admin", "bob"]


@on_sqlite
def test_pages_hold_each_role_to_its_rights(browse, person, job):
    number = submit(job("NoInputs"), person("ann"), {}).number
    id = job("NoInputs").id
    for who, (sees, runs, switches, sees_runs) in RIGHTS.items():
        page = browse(who)
        assert (page.get("/jobs/").status_code == 200) is sees, who
        assert (page.get(f"/jobs/{id}").status_code == 200) is sees, who
        assert (page.get(f"/jobs/{id}/runs").status_code == 200) is sees, who
        assert (page.get(f"/jobs/{id}/run").status_code == 200) is runs, who
        assert (page.post(f"/jobs/{id}/run").status_code == 302) is runs, who
        assert (page.post(f"/jobs/{id}/enablement", {"enabled": "true"}).status_code == 302) is switches, who
        assert (page.get(f"/runs/{number}").status_code == 200) is sees_runs, who
        assert (page.get(f"/runs/{number}/log").status_code == 200) is sees_runs, who
        assert page.get("/runs/").status_code == 200, who


@on_sqlite
def test_the_api_holds_each_role_to_its_rights(api, person, job):
    run = submit(job("NoInputs"), person("ann"), {}).id
    id = job("NoInputs").id
    for who, (sees, runs, switches, sees_runs) in RIGHTS.items():
        script = api(who)
        assert script.get("/api/extras/jobs/").status_code == (200 if sees else 403), who
        assert script.get(f"/api/extras/jobs/{id}/").status_code == (200 if sees else 403), who
        assert script.post(f"/api/extras/jobs/{id}/run/", json={}).status_code == (201 if runs else 403), who
        assert script.patch(f"/api/extras/jobs/{id}/", json={}).status_code == (200 if switches else 403), who
        assert script.get(f"/api/extras/job-results/{run}/").status_code == (200 if sees_runs else 404), who
        assert script.get(f"/api/extras/job-results/{run}/logs/").status_code == (200 if sees_runs else 404), who
        assert bool(script.get("/api/extras/job-results/").json["count"]) is sees_runs, who


@on_sqlite
def test_pages_show_only_the_buttons_that_work(browse, job):
    id = job("NoInputs").id
    for who, (sees, runs, switches, _) in RIGHTS.items():
        if not sees:
            continue
        page = browse(who)
        assert (f"/jobs/{id}/run" in page.get("/jobs/").text.replace(f"/jobs/{id}/runs", "")) is runs, who
        assert ("enablement" in page.get(f"/jobs/{id}").text) is switches, who


def test_who_may_see_no_runs_but_started_one_sees_that_one(browse, api, person, job):
    give(person("sam"), "run", "view")
    own = submit(job("NoInputs"), person("sam"), {})
    other = submit(job("NoInputs"), person("ann"), {})
    numbers, ids = (own.number, other.number), (own.id, other.id)
    sam, script = browse("sam"), api("sam")
    assert [sam.get(f"/runs/{number}").status_code for number in numbers] == [200, 404]
    assert [sam.get(f"/runs/{number}/log").status_code for number in numbers] == [200, 404]
    assert [f'/runs/{number}"' in sam.get("/runs/").text for number in numbers] == [True, False]
    assert [f'/runs/{number}"' in sam.get(f"/jobs/{job('NoInputs').id}/runs").text for number in numbers] == [
        True,
        False,
    ]
    assert [row["id"] for row in script.get("/api/extras/job-results/").json["results"]] == [str(ids[0])]
    assert [script.get(f"/api/extras/job-results/{id}/").status_code for id in ids] == [200, 404]
    assert [script.get(f"/api/extras/job-results/{id}/logs/").status_code for id in ids] == [200, 404]


@on_sqlite
def test_the_names_of_jobs_are_kept_from_those_who_may_not_see_them(browse):
    assert "No inputs" in browse("vic").get("/runs/").text
    assert "No inputs" not in browse("sam").get("/runs/").text


@on_sqlite
def test_a_page_that_one_may_not_open_says_so(browse, job):
    answer = browse("vic").get(f"/jobs/{job('Echo').id}/run")
    assert answer.status_code == 403
    assert "the permission extras.run_job is missing" in answer.text


def test_permission_rows_count_for_users_and_groups_and_only_while_they_are_enabled(app, person):
    sam = person("sam")
    assert not may(sam, "extras.run_job")
    row = give(sam, "run")
    assert may(sam, "extras.run_job")
    assert not may(sam, "extras.view_job")
    with transaction():
        db.session.get_one(Permission, row).enabled = False
    assert not may(person("sam"), "extras.run_job")


@on_sqlite
def test_a_superuser_may_do_everything_until_switched_off(app, person):
    boss = service.named("sam")
    with transaction():
        boss.is_superuser = True
    assert may(boss, "users.delete_user")
    service.deactivate(boss)
    assert not may(person("sam"), "users.delete_user")
    assert db.session.scalars(visible(Job, person("sam"))).all() == []


@on_sqlite
def test_require_says_who_may_not_do_what(app, person, job):
    with pytest.raises(NotAllowed, match="vic may not run job No inputs: the permission extras.run_job is missing"):
        require(person("vic"), "extras.run_job", job("NoInputs"))
    with pytest.raises(NotAllowed, match="sam may not view any run"):
        require(person("sam"), "extras.view_jobresult")


def test_roles_that_administrators_changed_are_left_alone(app, person):
    with transaction() as session:
        for row in session.scalars(select(Permission).where(Permission.groups.any(Group.name == "Operator"))):
            session.delete(row)
        session.delete(session.scalars(select(Group).where(Group.name == "Viewer")).one())
    roles.ensure_roles()
    names = set(db.session.scalars(select(Group.name)))
    assert names == {"Viewer", "Operator", "Approver", "Admin"}
    assert not may(person("ann"), "extras.run_job")
    assert not may(person("vic"), "extras.view_job")


def test_a_query_for_what_is_visible_holds_for_whoever_it_is_made_for(app, person, job):
    submit(job("NoInputs"), person("ann"), {})
    seen = {who: len(db.session.scalars(visible(Run, person(who))).all()) for who in RIGHTS}
    assert seen == {"admin": 1, "ann": 1, "bob": 1, "vic": 1, "sam": 0}


def give(user, *actions: str):
    """A permission row of user's own for jobs."""
    with transaction() as session:
        row = Permission(name=f"own {user} {actions}", kinds=["extras.job"], actions=list(actions), users=[user])
        session.add(row)
        session.flush()
        return row.id
