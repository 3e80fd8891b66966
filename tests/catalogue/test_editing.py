"""The edit page of a job, and that of several."""

from __future__ import annotations

import json
import re
from html import unescape

import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.accounts import service
from webapp.catalogue import editing
from webapp.catalogue.deciding import decide
from webapp.catalogue.models import Job
from webapp.db import db, transaction


def fields_of(text: str) -> dict[str, object]:
    """What a browser would send back of the edit form in text, if nobody touched it."""
    form = re.search(r'<form class="columns".*?</form>', text, re.S)[0]
    sent: dict[str, object] = {"_seen": unescape(re.search(r'name="_seen" value="([^"]*)"', form)[1])}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r'name="(\w+)"', tag)[1], re.search(r'value="([^"]*)"', tag)
        if "checkbox" not in tag:
            sent[name] = unescape(value[1])
        elif "checked" in tag:
            sent[name] = [*sent.get(name, []), unescape(value[1])] if name == "task_queues" else "true"
    for name, typed in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n?(.*?)</textarea>', form, re.S):
        sent[name] = unescape(typed)
    for name, options in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = unescape(chosen[1]) if chosen else ""
    return sent


def edit(page, job: Job, **changes: object):
    """Open the form of job, change these fields, None for a tick that is taken away, and send it."""
    path = f"/jobs/{job.id}/edit"
    return send(page, path, fields_of(page.get(path).text), **changes)


def send(page, path: str, form: dict[str, object], **changes: object):
    sent = {name: value for name, value in {**form, **changes}.items() if value is not None}
    return page.post(path, sent, follow_redirects=True)


def near(text: str, id: str) -> str:
    """The messages at the field of that id."""
    found = re.search(rf'id="{id}-errors">(.*?)</div>', text, re.S)
    return unescape(re.sub(r"<[^>]+>|\s+", " ", found[1])).strip() if found else ""


@on_sqlite
def test_the_form_shows_each_value_beside_what_the_class_says(browse, job):
    echo = job("Echo")
    text = unescape(browse("admin").get(f"/jobs/{echo.id}/edit").text)
    for name in ("grouping", "name", "description", "approval_required", "dryrun_default", "has_sensitive_variables"):
        assert f'name="{name}_override"' in text
    for name in ("hidden", "soft_time_limit", "time_limit", "task_queues", "default_job_queue", "is_singleton"):
        assert f'name="{name}_override"' in text
    assert "The class says: <b>“Echo”</b>" in text
    assert "checked" not in re.findall(r"<input [^>]*_override[^>]*>", text)
    with transaction():
        job("Echo").installed = False
    assert "The class says: <b>unknown: not installed</b>" in browse("admin").get(f"/jobs/{echo.id}/edit").text


@on_sqlite
def test_a_form_that_nobody_touched_changes_nothing(browse, job):
    before = vars_of(job("Elsewhere"))
    assert "Nothing was changed." in edit(browse("admin"), job("Elsewhere")).text
    assert vars_of(job("Elsewhere")) == before


def vars_of(job: Job) -> dict[str, object]:
    return {name: getattr(job, name) for name in ("name", "grouping", "task_queues", "overridden", "enabled", "hidden")}


OVERRIDES = (
    ("grouping", "Lab", "Lab"),
    ("name", "Repeat after me", "Repeat after me"),
    ("description", "One line.\r\nAnother.", "One line.\nAnother."),
    ("dryrun_default", "true", True),
    ("has_sensitive_variables", "true", True),
    ("hidden", "true", True),
    ("soft_time_limit", "60", 60),
    ("time_limit", "1200", 1200),
    ("is_singleton", "true", True),
)


@on_sqlite
def test_a_switch_and_a_value_override_the_class_and_without_the_switch_it_decides_again(browse, job):
    admin = browse("admin")
    for name, typed, kept in OVERRIDES:
        before = getattr(job("Echo"), name)
        assert "is saved." in edit(admin, job("Echo"), **{name: typed, f"{name}_override": "true"}).text
        assert (getattr(job("Echo"), name), job("Echo").overridden) == (kept, [name])
        edit(admin, job("Echo"), **{f"{name}_override": None})
        assert (getattr(job("Echo"), name), job("Echo").overridden) == (before, [])


