"""Files that jobs make: kept while the run goes on, whatever happens to the database or the supervisor."""

from __future__ import annotations

import hashlib
import io
import json
import os
import resource
import signal
import sqlite3
import threading
import time
import uuid
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite, running
from webapp.db import DatabaseAway, db, transaction
from webapp.files import service as files
from webapp.files.models import File
from webapp.runs import cancelling, leftovers, outputs, states, supervisor
from webapp.runs.caps import Caps
from webapp.runs.clocks import NEVER, Clocks
from webapp.runs.ledger import Fenced, Ledger
from webapp.runs.log_writer import LogWriter
from webapp.runs.masking import mask_of
from webapp.runs.models import Run, RunFile, State
from webapp.runs.output_spool import Spooled
from webapp.runs.service import submit
from webapp.runs.supervisor import supervise


@pytest.fixture
def run_of(desk, person, work):
    """Runs the job of that name as Ann, and gives the run when it is over."""

    def to_the_end(name: str, **inputs: object) -> Run:
        number = submit(desk.job(name), person("ann"), inputs).number
        work()
        return db.session.get_one(Run, number, populate_existing=True)

    return to_the_end


def made() -> list[tuple[str, int, str]]:
    db.session.rollback()
    query = sa.select(File.name, File.size, File.sha256).join(RunFile).order_by(RunFile.created_at, File.name)
    return [tuple(row) for row in db.session.execute(query)]


def content_of(page, number: int) -> bytes:
    id = db.session.scalars(sa.select(RunFile.id).where(RunFile.run_number == number)).first()
    return page.client.get(f"/runs/{number}/files/{id}").data


def test_t080_what_a_job_makes_is_listed_with_hash_and_can_be_saved(run_of, browse, desk, settings):
    size = 600_000
    run = run_of("Make", files=[["plan.csv", size], ["../../etc/passwd", 3], ["empty", 0]])
    assert run.state == State.SUCCESS
    digest = hashlib.sha256(b"x" * size).hexdigest()
    assert sorted(made()) == sorted(
        [
            ("plan.csv", size, digest),
            ("passwd", 3, hashlib.sha256(b"xxx").hexdigest()),
            ("empty", 0, hashlib.sha256(b"").hexdigest()),
        ]
    )
    page = browse("vic")
    text = page.get(f"/runs/{run.number}/files").text
    name, told, sha256, address = run.result[0]
    assert (name, told, sha256) == ("plan.csv", size, digest)
    assert f'href="{address}"' in text
    assert digest in text
    assert page.client.get(address).data == b"x" * size
    assert page.client.head(address).headers["Content-Length"] == str(size)
    assert page.client.get(run.result[2][3]).data == b""
    assert browse("sam").client.get(address).status_code == 404
    assert list((settings.data_dir / "spool").iterdir()) == []


@on_sqlite
def test_the_log_says_that_a_file_was_made_and_leads_to_it(run_of, browse):
    run = run_of("Make", files=[["plan.csv", 3]])
    text = browse("ann").get(f"/runs/{run.number}").text
    assert "Created file" in text
    assert f'class="line__object" href="{run.result[0][3]}">plan.csv</a>' in text


@on_sqlite
def test_text_is_kept_as_utf_8_and_what_is_neither_text_nor_bytes_is_refused(run_of, browse):
    run = run_of("MakeText", content="é☃")
    assert run.result == "The content of a file should be text or bytes, not int"
    assert content_of(browse("ann"), run.number) == "é☃\\ud800".encode()


@on_sqlite
def test_t082_a_file_may_be_as_large_as_the_installation_says_and_not_a_byte_larger(app, run_of, settings):
    app.extensions["settings"] = replace(settings, most_output=1000)
    assert run_of("Make", files=[["fits", 1000]]).state == State.SUCCESS
    run = run_of("Make", files=[["fits not", 1001]])
    assert run.state == State.ERRORED
    assert run.error["exc_type"] == "ValueError"
    assert run.error["exc_message"] == ["Provided 1001 bytes of content, but JOB_CREATE_FILE_MAX_SIZE is 1000"]
    assert [name for name, _, _ in made()] == ["fits"]


