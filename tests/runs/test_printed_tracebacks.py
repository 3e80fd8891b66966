"""Tracebacks that are printed: one line of the log each, whatever comes between, and no line is ever lost."""

from __future__ import annotations

import json
import time
import traceback
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.product import on_sqlite
from tests.runs.log.test_tracebacks import again, chain, chain_of_groups, fail, group_of_a_chain, no_python, several
from webapp.catalogue import service as catalogue
from webapp.db import db, transaction
from webapp.jobs.logger import LONGEST_LINE
from webapp.runs import logs, printed_tracebacks, states, story, supervisor
from webapp.runs.log.text.painting import painted
from webapp.runs.log.text.tracebacks import read
from webapp.runs.models import Run
from webapp.runs.printed_tracebacks import HEADER, MOST, MOST_SECONDS, SECONDS, Tracebacks
from webapp.runs.service import submit

FRAME = '  File "/jobs/backup.py", line 3, in run'


def nested() -> None:
    try:
        several()
    except ExceptionGroup as group:
        raise ExceptionGroup("two sites", [group, OSError("away")]) from None


def while_handling() -> None:
    try:
        fail()
    except ValueError:
        chain()


def trace(act) -> list[str]:
    """The lines that are printed of what act raises."""
    try:
        act()
    except Exception:
        return traceback.format_exc().splitlines()
    raise AssertionError("nothing was raised")


class Log:
    """A log behind the one who puts tracebacks together."""

    def __init__(self) -> None:
        self.there: list[tuple[str, str, int]] = []
        self.tracebacks = Tracebacks(lambda line, group: self.there.append((line.grouping, line.message, group)))

    def say(self, *messages: str, grouping: str = "stderr", group: int = 0, mark=()) -> None:
        for message in messages:
            line = logs.line(time.time(), "warning", grouping, message)
            if not self.tracebacks.keep(line, group, mark):
                self.there.append((line.grouping, line.message, group))

    def messages(self) -> list[str]:
        self.tracebacks.let_go()
        return [message for _, message, _ in self.there]


@pytest.mark.parametrize(
    "act", [fail, chain, while_handling, several, nested, chain_of_groups, group_of_a_chain, no_python, again]
)
@pytest.mark.parametrize("margin", ["", "    "])
def test_it_is_one_line_whatever_was_raised(act, margin):
    log, lines = Log(), [margin + line if line else line for line in trace(act)]
    log.say("before", *lines, "behind")
    assert log.messages() == ["before", "\n".join(lines), "behind"]
    assert read(log.messages()[1]).error
    again_ = Log()
    again_.say(*lines, *lines)
    assert again_.messages() == ["\n".join(lines)] * 2


def test_an_empty_line_behind_it_is_a_line_of_its_own():
    log, lines = Log(), trace(fail)
    log.say(*lines, "", "next")
    assert log.messages() == ["\n".join(lines), "", "next"]
    log = Log()
    log.say(*lines, "")
    assert log.messages() == ["\n".join(lines), ""]


@pytest.mark.parametrize(
    "lines",
    [
        [HEADER],
        [HEADER, "and nothing else"],
        [HEADER, ""],
        [HEADER, "  indented", "E: x"],
        [f"I have seen: {HEADER} and more", FRAME],
        [FRAME, "E: x"],
        ["::group::Build", "::endgroup::"],
    ],
)
def test_what_is_none_stays_as_it_is(lines):
    log = Log()
    log.say(*lines)
    assert log.messages() == lines


def test_what_does_not_fit_ends_it_and_what_was_held_is_there():
    log = Log()
    log.say(HEADER, FRAME, "    x()", "12 of 100 done", "ValueError: x")
    assert log.messages() == [f"{HEADER}\n{FRAME}\n    x()", "12 of 100 done", "ValueError: x"]


