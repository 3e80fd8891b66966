"""Users and groups as inputs: chosen on the form, named over the API and in the shell, and handed to the job."""

from __future__ import annotations

import json
import re
from html import unescape
from uuid import uuid4

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.accounts import service
from webapp.accounts.models import Group, Permission, User
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.runs.models import Run, State

KNOWN = "what can be looked up is groups, id, is_active, is_superuser, username."
UNAVAILABLE = "Select a valid choice. That choice is not one of the available choices."


@pytest.fixture
def job(app):
    """Gives the record of a class of tests/jobs_root/objects.py."""
    return lambda name: catalogue.by_class_path(f"objects.{name}")


@pytest.fixture
def ids(app):
    """Primary keys, as texts, by name of the user or group."""
    users = {user.username: str(user.id) for user in db.session.scalars(sa.select(User))}
    return users | {group.name: str(group.id) for group in db.session.scalars(sa.select(Group))}


def last() -> Run:
    db.session.rollback()
    return db.session.scalars(sa.select(Run).order_by(Run.number.desc()).limit(1)).one()


def runs() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(Run)) or 0


def options(text: str, name: str) -> dict[str, tuple[str, bool]]:
    """Labels, and whether they are chosen, by value, of the list of that name."""
    [found] = re.findall(rf'<select[^>]*name="{name}"[^>]*>(.*?)</select>', text, re.S)
    told = re.findall(r'<option (selected )?value="([^"]*)">([^<]*)</option>', found)
    return {unescape(value): (unescape(label), bool(selected)) for selected, value, label in told}


def many(number: int) -> None:
    """Make so many users more, in one statement."""
    rows = [{"username": f"user-{n:04}", "password_hash": "x"} for n in range(number)]
    with transaction() as session:
        session.execute(sa.insert(User), rows)


def test_t039_t069_form_api_and_shell_name_the_same_objects_and_the_job_gets_them(browse, api, app, job, ids, work):
    choosing = job("Choosing")
    kept = {
        "team": ids["Operator"],
        "person": ids["ann"],
        "members": [ids["ann"]],
        "word": "",
    }
    page, path = browse("admin"), f"/jobs/{choosing.id}/run"
    page.get(path)
    assert page.post(path, kept).status_code == 302
    assert last().inputs == kept
    described = {
        "team": {"name": "Operator"},
        "person": {"username": "ann", "groups__name": "Operator"},
        "members": [{"username__in": ["ann"]}, ids["ann"].upper()],
    }
    address = f"/api/extras/jobs/{choosing.id}/run/"
    for data in ({**kept, "team": int(ids["Operator"])}, described):
        answer = api("admin").post(address, json={"data": data})
        assert (answer.status_code, answer.json["job_result"]["task_kwargs"]) == (201, kept)
    data = {"team": ids["Operator"], "person": ids["ann"], "members": ids["ann"]}
    assert api("admin").post(address, data=data, content_type="multipart/form-data").status_code == 201
    assert last().inputs == kept
    ran = app.test_cli_runner().invoke(
        args=["runjob", "-l", "-u", "admin", "-d", json.dumps(described), "objects.Choosing"]
    )
    assert ran.exit_code == 0, ran.output
    assert last().inputs == kept
    assert work() == [State.SUCCESS] * 4
    for run in db.session.scalars(sa.select(Run)):
        assert run.result == {
            "team": ["int", "Operator", "Operator"],
            "person": ["str", "ann", "ann", True],
            "members": ["ann"],
            "hidden": False,
            "kwargs": kept,
        }


@on_sqlite
def test_t071_nothing_chosen_is_none_and_so_is_the_pseudo_choice(api, job, work):
    address = f"/api/extras/jobs/{job('Choosing').id}/run/"
    for data, kept in (({"team": None, "members": []}, None), ({"team": "null"}, "null")):
        assert api("ann").post(address, json={"data": data}).json["job_result"]["task_kwargs"]["team"] == kept
    assert work() == [State.SUCCESS] * 2
    result = last().result
    assert (result["team"], result["person"], result["members"]) == (None, None, [])


