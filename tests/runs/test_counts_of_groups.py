"""How many lines, warnings and errors there are in a group: what its row says at its end equals its lines."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from tests.product import on_sqlite, running
from webapp.db import db
from webapp.runs import logs, reports, spool
from webapp.runs.ledger import Ledger
from webapp.runs.log.models import LogGroup, LogLine
from webapp.runs.service import submit

WARNING, GRAVE = ("warning",), ("failure", "error", "critical")


def groups_of(number: int) -> list[LogGroup]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(LogGroup).where(LogGroup.run_number == number).order_by(LogGroup.seq)))


def counted(group: LogGroup, lines: list[LogLine]) -> tuple[int, int, int]:
    """What its lines say."""
    inside = [line for line in lines if line.path.startswith(group.path)]
    return (
        len(inside),
        sum(line.level in WARNING for line in inside),
        sum(line.level in GRAVE for line in inside),
    )


def told(group: LogGroup) -> tuple[int, int, int]:
    return group.line_count, group.warning_count, group.error_count


def test_the_counts_of_each_group_are_those_of_its_lines(run_of):
    run = run_of("itemised.Backup")
    lines = logs.after(run.number, 0, 1_000)
    all = groups_of(run.number)
    assert len(all) == 9
    assert [told(group) for group in all] == [counted(group, lines) for group in all]
    outer, second = all[0], next(group for group in all if group.title == "sw-2")
    assert (outer.line_count, outer.error_count) == (counted(outer, lines)[0], 2)
    assert (second.line_count, second.error_count) == (6, 1)


@on_sqlite
def test_levels_are_counted_as_the_run_counts_them(run_of):
    steps = [["log", level, "x"] for level in ("debug", "info", "success", "warning", "failure", "error", "critical")]
    run = run_of("printing.Printing", steps=json.dumps([["group", "All", steps], ["log", "error", "outside"]]))
    [group] = groups_of(run.number)
    assert told(group) == (8, 1, 3)
    assert (run.warning_count, run.error_count) == (1, 4)


@on_sqlite
def test_what_the_end_itself_says_counts(run_of):
    run = run_of("printing.Printing", steps=json.dumps([["item", "sw-1", [["raise"]]]]))
    [group] = groups_of(run.number)
    assert told(group) == (1, 0, 1)


@on_sqlite
def test_many_items_at_once_are_counted_apart(run_of):
    run = run_of("itemised.Crowd", items=50)
    assert [told(group) for group in groups_of(run.number)] == [(2, 0, 0)] * 50


@on_sqlite
def test_lines_for_which_there_is_no_room_are_not_counted(run_of, monkeypatch):
    monkeypatch.setattr("webapp.runs.caps.MOST_LINES", 8)
    steps = [["log", "info", f"line {number}"] for number in range(20)]
    run = run_of("printing.Printing", steps=json.dumps([["group", "Full", steps]]))
    [group] = groups_of(run.number)
    assert told(group) == counted(group, logs.after(run.number, 0, 100))
    assert run.dropped_lines > 10


@on_sqlite
def test_groups_that_are_nested_too_deeply_have_counts_of_their_own(run_of):
    run = run_of("itemised.Deep")
    # In each: headings below it, and what it and all below it say in the middle and at the end.
    assert [group.line_count for group in groups_of(run.number)] == [3 * below + 2 for below in range(20, -1, -1)]


@on_sqlite
def test_one_that_did_not_end_counts_nothing(run_of):
    run = run_of("itemised.Stop", how="kill")
    by_title = {group.title: group for group in groups_of(run.number)}
    assert told(by_title["first"]) == (1, 0, 0)
    assert told(by_title["Second half"]) == told(by_title["second"]) == (0, 0, 0)
    assert by_title["Second half"].end_seq is None


HEADING, END = ("group", "", ""), ("end", 1, "", "", 2, 1, 0)


def marked(*marks: tuple[object, ...]) -> list[logs.Line]:
    said = [logs.line(1e9 + n, "info", "run", "Build") for n in range(len(marks))]
    return [
        line._replace(path="" if mark == HEADING else "1/", mark=mark) for line, mark in zip(said, marks, strict=True)
    ]


def test_counts_whose_answer_was_lost_are_written_once(job, person):
    number = submit(job("NoInputs"), person("ann"), {}).number
    ours = Ledger(number, running(number), "w", 0)
    lines = marked(HEADING, (), END)
    ours.write(lines[:2], 0)
    ours.write(lines, 0)
    [group] = groups_of(number)
    assert (told(group), group.end_seq) == ((2, 1, 0), 3)


@on_sqlite
@pytest.mark.parametrize(("end", "counts"), [(END, (2, 1, 0)), (END[:4], (0, 0, 0))])
def test_counts_wait_on_disk_and_what_waits_there_without_any_is_brought_in(
    settings, job, person, monkeypatch, end, counts
):
    monkeypatch.setattr(spool, "IN_MEMORY", 0)
    number = submit(job("NoInputs"), person("ann"), {}).number
    waiting = spool.Spool(settings.data_dir, number, running(number), 0)
    for line in marked(HEADING, (), end):
        waiting.add(line)
    waiting._file.close()
    reports.bring_in(settings.data_dir)
    [group] = groups_of(number)
    assert (told(group), group.end_seq) == (counts, 3)
