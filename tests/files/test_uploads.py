"""Files that people and scripts hand to a job: what comes through, what is refused, and what is left of it."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import timedelta
from html import unescape
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from tests.files.conftest import kept
from tests.product import on_sqlite
from webapp.db import db, transaction, utcnow
from webapp.errors import InvalidInputs
from webapp.files import chunks
from webapp.files import service as files
from webapp.files.models import File, FileChunk
from webapp.runs import attachments, supervisor
from webapp.runs.models import Run, RunFile, State
from webapp.runs.service import submit
from webapp.runs.supervisor import supervise

CONTENT = b"rack,new name\r\n" + bytes(range(256)) * 1500
SHA256 = hashlib.sha256(CONTENT).hexdigest()
GONE = "This file is not there any more. Choose it again."


def beside(text: str, name: str) -> str:
    """The messages at the field."""
    return unescape(text.partition(f'id="id_{name}-errors">')[2].partition("</div>")[0])


def test_t040_t078_a_file_goes_from_the_form_to_the_job_byte_by_byte(form, desk, work):
    page = form("Read")
    assert "enctype=multipart/form-data" in page.text
    assert page.send(plan=desk.file(CONTENT), text="hi").status_code == 302
    assert work() == [State.SUCCESS]
    run = desk.last()
    assert run.result["name"] == "plan.csv"
    assert (run.result["size"], run.result["whole"]) == (len(CONTENT), len(CONTENT))
    assert run.result["same"] is True
    assert run.result["type"] == "text/csv"
    assert run.result["first"] == "rack,new name\r\n"
    assert (run.result["notes"], run.result["text"]) == (None, "hi")
    assert run.inputs["plan"]["sha256"] == SHA256


def test_the_page_of_the_run_lists_the_file_and_gives_it_to_whoever_sees_the_run(form, desk, browse):
    form("Read").send(plan=desk.file(CONTENT))
    run, page = desk.last(), browse("vic")
    text = page.get(f"/runs/{run.number}/files").text
    row = db.session.scalars(sa.select(RunFile)).one()
    address = f"/runs/{run.number}/files/{row.id}"
    assert f'href="{address}"' in text
    assert SHA256 in text
    answer = page.client.get(address)
    assert answer.data == CONTENT
    assert browse("sam").client.get(address).status_code == 404
    assert browse("sam").client.get(f"/runs/{run.number}/files").status_code == 404
    assert browse(None).client.get(address).status_code == 302
    other = form("Read").send(plan=desk.file(b"other")) and desk.last()
    assert page.client.get(f"/runs/{other.number}/files/{row.id}").status_code == 404


@on_sqlite
def test_fault_110_a_file_is_saved_and_never_shown_whatever_it_holds(form, desk, browse):
    for name in ("evil.html", "evil.svg", "evil.pdf", "evil.js"):
        form("Read").send(plan=desk.file(b"<script>alert(1)</script>", name))
        row = db.session.scalars(sa.select(RunFile).order_by(RunFile.created_at.desc()).limit(1)).one()
        answer = browse("ann").client.get(f"/runs/{row.run_number}/files/{row.id}")
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["Content-Disposition"].startswith(f'attachment; filename="{name}"')
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
        db.session.rollback()


@on_sqlite
def test_what_does_not_fit_has_its_message_at_the_field_and_nothing_of_it_is_kept(form, desk):
    page = form("Read")
    one = desk.file
    for sent, name, message in (
        ({}, "plan", "This field is required."),
        ({"plan": one(b"", "")}, "plan", "This field is required."),
        ({"plan": one(b"")}, "plan", "The submitted file is empty."),
        ({"plan": "plan.csv"}, "plan", "No file was submitted. Check the encoding type on the form."),
        ({"notes": "notes.txt"}, "notes", "No file was submitted. Check the encoding type on the form."),
        ({"notes": one(b"x" * 1001, "a.txt")}, "notes", "Ensure this file has at most 1,000 bytes (it has 1,001)."),
        (
            {"notes": one(b"x", "a.csv")},
            "notes",
            "File extension “csv” is not allowed. Allowed extensions are: txt, md.",
        ),
        (
            {"notes": one(b"x", "txt")},
            "notes",
            "A file without an extension is not allowed. Allowed extensions are: txt, md.",
        ),
        ({"plan": [one(b"x"), one(b"y")]}, "plan", "Choose one file: 2 were sent."),
        ({"text": one(b"x")}, "text", "This input takes no file."),
        ({"document": one(b"{}")}, "document", "This input takes no file."),
    ):
        answer = page.send(**sent)
        assert answer.status_code == 400, message
        assert message in beside(answer.text, name)
    answer = page.send(stranger=one(b"x"))
    assert answer.status_code == 400
    assert "stranger: Job data contained an unknown property" in unescape(answer.text)
    assert desk.empty()


@on_sqlite
def test_fault_107_a_file_may_be_as_large_as_the_installation_says_and_not_a_byte_larger(
    app, form, desk, work, settings
):
    app.extensions["settings"] = replace(settings, most_upload=300_000)
    page = form("Read")
    answer = page.send(plan=desk.file(b"x" * 300_001))
    assert answer.status_code == 400
    assert "Ensure this file has at most 300,000 bytes (it has 300,001)." in beside(answer.text, "plan")
    assert desk.empty()
    assert page.send(plan=desk.file(b"x" * 300_000)).status_code == 302
    assert work() == [State.SUCCESS]
    assert desk.last().result["size"] == 300_000


@on_sqlite
def test_fault_107_a_request_that_is_larger_than_two_files_may_be_is_not_read(app, form, desk, settings, ask):
    most = 2 * settings.most_upload + app.config["MAX_CONTENT_LENGTH"]
    page = form("Read")
    said = {"environ_overrides": {"CONTENT_LENGTH": str(most + 1)}}
    answer = page.post(page.path, {"plan": desk.file(b"x")}, content_type="multipart/form-data", **said)
    assert answer.status_code == 413
    assert ask("Read", plan=desk.file(b"x"), **said).status_code == 413
    assert ask("Read", "vic", plan=desk.file(b"x"), **said).status_code == 403
    assert desk.empty()


@on_sqlite
def test_a_file_may_be_larger_than_other_requests(app, desk, api):
    content = b"x" * (app.config["MAX_CONTENT_LENGTH"] + 1)
    head = b'--edge\r\nContent-Disposition: form-data; name="plan"; filename="plan.csv"\r\n\r\n'
    body, kind = head + content + b"\r\n--edge--\r\n", "multipart/form-data; boundary=edge"
    place = f"/api/extras/jobs/{desk.job('Read').id}"
    asked = api("ann").post(f"{place}/validate/", data=body, content_type=kind)
    assert (asked.status_code, asked.json) == (200, {"valid": True})
    answer = api("ann").post(f"{place}/run/", data=body, content_type=kind)
    assert answer.status_code == 201
    assert desk.last().inputs["plan"]["size"] == len(content)


@on_sqlite
def test_other_pages_still_take_a_small_body_only(app, browse):
    page = browse("ann")
    answer = page.post("/account/password", {"old": "x" * (app.config["MAX_CONTENT_LENGTH"] + 1)})
    assert answer.status_code in (404, 413)
    answer = page.client.post("/runs/1/cancellation", data={"reason": "x" * (app.config["MAX_CONTENT_LENGTH"] + 1)})
    assert answer.status_code == 413


def test_50_megabytes_come_in_and_go_out_without_ever_being_in_memory(app, desk, person, tmp_path, browse):
    path, size = tmp_path / "large", 50 * 1024 * 1024
    with path.open("wb") as large:
        large.truncate(size)
    with path.open("rb") as stream:
        tracemalloc.start()
        stored = files.keep(stream, "large.bin", person("ann"), sealed=False)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert most < 8 * 1024 * 1024
    assert (stored.size, desk.count(FileChunk)) == (size, 200)
    with path.open("ab") as large:
        large.write(b"x")
    with path.open("rb") as stream, pytest.raises(ValueError, match="52,428,800"):
        files.keep(stream, "large.bin", person("ann"), sealed=False)


def test_somebody_else_writes_while_a_large_file_comes_in(app, person, monkeypatch, desk):
    """Between two chunks nobody waits: each is a transaction of its own."""
    written = []

    class Slow:
        def __init__(self):
            self.left, self.begun = 0, False

        def seek(self, *_):
            self.left, self.begun = 4 * 256 * 1024, self.begun

        def read(self, size):
            if self.left and self.measured:
                with app.app_context(), transaction() as session:
                    session.execute(sa.text("UPDATE job SET hidden = hidden"))
                    written.append(size)
            piece = b"x" * min(size, self.left)
            self.left -= len(piece)
            self.measured = self.measured or not piece
            return piece

        measured = False

    files.keep(Slow(), "slow", person("ann"), sealed=False)
    assert len(written) == 4


@on_sqlite
def test_a_file_is_kept_while_another_field_is_put_right(form, desk, work):
    page = form("Read")
    answer = page.send(plan=desk.file(CONTENT), document="{")
    assert answer.status_code == 400
    assert "plan.csv" in answer.text
    assert SHA256[:12] in answer.text
    reference = kept(answer.text, "plan")
    answer = page.send(_kept_plan=reference, document="{{")
    assert kept(answer.text, "plan") == reference
    assert page.send(_kept_plan=reference, document="{}").status_code == 302
    work()
    assert desk.last().result["size"] == len(CONTENT)
    assert desk.count(File) == 1


@on_sqlite
def test_a_file_that_is_chosen_replaces_the_one_that_was_kept(form, desk, work):
    page = form("Read")
    reference = kept(page.send(plan=desk.file(CONTENT), document="{").text, "plan")
    page.send(_kept_plan=reference, plan=desk.file(b"newer", "newer.txt"))
    work()
    assert desk.last().result["name"] == "newer.txt"


@on_sqlite
def test_a_file_that_is_not_required_can_be_given_up_again(form, desk, work):
    page = form("Read")
    text = page.send(notes=desk.file(b"x", "notes.txt")).text
    assert 'name="_clear_notes"' in text
    assert 'name="_clear_plan"' not in text
    page.send(plan=desk.file(b"p"), _kept_notes=kept(text, "notes"), _clear_notes="true")
    work()
    assert desk.last().result["notes"] is None


@on_sqlite
def test_run_again_has_the_file_of_the_earlier_run_whoever_sent_it(form, desk, work):
    form("Read", "admin").send(plan=desk.file(CONTENT), text="first")
    first = desk.last().number
    page = form("Read")
    text = page.get(f"{page.path}?_from={first}").text
    assert SHA256[:12] in text
    assert page.send(_kept_plan=kept(text, "plan")).status_code == 302
    assert work() == [State.SUCCESS, State.SUCCESS]
    assert desk.last().result["size"] == len(CONTENT)
    assert (desk.count(File), desk.count(RunFile)) == (1, 2)
    assert "plan: plan.csv" in page.get(page.path).text


@on_sqlite
def test_nobody_gets_at_the_file_of_somebody_else_by_its_reference(form, desk):
    reference = kept(form("Read").send(plan=desk.file(CONTENT), document="{").text, "plan")
    id, _, mark = reference.partition(".")
    page = form("Read", "admin")
    for forged in (reference, id, f"{id}.", f"{id}.{mark[::-1]}", f".{mark}", "x", "\0", "." * 500):
        answer = page.send(_kept_plan=forged)
        assert answer.status_code == 400
        assert GONE in beside(answer.text, "plan")
    assert desk.count(Run) == 0


@on_sqlite
def test_a_kept_file_that_was_deleted_meanwhile_has_to_be_chosen_again(form, desk):
    page = form("Read")
    reference = kept(page.send(plan=desk.file(CONTENT), document="{").text, "plan")
    grow_old()
    attachments.sweep()
    answer = page.send(_kept_plan=reference)
    assert answer.status_code == 400
    assert GONE in beside(answer.text, "plan")
    assert desk.empty()


def grow_old() -> None:
    with transaction() as session:
        session.execute(sa.update(File).values(needed_at=utcnow() - timedelta(hours=1, seconds=1)))


def test_fault_112_t081_what_no_run_has_is_deleted_after_an_hour_and_what_one_has_is_kept(form, desk, settings):
    page = form("Read")
    page.send(plan=desk.file(CONTENT), document="{")
    desk.tidy(settings)
    assert desk.count(File) == 1
    page.send(plan=desk.file(b"bound"))
    grow_old()
    desk.tidy(settings)
    assert [file.size for file in db.session.scalars(sa.select(File))] == [5]
    with transaction() as session:
        session.execute(sa.delete(Run))
    assert desk.count(RunFile) == 0
    desk.tidy(settings)
    assert desk.empty()


@on_sqlite
def test_fault_112_uploads_of_one_user_that_no_run_has_are_limited(app, form, desk, settings):
    app.extensions["settings"] = replace(settings, most_upload=1000)
    page = form("Read")
    for _ in range(10):
        assert page.send(plan=desk.file(b"x" * 1000), document="{").status_code == 400
    answer = page.send(plan=desk.file(b"x" * 1000), document="{")
    assert answer.status_code == 429
    assert "You have uploaded too many files that no run has." in answer.text
    assert form("Read", "admin").send(plan=desk.file(b"x")).status_code == 302


def test_a_file_that_is_deleted_between_form_and_run_ends_the_run_with_a_reason(form, desk, work):
    form("Read").send(plan=desk.file(CONTENT))
    with transaction() as session:
        session.execute(sa.delete(FileChunk))
    assert work() == [State.ERRORED]
    assert desk.last().reason == "Not started: This file is not there any more."


def test_the_same_submission_with_the_same_file_is_the_same_run(ask, desk):
    key = {"Idempotency-Key": "once"}
    first = ask("Read", headers=key, plan=desk.file(CONTENT))
    again = ask("Read", headers=key, plan=desk.file(CONTENT))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json["job_result"]["id"] == first.json["job_result"]["id"]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert ask("Read", headers=key, plan=desk.file(b"other")).status_code == 409


def test_of_a_sensitive_run_nothing_can_be_read_and_nothing_is_left(form, desk, work, browse, settings):
    name, content = "canary-name.csv", b"canary-content" * 30_000
    page = form("ReadInConfidence")
    page.send(plan=desk.file(content, name))
    number = desk.last().number
    assert desk.count(FileChunk) == 2
    row = db.session.scalars(sa.select(File)).one()
    assert (row.name, row.sha256) == ("", "")
    assert all(b"canary" not in chunk for chunk in db.session.scalars(sa.select(FileChunk.content)))
    id = db.session.scalars(sa.select(RunFile.id)).one()
    assert browse("admin").client.get(f"/runs/{number}/files/{id}").status_code == 404
    for tab in ("", "/files", "/inputs"):
        assert "canary" not in browse("admin").get(f"/runs/{number}{tab}").text
    assert browse("admin").get(f"/runs/{number}/files/{id}/preview").status_code == 404
    assert work() == [State.SUCCESS]
    assert desk.last().result == {"name": name, "size": len(content), "type": "text/csv", "same": True}
    desk.tidy(settings)
    assert [desk.count(model) for model in (File, FileChunk, RunFile)] == [0, 0, 0]


@on_sqlite
def test_t079_of_a_sensitive_run_that_fails_nothing_is_left_either(form, desk, work, settings):
    form("ReadInConfidence").send(plan=desk.file(CONTENT))
    with transaction():
        desk.job("ReadInConfidence").enabled = False
    assert work() == [None]
    assert desk.last().state == State.ERRORED
    desk.tidy(settings)
    assert [desk.count(model) for model in (File, FileChunk, RunFile)] == [0, 0, 0]


@on_sqlite
def test_a_sensitive_file_is_kept_unreadable_while_the_form_is_put_right(form, desk, work):
    page = form("ReadInConfidence")
    text = page.send(plan=desk.file(CONTENT), stranger="x").text
    reference = kept(text, "plan")
    assert reference
    assert all(b"rack,new" not in chunk for chunk in db.session.scalars(sa.select(FileChunk.content)))
    page.send(_kept_plan=reference)
    assert work() == [State.SUCCESS]
    assert desk.last().result["same"] is True


def test_a_file_given_in_confidence_stays_until_all_its_runs_are_over(form, desk, work):
    page = form("ReadInConfidence")
    reference = kept(page.send(plan=desk.file(CONTENT), stranger="x").text, "plan")
    attachments.forget()
    assert (page.send(_kept_plan=reference).status_code, work()) == (302, [State.SUCCESS])
    page.send(_kept_plan=reference)
    attachments.forget()
    assert (work(), desk.count(File)) == ([State.SUCCESS], 1)
    attachments.forget()
    assert [desk.count(model) for model in (File, FileChunk, RunFile)] == [0, 0, 0]
    answer = page.send(_kept_plan=reference)
    assert GONE in beside(answer.text, "plan")


def test_a_file_that_is_given_to_a_run_while_it_is_let_go_of_stays(form, desk, work, monkeypatch):
    page = form("ReadInConfidence")
    reference = kept(page.send(plan=desk.file(CONTENT), stranger="x").text, "plan")
    page.send(_kept_plan=reference)
    work()

    @contextmanager
    def later():
        if desk.count(Run) == 1:
            page.send(_kept_plan=reference)
        with transaction() as session:
            yield session

    monkeypatch.setattr(attachments, "transaction", later)
    attachments.forget()
    assert (work(), desk.count(Run)) == ([State.SUCCESS], 2)


def test_a_large_file_is_deleted_a_few_chunks_at_a_time_and_over_several_rounds(form, desk, work, monkeypatch):
    form("ReadInConfidence").send(plan=desk.file(CONTENT))
    assert (work(), desk.count(FileChunk)) == ([State.SUCCESS], 2)
    monkeypatch.setattr(attachments, "ROUND_SECONDS", 0)
    monkeypatch.setattr(chunks, "AT_ONCE", 1)
    left = []
    while desk.count(File):
        attachments.forget()
        left.append(desk.count(FileChunk))
    assert left == [1, 0, 0]


@on_sqlite
def test_the_end_of_a_sensitive_run_asks_nothing_about_files(job, person, work):
    submit(job("Secretive"), person("ann"), {"password": "abcdef"})
    said = []

    def hear(_connection, _cursor, statement, *_):
        said.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", hear)
    work()
    sa.event.remove(db.engine, "before_cursor_execute", hear)
    assert said
    assert not [statement for statement in said if "file" in statement]


@on_sqlite
def test_a_readable_file_is_not_given_to_a_sensitive_run_and_has_to_be_chosen_again(form, desk, person):
    reference = kept(form("Read").send(plan=desk.file(CONTENT), document="{").text, "plan")
    answer = form("ReadInConfidence").send(_kept_plan=reference)
    assert answer.status_code == 400
    assert attachments.CHOOSE_AGAIN in beside(answer.text, "plan")
    assert kept(answer.text, "plan") == ""
    readable = files.keep(io.BytesIO(CONTENT), "plan.csv", person("ann"), sealed=False)
    with pytest.raises(InvalidInputs) as refusal:
        submit(desk.job("ReadInConfidence"), person("ann"), {"plan": readable})
    assert refusal.value.errors == {"plan": [attachments.CHOOSE_AGAIN]}
    assert desk.count(Run) == 0


@on_sqlite
def test_a_job_that_is_sensitive_by_now_is_not_offered_the_files_of_its_earlier_runs(form, desk):
    page = form("Read")
    page.send(plan=desk.file(CONTENT), text="hi")
    number = desk.last().number
    with transaction():
        desk.job("Read").has_sensitive_variables = True
    assert kept(page.get(f"{page.path}?_from={number}").text, "plan") == ""


@on_sqlite
def test_what_looks_like_a_file_in_the_inputs_of_an_earlier_run_is_none(form, desk, person):
    secret = files.keep(io.BytesIO(CONTENT), "secret.csv", person("bob"), sealed=False)
    page = form("Read")
    page.send(plan=desk.file(b"x"), document=json.dumps(asdict(secret)))
    number = desk.last().number
    with transaction():
        job = desk.job("Read")
        job.variables = [each | {"type": "FileVar"} if each["name"] == "document" else each for each in job.variables]
    text = page.get(f"{page.path}?_from={number}").text
    assert kept(text, "plan")
    assert kept(text, "document") == ""
    assert page.get(f"/runs/{number}").status_code == 200


@on_sqlite
def test_a_sealed_file_whose_key_is_gone_is_called_a_file(form, desk, work, app):
    form("ReadInConfidence").send(plan=desk.file(CONTENT))
    with transaction() as session:
        session.execute(sa.update(FileChunk).values(content=b"junk"))
    assert work() == [State.ERRORED]
    assert desk.last().reason == "Not started: The encryption keys of this installation do not open this file."


@on_sqlite
def test_the_bytes_that_a_job_reads_have_no_name_on_disk(form, desk, settings, monkeypatch):
    monkeypatch.setattr(supervisor, "BEAT_SECONDS", 0.1)
    form("Hold").send(plan=desk.file(CONTENT))
    number = desk.last().number
    seen = []

    def look(lines):
        places = [line.message for line in lines if line.grouping == "run"]
        if places and not seen:
            seen.extend(places)
            with transaction() as session:
                session.execute(sa.update(Run).values(cancel_requested_at=utcnow(), cancel_by="ann"))

    supervise(number, "worker@test", on_lines=look)
    assert seen[0].startswith(str(settings.data_dir / "spool"))
    assert seen[0].endswith("(deleted)")
    assert list((settings.data_dir / "spool").iterdir()) == []


@on_sqlite
def test_a_name_is_a_label_and_harms_nobody(form, desk, browse):
    page = form("Read")
    for sent, shown in (
        ("../../etc/passwd", "passwd"),
        ("'><img src=x onerror=alert(1)>.csv", "'><img src=x onerror=alert(1)>.csv"),
        ("résumé ☃.txt", "résumé ☃.txt"),
        ("\u202egpj.exe", "_u202egpj.exe"),
    ):
        assert page.send(plan=desk.file(b"x", sent)).status_code == 302
        run = desk.last()
        assert run.inputs["plan"]["name"] == shown
        for tab in ("", "/files", "/inputs"):
            assert "<img src=x" not in page.get(f"/runs/{run.number}{tab}").text
        row = db.session.scalars(sa.select(RunFile).where(RunFile.run_number == run.number)).one()
        disposition = page.client.get(f"/runs/{run.number}/files/{row.id}").headers["Content-Disposition"]
        assert disposition.endswith(f"filename*=UTF-8''{quote(shown, safe='')}")
        assert disposition.isascii()