@on_sqlite
def test_queues_and_the_default_one_among_them_are_overridden_one_by_one(browse, job):
    admin = browse("admin")
    edit(admin, job("Elsewhere"), default_job_queue="default", default_job_queue_override="true")
    assert job("Elsewhere").queues == ["default", "lab"]
    edit(admin, job("Elsewhere"), task_queues=["lab"], task_queues_override="true", default_job_queue_override=None)
    assert (job("Elsewhere").queues, job("Elsewhere").overridden) == (["lab"], ["task_queues"])
    edit(admin, job("Elsewhere"), task_queues_override=None)
    assert job("Elsewhere").queues == ["lab", "default"]
    none = edit(admin, job("Elsewhere"), task_queues=None, task_queues_override="true")
    assert near(none.text, "task_queues") == "Give at least one queue."


@on_sqlite
def test_a_job_is_enabled_and_its_runs_are_kept_as_long_as_it_says(browse, job):
    admin = browse("admin")
    edit(admin, job("Echo"), enabled=None, keep_days="30", keep_runs="0")
    assert (job("Echo").enabled, job("Echo").keep_days, job("Echo").keep_runs) == (False, 30, 0)
    edit(admin, job("Echo"), enabled="true", keep_days="", keep_runs="")
    assert (job("Echo").enabled, job("Echo").keep_days, job("Echo").keep_runs) == (True, None, None)
    assert near(edit(admin, job("Echo"), keep_days="a week").text, "keep_days") != ""


@on_sqlite
def test_a_value_without_its_switch_is_refused_at_its_field_and_nothing_that_was_typed_is_lost(browse, job):
    admin = browse("admin")
    answer = edit(admin, job("Echo"), name="Parrot", grouping="Birds", grouping_override="true")
    assert answer.status_code == 400
    assert (
        near(answer.text, "name") == "The class decides this. Tick Override as well, and what you typed counts instead."
    )
    assert 'href="#name">Name</a>' in answer.text
    assert fields_of(answer.text)["name"] == "Parrot"
    assert (fields_of(answer.text)["grouping"], fields_of(answer.text)["grouping_override"]) == ("Birds", "true")
    assert job("Echo").overridden == []


WRONG = (
    ({"name": "", "name_override": "true"}, "name", "blank"),
    ({"name": "x" * 101, "name_override": "true"}, "name", "100 characters"),
    ({"grouping": "x" * 256, "grouping_override": "true"}, "grouping", "255 characters"),
    ({"soft_time_limit": "soon", "soft_time_limit_override": "true"}, "soft_time_limit", "whole number of seconds"),
    ({"soft_time_limit": "-1", "soft_time_limit_override": "true"}, "soft_time_limit", "whole number of seconds"),
    ({"hidden": "perhaps", "hidden_override": "true"}, "hidden", "valid boolean"),
    ({"default_job_queue": "no such", "default_job_queue_override": "true"}, "default_job_queue", "does not exist"),
    ({"name": "a\0b", "name_override": "true"}, "name", "Null characters"),
    ({"keep_runs": "1" * 40}, "keep_runs", "whole number of runs"),
)


@on_sqlite
def test_wrong_values_are_told_at_their_fields(browse, job):
    admin = browse("admin")
    for changes, field, words in WRONG:
        answer = edit(admin, job("Echo"), **changes)
        assert answer.status_code == 400, changes
        assert words in near(answer.text, field), changes
    assert job("Echo").overridden == []


