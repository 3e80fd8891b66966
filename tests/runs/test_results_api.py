"""Runs over the API, where they are called job-results, in the reference's shapes."""

from __future__ import annotations

import re
import uuid

import pytest

from tests.product import on_sqlite, running, say
from webapp.db import db, transaction
from webapp.runs import logs, states
from webapp.runs.models import Run, State
from webapp.runs.service import submit

RESULTS = "/api/extras/job-results/"
KEYS = {
    *("id", "object_type", "display", "url", "natural_slug", "status", "name", "task_name", "date_created"),
    *(
        "date_started",
        "date_done",
        "result",
        "worker",
        "task_args",
        "task_kwargs",
        "celery_kwargs",
        "traceback",
        "meta",
    ),
    *("debug_log_count", "success_log_count", "info_log_count", "warning_log_count", "error_log_count"),
    *("job_model", "user", "scheduled_job", "files", "custom_fields"),
}
LINE_KEYS = {
    *("id", "object_type", "display", "url", "natural_slug", "log_level", "grouping", "message", "created"),
    *("log_object", "absolute_url", "job_result", "format"),
}
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


@pytest.fixture
def start(job, person):
    """Submits a run of the class of that name and gives its id."""

    def make(name: str, who: str = "ann", **inputs: object) -> uuid.UUID:
        return submit(job(name), person(who), inputs).id

    return make


@pytest.fixture
def get(api):
    """Gets an address below job-results as Vic and gives its JSON."""
    vic = api("vic")

    def read(path: str = "", **options):
        answer = vic.get(f"{RESULTS}{path}", **options)
        assert answer.status_code == 200, answer.text
        return answer.json

    return read


def test_t121_a_run_that_succeeded_is_told_in_the_reference_shape(start, get, work, job, person):
    id = start("Echo", text="hi")
    work()
    told = get(f"{id}/")
    assert set(told) == KEYS
    assert told["status"] == {"value": "SUCCESS", "label": "SUCCESS"}
    assert (told["name"], told["task_name"], told["object_type"]) == ("Echo", "plain.Echo", "extras.jobresult")
    assert told["url"] == f"http://localhost{RESULTS}{id}/"
    assert all(MOMENT.fullmatch(told[name]) for name in ("date_created", "date_started", "date_done"))
    assert told["result"]["text"] == told["task_kwargs"]["text"] == "hi"
    assert told["worker"] == "worker@test"
    assert told["task_args"] == []
    assert told["celery_kwargs"]["queue"] == "default"
    assert (told["traceback"], told["scheduled_job"], told["custom_fields"]) == (None, None, {})
    assert (told["info_log_count"], told["success_log_count"], told["error_log_count"]) == (2, 1, 0)
    job_url, user_url = f"/api/extras/jobs/{job('Echo').id}/", f"/api/users/users/{person('ann').id}/"
    assert told["job_model"] == {
        "id": str(job("Echo").id), "object_type": "extras.job", "url": f"http://localhost{job_url}"
    }  # fmt: skip
    assert told["user"]["url"] == f"http://localhost{user_url}"
    assert told["display"].startswith("Echo created at ")
    assert told["display"].endswith("(SUCCESS)")


@on_sqlite
def test_t127_a_run_that_raised_tells_its_exception_as_the_result(start, get, work):
    id = start("Raise")
    work()
    told = get(f"{id}/")
    assert told["status"]["value"] == "FAILURE"
    assert told["result"] == {"exc_type": "ValueError", "exc_module": "builtins", "exc_message": ["bad rack", "7"]}
    assert "raise ValueError" in told["traceback"]


def test_a_run_whose_job_and_user_are_gone_is_still_told(start, get, job, person):
    id = start("Echo", text="hi")
    with transaction() as session:
        session.delete(job("Echo"))
        session.delete(person("ann"))
    told = get(f"{id}/")
    assert (told["job_model"], told["user"], told["name"]) == (None, None, "Echo")