@on_sqlite
def test_t072_a_required_object_that_is_null_is_refused_before_there_is_a_run(api, job):
    address = f"/api/extras/jobs/{job('Visiting').id}/run/"
    for nothing in (None, []):
        answer = api("ann").post(address, json={"data": {"people": nothing}})
        assert answer.json == {"errors": {"people": ["This field is required."]}}
    assert runs() == 0


WRONG = [
    ("person", "no-id", [UNAVAILABLE]),
    ("person", "\0", [UNAVAILABLE]),
    ("person", "7" * 300, [UNAVAILABLE]),
    ("team", 10**30, [UNAVAILABLE]),
    ("team", 2**31, [UNAVAILABLE]),
    ("team", "٣", [UNAVAILABLE]),
    ("person", {"username": "nobody"}, [UNAVAILABLE]),
    (
        "person",
        {"is_active": True},
        ["is_active=True fits more than one user. Say more about it, or give its primary key."],
    ),
    (
        "person",
        {"nmae": "x"},
        [f"nmae: there is nothing called “nmae”; {KNOWN}"],
    ),
    (
        "person",
        {"password_hash__icontains": "a"},
        [f"password_hash__icontains: there is nothing called “password_hash”; {KNOWN}"],
    ),
    (
        "person",
        {"username__like": "a"},
        [
            "username__like: there is nothing called “like”; compare by exact, in, isnull, ic, isw, iew, ie, lt, lte, "
            "gt, gte, n, nin, nic, nisw, niew, nie."
        ],
    ),
    ("person", {"is_active": "perhaps"}, ["is_active: give true or false."]),
    ("person", {"username": "\0"}, ["username: that text has characters that nothing here has."]),
    ("person", {"__".join(["groups", "users"] * 5 + ["pk"]): 1}, None),
    ("person", {}, ['Give a primary key, or lookups that describe the object, like {"name": "leaf-1"}.']),
    ("person", True, ['Give a primary key, or lookups that describe the object, like {"name": "leaf-1"}.']),
    ("person", [["a"]], ['Give a primary key, or lookups that describe the object, like {"name": "leaf-1"}.']),
    ("members", "one", ["Enter a list of values."]),
    ("members", [[]], ['Give a primary key, or lookups that describe the object, like {"name": "leaf-1"}.']),
    (
        "members",
        ["x", {"username": "y"}],
        [UNAVAILABLE, "Failed to find requested objects for var members: [x, username=y]"],
    ),
    (
        "members",
        [{"username": str(n)} for n in range(101)],
        ["Describe at most 100 objects by lookups, and name the others by primary keys."],
    ),
    ("members", list(range(10_001)), ["Choose at most 10,000."]),
    ("team", {"name": "nobody's"}, [UNAVAILABLE]),
]


def test_what_names_no_object_is_refused_at_its_field_in_the_words_of_the_reference(api, job):
    admin, address = api("admin"), f"/api/extras/jobs/{job('Choosing').id}/run/"
    for name, raw, messages in WRONG:
        answer = admin.post(address, json={"data": {name: raw}})
        assert answer.status_code == 400, raw
        assert answer.json["errors"].keys() == {name}
        if messages is not None:
            assert answer.json["errors"][name] == messages
    assert runs() == 0


def test_ten_thousand_objects_cost_one_question_and_so_do_a_hundred_descriptions(api, job, ids):
    asked = []
    listen = lambda _c, _k, statement, *_: asked.append(statement)  # noqa: E731
    address, admin = f"/api/extras/jobs/{job('Choosing').id}/validate/", api("admin")
    wanted = [str(n) for n in range(9_800)] + [
        {"username": f"x{n}", "groups__name__in": list("abcdefghij")} for n in range(100)
    ]
    admin.post(address, json={"data": {}})
    sa.event.listen(db.engine, "before_cursor_execute", listen)
    few = admin.post(address, json={"data": {"team": ids["Operator"], "members": [ids["ann"]]}})
    counted = len(asked)
    many = admin.post(address, json={"data": {"team": ids["Operator"], "members": [ids["ann"], *wanted]}})
    sa.event.remove(db.engine, "before_cursor_execute", listen)
    assert (few.status_code, many.status_code) == (200, 400)
    assert len(asked) == 2 * counted


