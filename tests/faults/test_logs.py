"""Jobs that say too much, without end, too late, or what would deceive or harm a reader."""

from __future__ import annotations

import logging
import re
import time
from functools import wraps
from pathlib import Path

from tests.product import on_sqlite, running, say
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.jobs.logger import LONGEST_LINE
from webapp.runs import caps, logs, states
from webapp.runs.log.models import LogLine
from webapp.runs.models import Run, State
from webapp.runs.service import submit


def lines_of(run: Run) -> list[LogLine]:
    return logs.after(run.number, 0, 200_000)


def test_fault_99_lines_beyond_the_cap_are_counted_in_one_line(run_of, monkeypatch):
    monkeypatch.setattr(caps, "MOST_LINES", 1_000)
    run = run_of("plain.Many", lines=20_000)
    kept = lines_of(run)
    said = [line.message for line in kept if line.message.startswith("line ")]
    assert run.state == State.SUCCESS
    assert said == [f"line {number}" for number in range(1, len(said) + 1)]
    assert 990 <= len(said) <= 1_000
    # Beside the job's own lines there are the one that it began with, this sentence, and its end.
    assert len(kept) == len(said) + 3 <= 1_000 + 3
    [sentence] = [line.message for line in kept if "dropped" in line.message]
    assert sentence.startswith(f"{20_000 - len(said):,} more lines were dropped: the log of a run keeps 1,000 lines")
    assert run.dropped_lines == 20_000 - len(said)
    assert [line.seq for line in kept] == list(range(1, run.last_seq + 1))


@on_sqlite
def test_fault_99_bytes_beyond_the_cap_are_dropped_as_well(run_of, monkeypatch):
    monkeypatch.setattr(caps, "MOST_BYTES", 100_000)
    run = run_of("plain.Many", lines=5_000)
    kept = lines_of(run)
    assert run.state == State.SUCCESS
    assert run.dropped_lines == 5_000 - sum(line.message.startswith("line ") for line in kept) > 0
    assert run.log_bytes < 100_000 + 1_000
    assert any(line.message.startswith(f"{run.dropped_lines:,} more lines were dropped") for line in kept)


def peak() -> int:
    """The most memory that this process has had in use since forget_peak(), in bytes."""
    return 1024 * int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])


