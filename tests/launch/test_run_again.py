"""*Run again*: a run is started once more with what it was given, or its form is filled with what is left of that."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite
from webapp.accounts.models import User
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.files import service as files
from webapp.jobs.variables import variables_of
from webapp.runs import attachments, states
from webapp.runs.models import Run, Trigger
from webapp.runs.service import submit

SAME, FOR_REAL = "Run again with the same inputs", "Run it for real"


@pytest.fixture
def record(app):
    """Gives the record of a job by the path of its class."""
    return catalogue.by_class_path


@pytest.fixture
def ran(record, person):
    """Makes a run of a class for somebody, of these inputs, that is over."""
    return lambda class_path, user="ann", /, **inputs: over(submit(record(class_path), person(user), inputs))


@pytest.fixture
def again(browse):
    """The page *Run again* of a run as somebody sees it, in the words that they read."""

    def see(run: Run, name: str = "ann") -> str:
        answer = browse(name).get(f"/runs/{run.number}/again")
        assert answer.status_code == 200
        return words(answer.text)

    return see


def over(run: Run) -> Run:
    with transaction():
        states.cancel_queued(run.number, "ann", "")
    return db.session.get_one(Run, run.number, populate_existing=True)


def words(text: str) -> str:
    main = re.search(r"<main.*?</main>", text, re.S)[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", main, flags=re.S))).split())


def press(page, run: Run, label: str = SAME):
    """Press the button with that label, as the page shows it."""
    text = page.get(f"/runs/{run.number}/again").text
    [form] = [one for one in re.findall(r"<form.*?</form>", text, re.S) if label in one]
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    return page.post(re.search(r'action="([^"]+)"', form)[1], fields)


def last() -> Run:
    db.session.rollback()
    return db.session.scalars(sa.select(Run).order_by(Run.number.desc()).limit(1)).one()


def change(job, **values: object) -> None:
    with transaction():
        for name, value in values.items():
            setattr(job, name, value)


def test_a_run_is_started_again_with_the_same_inputs(browse, ran, work):
    run = ran("plain.Echo", text="once more", count=7, loud=True, colour="g")
    page = browse("ann")
    answer, new = press(page, run), last()
    assert answer.location == f"/runs/{new.number}"
    assert (new.number, new.again_of, new.trigger) == (run.number + 1, run.number, Trigger.AGAIN)
    assert new.inputs == run.inputs
    work()
    assert last().result == {"text": "once more", "count": 7, "loud": True, "colour": "g", "note": "", "dryrun": False}


@on_sqlite
def test_the_page_says_what_would_be_sent_and_sends_nothing(again, ran, ids):
    run = ran("objects.Visiting", "admin", people=[ids["bob"], ids["vic"]], greeting="Good day")
    text = again(run, "admin")
    assert "What will be sent People bob, vic Away – Greeting Good day" in text
    assert f"{SAME} Edit first Queue default" in text
    assert FOR_REAL not in text
    assert last().number == run.number


@on_sqlite
def test_whoever_presses_twice_gets_one_run(browse, ran):
    run, page = ran("plain.Echo", text="once"), browse("ann")
    key = re.search(r'name="_idem_key" value="([^"]+)"', page.get(f"/runs/{run.number}/again").text)[1]
    answers = [page.post(f"/runs/{run.number}/again", {"_idem_key": key}) for _ in range(2)]
    assert {answer.location for answer in answers} == {f"/runs/{run.number + 1}"}
    assert last().number == run.number + 1


@on_sqlite
def test_files_are_given_again_without_being_sent_again(browse, again, record, person, work):
    job = record("filing.Read")
    plan = files.keep(io.BytesIO(b"do it\n"), "plan.csv", person("ann"), sealed=False)
    run = over(submit(job, person("ann"), {"plan": plan}))
    assert "plan.csv 6 B, the same file" in again(run)
    press(browse("ann"), run)
    number = last().again_of
    work()
    assert last().result["first"] == "do it\n"
    new, run = last(), db.session.get_one(Run, number)
    given = attachments.given_to([run, new], variables_of(record("filing.Read").variables))
    assert given[run.number] == given[new.number]


@on_sqlite
def test_what_is_secret_has_to_be_given_anew(browse, again, ran, form):
    run = ran("kinds.Confiding", account="root", password="hush")
    text = again(run)
    assert "The same inputs cannot be given again" in text
    assert "Password given, not shown It is secret, so it was kept only until that run was over. Give it again." in text
    assert SAME not in text
    page = form("kinds.Confiding", run)
    assert 'value="root"' in page
    assert "It is secret, so it was kept only" in page
    refused = browse("ann").post(f"/runs/{run.number}/again", {"_idem_key": "k"})
    assert (refused.status_code, "The same inputs cannot be given again." in refused.text) == (409, True)
    assert last().number == run.number


@on_sqlite
def test_of_a_sensitive_run_nothing_is_left_but_whether_it_was_dry(browse, again, ran, record):
    run = ran("plain.Secretive", password="hush")
    text = again(run)
    assert "The inputs could be sensitive, so they were kept only until that run was over." in text
    assert "Fill in the rest" in text
    change(record("plain.Secretive"), variables=[])
    assert SAME in again(run)
    assert press(browse("ann"), run).location == f"/runs/{run.number + 1}"


@on_sqlite
def test_a_secret_does_not_come_back_as_stars_where_it_is_a_plain_text_by_now(again, ran, record, form):
    run, job = ran("kinds.Confiding", account="root", password="hush"), record("kinds.Confiding")
    plain = [{**one, "type": "StringVar"} if one["name"] == "password" else one for one in job.variables]
    change(job, variables=plain)
    assert "It is secret, so it was kept only" in again(run)
    assert "*****" not in form("kinds.Confiding", run)


@on_sqlite
def test_what_no_longer_fits_is_named_and_the_form_keeps_the_rest(browse, again, ran, record, form):
    run, job = ran("plain.Echo", text="as before", count=7, colour="g", note="hello"), record("plain.Echo")
    of_now = [one for one in job.variables if one["name"] != "note"]
    of_now = [{**one, "max_value": 5} if one["name"] == "count" else one for one in of_now]
    of_now = [{**one, "choices": [["r", "Red"]]} if one["name"] == "colour" else one for one in of_now]
    site = {"name": "site", "type": "StringVar", "label": "Site", "description": "", "required": True, "default": None}
    change(job, variables=[*of_now, site])
    text = again(run)
    for told in (
        "Count 7 Ensure this value is less than or equal to 5.",
        "Colour g Select a valid choice. g is not one of the available choices.",
        "note hello The job does not take this any more.",
        "Site new since then – This field is required.",
    ):
        assert told in text
    page = form("plain.Echo", run)
    assert 'value="as before"' in page
    assert 'value="7"' in page
    assert "note: The job does not take this any more." in unescape(page)
    assert page.count('aria-invalid="true"') == 3


@on_sqlite
def test_new_inputs_with_a_default_are_marked(again, ran, record):
    run, job = ran("plain.Echo", text="x"), record("plain.Echo")
    site = {"name": "site", "type": "StringVar", "label": "Site", "description": "", "required": True, "default": "AMS"}
    change(job, variables=[*job.variables, site])
    assert "Site new since then AMS" in again(run)


@on_sqlite
def test_objects_that_are_gone_are_named_and_the_others_stay(again, ran, ids, person, form):
    run = ran("objects.Visiting", "admin", people=[ids["bob"], ids["vic"]])
    with transaction() as session:
        session.delete(person("bob"))
    text = again(run, "admin")
    assert f"Failed to find requested objects for var people: [{ids['bob']}]" in text
    assert SAME not in text
    page = form("objects.Visiting", run, "admin")
    assert f'value="{ids["vic"]}"' in page
    assert f'value="{ids["bob"]}"' not in page


@on_sqlite
def test_where_the_job_cannot_be_started_nothing_is_offered(browse, again, ran, record):
    run, job, page = ran("plain.Echo", text="x"), record("plain.Echo"), browse("ann")
    for values, sentence in (
        ({"enabled": False}, "This job is not enabled to be run."),
        ({"installed": False}, "This job is not presently installed and cannot be run"),
    ):
        before = {name: getattr(job, name) for name in values}
        change(job, **values)
        text = again(run)
        assert sentence in text
        assert SAME not in text and "Edit first" not in text
        refused = page.post(f"/runs/{run.number}/again", {"_idem_key": "k"})
        assert (refused.status_code, sentence in refused.text) == (409, True)
        change(job, **before)
    with transaction() as session:
        session.execute(sa.update(Run).values(job_id=None))
    assert "Its job has been deleted, so it cannot be run again." in again(run)
    assert last().number == run.number


@on_sqlite
def test_who_may_not_run_jobs_is_told_so_and_who_may_not_see_the_run_finds_nothing(browse, again, ran):
    run = ran("plain.Echo", text="x")
    text = again(run, "vic")
    assert "the permission extras.run_job is missing" in text
    assert SAME not in text
    assert browse("vic").post(f"/runs/{run.number}/again").status_code == 403
    assert browse("sam").get(f"/runs/{run.number}/again").status_code == 404
    assert browse(None).get(f"/runs/{run.number}/again").status_code in (302, 401)
    assert last().number == run.number


@on_sqlite
def test_a_dry_run_is_repeated_dry_or_for_real(browse, again, ran):
    run = ran("plain.Echo", text="x", dryrun=True)
    text = again(run)
    assert FOR_REAL in text and "As a dry run again" in text
    press(browse("ann"), run)
    assert (last().dry_run, last().inputs) == (True, run.inputs)
    press(browse("ann"), run, FOR_REAL)
    assert (last().dry_run, last().inputs) == (False, {**run.inputs, "dryrun": False})
    assert last().again_of == run.number
    real = last()
    assert FOR_REAL not in again(real)
    page = browse("ann")
    page.get(f"/runs/{real.number}/again")
    assert page.post(f"/runs/{real.number}/again", {"_idem_key": "k", "_for_real": "true"}).status_code == 409


@on_sqlite
def test_a_run_that_is_not_over_is_not_run_again(browse, again, record, person):
    run, page = submit(record("plain.Echo"), person("ann"), {"text": "x", "dryrun": True}), browse("ann")
    text = again(run)
    assert f"Run #{run.number} is not over yet. It can be run again as soon as it is." in text
    assert FOR_REAL not in text and SAME not in text
    answer = page.post(f"/runs/{run.number}/again", {"_idem_key": "k", "_for_real": "true"})
    assert (answer.status_code, last().number) == (409, run.number)


@on_sqlite
def test_the_page_of_a_run_offers_it_only_while_the_job_can_be_started(browse, ran, record):
    run, page = ran("plain.Echo", text="x"), browse("ann")
    assert "Run again" in words(page.get(f"/runs/{run.number}").text)
    for gone in ("enabled", "installed"):
        change(record("plain.Echo"), **{gone: False})
        assert "Run again" not in words(page.get(f"/runs/{run.number}").text)
        change(record("plain.Echo"), **{gone: True})


@pytest.fixture
def old_style(record):
    """A job that is told to commit rather than to run dry."""
    job = record("plain.Echo")
    commit = {"name": "_commit", "type": "CommitVar", "label": "Commit", "description": "", "required": False}
    variables = [one for one in job.variables if one["name"] != "dryrun"]
    change(job, variables=[*variables, {**commit, "default": False}], supports_dryrun=False)
    return job


@on_sqlite
def test_a_job_of_the_old_style_is_repeated_for_real_with_commit(browse, old_style, ran):
    run = ran("plain.Echo", text="x", _commit=False)
    assert run.dry_run
    press(browse("ann"), run)
    assert last().inputs["_commit"] is False
    press(browse("ann"), run, FOR_REAL)
    assert (last().dry_run, last().inputs["_commit"]) == (False, True)


@on_sqlite
def test_a_dry_run_of_a_job_that_knows_none_any_more_is_not_repeated_for_real_by_accident(
    again, ran, record, old_style
):
    run = ran("plain.Echo", text="x", _commit=False)
    change(old_style, variables=[one for one in old_style.variables if one["name"] != "_commit"])
    text = again(run)
    assert "The job knows no dry runs any more, and that one changed nothing." in text
    assert SAME not in text


@on_sqlite
def test_what_needs_approval_is_offered_as_a_dry_run_alone(again, ran):
    text = again(ran("kinds.Weighty", dryrun=True))
    assert "Not for real: This job runs only with approval, which cannot be given here yet." in text
    assert SAME in text and FOR_REAL not in text


@on_sqlite
def test_a_queue_that_is_gone_is_replaced_and_said(browse, again, ran, record):
    run, job = ran("plain.Echo", text="x"), record("plain.Echo")
    change(job, task_queues=["bulk", "night"])
    assert "Queue bulk. The job does not run on the queue default any more. It would wait in bulk." in again(run)
    press(browse("ann"), run)
    assert last().queue == "bulk"


@on_sqlite
def test_the_same_queue_is_taken_even_if_it_is_not_the_default(browse, record, person):
    job = record("plain.Echo")
    change(job, task_queues=["default", "night"])
    run = over(submit(job, person("ann"), {"text": "x"}, queue="night"))
    press(browse("ann"), run)
    assert last().queue == "night"
    form = browse("ann").get(f"/jobs/{job.id}/run?_from={run.number}").text
    assert re.search(r'<option value="night"\s+selected', form)


@on_sqlite
def test_a_run_that_was_edited_first_remembers_which_one_it_repeats(browse, ran, record):
    run, page = ran("plain.Echo", text="before"), browse("ann")
    address = f"/jobs/{record('plain.Echo').id}/run"
    assert f'name="_from" value="{run.number}"' in page.get(f"{address}?_from={run.number}").text
    page.post(address, {"text": "after", "count": "3", "colour": "r", "_from": str(run.number)})
    assert (last().again_of, last().trigger, last().inputs["text"]) == (run.number, Trigger.FORM, "after")
    for nonsense in ("x", "999", str(ran("plain.NoInputs").number)):
        page.post(address, {"text": "after", "count": "3", "colour": "r", "_from": nonsense})
        assert (last().again_of, last().class_path) == (None, "plain.Echo")


@on_sqlite
def test_hidden_inputs_and_computed_choices_are_given_again(browse, again, ran):
    run = ran("depending.Port", site="BER", kind="access", vlan=30)
    assert "VLAN 30" in again(run)
    assert "LAG" not in again(run)
    press(browse("ann"), run)
    assert last().inputs == run.inputs


@on_sqlite
def test_hostile_texts_are_texts(again, browse, ran):
    run = ran("plain.Echo", text="<script>x</script>\u202e", note="<img src=x onerror=alert(1)>")
    text = browse("ann").get(f"/runs/{run.number}/again").text
    assert "<img src=x" not in text and "<script>x" not in text
    assert "\\u202e" in text


@pytest.fixture
def ids(app):
    """Primary keys of users, as texts, by name."""
    return {user.username: str(user.id) for user in db.session.scalars(sa.select(User))}


@pytest.fixture
def form(browse, record):
    """The text of the form of a class, filled from a run."""

    def see(class_path: str, run: Run, name: str = "ann") -> str:
        answer = browse(name).get(f"/jobs/{record(class_path).id}/run?_from={run.number}")
        assert answer.status_code == 200
        return answer.text

    return see


@on_sqlite
def test_both_runs_tell_of_each_other_to_whoever_may_see_both(browse, ran, person):
    first = ran("plain.Echo", text="x")
    for _ in range(7):
        press(browse("ann"), first)
    newest = last().number
    text = words(browse("ann").get(f"/runs/{first.number}").text)
    told = " , ".join(f"#{number}" for number in range(newest, newest - 5, -1))
    assert f"Run again as {told} and others." in text
    assert f"Again of #{first.number} , compare with it ." in words(browse("ann").get(f"/runs/{newest}").text)
    with transaction() as session:  # of one's own runs one always sees
        session.execute(sa.update(Run).where(Run.number == newest).values(user_id=person("sam").id))
    assert "Again of" not in words(browse("sam").get(f"/runs/{newest}").text)