def test_colours_in_it_stay_and_are_no_hindrance():
    lines = [
        HEADER,
        '  File \x1b[35m"/jobs/a.py"\x1b[0m, line 3',
        "    \x1b[31mx()\x1b[0m",
        "\x1b[1;35mOSError\x1b[0m: x",
    ]
    log = Log()
    log.say(*lines)
    assert log.messages() == ["\n".join(lines)]


def test_it_waits_for_its_next_line_and_not_for_ever(monkeypatch):
    log, began = Log(), time.monotonic()
    log.say(HEADER, FRAME)
    due = log.tracebacks.due
    assert SECONDS <= due - began < 5
    log.tracebacks.let_go(due - SECONDS)
    assert log.there == []
    log.tracebacks.let_go(due)
    assert [message for _, message, _ in log.there] == [f"{HEADER}\n{FRAME}"]
    assert log.tracebacks.due == float("inf")
    moments = iter(range(1_000))
    monkeypatch.setattr(time, "monotonic", lambda: next(moments) * SECONDS)
    log.say(HEADER, *[FRAME] * 50)
    assert log.tracebacks.due == MOST_SECONDS


def test_lines_of_other_streams_come_before_its_error_or_behind_it():
    log, lines = Log(), trace(fail)
    log.say(*lines[:2])
    log.say("from a thread", grouping="stdout")
    log.say(*lines[2:])
    log.say("and on", grouping="main")
    log.say("still on")
    assert log.there == [
        ("stdout", "from a thread", 0),
        ("stderr", "\n".join(lines), 0),
        ("main", "and on", 0),
        ("stderr", "still on", 0),
    ]


def test_two_that_are_printed_at_once_are_two():
    log, one, other = Log(), trace(fail), trace(several)
    for a, b in zip(one, other, strict=False):
        log.say(a)
        log.say(b, grouping="stdout")
        log.say(b, group=3)
    rest = other[min(len(one), len(other)) :]
    log.say(*rest, grouping="stdout")
    log.say(*rest, group=3)
    log.tracebacks.let_go()
    whole = "\n".join(other)
    assert sorted(log.there) == sorted([("stderr", "\n".join(one), 0), ("stdout", whole, 0), ("stderr", whole, 3)])


def test_of_many_at_once_few_are_held_back():
    log = Log()
    for group in range(100):
        log.say(HEADER, FRAME, group=group)
        assert len(log.tracebacks.held) <= MOST
    assert log.messages() == [f"{HEADER}\n{FRAME}"] * 100


def test_groups_begin_and_end_behind_it():
    log, lines = Log(), trace(fail)
    log.say(*lines[:2])
    log.say("::group::Build", grouping="stdout")
    log.say(*lines, group=3)
    log.say("Build took 1 s", grouping="main", mark=("end", 3))
    assert log.messages() == ["\n".join(lines[:2]), "::group::Build", "\n".join(lines), "Build took 1 s"]


def test_a_long_one_is_several_lines_of_which_none_is_cut():
    lines = [HEADER, *(f'  File "/jobs/é.py", line {n}, in f{n}' for n in range(1_000)), "OSError: away"]
    log = Log()
    log.say(*lines, "next")
    told = log.messages()
    assert "\n".join(told).split("\n") == [*lines, "next"]
    assert len(told) == 4
    assert all(len(message.encode()) <= LONGEST_LINE for message in told)


PIECES = (
    HEADER, f"    {HEADER}", f"  + Exception Group {HEADER}", FRAME, '  |   File "a.py", line 1, in x', "    x()", "",
    "  +-+---------------- 1 ----------------", "    +------------------------------------", "ValueError: x",
    "  | E: x", "During handling of the above exception, another exception occurred:", "::group::x", "plain",
)  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["stdout", "stderr", "main"]), st.sampled_from(PIECES))))
def test_no_line_is_lost_and_each_stream_keeps_its_order(said):
    log = Log()
    for grouping, message in said:
        log.say(message, grouping=grouping)
    log.tracebacks.let_go()
    for stream in ("stdout", "stderr", "main"):
        there = [line for grouping, message, _ in log.there if grouping == stream for line in message.split("\n")]
        assert there == [message for grouping, message in said if grouping == stream]


