"""Lines that wait on disk come into the log once, whoever died meanwhile, and whatever else lies in the folder."""

from __future__ import annotations

import time

import pytest

from tests.product import running
from tests.runs.test_stopping import at, messages
from webapp.runs import held_files, logs, reports, spool
from webapp.runs.ledger import Ledger
from webapp.runs.models import State
from webapp.runs.service import submit
from webapp.runs.spool import Spool


@pytest.fixture
def number(job, person) -> int:
    return submit(job("NoInputs"), person("ann"), {}).number


@pytest.fixture
def filled(number, settings, monkeypatch):
    """A spool of 20 lines, of which 15 wait on disk, and the ledger of its attempt."""
    monkeypatch.setattr(spool, "IN_MEMORY", 5)
    attempt = running(number)
    made = Spool(settings.data_dir, number, attempt, 0)
    for place in range(20):
        made.add(logs.line(time.time(), "info", "run", f"line {place}"))
    return made, Ledger(number, attempt, "w", 0)


LINES = [f"line {place}" for place in range(20)]
IN_ORDER = (State.RUNNING, (State.SUCCESS, {"result": 1}))


def die(waiting: Spool) -> None:
    """Its supervisor is killed: nothing but the file is left, and nobody holds it."""
    waiting._file.close()


def write_a_batch(waiting: Spool, ledger: Ledger) -> None:
    lines = waiting.batch()
    ledger.write(lines, 0)
    ledger.safe(lines)
    waiting.written(len(lines))


def test_a_supervisor_that_dies_while_it_reads_back_leaves_no_line_twice(number, filled, settings):
    waiting, ledger = filled
    for _ in range(2):
        write_a_batch(waiting, ledger)
    die(waiting)
    reports.bring_in(settings.data_dir)
    assert messages(number) == LINES
    assert at(number).last_seq == 20
    assert list(held_files.folder(settings.data_dir).iterdir()) == []


def test_what_died_with_the_memory_of_a_supervisor_leaves_a_gap(number, filled, settings):
    waiting, _ = filled
    die(waiting)
    reports.bring_in(settings.data_dir)
    lines = logs.after(number, 0, 100)
    assert [(line.seq, line.message) for line in lines] == [(seq, f"line {seq - 1}") for seq in range(6, 21)]


def test_an_end_that_was_written_although_no_answer_came_is_told_once(number, filled, settings):
    waiting, ledger = filled
    lines = waiting.everything()
    assert ledger.finish(*IN_ORDER, lines, 0) == State.SUCCESS
    waiting.keep(IN_ORDER)
    reports.bring_in(settings.data_dir)
    assert messages(number) == LINES
    assert at(number).state_version == 4


def test_a_file_that_cannot_be_brought_in_is_set_aside_and_hinders_no_other(number, filled, settings):
    waiting, _ = filled
    waiting.keep(IN_ORDER)
    stray = held_files.folder(settings.data_dir) / "0-notes.jsonl"
    stray.write_text("what is this?")
    reports.bring_in(settings.data_dir)
    assert (at(number).state, messages(number)) == (State.SUCCESS, LINES)
    assert [path.name for path in held_files.folder(settings.data_dir).iterdir()] == ["0-notes.refused"]


def test_a_file_is_not_touched_while_its_supervisor_lives(number, filled, settings):
    waiting, _ = filled
    reports.bring_in(settings.data_dir)
    assert messages(number) == []
    assert waiting.path.exists()
    waiting.close()


@pytest.mark.parametrize(("mode", "suffix"), [("w+", ".jsonl"), ("w+b", ".file")])
def test_a_file_that_cannot_be_made_leaves_nothing_behind(tmp_path, mode, suffix):
    path = held_files.folder(tmp_path) / f"1-1{suffix}"
    path.mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        held_files.opened(path, mode)
    assert list(path.parent.iterdir()) == [path]
