"""`::group::` in what a job and its children print: a group like any other, until its end is printed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.product import on_sqlite
from webapp.catalogue import service as catalogue
from webapp.db import db
from webapp.runs import groups, items, logs
from webapp.runs.log.models import ItemState, LogGroup
from webapp.runs.models import Run, State
from webapp.runs.service import submit

SECRET = "correct-horse-battery"


@pytest.fixture
def following(app, person, supervise) -> Callable[..., Run]:
    """Runs a job as Ann that follows these steps; gives the run at its end."""

    def to_the_end(*steps: list[Any], on_lines: Any = None, **inputs: Any) -> Run:
        told = {"steps": json.dumps(steps), **inputs}
        number = submit(catalogue.by_class_path("printing.Printing"), person("ann"), told).number
        supervise(number, "worker@test", on_lines=on_lines)
        return db.session.get_one(Run, number, populate_existing=True)

    return to_the_end


def groups_of(run: Run) -> dict[str, LogGroup]:
    return {group.title: group for group in groups.headings(run, logs.after(run.number, 0, 1_000)).values()}


def told(run: Run) -> list[str]:
    """What the job said, each line behind the titles under which it stands."""
    lines = logs.after(run.number, 0, 1_000)
    titles = {line.seq: line.message for line in lines}
    shown = [" > ".join([*(titles[int(seq)] for seq in line.path.split("/")[:-1]), line.message]) for line in lines]
    ours = [
        text for text, line in zip(shown, lines, strict=True) if line.grouping not in ("initialization", "post_run")
    ]
    return [re.sub(r"took \d+\.\d s", "took _ s", text) for text in ours]


BUILD = ["Build", "Build > Build took _ s"]


@on_sqlite
@pytest.mark.parametrize("word", ["print", "err"])
def test_what_is_said_between_the_two_marks_stands_in_a_group(following, word):
    run = following(
        ["print", "before"],
        [word, "::group::Build"],
        ["print", "compiling"],
        ["err", "a warning"],
        ["log", "info", "logged"],
        ["library", "by a library"],
        [word, "::endgroup::"],
        ["print", "after"],
    )
    inside = ["compiling", "a warning", "logged", "by a library", "Build took _ s"]
    assert told(run) == ["before", "Build", *(f"Build > {text}" for text in inside), "after"]
    group = groups_of(run)["Build"]
    lines = logs.after(run.number, 0, 100)
    end = next(line for line in lines if line.seq == group.end_seq)
    assert (group.is_item, group.line_count, group.warning_count) == (False, 5, 2)
    assert (end.level, end.at_us, next(line for line in lines if line.seq == group.seq).level) == (
        "info",
        group.ended_us,
        "info",
    )
    assert end.message == f"Build took {group.seconds:.1f} s"
    assert group.shown_state(run) is ItemState.SUCCESS


@on_sqlite
def test_child_processes_print_groups_as_well(following):
    run = following(["child", "::group::Build\\ncompiling\\n::endgroup::\\nafter\\n"])
    assert told(run) == ["Build", "Build > compiling", "Build > Build took _ s", "after"]


@on_sqlite
def test_what_a_child_prints_stands_in_the_group_that_the_job_printed_around_it(following):
    steps = []
    for turn in range(20):
        steps += [["print", f"::group::Build {turn}"], ["child", f"compiling {turn}\\n"], ["print", "::endgroup::"]]
    inside = [(f"Build {turn}", f"compiling {turn}", f"Build {turn} took _ s") for turn in range(20)]
    assert told(following(*steps)) == [
        text for group, said, end in inside for text in (group, f"{group} > {said}", f"{group} > {end}")
    ]


@on_sqlite
def test_what_children_print_without_an_end_of_line_ends_with_the_group(following):
    run = following(
        ["child", "half a line"],
        ["print", "::group::Build"],
        ["child", "done"],
        ["print", "::endgroup::"],
        ["child", "after\\n"],
    )
    assert told(run) == ["half a line", "Build", "Build > done", "Build > Build took _ s", "after"]


@on_sqlite
def test_a_second_one_ends_the_first_and_an_end_without_a_group_is_text(following):
    run = following(
        ["print", "::endgroup::"],
        ["print", "::group::Build"],
        ["print", "::group::Test"],
        ["print", "testing"],
        ["print", "::endgroup::"],
        ["print", "::endgroup::"],
    )
    ended = ["Test", "Test > testing", "Test > Test took _ s"]
    assert told(run) == ["::endgroup::", *BUILD, *ended, "::endgroup::"]


@on_sqlite
def test_one_that_is_left_open_ends_with_the_group_around_it(following):
    run = following(
        ["group", "Deploy", [["print", "::group::Build"], ["print", "compiling"]]],
        ["print", "after"],
    )
    inside = ["Build", "Build > compiling", "Build > Build took _ s", "Deploy took _ s"]
    assert told(run) == ["Deploy", *(f"Deploy > {text}" for text in inside), "after"]
    assert {title: group.line_count for title, group in groups_of(run).items()} == {"Deploy": 4, "Build": 2}


@on_sqlite
def test_one_that_is_left_open_ends_with_the_job(following):
    run = following(["print", "::group::Build"], ["print", "compiling"], ["raise"])
    assert run.state == State.ERRORED
    assert told(run) == ["Build", "Build > compiling", "Build > Build took _ s"]
    assert logs.after(run.number, 0, 100)[-1].path == ""
    assert groups_of(run)["Build"].shown_state(run) is ItemState.SUCCESS


@on_sqlite
def test_one_in_which_the_job_was_killed_was_interrupted_like_those_of_the_kit(following, tmp_path):
    heard = tmp_path / "heard"

    def follow(lines):
        if any(line.message == "compiling" for line in lines):
            heard.touch()

    inside = [["print", "::group::Build"], ["print", "compiling"], ["await", str(heard)], ["kill"]]
    run = following(["group", "Deploy", inside], on_lines=follow)
    assert run.state == State.LOST
    for title in ("Deploy", "Build"):
        group = groups_of(run)[title]
        assert (group.line_count, group.end_seq, group.shown_state(run)) == (0, None, ItemState.INTERRUPTED)


@on_sqlite
def test_groups_of_the_kit_that_begin_inside_stand_in_it_and_keep_their_own(following):
    run = following(
        ["print", "::group::Build"],
        ["item", "sw-1", [["print", "::group::Connect"], ["print", "hello"], ["print", "::endgroup::"], ["raise"]]],
        ["print", "::endgroup::"],
    )
    assert [re.sub(r"(?s) after.*", "", text) for text in told(run)] == [
        "Build",
        "Build > sw-1",
        "Build > sw-1 > Connect",
        "Build > sw-1 > Connect > hello",
        "Build > sw-1 > Connect > Connect took _ s",
        "Build > sw-1 > failed",
        "Build > Build took _ s",
    ]
    assert [item.state for item in items.of(run)] == [ItemState.FAILURE]
    kept = groups_of(run)
    assert [(kept[name].line_count, kept[name].error_count) for name in ("Build", "sw-1", "Connect")] == [
        (6, 1),
        (4, 1),
        (2, 0),
    ]


@on_sqlite
def test_a_thread_has_groups_of_its_own_only_inside_of_one_of_the_kit(following):
    inside = [["print", "::group::Mine"], ["print", "mine"]]
    run = following(
        ["group", "Main", [["print", "::group::Build"], ["thread", [["group", "Other", inside]]], ["print", "ours"]]],
    )
    assert "Other > Mine > mine" in told(run)
    assert "Main > Build > ours" in told(run)


@on_sqlite
@pytest.mark.parametrize(
    ("printed", "title"),
    [
        ("::group::", "Group"),
        ("::group::   ", "Group"),
        ("  ::group::Build\r", "Build"),
        ("::group::\x1b[1mBuild\x1b[0m  \t it \x00", "Build it \\x00"),
        ("::group::100%25 of%0Aall", "100% of all"),
        ("::group::" + "x" * 300, "x" * 199 + "…"),
        ("::group::" + "x" * 20_000, "x" * 199 + "…"),
        ("::group::<b>::endgroup::", "<b>::endgroup::"),
    ],
)
def test_a_title_is_one_readable_line(following, printed, title):
    run = following(["print", printed])
    [group] = groups_of(run).values()
    assert group.title == title
    assert told(run) == [title, f"{title} > {title} took _ s"]


@on_sqlite
@pytest.mark.parametrize("text", ["say ::group::Build", "::grouping::x", "::group Build", ":group:", "::debug::x"])
def test_what_only_looks_like_one_is_text(following, text):
    run = following(["print", text], ["log", "info", "::group::Build"])
    assert told(run) == [text, "::group::Build"]
    assert run.group_count == 0


@on_sqlite
def test_secrets_are_in_no_title_and_in_no_end(following):
    run = following(
        ["print", f"::group::with {SECRET}"],
        ["print", "::group::" + "x" * 190 + SECRET],
        password=SECRET,
    )
    assert all(SECRET[:4] not in line.message for line in logs.after(run.number, 0, 100))
    assert next(iter(groups_of(run))).startswith("with ***")


@on_sqlite
def test_no_more_are_open_than_anybody_can_read(following, monkeypatch):
    monkeypatch.setattr("webapp.runs.open_groups.MOST_OPEN", 2)
    inner = ["group", "Two", [["print", "::group::Three"], ["print", "hello"], ["print", "::endgroup::"]]]
    run = following(["group", "One", [inner]])
    texts = ["::group::Three", "hello", "::endgroup::", "Two took _ s"]
    assert told(run) == [
        "One",
        "One > Two",
        *(f"One > Two > {text}" for text in texts),
        "One > One took _ s",
    ]


@on_sqlite
def test_in_a_full_log_one_that_was_open_still_ends_and_no_other_begins(following, monkeypatch):
    monkeypatch.setattr("webapp.runs.caps.MOST_LINES", 10)
    steps = [["print", f"line {number}"] for number in range(20)]
    run = following(["print", "::group::Build"], *steps, ["print", "::group::Test"], ["print", "::endgroup::"])
    ours = told(run)
    kept = [text for text in ours if text.startswith("Build > line")]
    assert ours == ["Build", *kept, BUILD[1]]
    assert 0 < len(kept) < 20
    assert run.group_count == 1
    assert groups_of(run)["Build"].line_count == len(kept) + 1
    assert run.dropped_lines == (20 - len(kept)) + 2