@on_sqlite
def test_a_hard_limit_has_to_be_more_than_the_soft_one(browse, job):
    both = {
        "soft_time_limit": "60",
        "soft_time_limit_override": "true",
        "time_limit": "60",
        "time_limit_override": "true",
    }
    assert "more than the soft one" in near(edit(browse("admin"), job("Echo"), **both).text, "time_limit")
    assert edit(browse("admin"), job("Echo"), **{**both, "time_limit": "61"}).status_code == 200


@on_sqlite
def test_a_job_that_needs_approval_cannot_have_sensitive_inputs(browse, job):
    changes = {"approval_required": "true", "approval_required_override": "true"}
    answer = edit(browse("admin"), job("Secretive"), **changes)
    assert "cannot have sensitive inputs" in near(answer.text, "approval_required")
    assert not job("Secretive").approval_required


def test_a_name_that_is_taken_says_whose_it_is(browse, job):
    answer = edit(browse("admin"), job("Echo"), name="Talk", name_override="true")
    assert "plain.Talk has this name already." in near(answer.text, "name")


def test_what_two_administrators_change_at_once_is_not_lost_and_the_second_one_hears_of_the_first(browse, job, person):
    admin, path = browse("admin"), f"/jobs/{job('Echo').id}/edit"
    form = fields_of(admin.get(path).text)
    other(browse, job, name="Parrot")
    answer = send(admin, path, form, name="Myna", name_override="true", grouping="Birds", grouping_override="true")
    assert answer.status_code == 409
    assert "second has changed this job since you opened the form: Name, Hidden" in unescape(answer.text)
    assert near(answer.text, "name") == "second has set this to “Parrot”. Save again to replace it."
    assert job("Echo").name == "Parrot"
    again = fields_of(answer.text)
    assert (again["name"], again["grouping"], again["hidden"], again["hidden_override"]) == (
        "Myna",
        "Birds",
        "true",
        "true",
    )
    assert send(admin, path, again).status_code == 200
    assert (job("Echo").name, job("Echo").grouping, job("Echo").hidden) == ("Myna", "Birds", True)
    assert sorted(job("Echo").overridden) == ["grouping", "hidden", "name"]


def other(browse, job, name: str) -> None:
    """Let another administrator give Echo this name, and hide it."""
    service.create_user("second", "correct horse", groups=("Admin",))
    edit(browse("second"), job("Echo"), name=name, name_override="true", hidden="true", hidden_override="true")


@on_sqlite
def test_whoever_wants_the_same_is_not_stopped(browse, job):
    admin, path = browse("admin"), f"/jobs/{job('Echo').id}/edit"
    form = fields_of(admin.get(path).text)
    other(browse, job, name="Parrot")
    both = {"name": "Parrot", "name_override": "true", "hidden": "true", "hidden_override": "true"}
    assert send(admin, path, form, **both).status_code == 200


@on_sqlite
def test_a_class_that_changes_while_the_form_is_open_is_not_undone(browse, job):
    admin, path = browse("admin"), f"/jobs/{job('Echo').id}/edit"
    form = fields_of(admin.get(path).text)
    with transaction():
        echo = job("Echo")
        echo.declared = {**echo.declared, "grouping": "New", "name": "Echo 2"}
        echo.grouping, echo.name = "New", "Echo 2"
    assert send(admin, path, form, hidden="true", hidden_override="true").status_code == 200
    assert (job("Echo").grouping, job("Echo").name, job("Echo").overridden) == ("New", "Echo 2", ["hidden"])
    stale = send(admin, path, form, grouping="Plain", grouping_override="true", hidden="true", hidden_override="true")
    assert "Meanwhile it is “New”, as its class says." in near(stale.text, "grouping")
    assert job("Echo").grouping == "New"


def test_whatever_the_form_says_that_it_showed_breaks_nothing(browse, job):
    admin, path = browse("admin"), f"/jobs/{job('Echo').id}/edit"
    form = fields_of(admin.get(path).text)
    good = json.loads(str(form["_seen"]))
    for seen in ("", "{", "[]", "null", "[" * 9000, '{"state": {}}', '{"state": [], "change": "x"}', "1e999"):
        assert send(admin, path, {**form, "_seen": seen}).status_code == 200
    for change in (1e300, -1, 10**30, None, "7", [], float("inf")):
        assert send(admin, path, {**form, "_seen": json.dumps({**good, "change": change})}).status_code == 200
    assert job("Echo").overridden == []


