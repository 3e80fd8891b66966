"""The Jobs page: what it leaves out and why, filters, orders, favourites, several at once, looking for new jobs."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest
from sqlalchemy import delete, event, select

from tests.catalogue.conftest import module
from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.catalogue.asked import SORTS
from webapp.catalogue.models import Favourite, Job, LoadError
from webapp.changes.models import Change
from webapp.db import db, transaction, utcnow

ROW = re.compile(r"<tr.*?</tr>", re.S)
HOSTILE = "<img src=x onerror=alert(1)>\"'&{{ 7 * 7 }}"


@pytest.fixture
def jobs(app):
    """Gives each job of a class in plain.py values."""

    def give(**values: dict[str, object]) -> None:
        with transaction() as session:
            for name, changes in values.items():
                job = session.scalars(select(Job).where(Job.job_class_name == name, Job.module_name == "plain")).one()
                for field, value in changes.items():
                    setattr(job, field, value)
        with transaction() as session:
            session.execute(delete(Change))  # as if it had always been so

    return give


def listed(text: str) -> list[str]:
    """The names of the jobs on a page, in their order, without the favourites."""
    return re.findall(r'class="list__name"[^>]*>([^<]*)</a>', unescape(text.partition('id="several"')[2]))


def row(text: str, name: str) -> str:
    return next(found for found in ROW.findall(text) if f">{name}</a>" in unescape(found))


def messages(text: str) -> str:
    return " ".join(re.sub("<[^>]*>", " ", text[text.index('id="flash"') : text.index("<h1>")]).split())


@on_sqlite
def test_by_default_the_list_has_what_one_may_run_and_one_click_shows_the_rest(browse, jobs):
    jobs(Echo={"enabled": False, "name": "Sleeper"})
    ann = browse("ann")
    text = ann.get("/jobs/").text
    assert "Sleeper" not in listed(text)
    assert "Talk" in listed(text)
    link = unescape(re.search(r'<a href="([^"]*)">Show \d+ more that you cannot run</a>', text)[1])
    everything = ann.get(link).text
    assert "Sleeper" in listed(everything)
    assert "Talk" in listed(everything)
    assert "more that you cannot run" not in everything
    assert "Talk" not in listed(ann.get("/jobs/?can_run=no").text)


@on_sqlite
def test_each_job_that_one_cannot_run_says_why(browse, jobs):
    jobs(
        Echo={"enabled": False},
        Talk={"installed": False},
        Fail={"is_job_hook_receiver": True},
        Raise={"is_job_button_receiver": True},
    )
    ann = browse("ann").get("/jobs/?can_run=no&installed=any").text
    for name, why in {
        "Echo": "Switched off",
        "Talk": "Not installed",
        "Fail": "Job hook receiver",
        "Raise": "Job button receiver",
    }.items():
        assert why in row(ann, name)
        assert "/run" not in row(ann, name)
    assert "needs extras.run_job" in row(browse("vic").get("/jobs/?q=plain.NoInputs").text, "No inputs")


@on_sqlite
def test_a_job_whose_module_does_not_load_stays_and_says_why_to_those_who_may_mend_it(browse, jobs):
    jobs(Talk={"installed": False})
    with transaction() as session:
        session.add(
            LoadError(module_name="plain", file="plain.py", line=7, message="SyntaxError: <oops>", traceback="")
        )
    admin, ann = (row(browse(who).get("/jobs/?can_run=any").text, "Talk") for who in ("admin", "ann"))
    assert "Does not load" in admin
    assert "plain.py:7 SyntaxError: &lt;oops&gt;" in admin
    assert "Does not load" in ann
    assert "SyntaxError" not in ann


@on_sqlite
def test_who_may_run_nothing_sees_the_jobs_and_which_permission_is_missing(browse):
    vic = " ".join(browse("vic").get("/jobs/").text.split())
    assert "Talk" in listed(vic)
    assert "the permission <code>extras.run_job</code> is missing. Ask an administrator" in vic
    assert "permission <code>" not in browse("ann").get("/jobs/").text


@on_sqlite
def test_where_nothing_can_be_run_the_page_says_that_there_is_something_all_the_same(browse, jobs):
    jobs(Echo={"enabled": False, "name": "Sleeper"})
    text = browse("ann").get("/jobs/?q=sleeper").text
    assert "No job that you can run matches “sleeper”" in text
    assert "There is 1 that you cannot run." in text


def test_filters_are_in_the_address_and_what_is_unknown_filters_nothing(browse, jobs):
    jobs(Echo={"enabled": False, "source": "lab"}, Talk={"supports_dryrun": True})
    admin = browse("admin")
    everything = listed(admin.get("/jobs/?can_run=any").text)
    assert listed(admin.get("/jobs/?enabled=no").text) == ["Echo"]
    assert "Echo" not in listed(admin.get("/jobs/?enabled=yes").text)
    assert listed(admin.get("/jobs/?source=lab&can_run=any").text) == ["Echo"]
    dry, real = (set(listed(admin.get(f"/jobs/?dry_run={value}&can_run=any").text)) for value in ("yes", "no"))
    assert "Talk" in dry
    assert sorted(dry | real) == sorted(everything)
    assert not dry & real
    assert "Remove the filter Enabled: No" in admin.get("/jobs/?enabled=no").text
    odd = "enabled=maybe&hidden=%00&installed=NO&dry_run=1&sort=size&can_run=any"
    assert listed(admin.get(f"/jobs/?{odd}").text) == everything
    assert admin.get("/jobs/?source=%00").status_code == 200


@on_sqlite
def test_the_address_says_no_more_than_it_has_to(browse):
    ann = browse("ann")
    asked = "/jobs/?q=talk&installed=&enabled=yes&sort="
    answer = ann.get(asked, headers={"HX-Request": "true", "HX-Trigger": "filters"})
    assert answer.headers["HX-Push-Url"] == "/jobs/?q=talk&enabled=yes"
    assert "HX-Push-Url" not in ann.get(asked, headers={"HX-Request": "true", "HX-Trigger": "star-1"}).headers


def test_a_search_finds_names_and_labels_of_inputs(browse, job):
    words = job("Echo").variable_words.split("\n")
    assert len(words) == len(job("Echo").variables) > 0
    ann = browse("ann")
    for variable in job("Echo").variables:
        for told in filter(None, (variable["name"], variable.get("label"))):
            assert "Echo" in listed(ann.get("/jobs/", query_string={"q": told}).text), told
    assert listed(ann.get("/jobs/?q=StringVar").text) == []


def test_jobs_are_sorted_by_group_name_last_run_or_change(browse, jobs):
    now = utcnow()
    jobs(
        Echo={"name": "b", "grouping": "Z", "last_run_at": now, "last_run_number": 1, "last_run_state": "success"},
        Talk={"name": "C", "grouping": "y"},
        Fail={"name": "a", "grouping": "Z"},
    )
    jobs(Talk={"description": "newer"})
    admin = browse("admin")

    def order(sort: str) -> list[str]:
        return [name for name in listed(admin.get(f"/jobs/?sort={sort}").text) if name in {"a", "b", "C"}]

    assert order("") == ["C", "a", "b"]
    assert order("name") == ["a", "b", "C"]
    assert order("last-run")[0] == "b"
    assert listed(admin.get("/jobs/?sort=changed").text)[0] == "C"
    assert all(admin.get(f"/jobs/?sort={sort}").status_code == 200 for sort in SORTS)
    assert "<summary" not in admin.get("/jobs/?sort=name").text.partition('id="several"')[2]


@on_sqlite
def test_groups_that_this_browser_has_folded_come_folded_but_not_in_a_search(browse):
    ann = browse("ann")
    key = re.search(
        r'data-fold="(\w+)" open>\s*<summary class="group__title">\s*<h2>Plain things', ann.get("/jobs/").text
    )[1]
    ann.client.set_cookie("folded", f"x.{key}", path="/jobs")
    assert f'data-fold="{key}">' in ann.get("/jobs/").text
    assert f'data-fold="{key}" open>' in ann.get("/jobs/?q=talk").text


@on_sqlite
def test_marks_tell_what_is_special_and_what_an_administrator_has_decided(browse, jobs):
    jobs(Talk={"read_only": True, "is_singleton": True, "supports_dryrun": True, "overridden": ["name", "time_limit"]})
    talk = row(browse("vic").get("/jobs/?q=plain.Talk").text, "Talk")
    assert "dry run · read-only · one at a time · " in talk
    assert 'title="An administrator decides: Name, ' in talk
    assert "overridden" not in row(browse("vic").get("/jobs/?q=plain.NoInputs").text, "No inputs")


@on_sqlite
def test_nothing_that_people_have_written_becomes_markup(browse, jobs):
    jobs(
        Talk={
            "name": HOSTILE,
            "grouping": f"{HOSTILE} group",
            "description": HOSTILE,
            "source": HOSTILE,
            "installed": False,
        }
    )
    with transaction() as session:
        told = {"message": HOSTILE, "file": HOSTILE, "traceback": HOSTILE}
        session.add(LoadError(module_name="plain", line=None, **told))
    for path in (
        "/jobs/?can_run=any",
        "/jobs/?can_run=any&sort=name",
        "/jobs/?can_run=any&source=" + HOSTILE.replace("&", "%26"),
    ):
        for who in ("admin", "vic"):
            text = browse(who).get(path).text
            assert "<img" not in text
            assert HOSTILE in unescape(row(text, HOSTILE))


def test_whoever_looks_keeps_favourites_of_their_own_on_top(browse, jobs, job, person):
    jobs(Echo={"enabled": False})
    vic, path = browse("vic"), f"/jobs/{job('Talk').id}/favourite"
    off = f"/jobs/{job('Echo').id}/favourite"
    assert "Favourites" not in vic.get("/jobs/").text
    answer = vic.post(path, {"query": "q=talk&sort=name"})
    assert (answer.status_code, answer.location) == (303, "/jobs/?q=talk&sort=name")
    vic.post(path)
    vic.post(off)
    text = vic.get("/jobs/").text
    assert (
        text.index("<h2>Favourites</h2>")
        < text.index(">Echo</a>")
        < text.index(">Talk</a>")
        < text.index('id="several"')
    )
    assert {"Echo", "Talk"} <= set(listed(text))
    assert "Favourites</h2>" not in vic.get("/jobs/?q=talk").text
    assert 'aria-pressed="true"' in row(vic.get("/jobs/?q=plain.talk").text, "Talk")
    assert "Favourites" not in browse("ann").get("/jobs/").text
    assert vic.client.delete(off, headers={"X-CSRFToken": vic.csrf}).status_code == 405
    vic.post(off, {"favourite": "false"})
    vic.post(path, {"favourite": "false"})
    vic.post(path, {"favourite": "false"})
    assert "Favourites" not in vic.get("/jobs/").text
    assert db.session.scalars(select(Favourite)).all() == []


@on_sqlite
def test_a_favourite_needs_a_job_that_one_may_see(browse, job):
    path = f"/jobs/{job('Talk').id}/favourite"
    assert browse("sam").post(path).status_code == 403
    assert browse("vic").post("/jobs/00000000-0000-0000-0000-000000000000/favourite").status_code == 404


@on_sqlite
def test_a_way_back_leads_to_the_jobs_and_nowhere_else(browse, job):
    vic, path = browse("vic"), f"/jobs/{job('Talk').id}/favourite"
    for query in ("https://evil.example/", "q=//evil.example", "sort=evil", "%00", "&" * 2000, "a=1&" * 200):
        answer = vic.post(path, {"query": query})
        assert answer.status_code in (303, 400), query
        assert answer.status_code == 400 or answer.location.startswith("/jobs/")


def test_administrators_notice_new_jobs_that_are_switched_off(browse, jobs):
    assert "switched off." not in browse("admin").get("/jobs/").text
    jobs(
        Echo={"enabled": False},
        Talk={"enabled": False},
        Fail={"enabled": False, "created_at": utcnow() - timedelta(60)},
    )
    text = " ".join(browse("admin").get("/jobs/").text.split())
    link = unescape(re.search(r'2 new jobs are switched off\. <a href="([^"]*)">Look at them</a>', text)[1])
    assert {"Echo", "Talk"} <= set(listed(browse("admin").get(link).text))
    for who in ("ann", "vic"):
        assert "new jobs are switched off" not in browse(who).get("/jobs/").text


def test_a_job_that_is_hidden_or_was_switched_off_on_purpose_is_not_announced_as_new(browse, jobs, job, person):
    jobs(Echo={"enabled": False}, Talk={"enabled": False, "hidden": True})
    catalogue.set_enabled(job("Fail"), False, person("admin"))
    text = " ".join(browse("admin").get("/jobs/").text.split())
    assert "1 new job is switched off." in text
    catalogue.set_enabled(job("Echo"), True, person("admin"))
    catalogue.set_enabled(job("Echo"), False, person("admin"))
    assert "switched off. <a" not in browse("admin").get("/jobs/").text


@on_sqlite
def test_administrators_read_that_the_rest_may_be_switched_off(browse, jobs):
    jobs(Echo={"enabled": False})
    assert re.search(r"Show \d+ more that are switched off or cannot be run</a>", browse("admin").get("/jobs/").text)


def test_several_are_switched_on_at_once_and_it_is_said_what_was_not_and_why(browse, jobs, job):
    jobs(Echo={"enabled": False}, Talk={"enabled": False}, Fail={"enabled": False, "installed": False})
    admin = browse("admin")
    ids = [str(job(name).id) for name in ("Echo", "Talk", "Fail", "Raise")]
    answer = admin.post("/jobs/several", {"action": "enable", "id": [*ids, "nonsense"], "query": "enabled=no"})
    assert answer.location == "/jobs/?enabled=no"
    said = messages(admin.get("/jobs/").text)
    assert "Echo, Talk are switched on now." in said
    assert "Raise was switched on already." in said
    assert "Fail is not switched on: Its code is not installed" in said
    assert [job(name).enabled for name in ("Echo", "Talk", "Fail", "Raise")] == [True, True, False, True]


@on_sqlite
def test_several_are_hidden_and_shown_again_as_their_classes_say(browse, jobs, job):
    jobs(Talk={"hidden": True, "overridden": ["hidden"]})
    with transaction():
        job("Raise").declared, job("Raise").hidden = {**job("Raise").declared, "hidden": True}, True
    admin, ids = browse("admin"), [str(job(name).id) for name in ("Echo", "Talk", "Raise")]
    admin.post("/jobs/several", {"action": "hide", "id": ids})
    assert [(job(name).hidden, job(name).overridden) for name in ("Echo", "Raise")] == [(True, ["hidden"]), (True, [])]
    admin.post("/jobs/several", {"action": "show", "id": ids})
    found = [(job(name).hidden, job(name).overridden) for name in ("Echo", "Talk", "Raise")]
    assert found == [(False, []), (False, []), (False, ["hidden"])]
    assert "Echo, Raise, Talk are shown now." in messages(admin.get("/jobs/").text)


@on_sqlite
def test_only_those_who_may_change_jobs_change_several(browse, job):
    id = str(job("Echo").id)
    for who in ("ann", "bob", "vic", "sam"):
        assert browse(who).post("/jobs/several", {"action": "disable", "id": [id]}).status_code == 403
        assert browse(who).post("/jobs/refresh").status_code == 403
    assert job("Echo").enabled
    assert 'name="id"' not in browse("ann").get("/jobs/").text
    admin = browse("admin")
    assert admin.post("/jobs/several", {"action": "explode", "id": [id]}).status_code == 400
    for nothing in ({"action": "disable"}, {"action": "", "id": [id]}):
        admin.post("/jobs/several", nothing)
        assert "Nothing was changed: choose at least one job" in messages(admin.get("/jobs/").text)
    assert job("Echo").enabled


@on_sqlite
def test_nobody_changes_more_jobs_at_once_than_a_page_can_show(browse, job):
    ids = [str(UUID(int=number)) for number in range(1001)]
    for path in (
        "/jobs/several",
        "/jobs/edit",
        "/jobs/edit/decisions",
        "/jobs/deletion",
        "/jobs/deletion/confirmation",
    ):
        answer = browse("admin").post(path, {"action": "disable", "id": [*ids, str(job("Echo").id)]})
        assert answer.status_code == 409, path
        assert "These are 1,002 jobs; at most 1,000 can be chosen at once." in answer.text
    assert job("Echo").enabled
    twice = [str(job("Echo").id)] * 1001
    assert browse("admin").post("/jobs/several", {"action": "disable", "id": twice}).status_code == 303
    assert not job("Echo").enabled


@on_sqlite
def test_a_job_whose_last_run_is_deleted_has_run_all_the_same(browse, jobs):
    ran = {"last_run_number": None, "last_run_state": "success", "last_run_at": utcnow() - timedelta(hours=2)}
    jobs(Echo={**ran, "enabled": False}, Talk={"enabled": False})
    text = browse("admin").get("/jobs/?can_run=any").text
    said = " ".join(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", row(text, "Echo"), flags=re.S).split())
    assert "Succeeded its run has been deleted 2 h ago" in said
    assert "/runs/" not in row(text, "Echo")
    assert "never run" in row(text, "Talk")
    assert "1 new job is switched off." in " ".join(text.split()), "Echo is none: it has run"


@on_sqlite
def test_looking_for_new_jobs_says_what_came_of_it_and_a_mended_file_is_no_trouble_any_more(app, files, root, browse):
    app.extensions["settings"] = replace(app.extensions["settings"], jobs_root=root)
    files(lab=module("Lab", Old="Old"))
    (root / "lab.py").write_text("import nothing_like_it\n")
    (root / "fresh.py").write_text(module("Lab", Fresh="Fresh"))
    admin = browse("admin")
    assert admin.post("/jobs/refresh", {"query": "can_run=any"}).location == "/jobs/?can_run=any"
    text = admin.get("/jobs/?can_run=any").text
    assert "1 job came, switched off, 1 job went, 1 mistake." in messages(text)
    assert "lab.py:1" in text
    assert "ModuleNotFoundError" in text
    assert "Does not load" in row(text, "Old")
    assert "Switched off" in row(text, "Fresh")
    (root / "lab.py").write_text(module("Lab", Old="Old"))
    admin.post("/jobs/refresh")
    text = admin.get("/jobs/?can_run=any").text
    assert "no new jobs, 1 job came back (lab.Old), everything loads." in messages(text)
    assert "trouble" not in text
    assert re.search(r"Last looked <time[^>]*>just now</time> by admin", text)


def test_many_jobs_are_no_more_questions_to_the_database_than_few(app, browse):
    ann, asked = browse("ann"), []
    event.listen(db.engine, "before_cursor_execute", lambda *arguments: asked.append(arguments[2]))
    ann.get("/jobs/?q=zebra-crossing")
    few = len(asked)
    asked.clear()
    ann.get("/jobs/")
    assert len([statement for statement in asked if statement.startswith("SELECT")]) <= few <= 12
    assert not any("variables" in statement.partition("FROM")[0] for statement in asked)