@on_sqlite
def test_every_state_has_the_status_that_clients_know(start, get):
    id = start("NoInputs")
    number = db.session.query(Run).filter_by(id=id).one().number
    assert get(f"{id}/")["status"]["value"] == "PENDING"
    with transaction():
        attempt = states.claim(number, "w")
    assert get(f"{id}/")["status"]["value"] == "STARTED"
    with transaction():
        states.start(number, attempt, "w")
    assert get(f"{id}/")["status"]["value"] == "STARTED"
    for state, status in {
        State.SUCCESS: "SUCCESS",
        State.CANCELLED: "REVOKED",
        State.FAILURE: "FAILURE",
        State.ERRORED: "FAILURE",
        State.TIMED_OUT: "FAILURE",
        State.LOST: "FAILURE",
    }.items():
        id = start("NoInputs")
        with transaction():
            number = db.session.query(Run).filter_by(id=id).one().number
            states.finish(number, states.claim(number, "w"), State.CLAIMED, state, "w")
        assert get(f"{id}/")["status"] == {"value": status, "label": status}


def test_t131_the_log_is_a_plain_list_in_order(start, get, work):
    id = start("Talk")
    assert get(f"{id}/logs/") == []
    work()
    lines = get(f"{id}/logs/")
    assert all(set(line) == LINE_KEYS for line in lines)
    assert (lines[0]["message"], lines[0]["log_level"], lines[0]["grouping"]) == (
        "Running job",
        "info",
        "initialization",
    )
    assert (lines[0]["log_object"], lines[-1]["message"]) == ("Talk", "Job completed")
    assert [line["message"] for line in lines if line["grouping"] == "run"][:2] == ["this is debug", "this is info"]
    assert all(MOMENT.fullmatch(line["created"]) for line in lines)
    assert lines[0]["job_result"]["id"] == str(id)
    assert len({line["id"] for line in lines}) == len(lines)
    assert [line["id"] for line in get(f"{id}/logs/")] == [line["id"] for line in lines]


@on_sqlite
def test_a_long_log_comes_whole(start, get, monkeypatch):
    id = start("NoInputs")
    number = db.session.query(Run).filter_by(id=id).one().number
    monkeypatch.setattr("webapp.runs.api.LOG_PAGE", 7)
    with transaction():
        attempt = states.claim(number, "w")
    say(number, attempt, [logs.line(1e9 + n, "info", "run", f"line {n}") for n in range(1, 31)])
    assert [line["message"] for line in get(f"{id}/logs/")] == [f"line {n}" for n in range(1, 31)]


def test_the_list_is_paged_newest_first(start, get):
    ids = [str(start("NoInputs")) for _ in range(5)][::-1]
    everything = get()
    assert ([row["id"] for row in everything["results"]], everything["count"]) == (ids, 5)
    assert (set(everything), everything["next"], everything["previous"]) == (
        {"count", "next", "previous", "results"}, None, None,
    )  # fmt: skip
    page = get("?limit=2&offset=2")
    assert [row["id"] for row in page["results"]] == ids[2:4]
    assert page["next"] == f"http://localhost{RESULTS}?limit=2&offset=4"
    assert page["previous"] == f"http://localhost{RESULTS}?limit=2&offset=0"
    for query, found in {
        "limit=0": ids,
        "limit=99999": ids,
        "limit=-1": ids,
        "limit=x": ids,
        "limit=2&offset=x": ids[:2],
        "offset=5": [],
        "offset=99999999999999999999999": ids,
        "offset=999999999999999": [],
        "limit=2&offset=1": ids[1:3],
    }.items():
        told = get(f"?{query}")
        assert ([row["id"] for row in told["results"]], told["count"]) == (found, 5), query
    assert get("?offset=9&limit=2")["next"] is None
    assert get("?offset=9&limit=2")["previous"].endswith("?limit=2&offset=7")


@on_sqlite
def test_the_pages_of_a_filtered_list_keep_the_filter(start, get):
    for _ in range(3):
        start("NoInputs")
        start("Echo", text="hi")
    page = get("?name=Echo&limit=2&sort=date_created")
    assert page["count"] == 3
    assert page["next"] == f"http://localhost{RESULTS}?name=Echo&sort=date_created&limit=2&offset=2"
    rest = get(page["next"].partition(RESULTS)[2])
    assert [row["name"] for row in page["results"] + rest["results"]] == ["Echo"] * 3