STRANGE = (
    [{}, [None], 7],
    [False, {}],
    [True, [None]],
    [False, "\ud800"],
    [False, ["\ud800"]],
    [0, ""],
    [[], 1e99],
    "",
    {},
)


@on_sqlite
def test_what_a_form_cannot_have_shown_is_not_believed(browse, job):
    admin, path = browse("admin"), f"/jobs/{job('Echo').id}/edit"
    form = fields_of(admin.get(path).text)
    good = json.loads(str(form["_seen"]))
    for name in ("name", "hidden", "time_limit", "task_queues", "keep_days"):
        for strange in STRANGE:
            seen = json.dumps({**good, "state": {**good["state"], name: strange}})
            answer = send(admin, path, {"_seen": seen, "enabled": "true"}, soft_time_limit="x")
            assert answer.status_code in (400, 409), (name, strange)
    assert job("Echo").overridden == []


@on_sqlite
def test_what_the_class_says_is_taken_from_the_record_and_not_from_the_form(browse, job):
    admin, path = browse("admin"), f"/jobs/{job('Echo').id}/edit"
    form = fields_of(admin.get(path).text)
    good = json.loads(str(form["_seen"]))
    lied = {name: [*held[:2], {"it": "says"}] for name, held in good["state"].items()}
    answer = send(admin, path, {**form, "_seen": json.dumps({**good, "state": lied})}, soft_time_limit="x")
    assert answer.status_code == 400
    assert "The class says: <b>“Echo”</b>" in unescape(answer.text)


def test_a_job_that_is_deleted_while_its_form_is_open_is_told_to_be_gone(browse, job, monkeypatch):
    admin, path = browse("admin"), f"/jobs/{job('Echo').id}/edit"
    form, alone = fields_of(admin.get(path).text), editing.alone

    def alone_after_its_deletion():
        with transaction() as session:
            session.execute(sa.delete(Job).where(Job.job_class_name == "Echo"))
        return alone()

    monkeypatch.setattr(editing, "alone", alone_after_its_deletion)
    answer = send(admin, path, form, hidden="true", hidden_override="true")
    assert answer.status_code == 404
    assert "This job has just been deleted, so that nothing was saved." in answer.text


@on_sqlite
def test_nobody_else_edits(browse, job):
    id = job("Echo").id
    for who in ("ann", "bob", "vic", "sam"):
        assert browse(who).get(f"/jobs/{id}/edit").status_code == 403
        assert browse(who).post(f"/jobs/{id}/edit", {"name": "x", "name_override": "true"}).status_code == 403
        assert browse(who).get(f"/jobs/edit?id={id}").status_code == 403
        assert browse(who).post("/jobs/edit/decisions", {"id": [id], "hidden_how": "class"}).status_code == 403


def several(page, *jobs: Job, **changes: object):
    return page.post("/jobs/edit/decisions", {"id": [str(job.id) for job in jobs], **changes}, follow_redirects=True)


def test_t213_of_several_jobs_a_value_overrides_a_cleared_one_is_the_class_s_and_nothing_leaves_it(browse, job):
    admin = browse("admin")
    decide([job("Echo"), job("Talk")], {"grouping": "Lab", "grouping_override": True}, admin_of())
    answer = several(
        admin,
        *(job("Echo"), job("Talk"), job("Fail")),
        **{"grouping_how": "class", "soft_time_limit_how": "override", "soft_time_limit": "60"},
        **{"task_queues_how": "override", "task_queues": ["lab"], "enabled": "false", "keep_days_how": "override"},
        **{"keep_days": "7", "name_how": "", "hidden_how": ""},
    )
    assert "3 jobs are changed." in answer.text
    for name in ("Echo", "Talk", "Fail"):
        one = job(name)
        assert one.grouping == one.declared["grouping"]
        assert (one.soft_time_limit, one.queues, one.enabled, one.keep_days) == (60, ["lab"], False, 7)
        assert sorted(one.overridden) == ["soft_time_limit", "task_queues"]
        assert one.name == one.declared["name"]
    several(admin, job("Echo"), task_queues_how="class", keep_days_how="class", soft_time_limit_how="class")
    assert (job("Echo").overridden, job("Echo").queues, job("Echo").keep_days) == ([], ["default"], None)