@on_sqlite
def test_people_choose_among_what_they_see_and_never_more(browse, api, job, ids):
    ann, path = browse("ann"), f"/jobs/{job('Choosing').id}/run"
    text = ann.get(path).text
    assert options(text, "team") == {
        "": ("---------", True),
        "null": ("None", False),
        ids["Operator"]: ("Operator", False),
    }
    assert options(text, "person") == {"": ("---------", True), ids["ann"]: ("ann", False)}
    answer = api("ann").post(f"/api{path.replace('/jobs', '/extras/jobs')}/", json={"data": {"person": ids["bob"]}})
    assert answer.json == {"errors": {"person": [UNAVAILABLE]}}
    refused = ann.post(path, {"person": ids["bob"]})
    assert (refused.status_code, UNAVAILABLE in refused.text, runs()) == (400, True, 0)
    assert options(refused.text, "person")[ids["bob"]] == (ids["bob"], True)


def test_what_was_given_for_another_variable_narrows_the_choice_on_the_form_and_on_the_server(browse, api, job, ids):
    admin, path = browse("admin"), f"/jobs/{job('Choosing').id}/run"
    everybody = options(admin.get(path).text, "members")
    assert {"ann", "bob", "vic", "sam", "admin"} <= {label for label, _ in everybody.values()}
    narrowed = options(admin.get(f"{path}?team={ids['Operator']}&members={ids['ann']}&word=x").text, "members")
    assert narrowed == {ids["ann"]: ("ann", True)}
    data = {"team": {"name": "Operator"}, "members": [ids["ann"], ids["bob"]]}
    answer = api("admin").post(f"/api/extras/jobs/{job('Choosing').id}/run/", json={"data": data})
    assert answer.json["errors"]["members"][1] == f"Failed to find requested objects for var members: [{ids['bob']}]"
    with transaction():
        service.named("ann").is_active = False
    assert ids["ann"] not in options(admin.get(path).text, "person")
    assert ids["ann"] in options(admin.get(path).text, "members")


@on_sqlite
def test_an_object_in_the_address_that_is_not_there_is_told_before_anybody_presses_run(browse, job, ids):
    path, nobody = f"/jobs/{job('Choosing').id}/run", str(uuid4())
    text = browse("ann").get(f"{path}?person={ids['bob']}&team=null&members={nobody}&members={ids['ann']}&word=x").text
    for name, message in (("person", UNAVAILABLE), ("members", f"requested objects for var members: [{nobody}]")):
        beside = re.search(rf'id="id_{name}-errors">(.*?)</div>', text, re.S)
        assert beside, name
        assert message in beside[1]
    assert text.count('aria-invalid="true"') == 2
    narrowed = browse("admin").get(f"{path}?team={ids['Operator']}&members={ids['bob']}").text
    assert 'aria-invalid="true"' not in narrowed


@on_sqlite
def test_a_list_shows_two_hundred_and_what_is_chosen_beside_them(browse, job, ids):
    many(250)
    page, path = browse("admin"), f"/jobs/{job('Choosing').id}/run"
    far = str(db.session.scalar(sa.select(User.id).where(User.username == "user-0249")))
    text = page.get(f"{path}?person={far}&members={far}").text
    assert options(text, "person")[far] == options(text, "members")[far] == ("user-0249", True)
    assert len(options(text, "members")) == 201
    person, members, team = (
        re.search(rf'<select[^>]*name="{name}"[^>]*>', text)[0] for name in ("person", "members", "team")
    )
    assert "data-chips" in person and "multiple" not in person
    assert "data-chips" in members and " multiple" in members
    assert f'data-search="{path}/objects/members"' in members
    assert 'data-search-with="team"' in members
    assert "data-chips" not in team
    page.post(path, {"person": far, "members": [far, ids["ann"]]})
    assert last().inputs["members"] == [far, ids["ann"]]