def test_fault_106_a_run_makes_so_many_files_and_no_more(app, run_of, settings):
    run = run_of("Make", files=[[f"{n}", 1] for n in range(101)])
    assert run.error["exc_message"] == ["A run keeps at most 100 files."]
    assert len(made()) == 100
    app.extensions["settings"] = replace(settings, most_output=1000)
    run = run_of("Make", files=[["large", 1000]] * 21)
    assert run.error["exc_message"] == ["The files of a run have at most 20,000 bytes together."]
    assert len(made()) == 120


@on_sqlite
def test_files_of_an_attempt_that_failed_are_kept_and_say_which_it_was(run_of, browse):
    number = run_of("MakeTwice").number
    supervise(number, "worker@test")
    text = browse("ann").get(f"/runs/{number}/files").text
    assert "the job, attempt 1" in text
    assert "the job, attempt 2" in text


def test_a_file_is_there_while_the_job_goes_on(desk, person, browse, monkeypatch):
    monkeypatch.setattr(supervisor, "BEAT_SECONDS", 0.1)
    number = submit(desk.job("MakeAndWait"), person("ann"), {}).number
    seen = []

    def look() -> None:
        if found := made():
            seen.append((db.session.get_one(Run, number).state, found[0][:2]))
            cancelling.cancel(db.session.get_one(Run, number), person("ann"))

    assert supervise(number, "worker@test", on_beat=look) == State.CANCELLED
    assert seen[0] == (State.RUNNING, ("early.bin", 600_000))
    assert content_of(browse("ann"), number) == b"e" * 600_000


@on_sqlite
def test_a_file_waits_on_disk_while_the_database_is_locked(desk, person, database_url, settings, tmp_path):
    number = submit(desk.job("MakeAndWait"), person("ann"), {"when": str(tmp_path / "go")}).number
    other = sqlite3.connect(
        database_url.removeprefix("sqlite:///"), isolation_level=None, timeout=20, check_same_thread=False
    )
    waited, threads = [], []

    def let_go() -> None:
        deadline = time.monotonic() + 20
        while not waited and time.monotonic() < deadline:
            waited.extend(path for path in spooled(settings) if path.stat().st_size > 600_000)
            time.sleep(0.02)
        other.execute("UPDATE run SET cancel_requested_at = created_at, cancel_by = 'ann'")
        other.execute("COMMIT")

    def lock(lines) -> None:
        if not threads and any(line.message == "ready" for line in lines):
            other.execute("BEGIN IMMEDIATE")
            (tmp_path / "go").touch()
            threads.append(threading.Thread(target=let_go))
            threads[0].start()

    assert supervise(number, "worker@test", on_lines=lock) == State.CANCELLED
    threads[0].join()
    other.close()
    assert waited
    assert [row[:2] for row in made()] == [("early.bin", 600_000)]
    assert spooled(settings) == []


def spooled(settings):
    return list((settings.data_dir / "spool").glob("*.file"))


@pytest.fixture
def attempt(desk, person):
    """A run that goes on at a worker that is not there."""
    number = submit(desk.job("MakeAndWait"), person("ann"), {}).number
    return number, running(number)


def test_a_file_whose_supervisor_is_killed_is_brought_in_by_whoever_finds_it(attempt, settings, desk, browse):
    number, n = attempt
    content = bytes(range(256)) * 1500
    pid = os.fork()
    if pid == 0:
        whole = spool(settings, number, n, "whole.bin", len(content))
        whole.add(content)
        whole._file.flush()
        half = spool(settings, number, n, "half.bin", 1000)
        half.add(b"half")
        half._file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    assert len(spooled(settings)) == 2
    desk.tidy(settings)
    assert made() == [("whole.bin", len(content), hashlib.sha256(content).hexdigest())]
    assert content_of(browse("ann"), number) == content
    assert spooled(settings) == []


def spool(settings, number, n, name, size):
    return Spooled.new(settings.data_dir, number, n, uuid.uuid4(), name, size)


def test_a_file_that_is_being_written_is_left_alone_and_one_brought_in_twice_is_there_once(attempt, settings, desk):
    number, n = attempt
    file = spool(settings, number, n, "a.txt", 3)
    file.add(b"abc")
    leftovers.bring_in(settings.data_dir)
    assert (made(), len(spooled(settings))) == ([], 1)
    path, copy = file.path, file.path.with_suffix(".copy")
    file._file.flush()
    copy.write_bytes(path.read_bytes())
    file.leave()
    leftovers.bring_in(settings.data_dir)
    copy.rename(path)
    leftovers.bring_in(settings.data_dir)
    assert [row[:2] for row in made()] == [("a.txt", 3)]
    assert spooled(settings) == []