def test_the_list_is_filtered_and_sorted(start, get, job, person, work):
    echo = str(start("Echo", text="hi"))
    work()
    nothing = str(start("NoInputs", who="admin"))
    ann, id = person("ann").id, job("Echo").id
    for query, found in {
        "status=SUCCESS": [echo],
        "status=PENDING": [nothing],
        "status=PENDING&status=SUCCESS": [nothing, echo],
        "status=SUCCESS&name=Echo": [echo],
        "status=PENDING&name=Echo": [],
        "name=Echo": [echo],
        f"id={echo}": [echo],
        f"job_model={id}": [echo],
        "job_model=Echo": [echo],
        f"job_model_id={id}": [echo],
        "user=ann": [echo],
        f"user={ann}": [echo],
        "user=nobody": [],
        "q=ech": [echo],
        "q=%25": [],
        "sort=name": [echo, nothing],
        "sort=-name": [nothing, echo],
        "sort=date_created": [echo, nothing],
    }.items():
        assert [row["id"] for row in get(f"?{query}")["results"]] == found, query
    for sort in ("date_started", "-date_started", "date_done", "-date_done"):
        assert get(f"?sort={sort}")["count"] == 2


@on_sqlite
def test_what_cannot_be_asked_is_a_400_that_names_it(api):
    for query, name in {
        "foo=1": "foo",
        "state=queued": "state",
        "status=success": "status",
        "status=": "status",
        "id=x": "id",
        "job_model_id=x": "job_model_id",
        "job_model=a%00b": "job_model",
        "user=%00": "user",
        "name=%00": "name",
        "q=%00": "q",
        "sort=inputs": "sort",
        "sort=": "sort",
    }.items():
        answer = api("vic").get(f"{RESULTS}?{query}")
        assert (answer.status_code, list(answer.json)) == (400, [name]), query
        assert isinstance(answer.json[name][0], str)
    assert api("vic").get(f"{RESULTS}?foo=1").json == {"foo": ["Unknown filter field"]}


@on_sqlite
def test_somebody_elses_run_is_not_found_by_one_who_may_not_see_runs(start, api):
    id = start("NoInputs")
    for path in (f"{id}/", f"{id}/logs/", f"{uuid.uuid4()}/", f"{uuid.uuid4()}/logs/"):
        answer = api("sam").get(f"{RESULTS}{path}")
        assert (answer.status_code, answer.json) == (404, {"detail": "Not found."})
    assert api("sam").get(RESULTS).json["count"] == 0


@on_sqlite
def test_runs_are_neither_made_nor_changed_here(start, api):
    id = start("NoInputs")
    admin = api("admin")
    for answer in (
        admin.post(RESULTS, json={}),
        admin.patch(f"{RESULTS}{id}/", json={}),
        admin.put(f"{RESULTS}{id}/", json={}),
    ):
        assert (answer.status_code, list(answer.json)) == (405, ["detail"])


@on_sqlite
def test_inputs_of_a_sensitive_job_are_nowhere_in_the_api(start, api, work):
    id = start("Secretive", password="tell-nobody")
    admin = api("admin")
    for _ in range(2):
        for path in ("", f"{id}/", f"{id}/logs/"):
            assert "tell-nobody" not in admin.get(RESULTS + path).text
        assert admin.get(f"{RESULTS}{id}/").json["task_kwargs"] == {}
        work()


@pytest.fixture
def cancel(api):
    """Asks to cancel the run of that id, as Ann unless somebody else is named."""

    def ask(id: uuid.UUID, body: object = None, who: str = "ann", **options):
        sent = {"json": body} if body is not None else options
        return api(who).post(f"{RESULTS}{id}/cancel/", **sent)

    return ask


def row(id: uuid.UUID) -> Run:
    db.session.rollback()
    return db.session.query(Run).filter_by(id=id).one()


def test_fault_77_a_queued_run_is_revoked_at_once(start, cancel, work, get):
    id = start("NoInputs")
    assert get(f"{id}/")["meta"]["waiting"].startswith("No live worker listens to the queue default")
    answer = cancel(id, {"reason": "typo"})
    assert answer.status_code == 200
    told = answer.json
    assert told == get(f"{id}/")
    assert told["status"] == {"value": "REVOKED", "label": "REVOKED"}
    meta = told["meta"]
    assert (meta["cancel_by"], meta["cancel_reason"], meta["waiting"], meta["attempt"]) == ("ann", "typo", None, 0)
    assert MOMENT.fullmatch(meta["cancel_requested_at"])
    assert work() == []
    assert [row["id"] for row in get("?status=REVOKED")["results"]] == [str(id)]