def test_a_script_finds_objects_by_words_by_pasted_names_and_by_what_else_the_form_says(browse, job, ids):
    many(60)
    page, path = browse("admin"), f"/jobs/{job('Choosing').id}/run/objects/members"
    found = page.post(path, {"_q": "USER 00"}).json
    assert (len(found["results"]), found["more"]) == (50, True)
    assert found["results"][0]["label"] == "user-0000"
    assert page.post(path, {"_q": "%"}).json == {"results": [], "more": False}
    assert page.post(path, {"_q": "a\0"}).json["results"] == []
    narrowed = page.post(path, {"_q": "", "team": ids["Operator"]}).json
    assert narrowed == {"results": [{"value": ids["ann"], "label": "ann"}], "more": False}
    pasted = page.post(path, {"_labels": json.dumps([" bob ", "ANN", ids["vic"], "nobody", "\0", "bob"])}).json
    assert [one["label"] for one in pasted["results"]] == ["bob", "ann", "vic"]
    assert pasted["unknown"] == ["nobody", "\0"]


@on_sqlite
def test_the_list_for_scripts_tells_no_more_than_the_form(browse, job, ids):
    path = f"/jobs/{job('Choosing').id}/run/objects/members"
    assert browse("ann").post(path).json["results"] == [{"value": ids["ann"], "label": "ann"}]
    assert browse("vic").post(path).status_code == 403
    assert browse("ann").post(path.replace("members", "word")).status_code == 404
    for wrong in ("[1]", "x", "{}", "[" * 5000):
        assert browse("ann").post(path, {"_labels": wrong}).status_code == 400
    labels = json.dumps([str(n) for n in range(1_001)])
    assert browse("ann").post(path, {"_labels": labels}).status_code == 400
    assert browse("ann").post(path, {"team": "x"}).status_code == 400


def test_nobody_learns_by_lookups_of_people_and_groups_out_of_their_sight(browse, api, job, ids, person):
    with transaction() as session:
        team = session.scalars(sa.select(Group).where(Group.name == "Operator")).one()
        team.users.append(person("bob"))  # beside Ann, who does not see him
    for name, related in (
        ("ann", {"groups__users__username": "bob"}),
        ("ann", {"groups__users": ids["bob"]}),
        ("ann", {"groups__users__username__icontains": "o"}),
        ("ann", {"groups__users__groups__name__in": ["Viewer", "Approver"]}),
    ):
        data = {"person": {"username": name, **related}}
        validated = [
            api(who).post(f"/api/extras/jobs/{job('Choosing').id}/validate/", json={"data": data}).status_code
            for who in ("admin", "ann")
        ]
        assert validated == [200, 400], related
    data = {"person": {"username": "ann", "groups__users__username": "ann"}}
    assert api("ann").post(f"/api/extras/jobs/{job('Choosing').id}/validate/", json={"data": data}).json["valid"]


def test_who_sees_people_but_no_groups_learns_of_no_membership_beyond_what_the_author_says(browse, job, ids, person):
    with transaction() as session:
        session.add(Permission(name="people", kinds=["users.user"], actions=["view"], users=[person("ann")]))
        viewers = session.scalars(sa.select(Group).where(Group.name == "Viewer")).one()
        viewers.users.append(person("bob"))
    path = f"/jobs/{job('Choosing').id}/run"
    for team, found in (("Operator", ["ann"]), ("Viewer", [])):
        told = browse("ann").post(f"{path}/objects/members", {"team": ids[team]}).json["results"]
        assert [one["label"] for one in told] == found
        shown = options(browse("ann").get(f"{path}?team={ids[team]}").text, "members")
        assert [label for label, _ in shown.values()] == found
    with transaction() as session:
        operators = session.scalars(sa.select(Group).where(Group.name == "Operator")).one()
        operators.users = [person("bob")]
        session.add(Permission(name="run", kinds=["extras.job"], actions=["run", "view"], users=[person("ann")]))
    shown = options(browse("ann").get(f"/jobs/{job('Seeking').id}/run").text, "operators")
    assert ids["bob"] in shown and ids["vic"] not in shown