@on_sqlite
def test_what_cannot_be_brought_in_is_set_aside(attempt, settings, caplog):
    number, n = attempt
    folder = settings.data_dir / "spool"
    folder.mkdir(exist_ok=True)
    (folder / f"{number}-{n}-nonsense.file").write_bytes(json.dumps(["a", 1]).encode() + b"\nx")
    (folder / "99999-1-31e6b3d5-0b57-4a4e-8d3a-1f6d3a9c9d11.file").write_bytes(b'["a", 1]\nx')
    (folder / f"{number}-{n}-31e6b3d5-0b57-4a4e-8d3a-1f6d3a9c9d12.file").write_bytes(b'["a"')
    leftovers.bring_in(settings.data_dir)
    assert [path.suffix for path in folder.iterdir()] == [".refused"]
    assert made() == []


@pytest.fixture
def writer(attempt, settings):
    """What the supervisor of that attempt writes files with."""
    number, n = attempt
    said: list[str] = []
    written = outputs.Outputs(Ledger(number, n, "w", 0), Clocks(), settings.data_dir, 1000, said.append)
    yield written
    written.drop()


ID = "31e6b3d5-0b57-4a4e-8d3a-1f6d3a9c9d11"


def test_an_attempt_that_does_not_count_any_more_leaves_no_file(attempt, writer, settings):
    number, n = attempt
    writer.begin(ID, "late.txt", 3)
    writer.add(ID, "YWJj")
    with transaction():
        states.finish(number, n, State.RUNNING, State.LOST, "reconciler", reason="gone")
    with pytest.raises(Fenced):
        writer.flush()
    writer.drop()
    assert (made(), spooled(settings)) == ([], [])


def test_what_a_worker_has_no_time_for_is_brought_in_later(attempt, writer, settings):
    writer.begin(ID, "whole.txt", 3)
    writer.add(ID, "YWJj")
    writer.begin(str(uuid.uuid4()), "half.txt", 3)
    writer.leave()
    assert len(spooled(settings)) == 1
    leftovers.bring_in(settings.data_dir)
    assert [row[:2] for row in made()] == [("whole.txt", 3)]


def test_a_job_that_uses_the_id_of_a_file_of_others_does_not_get_at_it(attempt, writer, desk, person, browse):
    number, _ = attempt
    secret = files.keep(io.BytesIO(b"of somebody else"), "secret", person("bob"), sealed=False)
    writer.begin(secret.id, "mine.txt", 3)
    writer.add(secret.id, "YWJj")
    assert writer.flush()
    assert content_of(browse("ann"), number) == b"abc"
    assert desk.count(File) == 2


@pytest.mark.parametrize(
    "frames",
    [
        [("begin", ID, "a", 1001)],
        [("begin", ID, "a", -1)],
        [("begin", ID, "a", "1")],
        [("begin", "../../x", "a", 1)],
        [("begin", ID, "a", 3), ("add", ID, "YWJjZA==")],
        [("begin", ID, "a", 3), ("add", ID, "not base 64!")],
        [("add", ID, "YWJj")],
        [("begin", ID, "a")],
        [("begin", ID, "a", 3), ("begin", ID, "b", 3)],
        [("begin", ID, "a", 3), ("begin", ID.upper(), "b", 3)],
        [("begin", 5, "a", 1)],
        [("begin", [ID], "a", 1)],
        [("begin", ID, 5, 1)],
        [("begin", ID, None, 1)],
        [("begin", ID, "a", 3.0)],
        [("begin", ID, "a", True)],
        [("begin", ID, "a", 3), ("add", ID, 5)],
        [("begin", ID, "a", 3), ("add", [ID], "YWJj")],
    ],
)
@on_sqlite
def test_no_job_may_say_that(writer, frames):
    with pytest.raises((ValueError, LookupError, TypeError)):
        for method, *content in frames:
            getattr(writer, method)(*content)