def test_fault_78_a_running_run_is_asked_to_stop_and_killed_only_after_that(start, cancel):
    id = start("NoInputs")
    attempt = running(row(id).number)
    early = cancel(id, {"kill": True})
    assert (early.status_code, list(early.json)) == (409, ["detail"])
    answer = cancel(id, data=b"")
    assert (answer.status_code, answer.json["status"]["value"]) == (200, "STARTED")
    meta = answer.json["meta"]
    assert (meta["cancel_by"], meta["cancel_reason"], meta["kill_at"], meta["attempt"]) == ("ann", None, None, 1)
    assert cancel(id, {"reason": "again"}).json["meta"]["cancel_reason"] is None
    with transaction():
        states.beat(row(id).number, attempt, {"kill_at": row(id).created_at})
    answer = cancel(id, {"kill": True, "reason": "cannot wait"})
    assert answer.status_code == 200
    assert MOMENT.fullmatch(answer.json["meta"]["kill_at"])
    assert row(id).kill_requested_at is not None
    with transaction():
        states.finish(row(id).number, attempt, State.RUNNING, State.CANCELLED, "w")
    for body in ({}, {"kill": True}):
        assert (cancel(id, body).status_code, cancel(id, body).json) == (409, {"detail": "This run is over."})


def test_what_a_cancelling_client_sends_is_checked(start, cancel):
    id = start("NoInputs")
    for body, name in (
        ({"reason": 7}, "reason"),
        ({"reason": None}, "reason"),
        ({"reason": ["x"]}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"kill": "true"}, "kill"),
        ({"kill": 1}, "kill"),
        ({"kill": None}, "kill"),
        ([], "non_field_errors"),
    ):
        answer = cancel(id, body)
        assert (answer.status_code, list(answer.json)) == (400, [name]), body
    assert (cancel(id, data=b"{").status_code, list(cancel(id, data=b"{").json)) == (400, ["detail"])
    assert row(id).state == State.QUEUED
    assert cancel(id, {"reason": "a\0b \ud800", "else": 1, "kill": False}).status_code == 200
    assert "\0" not in row(id).cancel_reason


@on_sqlite
def test_who_may_not_cancel_is_told_so_and_who_may_not_look_finds_nothing(start, cancel, api):
    id = start("NoInputs")
    for who in ("bob", "vic"):
        answer = cancel(id, {"kill": "nonsense"}, who)
        assert (answer.status_code, "extras.cancel_job is missing" in answer.json["detail"]) == (403, True)
    for who, unknown in (("sam", id), ("admin", uuid.uuid4())):
        answer = cancel(unknown, {}, who)
        assert (answer.status_code, answer.json) == (404, {"detail": "Not found."})
    assert api("ann", write_enabled=False).post(f"{RESULTS}{id}/cancel/").status_code == 403
    assert api("ann").get(f"{RESULTS}{id}/cancel/").status_code == 405
    assert row(id).state == State.QUEUED
    assert cancel(id, {}, "admin").status_code == 200
    assert row(id).cancel_by == "admin"


def test_a_run_tells_of_its_attempts_and_of_what_was_dropped(start, get):
    id = start("NoInputs")
    with transaction():
        run = row(id)
        run.max_attempts, run.retry_backoff = 3, 60
    number = run.number
    attempt = running(number)
    say(number, attempt, [logs.line(1e9, "info", "run", "line")], dropped=7)
    with transaction():
        states.finish(number, attempt, State.RUNNING, State.ERRORED, "w", reason="bad")
    told = get(f"{id}/")
    meta = told["meta"]
    assert told["status"]["value"] == "PENDING"
    assert (meta["attempt"], meta["max_attempts"], meta["dropped_lines"]) == (1, 3, 7)
    assert MOMENT.fullmatch(meta["start_after"])
    assert "ttempt 2" in meta["waiting"]
    assert get()["results"] == [told]