@on_sqlite
def test_a_box_that_is_not_ticked_narrows_the_same_for_the_script_the_page_and_the_gate(browse, job, ids, person):
    with transaction():
        person("vic").is_active = False
    page, path = browse("admin"), f"/jobs/{job('Seeking').id}/run"
    assert page.post(f"{path}/objects/people").json["results"] == [{"value": ids["vic"], "label": "vic"}]
    assert set(options(page.get(path).text, "people")) == {ids["vic"]}
    assert page.post(path, {"people": ids["ann"]}).status_code == 400
    ticked = page.post(f"{path}/objects/people", {"active": "true"}).json["results"]
    assert ids["vic"] not in {one["value"] for one in ticked}
    assert page.post(path, {"people": ids["ann"], "active": "true"}).status_code == 302


@on_sqlite
def test_a_thousand_pasted_names_are_found_also_with_capitals_beyond_ascii(browse, job, ids):
    many(1_000)
    with transaction() as session:
        session.add(User(username="Ärnst", password_hash="x"))
    labels = [*(f"USER-{n:04}" for n in range(999)), "Ärnst"]
    path = f"/jobs/{job('Choosing').id}/run/objects/members"
    told = browse("admin").post(path, {"_labels": json.dumps(labels)}).json
    assert [one["label"] for one in told["results"]] == [label.replace("USER", "user") for label in labels]
    assert told["unknown"] == []


@on_sqlite
def test_what_was_given_to_a_variable_of_another_kind_ends_the_run_with_a_sentence(api, job, ids, work):
    address = f"/api/extras/jobs/{job('Visiting').id}/run/"
    api("admin").post(address, json={"data": {"people": [ids["ann"]]}})
    with transaction():
        last().inputs = {"people": [{"username": "ann"}], "away": "", "greeting": ""}  # as if of a JSONVar
    work()
    assert last().state == State.ERRORED
    assert last().reason == "Not started: People: what was given names no objects by primary keys."


@on_sqlite
def test_pages_show_what_objects_are_called(browse, job, ids):
    page, path = browse("admin"), f"/jobs/{job('Choosing').id}/run"
    page.get(path)
    shown = page.post(path, {"team": "null", "person": ids["ann"], "members": [ids["ann"], ids["bob"]]})
    inputs = re.findall(r'<td class="inputs__value">\s*([^<]*?)\s*<', page.get(f"{shown.location}/inputs").text)
    assert {"None", "ann", "ann, bob"} < set(inputs)
    form = page.get(path).text
    assert "team: None, person: ann, members: ann, bob" in form
    commands = page.post(f"{path}/preview", {"person": ids["ann"], "members": [ids["bob"]]}).text
    assert f"<code>{ids['ann']}</code> is ann" in commands
    assert f"<code>{ids['bob']}</code> is bob" in commands
    again = page.get(f"{path}?_from={last().number}").text
    assert options(again, "person")[ids["ann"]] == ("ann", True)
    assert [label for label, chosen in options(again, "members").values() if chosen] == ["ann", "bob"]


@on_sqlite
def test_an_object_that_has_vanished_ends_the_run_with_a_sentence_that_names_it(browse, api, job, ids, work, person):
    address = f"/api/extras/jobs/{job('Visiting').id}/run/"
    assert api("admin").post(address, json={"data": {"people": [ids["vic"], ids["sam"]]}}).status_code == 201
    with transaction() as session:
        session.delete(person("sam"))
    work()
    assert last().state == State.ERRORED
    assert last().reason == (
        f"Not started: the user {ids['sam']}, given as People, is not there any more, or admin may not see it any more."
    )
    page = browse("admin").get(f"/runs/{last().number}/inputs").text
    assert f"vic, {ids['sam']}" in page


@on_sqlite
def test_a_job_gets_objects_as_they_are_when_it_starts(api, job, ids, work, person):
    address = f"/api/extras/jobs/{job('Visiting').id}/run/"
    api("admin").post(address, json={"data": {"people": [ids["vic"]]}})
    with transaction():
        person("vic").username = "victoria"
    assert work() == [State.SUCCESS]
    assert last().result["people"] == ["victoria"]
