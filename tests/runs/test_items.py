"""Groups, items and progress: from what a job says to its row, its page and the API, whatever happens meanwhile."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite, running
from webapp.accounts import service
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.runs import cancelling, groups, items, logs, progress, reports, spool, supervisor
from webapp.runs import states as transitions
from webapp.runs.caps import LONGEST_END, Caps
from webapp.runs.ledger import Fenced, Ledger
from webapp.runs.log.models import ItemState, LogGroup
from webapp.runs.models import Run, State
from webapp.runs.open_groups import Open
from webapp.runs.page import item_lists
from webapp.runs.service import submit


@pytest.fixture
def run_of(run_of):
    """The same of a class of itemised.py."""
    return lambda name, **inputs: run_of(f"itemised.{name}", **inputs)


def states(run: Run) -> dict[str, tuple[str, str]]:
    return {item.title: (item.shown_state(run).value, item.message) for item in items.of(run)}


def test_each_item_has_its_state_and_its_message_and_the_run_fails_if_one_has(run_of):
    run = run_of("Backup")
    assert states(run) == {
        "sw-1": ("success", "12 files"),
        "sw-2": ("failure", "no room on sw-2"),
        "sw-3": ("skipped", "switched off"),
        "sw-4": ("failure", "TimeoutError: no answer"),
    }
    assert (run.state, run.result) == (State.FAILURE, "done")
    assert run.reason == "2 of 4 items failed. sw-2: no room on sw-2"
    assert items.counts(run) == {ItemState.FAILURE: 2, ItemState.SUCCESS: 1, ItemState.SKIPPED: 1}


@on_sqlite
def test_items_know_their_object_and_their_lines(run_of):
    run = run_of("Backup")
    second = items.of(run)[1]
    assert (second.key, second.url, second.seconds is not None) == ("2", "/devices/2", True)
    own = [line for line in logs.after(run.number, 0, 1_000) if line.path.startswith(second.path)]
    assert [re.sub(r"\d+\.\d s", "_ s", line.message) for line in own] == [
        "Connect",
        "connecting to sw-2",
        "printed for sw-2",
        "Connect took _ s",
        "no room on sw-2",
        "failed after _ s: no room on sw-2",
    ]
    assert (own[0].seq, own[-1].seq) == (second.seq + 1, second.end_seq)


@on_sqlite
def test_lines_stand_under_the_headings_in_which_they_were_logged(run_of):
    run = run_of("Backup")
    lines = {line.message: line for line in logs.after(run.number, 0, 1_000)}
    group, item = lines["Access switches"], lines["sw-2"]
    assert (group.path, lines["before"].path, lines["after"].path) == ("", "", "")
    assert lines["in the group"].path == item.path == f"{group.seq}/"
    nested = f"{group.seq}/{item.seq}/{item.seq + 1}/"
    assert lines["connecting to sw-2"].path == lines["printed for sw-2"].path == nested
    assert lines["connecting to sw-2"].depth == 3
    assert run.group_count == 9


@pytest.mark.parametrize("how", ["kill", "raise"])
def test_what_had_not_ended_when_the_run_did_is_told_as_what_it_is(run_of, how):
    run = run_of("Stop", how=how)
    told = {
        "kill": (State.LOST, ("interrupted", "")),
        "raise": (State.ERRORED, ("failure", "ValueError: bad rack")),
    }
    assert (run.state, states(run)["second"]) == told[how]
    assert states(run)["first"] == ("success", "")
    assert items.of(run)[1].key == "2"


def test_an_attempt_starts_with_no_items_and_no_progress(run_of, tmp_path, supervise):
    run = run_of("Again", file=str(tmp_path / "counter"))
    assert (run.state, run.item_count, run.progress_done) == (State.QUEUED, 2, 1)
    number = run.number
    supervise(number, "worker@test")
    run = db.session.get_one(Run, number, populate_existing=True)
    assert (run.state, run.item_count, run.item_success_count, run.progress_done) == (State.SUCCESS, 2, 2, 2)
    assert {item.attempt for item in items.of(run)} == {2}
    kept = sa.select(sa.func.count()).select_from(LogGroup).where(LogGroup.run_number == run.number)
    assert db.session.scalar(kept) == 4


@on_sqlite
def test_items_of_threads_keep_their_own_lines_apart(run_of):
    run = run_of("Crowd")
    assert items.counts(run) == {ItemState.SUCCESS: 200}
    by_path = {item.path: item.key for item in items.of(run)}
    said = [line for line in logs.after(run.number, 0, 10_000) if line.message.startswith("line of")]
    assert len(said) == 200
    assert all(line.message == f"line of {by_path[line.path]}" for line in said)


@on_sqlite
def test_only_so_many_items_are_kept_and_the_rest_is_counted(run_of, monkeypatch):
    monkeypatch.setattr("webapp.runs.caps.MOST_ITEMS", 50)
    run = run_of("Crowd", items=60)
    assert (run.state, run.item_count, len(items.of(run))) == (State.SUCCESS, 50, 50)
    assert run.dropped_lines == 10


@on_sqlite
def test_items_are_kept_when_the_log_is_full(run_of, monkeypatch):
    monkeypatch.setattr("webapp.runs.caps.MOST_LINES", 20)
    run = run_of("Crowd", items=60)
    assert items.counts(run) == {ItemState.SUCCESS: 60}
    assert run.dropped_lines >= 40


@on_sqlite
def test_groups_that_are_nested_too_deeply_stay_where_the_log_can_show_them(run_of):
    run = run_of("Deep")
    lines = logs.after(run.number, 0, 1_000)
    assert run.state == State.SUCCESS
    assert max(line.depth for line in lines) == groups.DEEPEST
    assert sum(line.message.startswith("at ") for line in lines) == 21


@on_sqlite
@pytest.mark.parametrize("what", ["mark", "state", "number", "group", "progress", "endless"])
def test_a_job_that_lies_about_its_groups_breaks_its_contract(run_of, what):
    run = run_of("Liar", what=what)
    assert (run.state, run.reason.startswith("The job's process broke its contract")) == (State.ERRORED, True)


@on_sqlite
def test_the_last_progress_arrives_and_costs_no_statement_of_its_own(run_of, monkeypatch):
    written = []
    original = groups.growth
    monkeypatch.setattr(groups, "growth", lambda lines: written.append(1) or original(lines))
    run = run_of("Count")
    assert progress.of(run) == {"done": 20_000, "total": 20_000, "text": "step 20000"}
    assert run.progress_words == "20,000 / 20,000 · step 20000"
    assert len(written) < 20


@on_sqlite
def test_a_run_without_groups_asks_the_database_for_none(run_of, monkeypatch):
    def asked(*_: object) -> None:
        raise AssertionError("nobody should ask")

    run = run_of("Count", to=1)
    lines = logs.after(run.number, 0, 10)
    monkeypatch.setattr(sa, "select", asked)
    assert groups.headings(run, lines) == {}
    assert items.of(run) == []


def marked(*marks: tuple[str, ...]) -> list[logs.Line]:
    return [logs.line(1e9 + n, "info", "run", "sw-1")._replace(mark=mark) for n, mark in enumerate(marks)]


def test_items_whose_answer_was_lost_are_written_once(app, job, person):
    number = submit(job("NoInputs"), person("ann"), {}).number
    ours = Ledger(number, running(number), "w", 0)
    lines = marked(("item", "1", ""), ("end", 1, "success", "fine"), ("item", "2", ""))
    ours.write(lines[:1], 0)
    ours.write(lines, 0)
    run = db.session.get_one(Run, number, populate_existing=True)
    assert (run.item_count, run.item_success_count, states(run)) == (2, 1, {"sw-1": ("running", "")})
    assert [(item.key, item.state.value, item.end_seq) for item in items.of(run)] == [
        ("1", "success", 2),
        ("2", "running", None),
    ]


def test_items_of_a_supervisor_that_is_gone_are_found_on_disk(app, settings, job, person, monkeypatch):
    monkeypatch.setattr(spool, "IN_MEMORY", 0)
    number = submit(job("NoInputs"), person("ann"), {}).number
    waiting = spool.Spool(settings.data_dir, number, running(number), 0)
    for line in marked(("item", "1", "/devices/1"), ("end", 1, "failure", "no room"), ("item", "2", "")):
        waiting.add(line)
    waiting._file.close()
    reports.bring_in(settings.data_dir)
    run = db.session.get_one(Run, number, populate_existing=True)
    assert (run.item_count, run.item_failure_count) == (2, 1)
    assert [(item.key, item.url, item.state.value, item.message) for item in items.of(run)] == [
        ("1", "/devices/1", "failure", "no room"),
        ("2", "", "running", ""),
    ]


def test_items_of_an_attempt_that_does_not_count_any_more_are_refused(app, job, person):
    number = submit(job("NoInputs"), person("ann"), {}).number
    ours = Ledger(number, running(number), "w", 0)
    with transaction():
        transitions.lose(number, ours.attempt, 0, "reconciler", "gone")
    with pytest.raises(Fenced):
        ours.write(marked(("item", "1", "")), 0)
    assert db.session.get_one(Run, number, populate_existing=True).item_count == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LogGroup)) == 0


@pytest.mark.parametrize("how", ["pass", "fail", "raise", "fail early", "raise early"])
@on_sqlite
def test_t049_t052_t053_t054_t055_the_log_of_a_run_shows_which_methods_were_called(run_of, how):
    run = run_of("Hooked", how=how)
    lines = [line for line in logs.after(run.number, 0, 100) if line.level == "info" and line.seq > 1]
    last = {"pass": "on_success"}.get(how, "on_failure")
    early = how.endswith("early")
    assert [line.grouping for line in lines] == ["before_start", *([] if early else ["run"]), last, "after_return"]
    assert lines[0].message == f"('{run.id}', [], {{'how': '{how}'}})"
    assert run.result == {"pass": True, "fail": True, "fail early": "early"}.get(how)
    ends = {"pass": State.SUCCESS, "fail": State.FAILURE, "fail early": State.FAILURE}
    assert run.state == ends.get(how, State.ERRORED)
    assert (run.error is None) == (how in ends)


def test_a_job_knows_its_run_and_who_started_it(run_of):
    run = run_of("Myself")
    assert run.result == {
        "user": "ann",
        "superuser": False,
        "number": run.number,
        "id": str(run.id),
        "name": "Myself",
        "path": "itemised.Myself",
        "queue": "default",
        "attempt": 1,
        "created": run.created_at.isoformat(),
    }
    [line] = [line for line in logs.after(run.number, 0, 100) if line.message == "look here"]
    assert (line.object_text, line.object_url) == (f"#{run.number} Myself", f"/runs/{run.number}")


@on_sqlite
def test_page_and_api_show_progress_groups_and_items(run_of, browse, api):
    run = run_of("Backup")
    log = browse("ann").get(f"/runs/{run.number}").text
    assert re.search(r'class="line__title[^>]*>Access switches</a> <span class="line__length">', log)
    page = browse("ann").get(f"/runs/{run.number}/items").text
    assert "4 / 4 · sw-4" in log
    assert "4 / 4 · sw-4" in page
    assert re.search(r'<a id="object-\d+" href="/devices/2">sw-2</a>', page)
    assert page.index("no room on sw-2</td>") < page.index("12 files</td>")
    client = api("ann")
    url = f"/api/extras/job-results/{run.id}/"
    meta = client.get(url).json["meta"]
    assert meta["progress"] == {"done": 4, "total": 4, "text": "sw-4"}
    assert meta["items"] == {"total": 4, "failure": 2, "success": 1, "skipped": 1}
    told = client.get(f"{url}items/").json
    assert [(item["display"], item["key"], item["state"]) for item in told] == [
        ("sw-1", "1", "success"),
        ("sw-2", "2", "failure"),
        ("sw-3", "3", "skipped"),
        ("sw-4", "4", "failure"),
    ]
    assert told[0]["seconds"] >= 0
    assert api("sam").get(f"{url}items/").status_code == 404
    assert browse("sam").get(f"/runs/{run.number}/items").status_code == 404


def test_t050_while_a_run_goes_on_page_list_and_api_show_how_far_it_is(
    app, browse, api, person, monkeypatch, supervise
):
    monkeypatch.setattr(supervisor, "BEAT_SECONDS", 0.1)
    ann = person("ann")
    run = submit(catalogue.by_class_path("itemised.Stop"), ann, {"how": "wait"})
    number, id, seen = run.number, run.id, {}

    def follow(lines):
        if any(line.message == "at work" for line in lines):
            seen["page"] = browse("ann").get(f"/runs/{number}/items").text
            seen["list"] = browse("ann").get("/runs/").text
            seen["told"] = api("ann").get(f"/api/extras/job-results/{id}/").json
            seen["items"] = api("ann").get(f"/api/extras/job-results/{id}/items/").json
            cancelling.cancel(db.session.get_one(Run, number, populate_existing=True), service.named("ann"))

    assert supervise(number, "worker@test", on_lines=follow) == State.CANCELLED
    told = seen["told"]
    assert (told["status"]["value"], told["date_started"] is not None, told["date_done"]) == ("STARTED", True, None)
    assert told["meta"]["progress"] == {"done": 1, "total": 3, "text": "first"}
    assert told["meta"]["items"] == {"total": 2, "success": 1, "running": 1}
    assert [item["state"] for item in seen["items"]] == ["success", "running"]
    assert "1 / 3 · first" in seen["page"]
    assert '<progress class="progress-of__bar" aria-label="Progress"' in seen["page"]
    assert 'value="1.0" max="3.0"' in seen["page"]
    assert 'hx-trigger="news"' in seen["page"].partition('id="run-items"')[2].partition(">")[0]
    assert "1 / 3 · first" in seen["list"]
    run = db.session.get_one(Run, number, populate_existing=True)
    assert states(run)["second"] == ("interrupted", "JobCancelled")
    assert items.counts(run) == {ItemState.SUCCESS: 1, ItemState.INTERRUPTED: 1}
    [said] = [line for line in logs.after(number, 0, 100) if line.message == "at work"]
    assert run.started_at < said.at


@on_sqlite
@pytest.mark.parametrize(("name", "kind"), [("OnChange", "job hook receiver"), ("OnButton", "job button receiver")])
def test_nobody_starts_a_receiver_by_hand(app, browse, api, name, kind):
    job = catalogue.by_class_path(f"itemised.{name}")
    inputs = {"object_change": "1"} if name == "OnChange" else {"object_pk": "1", "object_model_name": "dcim.device"}
    page = browse("ann")
    assert f"This job is a {kind}" in page.get(f"/jobs/{job.id}/run").text
    refused = page.post(f"/jobs/{job.id}/run", inputs)
    assert (refused.status_code, kind in refused.text) == (409, True)
    answer = api("ann").post(f"/api/extras/jobs/{job.id}/run/", json={"data": inputs})
    assert (answer.status_code, kind in answer.json["detail"]) == (409, True)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Run)) == 0


@on_sqlite
def test_what_items_say_is_text_and_never_markup_or_script(app, job, person, browse):
    number = submit(job("NoInputs"), person("ann"), {}).number
    ours = Ledger(number, running(number), "w", 0)
    heading = logs.line(1e9, "info", "run", "<script>alert(1)</script>")
    lines = [
        heading._replace(mark=("item", "<b>", "javascript:alert(2)")),
        logs.line(1e9, "info", "run", "x")._replace(
            path="1/", mark=("end", 1, "failure", "<img src=x onerror=alert(3)>")
        ),
    ]
    ours.news.update(progress.columns(1, 2, "<script>alert(4)</script>"))
    ours.write(lines, 0)
    log, page = (browse("ann").get(f"/runs/{number}{tab}").text for tab in ("", "/items"))
    for text in (log, page):
        assert "<script>alert" not in text
        assert "<img src=x" not in text
        assert 'href="javascript:' not in text
        assert "&lt;script&gt;alert(1)" in text


def test_of_many_items_those_that_failed_are_shown_first_and_those_that_are_over_last(app, job, person):
    number = submit(job("NoInputs"), person("ann"), {}).number
    ours = Ledger(number, running(number), "w", 0)
    ends = ["success", "skipped", "", "failure", "success", "failure"]
    began = marked(*(("item", str(n), "") for n in range(6)))
    ours.write([*began, *marked(*(("end", n, end, "") for n, end in enumerate(ends, start=1) if end))], 0)
    run = db.session.get_one(Run, number, populate_existing=True)
    for size, keys in ((10, ["3", "5", "2", "0", "1", "4"]), (4, ["3", "5", "2", "0"]), (1, ["3"])):
        assert [item.key for item in item_lists.page(run, item_lists.Asked(), size).rows] == keys
    assert [item.key for item in items.of(run)] == ["0", "1", "2", "3", "4", "5"]


def test_in_a_full_log_the_last_lines_of_items_are_short(monkeypatch):
    monkeypatch.setattr("webapp.runs.caps.MOST_BYTES", 5_000)
    full, end = Caps(0, 4_500, 0), marked(("end", 1, "failure", "no room"))[0]
    short, long = end._replace(message="x" * 300), end._replace(message="y" * 16_000)
    assert full.fitting(short) == short
    assert full.fitting(long) == long._replace(message="y" * LONGEST_END)
    assert full.takes(full.fitting(long))
    assert full.fitting(short._replace(mark=())).message == "x" * 300


@pytest.mark.parametrize(("kind", "state"), [("group", "success"), ("item", ""), ("item", "running")])
def test_only_items_end_with_a_state(kind, state):
    opened = Open(lambda line: (1, line))
    opened.take(logs.line(1e9, "info", "run", "sw-1"), 0, [kind, 1])
    with pytest.raises(ValueError, match="is no end of"):
        opened.take(logs.line(1e9, "info", "run", "over"), 1, ["end", 1, state, ""])