@on_sqlite
def test_a_file_that_finds_no_room_on_disk_is_missed_and_the_log_says_so(attempt, settings, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    number, n = attempt
    said: list[str] = []
    writer = outputs.Outputs(Ledger(number, n, "w", 0), Clocks(), settings.data_dir, 1000, said.append)
    monkeypatch.setattr(outputs.Spooled, "new", full)
    writer.begin(ID, "a.txt", 3)
    writer.add(ID, "YWJj")
    assert said == ["a.txt could not be kept: No space left on device."]
    assert len(writer) == 0


FULL = OSError(28, "No space left on device")


def fail(*_, **__):
    raise FULL


@on_sqlite
def test_a_disk_that_is_full_in_the_end_costs_the_file_and_not_the_run(run_of, monkeypatch, browse, settings):
    monkeypatch.setattr(outputs.Spooled, "chunk", fail)
    run = run_of("Make", files=[["a.txt", 3], ["b.txt", 3]])
    assert run.state == State.SUCCESS
    text = browse("ann").get(f"/runs/{run.number}").text
    for name in ("a.txt", "b.txt"):
        assert f"{name} could not be kept: No space left on device." in text
    assert (made(), spooled(settings)) == ([], [])


@contextmanager
def files_of_at_most(size: int):
    """The kernel refuses larger ones, as it does when the disk is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@on_sqlite
@pytest.mark.parametrize("end", ["write", "drop", "leave"])
def test_what_does_not_fit_on_disk_ends_nothing(attempt, settings, monkeypatch, end, desk):
    number, n = attempt
    said: list[str] = []
    ledger = Ledger(number, n, "w", 0)
    monkeypatch.setattr(ledger, "beat", lambda: True)  # the database lies on the same disk
    writer = outputs.Outputs(ledger, Clocks(), settings.data_dir, 1000, said.append)
    writer.begin(ID, "a.txt", 1000)
    writer.add(ID, b64encode(b"x" * 1000).decode())
    with files_of_at_most(100):
        getattr(writer, end)()
    assert len(writer) == 0
    assert said == (["a.txt could not be kept: File too large."] if end == "write" else [])
    leftovers.bring_in(settings.data_dir)
    assert (made(), spooled(settings)) == ([], [])


@on_sqlite
def test_a_file_that_cannot_be_read_waits_for_no_database(writer, monkeypatch):
    """It is missed once, and there is nothing left to be tried again."""
    writer.begin(ID, "a.txt", 3)
    writer.add(ID, "YWJj")
    monkeypatch.setattr(outputs.Spooled, "chunk", fail)

    def away(*_):
        raise DatabaseAway

    monkeypatch.setattr(writer._ledger, "beat", away)
    assert writer.flush() is False
    assert (len(writer), writer._clocks.files) == (0, NEVER)


@on_sqlite
def test_a_folder_that_does_not_let_go_of_a_file_harms_nobody(attempt, writer, monkeypatch):
    writer.begin(ID, "a.txt", 3)
    monkeypatch.setattr(Path, "unlink", fail)
    writer.drop()
    assert len(writer) == 0


@on_sqlite
@pytest.mark.parametrize("step", ["open", "replace"])
def test_a_file_that_cannot_be_begun_leaves_nothing_on_disk(attempt, writer, settings, monkeypatch, step):
    with monkeypatch.context() as broken:
        broken.setattr(Path, step, fail)
        writer.begin(ID, "a.txt", 3)
    assert list((settings.data_dir / "spool").iterdir()) == []


@on_sqlite
def test_nothing_that_a_job_says_wakes_clocks_that_were_silenced(attempt, settings):
    number, n = attempt
    clocks = Clocks()
    writer = outputs.Outputs(Ledger(number, n, "w", 0), clocks, settings.data_dir, 1000, print)
    log = LogWriter(Ledger(number, n, "w", 0), Caps(0, 0, 0), clocks, settings.data_dir, None, mask_of([], {}))
    clocks.silence()
    writer.begin(ID, "a.txt", 3)
    writer.add(ID, "YWJj")
    log.say("info", "run", "a line")
    log.progress_is(1.0, 2.0, "")
    assert clocks.next == NEVER
    clocks.abandon = 5.0
    assert clocks.next == 5.0
    writer.drop()
    log.spool.close()
