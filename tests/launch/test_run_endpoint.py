"""POST /api/extras/jobs/<id or name>/run/: the reference's checks in their order, and whatever a client may send."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from tests.product import on_sqlite
from webapp.db import db, transaction
from webapp.runs.models import Run

JOBS = "/api/extras/jobs/"
GOOD = {"data": {"text": "hi"}}


@pytest.fixture
def run(api, job):
    """Asks to run the class of that name, as Ann unless another client is given."""
    ann = api("ann")

    def ask(name: str, body: object = None, by=ann, **options):
        sent = {"json": body} if body is not None else options
        return by.post(f"{JOBS}{job(name).id}/run/", **sent)

    return ask


def runs() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(Run)) or 0


def test_a_run_is_made_and_told_without_any_worker(run, api):
    answer = run("Echo", {"data": {"text": "hi", "count": 4, "loud": True, "dryrun": True}})
    assert answer.status_code == 201
    assert set(answer.json) == {"scheduled_job", "job_result"}
    assert answer.json["scheduled_job"] is None
    made = answer.json["job_result"]
    assert (made["name"], made["status"]) == ("Echo", {"value": "PENDING", "label": "PENDING"})
    assert made["task_kwargs"] == {"text": "hi", "count": 4, "loud": True, "colour": "r", "note": "", "dryrun": True}
    assert api("vic").get(f"/api/extras/job-results/{made['id']}/").json == made


@on_sqlite
@pytest.mark.parametrize("written", ["12345678901234567890.123456789", "0.1", "-2.50", "1e3"])
def test_a_number_keeps_the_digits_that_are_written(api, written):
    body = f'{{"data": {{"power": {written}, "options": [{written}]}}}}'
    answer = api("ann").post(f"{JOBS}marked.Kinds/run/", data=body, content_type="application/json")
    told = answer.json["job_result"]["task_kwargs"]
    assert Decimal(told["power"]) == Decimal(written)
    assert told["options"] == [float(written)]


@on_sqlite
def test_a_number_too_small_or_too_large_for_any_machine_is_refused(api):
    for written in ("1e-400", "1e400"):
        body = f'{{"data": {{"power": {written}}}}}'
        answer = api("ann").post(f"{JOBS}marked.Kinds/run/", data=body, content_type="application/json")
        assert (answer.status_code, answer.json) == (
            400,
            {"errors": {"power": ["Ensure that there are no more than 50 digits in total."]}},
        )


def test_a_job_is_named_by_id_name_or_class_path(api, job):
    ann = api("ann")
    for name in (str(job("NoInputs").id), "No%20inputs", "plain.NoInputs"):
        assert ann.post(f"{JOBS}{name}/run/", json={}).status_code == 201
    assert ann.post(f"{JOBS}No%20inputs/run", json={}).status_code == 201
    for name in (str(uuid.uuid4()), "nobody", "x%00y"):
        assert ann.post(f"{JOBS}{name}/run/", json={}).status_code == 404


@on_sqlite
def test_the_checks_come_in_the_order_of_the_reference(run, api, job):
    both = {"task_queue": "nowhere", "job_queue": "nowhere", "data": "invalid", "schedule": "later"}
    not_a_dictionary = {"schedule": ["Invalid data. Expected a dictionary."]}
    assert (run("Echo", both).status_code, run("Echo", both).json) == (400, not_a_dictionary)
    del both["schedule"]
    answer = run("Echo", both)
    text = "task_queue and job_queue are both specified. Please specify only one or another."
    assert (answer.status_code, answer.json) == (400, {"task_queue": [text]})
    del both["task_queue"]
    assert run("Echo", both).json == {"task_queue": ['"nowhere" is not a valid choice.']}
    del both["job_queue"]
    assert run("Echo", both).json == {"errors": ["Job data needs to be a dict"]}
    with transaction():
        job("Echo").installed = False
    gone = {"detail": "This job is not presently installed and cannot be run"}
    assert (run("Echo", both).status_code, run("Echo", both).json) == (405, gone)
    with transaction():
        job("Echo").enabled = False
    off = {"detail": "This job is not enabled to be run."}
    assert (run("Echo", both).status_code, run("Echo", both).json) == (403, off)
    assert run("Echo", both, by=api("vic")).status_code == 403
    assert "extras.run_job is missing" in run("Echo", both, by=api("vic")).json["detail"]
    assert run("Echo", both, by=api("ann", write_enabled=False)).status_code == 403
    missing = {"detail": "Authentication credentials were not provided."}
    assert (run("Echo", both, by=api()).status_code, run("Echo", both, by=api()).json) == (403, missing)
    assert runs() == 0


@on_sqlite
def test_a_queue_of_the_job_is_taken_under_either_name(run):
    for body in ({"task_queue": "default"}, {"job_queue": "default"}, {"job_queue": "default", "task_queue": ""}):
        assert run("Elsewhere", body).json["job_result"]["celery_kwargs"]["queue"] == "default"
    for body in ({}, {"job_queue": None}, {"task_queue": "", "job_queue": ""}):
        assert run("Elsewhere", body).json["job_result"]["celery_kwargs"]["queue"] == "lab"


@on_sqlite
def test_a_job_whose_queues_were_emptied_runs_on_the_default_one(run, job):
    with transaction():
        job("Elsewhere").task_queues = []
    assert run("Elsewhere", {}).json["job_result"]["celery_kwargs"]["queue"] == "default"


def test_a_queue_that_is_none_of_the_jobs_is_refused_under_the_old_name(run):
    for queue in ("invalid", "(local)", "local", " default", "\ud800", "a\0b", str(uuid.uuid4())):
        for name in ("job_queue", "task_queue"):
            answer = run("Echo", {**GOOD, name: queue})
            assert (answer.status_code, answer.json) == (400, {"task_queue": [f'"{queue}" is not a valid choice.']})
    for queue in (7, 0, False, True, [], ["default"], {}, {"name": "default"}):
        answer = run("Echo", {**GOOD, "job_queue": queue})
        assert (answer.status_code, answer.json) == (400, {"task_queue": ["Not a valid string."]}), queue
    assert runs() == 0


@on_sqlite
def test_a_sensitive_job_runs_at_once_and_tells_nothing_of_its_inputs(run):
    answer = run("Secretive", {"data": {"password": "tell-nobody"}, "schedule": {"interval": "immediately"}})
    assert (answer.status_code, answer.json["job_result"]["task_kwargs"]) == (201, {})
    assert "tell-nobody" not in answer.text


@on_sqlite
def test_a_schedule_that_is_no_immediate_one_is_not_possible_yet(run):
    assert run("Echo", {**GOOD, "schedule": {"interval": "daily"}}).status_code == 409
    for schedule in ("daily", 7, [], {"interval": "fortnightly"}, {"interval": None}, {"interval": ["immediately"]}):
        answer = run("Echo", {**GOOD, "schedule": schedule})
        assert (answer.status_code, list(answer.json)) == (400, ["schedule"]), schedule
    assert runs() == 0


@on_sqlite
def test_wrong_inputs_are_told_by_name_and_nothing_is_made(run):
    required = ["This field is required."]
    number, text, choice = ["Enter a whole number."], ["Enter text."], ["Select one choice."]
    unknown, boolean = ["Job data contained an unknown property"], ["Must be true or false."]
    for data, errors in (
        ({}, {"text": required}),
        ({"text": "x", "count": None}, {"count": required}),
        ({"text": "x", "nothing": 1}, {"nothing": unknown}),
        ({"text": "x", "\ud800": 1, "a\0b": 2, "": 3}, {"\\ud800": unknown, "a\\x00b": unknown, "": unknown}),
        (
            {"text": 7, "count": "x", "loud": 2, "colour": [], "note": {}, "dryrun": "yes"},
            {
                "text": text,
                "count": number,
                "loud": boolean,
                "colour": choice,
                "note": text,
                "dryrun": boolean,
            },
        ),
        (
            {"text": ["x"], "count": 1.5, "loud": None, "colour": {"value": "r"}},
            {
                "text": text,
                "count": number,
                "colour": choice,
            },
        ),
        ({"text": True, "count": True, "colour": None}, {"text": text, "count": number, "colour": required}),
        ({"text": "a\0b"}, {"text": ["Null characters are not allowed."]}),
        ({"text": "\ud800"}, {"text": ["Characters that are half of a pair (surrogates) are not allowed."]}),
        ({"text": "x", "count": 10**400}, {"count": ["Ensure this value is less than or equal to 10."]}),
        ({"text": "x", "count": -(10**400)}, {"count": ["Ensure this value is greater than or equal to 0."]}),
        ({"text": "x", "count": float("nan")}, {"count": number}),
        ({"text": "x", "count": float("inf")}, {"count": number}),
        ({"text": "x" * 70_000}, {"text": ["Ensure this value has at most 20 characters (it has 70000)."]}),
        (
            {"text": "x", "note": "x" * 65_537},
            {"note": ["Ensure this value has at most 65536 characters (it has 65537)."]},
        ),
        ({"text": nested(200), "colour": nested(200)}, {"text": text, "colour": choice}),
    ):
        answer = run("Echo", {"data": data})
        assert (answer.status_code, answer.json) == (400, {"errors": errors}), str(data)[:100]
    for colour in ("blue", 7, 1e300, float("nan"), "\ud800", "a\0b", True):
        answer = run("Echo", {"data": {"text": "x", "colour": colour}})
        assert answer.status_code == 400
        assert answer.json["errors"]["colour"][0].startswith("Select a valid choice.")
    assert runs() == 0


@on_sqlite
def test_data_that_is_no_dictionary_is_told_so(run):
    for data in ("invalid", 7, [], [GOOD], True, 0, "", False):
        answer = run("Echo", {"data": data})
        assert (answer.status_code, answer.json) == (400, {"errors": ["Job data needs to be a dict"]}), data
    for body in ({}, {"data": None}, {"data": {}}):
        assert run("NoInputs", body).status_code == 201


@on_sqlite
def test_fault_108_a_body_that_cannot_be_read_makes_nothing(run):
    bombs = (b"[" * 100_000, b'{"data":' * 50_000, b'{"data": {"count": ' + b"9" * 5000 + b"}}")
    for raw in (b"{", b"{'data': 1}", b"\xff\xfe", b"data=x", b"\0", *bombs):
        answer = run("Echo", data=raw, content_type="application/json")
        assert (answer.status_code, list(answer.json)) == (400, ["detail"]), raw[:20]
        assert answer.json["detail"].startswith("JSON parse error: "), raw[:20]
    for raw in (b"[]", b"7", b'"x"', b"null"):
        answer = run("Echo", data=raw, content_type="application/json")
        assert (answer.status_code, list(answer.json)) == (400, ["non_field_errors"]), raw
    for raw in (b"x" * 1_100_000, b'{"data": {"note": "' + b"x" * 1_100_000 + b'"}}'):
        answer = run("Echo", data=raw, content_type="application/json")
        assert (answer.status_code, list(answer.json)) == (413, ["detail"])
    assert runs() == 0


@on_sqlite
def test_a_body_that_is_no_json_is_told_where_it_ceases_to_be(run):
    answer = run("Echo", data=b'{"data": {\n  "text": "hi"\n  "count": 1\n}}', content_type="application/json")
    assert answer.json == {"detail": "JSON parse error: Expecting ',' delimiter (line 3, column 3)."}


@on_sqlite
def test_an_empty_body_runs_a_job_that_needs_nothing(run):
    assert run("NoInputs", data=b"").status_code == 201
    assert run("Echo", data=b"").json == {"errors": {"text": ["This field is required."]}}


@on_sqlite
def test_keys_that_are_not_known_beside_the_data_are_left_aside(run):
    assert run("NoInputs", {"data": {}, "profile": True, "commit": True}).status_code == 201


def test_every_text_that_can_be_kept_is_kept(run):
    note = "".join(map(chr, [*range(1, 0x80), 0x85, 0x2028, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF]))
    answer = run("Echo", {"data": {"text": "é" * 20, "note": note}})
    assert answer.json["job_result"]["task_kwargs"]["note"] == note
    assert answer.json["job_result"]["task_kwargs"]["text"] == "é" * 20


def nested(depth: int) -> list:
    """A list in a list, depth deep."""
    found: list = []
    for _ in range(depth):
        found = [found]
    return found


@on_sqlite
def test_an_input_beside_data_is_refused_and_not_lost_in_silence(run):
    answer = run("Echo", {"data": {"text": "hi"}, "dryrun": True, "job_name": "Echo"})
    assert (answer.status_code, answer.json) == (400, {"errors": {"dryrun": ["Inputs belong into “data”."]}})
    assert runs() == 0


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def test_fault_63_a_request_that_is_sent_again_gives_the_run_that_it_made_before(api, job):
    ann, admin = api("ann"), api("admin")
    path = f"{JOBS}{job('Echo').id}/run/"
    first = ann.post(path, json=GOOD, headers=keyed("order 7"))
    again = ann.post(path, json={"data": {"text": "hi", "count": 3}}, headers=keyed("order 7"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.json["job_result"] == first.json["job_result"]
    for other in (ann.post(path, json=GOOD), ann.post(path, json=GOOD, headers=keyed("order 8")),
                  admin.post(path, json=GOOD, headers=keyed("order 7"))):  # fmt: skip
        assert (other.status_code, "Idempotency-Replayed" in other.headers) == (201, False)
    assert runs() == 4


def test_a_key_that_stands_for_other_inputs_is_a_conflict(api, job):
    ann = api("ann")
    path = f"{JOBS}{job('Echo').id}/run/"
    number = ann.post(path, json=GOOD, headers=keyed("k")).json["job_result"]["meta"]["number"]
    other = ann.post(path, json={"data": {"text": "other"}}, headers=keyed("k"))
    said = f"This submission was already used for run #{number}, with other inputs."
    assert (other.status_code, other.json) == (409, {"detail": said})
    assert ann.post(f"{JOBS}{job('NoInputs').id}/run/", json={}, headers=keyed("k")).status_code == 409
    assert runs() == 1


@on_sqlite
def test_a_key_that_cannot_be_kept_is_refused_by_name(api, job):
    ann = api("ann")
    for key in ("", "x" * 256, "a\tb", "a\x7fb"):
        answer = ann.post(f"{JOBS}{job('Echo').id}/run/", json=GOOD, headers=keyed(key))
        told = {"idempotency_key": ["Give 1 to 255 printable characters."]}
        assert (answer.status_code, answer.json) == (400, told), key
    assert runs() == 0


def test_fault_62_twenty_identical_requests_at_once_make_one_run(app, api, job):
    path, headers = f"{JOBS}{job('Echo').id}/run/", {**api("ann").headers, **keyed("one order")}
    db.session.remove()

    def post(_: int):
        with app.app_context():
            answer = app.test_client().post(path, json=GOOD, headers=headers)
        return answer.status_code, answer.json["job_result"]["id"], answer.headers.get("Idempotency-Replayed")

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(post, range(20)))
    assert {status for status, _, _ in answers} == {201}
    assert len({id for _, id, _ in answers}) == 1
    assert [replayed for _, _, replayed in answers].count(None) == 1
    assert runs() == 1


def test_fault_81_beyond_what_one_user_may_have_waiting_it_is_too_many(api, job, app, work):
    app.extensions["settings"] = replace(app.extensions["settings"], most_queued=2)
    path = f"{JOBS}{job('NoInputs').id}/run/"
    ann = api("ann")
    answers = [ann.post(path, json={}, headers=keyed(key)) for key in ("1", "2", "3", "1")]
    assert [answer.status_code for answer in answers] == [201, 201, 429, 201]
    assert answers[2].json["detail"].startswith("2 of your runs are waiting already.")
    assert api("admin").post(path, json={}).status_code == 201
    assert runs() == 3