@pytest.fixture
def following(app, person, supervise) -> Callable[..., list[logs.Line]]:
    """Runs a job as Ann that follows these steps; gives the lines of its log."""

    def to_the_end(*steps: list[Any], on_lines: Any = None) -> list[logs.Line]:
        told = {"steps": json.dumps(steps)}
        number = submit(catalogue.by_class_path("printing.Printing"), person("ann"), told).number
        supervise(number, "worker@test", on_lines=on_lines)
        return [logs.of_row(row) for row in logs.after(number, 0, 1_000)]

    return to_the_end


@on_sqlite
def test_a_job_and_its_children_print_tracebacks(following):
    lines = following(
        ["err", "before"], ["print_exc"], ["print", "::group::Build"], ["print_exc"], ["print", "::endgroup::"],
        ["child_raises"], ["log", "info", "behind"],
    )  # fmt: skip
    own, in_group, childs = (line for line in lines if HEADER in line.message)
    for line in (own, in_group):
        found = read(line.message)
        assert (line.level, line.grouping, found.error) == ("warning", "stderr", "KeyError: 'rack'")
        assert (found.frame.function, line.message.count(HEADER)) == ("do_print_exc", 2)
    assert read(childs.message).error.startswith("json.decoder.JSONDecodeError:")
    said = [line.message.partition("\n")[0] for line in lines[1:-1]]
    ended = next(line.message for line in lines if line.message.startswith("Build took"))
    assert said[:5] == ["before", HEADER, "Build", HEADER, ended]
    assert sorted(said[5:]) == [HEADER, "behind"]
    assert (own.path, childs.path) == ("", "")
    assert in_group.path == f"{lines.index(own) + 2}/"


@on_sqlite
def test_the_beginning_of_one_is_in_the_log_while_the_job_goes_on(following, tmp_path):
    flag = tmp_path / "seen"

    def watch(lines: list[logs.Line]) -> None:
        if any(HEADER in line.message for line in lines):
            flag.touch()

    lines = following(["err", HEADER], ["await", str(flag)], ["err", FRAME], on_lines=watch)
    assert [line.message for line in lines[1:-1]] == [HEADER, FRAME]


@on_sqlite
def test_a_progress_bar_of_a_job_is_few_lines_with_its_last_state(following):
    lines = following(["progress", *(f"\r{n:3} %" for n in range(101))], ["print", "done"])
    bar = [painted(line.message).text for line in lines if line.grouping == "stderr"]
    assert bar == ["  0 %", "100 %"]
    assert [line.message for line in lines if line.grouping == "stdout"] == ["done"]


@on_sqlite
def test_what_a_killed_job_printed_last_is_there(following):
    lines = following(["err", HEADER], ["err", FRAME], ["kill"])
    assert lines[1].message == f"{HEADER}\n{FRAME}"


@on_sqlite
def test_one_that_is_held_back_when_the_run_is_somebody_elses_counts_as_late(following, monkeypatch):
    monkeypatch.setattr(printed_tracebacks, "SECONDS", 60.0)
    monkeypatch.setattr(printed_tracebacks, "MOST_SECONDS", 60.0)
    monkeypatch.setattr(supervisor, "BEAT_SECONDS", 0.1)
    told = []

    def lose(lines: list[logs.Line]) -> None:
        told.extend(line.message for line in lines)
        if "ready" in lines[-1].message:
            with transaction():
                run = db.session.scalars(sa.select(Run)).one()
                states.lose(run.number, run.attempt, run.heartbeat, "test", "nobody knows")

    following(["err", HEADER], ["err", FRAME], ["print", "ready"], ["await", "/nowhere"], on_lines=lose)
    assert told[1:] == ["ready"]
    [late] = story.late(db.session.scalars(sa.select(Run)).one())
    assert late.endswith("Log lines that came too late: 1.")