def forget_peak() -> int:
    """From now on count anew; gives what is in use."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


@on_sqlite
def test_fault_100_a_hundred_megabytes_without_an_end_of_line_leave_the_supervisor_small(run_of):
    before = forget_peak()
    run = run_of("faults_of_data.Endless", megabytes=100)
    assert peak() - before < 20_000_000
    assert run.state == State.SUCCESS
    marks = [line.message[-40:] for line in lines_of(run) if line.grouping == "stdout"]
    assert len(marks) == 2
    assert sorted(mark.partition(" … ")[2] for mark in marks) == ["(cut: 10,000,000 bytes)", "(cut: 100,000,000 bytes)"]
    assert all(len(line.message.encode()) <= LONGEST_LINE for line in lines_of(run))


PAGES = ("/jobs/", "/jobs/{job}", "/jobs/{job}/run", "/runs/", "/runs/{run}", "/runs/{run}/log")
TABS = ("items", "changes/", "files", "result", "inputs", "events", "summary")
DANGEROUS = re.compile(
    r"<script>alert|<img src=x|<b>data|<i>label|<u>help|<s>choice|href=[\"']?\s*javascript:|>49<", re.I
)
MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}[x](javascript:alert(1))"


@on_sqlite
def test_fault_103_markup_is_text_wherever_it_is_shown(run_of, browse, person):
    run = run_of("faults_of_data.Marked", text=MARKUP, pick=MARKUP)
    assert run.error["exc_message"] == [MARKUP, MARKUP]
    waiting = submit(catalogue.by_class_path("faults_of_data.Marked"), person("ann"), {"text": "x", "pick": "b"})
    numbers = [run.number, waiting.number]
    ann, shown = browse("ann"), ""
    for number in numbers:
        for pattern in (*PAGES, *(f"/runs/{{run}}/{tab}" for tab in TABS)):
            address = pattern.format(job=run.job_id, run=number)
            answer = ann.get(address)
            assert answer.status_code == 200, address
            assert DANGEROUS.findall(answer.text) == [], address
            shown += answer.text
    for words in ("&lt;script&gt;alert(1)", "&lt;script&gt;alert(4)", "&lt;i&gt;label", "&lt;s&gt;choice", "{{7*7}}"):
        assert words in shown
    refused = ann.post(f"/jobs/{run.job_id}/run", {"text": MARKUP, "pick": f"other {MARKUP}", "_job_queue": MARKUP})
    assert refused.status_code == 400
    assert DANGEROUS.findall(refused.text) == []
    ann.post(f"/runs/{waiting.number}/cancellation", {"reason": MARKUP})
    page = ann.get(f"/runs/{waiting.number}").text
    assert "&lt;img src=x" in page
    assert DANGEROUS.findall(page) == []


FORGED = "2026-01-02 03:04:05,678 ERROR webapp.accounts: admin has signed in from 10.6.6.6"


@on_sqlite
def test_fault_104_nobody_writes_lines_into_the_servers_own_log(run_of, browse, api, caplog, job, person):
    """Whatever people send, and whatever their jobs say: no record of the server has more than its own line."""
    caplog.set_level(logging.INFO)
    nasty = f"x\r\n{FORGED}"
    run_of("faults_of_data.Forging", text=nasty)
    ann, script = browse("ann"), api("ann")
    number = submit(job("NoInputs"), person("ann"), {}).number
    ann.post(f"/runs/{number}/cancellation", {"reason": nasty})
    ann.post(f"/jobs/{job('Echo').id}/run", {"text": nasty, "_job_queue": nasty, "_idem_key": nasty, nasty: nasty})
    browse().post("/accounts/login/", {"username": nasty, "password": nasty})
    script.post(
        f"/api/extras/jobs/{job('Echo').id}/run/", json={"data": {"text": nasty, nasty: 1}, "task_queue": nasty}
    )
    for path in ("/runs/1%0d%0a2026-01-02", f"/nowhere/%0D%0A{FORGED}", f"/runs/?state=%0D%0A{FORGED}"):
        ann.get(path)
    told = [logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s").format(row) for row in caplog.records]
    assert [text for text in told if re.search(r"[\r\n]\s*2026-01-02", text)] == []


@on_sqlite
def test_fault_104_a_mistake_of_ours_at_a_forged_address_is_one_record_too(app, api, caplog, monkeypatch):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    @wraps(app.view_functions["launch_api.run"])
    def broken(name: str) -> None:
        raise ZeroDivisionError

    monkeypatch.setitem(app.view_functions, "launch_api.run", broken)
    assert api("ann").post(f"/api/extras/jobs/x%0d%0a{FORGED}/run/", json={}).status_code == 500
    assert [row.getMessage() for row in caplog.records if re.search(r"[\r\n]", row.getMessage())] == []


@on_sqlite
def test_fault_104_a_line_of_the_log_is_one_record_whatever_is_in_it(run_of, api):
    run = run_of("faults_of_data.Forging", text=FORGED)
    told = api("ann").get(f"/api/extras/job-results/{run.id}/logs/").json
    assert [row["message"] for row in told if FORGED in row["message"]][:1] == [f"first\r\n{FORGED}"]
    raw = [row for row in told if row["message"] == FORGED]
    assert {row["grouping"] for row in raw} == {"stderr", "third"}


@on_sqlite
def test_fault_105_what_a_thread_logs_after_the_end_is_dropped(run_of):
    run = run_of("faults_of_data.Lingering")
    kept = lines_of(run)
    assert (run.state, run.result) == (State.SUCCESS, "done")
    assert kept[-1].message == "Job completed"
    assert sum(line.message.startswith("thread ") for line in kept) > 0
    assert [line.seq for line in kept] == list(range(1, run.last_seq + 1))


def test_fault_113_who_asks_for_what_comes_after_misses_nothing_when_the_server_starts_anew(
    app, settings, browse, job, person
):
    """Each poll is answered by a web process that has never seen the reader before."""
    number = submit(job("NoInputs"), person("ann"), {}).number
    attempt = running(number)
    vic, seen = browse("vic"), []
    for turn in range(20):
        say(number, attempt, [logs.line(time.time(), "info", "run", f"turn {turn}, line {line}") for line in range(7)])
        if turn == 19:
            with transaction():
                states.finish(number, attempt, State.RUNNING, State.SUCCESS, "w")
        db.engine.dispose()
        page = vic.get(f"/runs/{number}/log?after={seen[-1] if seen else 0}").text
        seen += [int(found) for found in re.findall(r'id="L(\d+)"', page)]
        assert ("hx-get" in page) == (turn < 19)
    assert seen == list(range(1, 20 * 7 + 1))