def admin_of():
    return service.named("admin")


@on_sqlite
def test_t046_t047_editing_one_field_of_several_jobs_keeps_the_default_queue_and_an_overridden_list(browse, job):
    admin = browse("admin")
    decide([job("Echo")], {"default_job_queue": "lab", "default_job_queue_override": True}, admin_of())
    answer = several(admin, job("Echo"), job("Elsewhere"), hidden_how="override", hidden="true")
    assert "2 jobs are changed. Hidden: Yes." in answer.text
    assert (job("Echo").queues, job("Elsewhere").queues) == (["lab", "default"], ["lab", "default"])
    assert sorted(job("Echo").overridden) == ["default_job_queue", "hidden", "task_queues"]


@on_sqlite
def test_t008_a_queue_that_is_not_known_is_refused_by_its_name(browse, job):
    changes = {"task_queues": ["no such"], "task_queues_override": "true"}
    answer = edit(browse("admin"), job("Echo"), **changes)
    assert near(answer.text, "task_queues") == "Job Queue no such does not exist in the database."


@on_sqlite
def test_the_page_says_which_jobs_and_how_they_are_now(browse, job):
    admin = browse("admin")
    decide([job("Echo")], {"hidden": True, "hidden_override": True}, admin_of())
    text = unescape(admin.get(f"/jobs/edit?id={job('Echo').id}&id={job('Talk').id}&id=rubbish").text)
    assert "Edit 2 jobs" in text
    assert ">Echo</a>" in text
    assert "1 of them overridden" in text
    assert admin.post("/jobs/edit", {"id": [str(job("Echo").id)]}).status_code == 200
    assert "Choose some jobs first" in admin.get("/jobs/edit", follow_redirects=True).text
    assert admin.post("/jobs/edit", {"id": [f"x{number}" for number in range(1001)]}).status_code == 409


@on_sqlite
def test_what_is_wrong_in_one_of_several_jobs_changes_none_of_them(browse, job):
    answer = several(
        browse("admin"), job("Echo"), job("Secretive"), approval_required_how="override", approval_required="true"
    )
    assert answer.status_code == 400
    assert "Secretive" in near(answer.text, "approval_required")
    assert job("Echo").overridden == []


@on_sqlite
def test_of_several_jobs_a_value_without_a_choice_is_refused_and_kept(browse, job):
    answer = several(
        browse("admin"), job("Echo"), job("Talk"), grouping="Birds", time_limit_how="override", hidden_how="so"
    )
    assert near(answer.text, "grouping") == "Choose what to do with this: as it is, it would be left alone."
    assert near(answer.text, "time_limit") == "Give a value, or choose something else."
    assert near(answer.text, "hidden") == "Choose one of these."
    assert 'value="Birds"' in answer.text
    assert "Several jobs cannot have one name." in near(
        several(browse("admin"), job("Echo"), job("Talk"), name_how="override", name="One").text, "name"
    )


@on_sqlite
def test_of_several_jobs_one_that_is_gone_does_not_matter(browse, job):
    ids = [str(job("Echo").id), str(job("Talk").id)]
    with transaction() as session:
        session.delete(job("Echo"))
    answer = browse("admin").post("/jobs/edit/decisions", {"id": ids, "hidden_how": "override", "hidden": "true"})
    assert answer.status_code == 302
    db.session.rollback()
    assert job("Talk").hidden
