"""The page of a job and its tabs: what counts for it, who changed it, who may do what with it."""

from __future__ import annotations

import re
import uuid
from html import unescape

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.accounts import service
from webapp.accounts.models import Permission
from webapp.catalogue.deciding import decide
from webapp.catalogue.models import Job, LoadError
from webapp.changes import acting
from webapp.changes.models import Change
from webapp.db import transaction


def words(text: str) -> str:
    """What people read of a page, with spaces as they see them."""
    main = text.partition('<main id="content"')[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def tabs(text: str) -> list[str]:
    nav = re.search(r'<nav class="tabs".*?</nav>', text, re.S)[0]
    return [unescape(label).strip() for label in re.findall(r"<a [^>]*>([^<]*)", nav)]


@pytest.fixture
def echo(app, job):
    """A job whose past is forgotten."""
    with transaction() as session:
        session.execute(sa.delete(Change))
    return job("Echo")


@pytest.fixture
def changed(echo, person):
    """Decides about the job as the person of that name."""

    def by(who: str, /, **values: object) -> None:
        decide([echo], values, person(who))

    return by


def lines(browse, job: Job, who: str = "admin", **query: object) -> list[str]:
    """What the Changes tab tells, from top to bottom, who did it first."""
    text = browse(who).get(f"/jobs/{job.id}/changes", query_string=query).text
    entries = re.findall(r'<li class="changes__entry".*?</ul>\s*</li>', text, re.S)
    told = []
    for entry in entries:
        name = re.search(r"<strong>(.*?)</strong>", entry)[1]
        for line in re.findall(r"<li>(.*?)</li>", entry, re.S):
            plain = " ".join(unescape(re.sub(r"<[^>]+>", "", line)).split())
            told.append(f"{name}: {plain}")
    return told


@on_sqlite
def test_each_tab_has_an_address_and_says_where_one_is(browse, echo):
    admin = browse("admin")
    for path, label in (("", "Details"), ("/changes", "Changes"), ("/access", "Access")):
        text = admin.get(f"/jobs/{echo.id}{path}").text
        assert label in tabs(text)
        [current] = re.findall(r'href="([^"]*)" aria-current="page">([^<]*)<', text.partition('class="tabs"')[2])
        assert current == (f"/jobs/{echo.id}{path}", label)
        assert "<h1>Echo</h1>" in text


@on_sqlite
def test_a_tab_that_one_may_not_open_is_not_shown_and_its_address_names_the_permission(browse, echo, person):
    with transaction() as session:
        session.add(Permission(name="Sees jobs", kinds=["extras.job"], actions=["view"], users=[person("sam")]))
    sam = browse("sam")
    shown = tabs(sam.get(f"/jobs/{echo.id}").text)
    assert "Details" in shown
    assert "Access" in shown
    assert "Changes" not in shown
    refused = sam.get(f"/jobs/{echo.id}/changes")
    assert refused.status_code == 403
    assert "extras.view_objectchange" in refused.text


@on_sqlite
def test_no_tab_of_a_job_that_is_not_there(browse):
    for tab in ("", "/changes", "/access"):
        assert browse("admin").get(f"/jobs/{uuid.uuid4()}{tab}").status_code == 404


@on_sqlite
def test_what_changes_may_be_looked_for_only_by_who_sees_the_job(browse, echo, person):
    with transaction() as session:
        session.add(Permission(name="Auditor", kinds=["extras.objectchange"], actions=["view"], users=[person("sam")]))
    assert browse("sam").get(f"/jobs/{echo.id}/changes").status_code == 404
    assert browse("sam").get(f"/jobs/{echo.id}/access").status_code == 403


@on_sqlite
def test_the_header_says_the_first_line_and_the_page_all_of_the_description_in_markdown(browse, job):
    with transaction():
        job("Talk").description = "Paints **stripes**.\n\n- one\n- two <script>alert(1)</script>"
        job("Fail").description = "One line."
    text = browse("vic").get(f"/jobs/{job('Talk').id}").text
    assert '<p class="page__lead">Paints stripes.</p>' in text
    assert "<strong>stripes</strong>" in text
    assert "<li>one</li>" in text
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert 'id="description-title"' not in browse("vic").get(f"/jobs/{job('Fail').id}").text


@on_sqlite
def test_chips_say_how_the_job_is(browse, job):
    def chips(name: str) -> set[str]:
        text = browse("vic").get(f"/jobs/{job(name).id}").text
        return set(re.findall(r'<li class="tag[^"]*">([^<]*)</li>', text))

    with transaction():
        job("Talk").enabled = False
        job("Fail").installed = False
        job("Raise").is_job_hook_receiver, job("Raise").hidden = True, True
        job("Leave").is_job_button_receiver = True
    assert chips("Echo") & {"switched off", "not installed", "hidden", "overridden"} == set()
    assert "switched off" in chips("Talk")
    assert "not installed" in chips("Fail")
    assert {"job hook receiver", "hidden"} <= chips("Raise")
    assert "job button receiver" in chips("Leave")


@on_sqlite
def test_the_run_button_is_there_or_it_is_said_why_not(browse, job):
    with transaction():
        job("Talk").enabled = False
        job("Fail").installed = False
        job("Raise").is_job_hook_receiver = True
    ann = browse("ann")
    run = f'href="/jobs/{job("Echo").id}/run"'
    assert run in ann.get(f"/jobs/{job('Echo').id}").text
    for name, why in {
        "Talk": "it is switched off",
        "Fail": "its code is missing or does not load",
        "Raise": "it runs when an object changes, and not by hand",
    }.items():
        text = ann.get(f"/jobs/{job(name).id}").text
        assert why in text, name
        assert f'href="/jobs/{job(name).id}/run"' not in text, name
    vic = browse("vic").get(f"/jobs/{job('Echo').id}").text
    assert run not in vic
    assert "You may look at this job, but not run it" in vic
    assert f'href="/jobs/{job("Echo").id}/access"' in vic


@on_sqlite
def test_limits_are_those_that_count_and_say_whose_they_are(browse, echo):
    def shown() -> str:
        return words(browse("vic").get(f"/jobs/{echo.id}").text)

    assert "Soft limit 5 m 00 s, the installation's Hard limit 10 m 00 s, the installation's" in shown()
    with transaction():
        echo.soft_time_limit, echo.time_limit = 30, 90
    assert "Soft limit 30 s Hard limit 1 m 30 s Dry run" in shown()
    with transaction():
        echo.soft_time_limit = 0
    assert "Soft limit 5 m 00 s, the installation's (no effect: the hard limit comes first)" in shown()


@on_sqlite
def test_where_the_code_is_and_in_which_version(browse, echo):
    text = browse("vic").get(f"/jobs/{echo.id}").text
    assert f"plain.py:{echo.line}" in words(text)
    assert f'<code title="{echo.version}">{echo.version[:12]}</code>' in text
    assert "the jobs folder" in words(text)


@on_sqlite
def test_what_is_overridden_stands_beside_what_the_class_says(browse, echo, changed):
    changed(
        "admin",
        time_limit=3600,
        time_limit_override=True,
        name="Parrot",
        name_override=True,
        has_sensitive_variables=True,
        has_sensitive_variables_override=True,
        task_queues="lab,default",
        task_queues_override=True,
    )
    seen = words(browse("vic").get(f"/jobs/{echo.id}").text)
    assert "Hard limit 1 h 00 m overridden the class says 0, the installation's" in seen
    assert "Name Parrot overridden the class says “Echo”" in seen
    assert "Sensitive: encrypted, and gone after the run overridden the class says No" in seen
    assert "default, lab overridden the class says default" in seen
    with transaction():
        echo.installed = False
    seen = words(browse("vic").get(f"/jobs/{echo.id}").text)
    assert "1 h 00 m overridden the class says unknown, as its code is not installed" in seen
    with transaction():
        echo.installed = True
    changed("admin", **{f"{name}_override": False for name in list(echo.overridden)})
    assert "overridden" not in words(browse("vic").get(f"/jobs/{echo.id}").text)


@on_sqlite
def test_load_errors_with_their_tracebacks_and_notes_are_for_those_who_may_change_jobs(browse, job):
    with transaction() as session:
        session.add(
            LoadError(module_name="plain", file="plain.py", line=7, message="SyntaxError: <oops>", traceback="line 7")
        )
        job("Fail").installed, job("Fail").notes = False, ["The limit is odd."]
    path = f"/jobs/{job('Fail').id}"
    mender = words(browse("admin").get(path).text)
    for told in ("plain.py:7", "SyntaxError: <oops>", "line 7", "The limit is odd."):
        assert told in mender
        assert told not in words(browse("ann").get(path).text)


def test_the_changes_tab_tells_who_changed_what_newest_first(browse, echo, changed):
    assert "Nothing has been changed yet" in browse("vic").get(f"/jobs/{echo.id}/changes").text
    changed("admin", enabled=False)
    changed("admin", time_limit=900, time_limit_override=True, description="Says it.", description_override=True)
    changed("admin", time_limit=1200)
    changed("admin", hidden_override=True)
    changed("admin", keep_days=30, task_queues="lab,default", task_queues_override=True)
    changed("admin", time_limit_override=False, hidden_override=False, enabled=True)
    first = echo.declared["description"].splitlines()[0]
    told = lines(browse, echo, "vic")
    assert told == [
        "admin: Switched on",
        "admin: Hidden: not overridden any more, with the same value",
        "admin: Hard time limit: 20 m 00 s → 0, the installation's (the class's again)",
        "admin: Days to keep: the installation's → 30",
        "admin: Queues: default → default, lab (overridden)",
        "admin: Hidden: overridden with the value that it had",
        "admin: Hard time limit: 15 m 00 s → 20 m 00 s (overridden)",
        f"admin: Description: “{first}” → “Says it.” (overridden)",
        "admin: Hard time limit: 0, the installation's → 15 m 00 s (overridden)",
        "admin: Switched off",
    ]


@on_sqlite
def test_another_default_queue_is_told_as_that(browse, job, person):
    elsewhere = job("Elsewhere")
    with transaction() as session:
        session.execute(sa.delete(Change))
    decide([elsewhere], {"default_job_queue": "default", "default_job_queue_override": True}, person("admin"))
    decide([elsewhere], {"default_job_queue_override": False}, person("admin"))
    assert lines(browse, elsewhere) == [
        "admin: Default queue: default → lab (the class's again)",
        "admin: Default queue: lab → default (overridden)",
    ]


@on_sqlite
def test_what_a_refresh_brings_is_told_as_the_class_s(browse, echo):
    with acting(None, "post-upgrade"), transaction():
        echo.time_limit, echo.installed = 60, False
    assert lines(browse, echo) == [
        "post-upgrade: Its code is not installed any more",
        "post-upgrade: Hard time limit: 0, the installation's → 1 m 00 s (by its class)",
    ]


@on_sqlite
def test_a_long_text_that_differs_only_far_down_is_told_to_have_changed(browse, echo, changed):
    changed("admin", description="One.\n\nTwo.", description_override=True)
    changed("admin", description="One.\n\nThree.")
    assert lines(browse, echo)[0].endswith(": Description: changed further down (overridden)")


@on_sqlite
def test_hostile_texts_do_nothing_on_the_changes_tab(browse, echo, changed):
    changed(
        "admin", name="<script>x</script>", name_override=True, description="<img src=x>", description_override=True
    )
    with acting(None, "<b>mallory</b>\u202e"), transaction():
        echo.time_limit = 1
    text = browse("vic").get(f"/jobs/{echo.id}/changes").text
    assert "<script>x" not in text
    assert "<img" not in text
    assert "&lt;b&gt;mallory&lt;/b&gt;\\u202e" in text


def test_older_changes_are_a_page_away_and_know_what_was_overridden_then(browse, echo, changed):
    changed("admin", time_limit=1001, time_limit_override=True)
    with transaction() as session:
        about = {"kind": "extras.job", "row_id": str(echo.id), "row_name": "Echo", "action": "update", "user_name": "x"}
        steps = [{"before": {"time_limit": one}, "after": {"time_limit": one + 1}} for one in range(1001, 1060)]
        session.execute(sa.insert(Change), [{**about, **step} for step in steps])
        echo.time_limit = 1061
    changed("admin", time_limit_override=False)
    path = f"/jobs/{echo.id}/changes"
    newest = browse("vic").get(path).text
    assert newest.count('class="changes__entry"') == 50
    older = unescape(re.search(r'rel="next" href="([^"]+)"', newest)[1])
    text = browse("vic").get(older).text
    assert text.count('class="changes__entry"') == 12
    assert 'rel="next"' not in text
    assert f'href="{path}"' in text
    before = int(older.rpartition("=")[2])
    assert lines(browse, echo, before=before)[0].endswith("Hard time limit: 16 m 51 s → 16 m 52 s (overridden)")


def test_a_cursor_that_is_none_is_the_newest_page(browse, echo):
    for before in ("x", "-1", "9" * 30, "1.5", "\0"):
        assert browse("vic").get(f"/jobs/{echo.id}/changes", query_string={"before": before}).status_code == 200
    assert "No older changes" in browse("vic").get(f"/jobs/{echo.id}/changes?before=0").text


@on_sqlite
def test_everybody_sees_their_own_rights_and_which_permission_is_missing(browse, echo):
    seen = words(browse("ann").get(f"/jobs/{echo.id}/access").text)
    assert "Run it : yes as a member of Operator (permission “Operator (2)”)" in seen
    assert "Change it : no The permission extras.change_job is missing. Ask an administrator for it." in seen
    assert "bob" not in seen
    assert "Approver" not in seen
    vic = words(browse("vic").get(f"/jobs/{echo.id}/access").text)
    assert "Run it : no The permission extras.run_job is missing." in vic
    assert "shown to those with the permission extras.change_job" in vic


@on_sqlite
def test_those_who_change_jobs_see_who_may_do_what_and_how(browse, echo, person):
    service.create_user("root", "correct horse", superuser=True)
    with transaction():
        person("bob").is_active = False
    seen = words(browse("admin").get(f"/jobs/{echo.id}/access").text)
    assert "Run it: 3 people Groups with the permission extras.run_job : Admin, Operator." in seen
    assert "ann as a member of Operator (permission “Operator (2)”)" in seen
    assert "root as a superuser" in seen
    assert "bob" not in seen
    assert "Approve its runs: 2 people" in seen
